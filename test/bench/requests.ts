// What the load sends: the sub-request of a proxy for an API client and for a browser.

import { appHost, cookieName, resourceHost } from './sallyport.ts'

type Headers = Readonly<Record<string, string>>

const forwarded = (host: string, path: string): Headers => ({
  'X-Forwarded-Method': 'GET',
  'X-Forwarded-Proto': 'http',
  'X-Forwarded-Host': host,
  'X-Forwarded-Uri': path,
  'X-Forwarded-For': '203.0.113.7',
})

/** An API client that asks for an OAuth-protected resource. */
export const apiHeaders: Headers = {
  ...forwarded(resourceHost, '/mcp/messages?session=1'),
  Accept: 'application/json, text/event-stream',
  'User-Agent': 'mcp-client/1.0',
}

/** What Chromium sends with a page's own request, and some cookies of the application. */
export const browserHeaders: Headers = {
  ...forwarded(appHost, '/dashboard/overview?range=7d'),
  Accept: 'application/json, text/plain, */*',
  'Accept-Encoding': 'gzip, deflate, br, zstd',
  'Accept-Language': 'en-GB,en;q=0.9,de;q=0.8',
  Referer: `http://${appHost}/dashboard`,
  'Sec-Ch-Ua': '"Chromium";v="142", "Not_A Brand";v="99"',
  'Sec-Ch-Ua-Mobile': '?0',
  'Sec-Ch-Ua-Platform': '"Linux"',
  'Sec-Fetch-Dest': 'empty',
  'Sec-Fetch-Mode': 'cors',
  'Sec-Fetch-Site': 'same-origin',
  'User-Agent':
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36',
}

/** The Cookie header with a session among an application's own cookies. */
export const cookieOf = (session: string): string =>
  `theme=dark; _app_id=5f2b9c1e7d; ${cookieName}=${session}; lang=en`

export const bearer = (token: string): string => `Bearer ${token}`
