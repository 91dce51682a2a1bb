// Does a browser get from "Allow" to the client? Browsers apply form-action to every redirect after a form,
// each in its own way, so only a real one can say (CSP Level 3 §6.4.1, security.md R129).

import { createServer, type Server } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { identityOf } from '../support/identity.ts'
import {
  bindingCookie,
  consentRequest,
  type InteractionStage,
  startInteractionStage,
  uid,
} from '../support/interaction-stage.ts'
import { startChromium } from './support/chromium.ts'
import { listen } from './support/loopback.ts'

let browser: Browser
let stage: InteractionStage
let origin = ''
/** Where the authorization server sends the browser when it has decided. */
let answerTo = ''
const servers: Server[] = []

async function serve(answer: (request: Request) => Response | Promise<Response>): Promise<string> {
  const server = createServer(getRequestListener(answer, { overrideGlobalObjects: false }))
  servers.push(server)
  return `http://127.0.0.1:${await listen(server)}`
}

const sendTo = (url: string): Response =>
  new Response(null, { status: 303, headers: { Location: url } })

let client = ''
let stranger = ''

beforeAll(async () => {
  browser = await startChromium(9)
  client = await serve(({ url }) =>
    url.endsWith('/onward')
      ? sendTo('https://client.sep.test/connected')
      : new Response('the client'),
  )
  stranger = await serve(() => new Response('a stranger'))
  origin = await serve((request) =>
    new URL(request.url).pathname.startsWith('/authorize/')
      ? sendTo(answerTo)
      : stage.handle(request),
  )
  stage = await startInteractionStage({
    publicUrl: { href: origin, origin, hostname: '127.0.0.1' },
    cookie: { name: 'sallyport', domain: undefined, https: false },
  })
})
afterAll(async () => {
  await browser?.close()
  await stage?.close()
  for (const server of servers) server.close()
})

/**
 * Opens the page and presses the button.
 *
 * @param end how that is expected to end: its complaint comes after the request that the browser gave up
 * @returns where it ended, and what the browser had against it
 */
async function press(button: 'Allow' | 'Deny', end: 'somewhere' | 'blocked' = 'somewhere') {
  const context = await browser.newContext()
  try {
    const session = await stage.signIn(stage.browser(), identityOf())
    const page = await context.newPage()
    const complaints: string[] = []
    const failures: string[] = []
    page.on('console', (message) => {
      if (message.text().includes('Content Security Policy')) complaints.push(message.text())
    })
    page.on('requestfailed', (request) => failures.push(request.url()))
    await context.addCookies([
      { name: 'sallyport', value: session, url: origin },
      { name: bindingCookie.replace('__Host-', ''), value: uid, url: origin },
    ])
    await page.goto(`${origin}/interaction/${uid}`)
    const before = stage.decisions.length
    await page.getByRole('button', { name: button, exact: true }).click()
    await expect.poll(() => stage.decisions.length, { timeout: 15_000 }).toBe(before + 1)
    await expect
      .poll(
        () =>
          page.url() !== `${origin}/interaction/${uid}` ||
          complaints.length + (end === 'blocked' ? 0 : failures.length),
        { timeout: 15_000 },
      )
      .toBeTruthy()
    await page.waitForLoadState()
    return { url: page.url(), complaints, failures }
  } finally {
    await context.close()
  }
}

describe('the consent form in Chromium', () => {
  test.each(['Allow', 'Deny'] as const)(
    'ends at a client on this computer after "%s" (R129)',
    async (button) => {
      answerTo = `${client}/callback?code=1`
      stage.pending = consentRequest({ redirectUri: `${client}/callback` })
      expect(await press(button)).toEqual({ url: answerTo, complaints: [], failures: [] })
    },
  )

  test('lets a client lead on to its own page elsewhere (R129)', async () => {
    answerTo = `${client}/onward`
    stage.pending = consentRequest({ redirectUri: answerTo })
    const { complaints, failures } = await press('Allow')
    expect(complaints).toEqual([])
    // Nobody listens there: that it was asked is enough.
    expect(failures).toEqual(['https://client.sep.test/connected'])
  })

  test('hands over to an application on this device (R129)', async () => {
    answerTo = 'cursor://anysphere.cursor-mcp/oauth/callback?code=1'
    stage.pending = consentRequest({ redirectUri: 'cursor://anysphere.cursor-mcp/oauth/callback' })
    const { complaints, failures } = await press('Allow')
    expect(complaints).toEqual([])
    // No such application is installed here.
    expect(failures).toEqual([answerTo])
  })

  test('ends nowhere else on this computer (R129)', async () => {
    answerTo = `${stranger}/callback?code=1`
    stage.pending = consentRequest({ redirectUri: `${client}/callback` })
    const { url, complaints } = await press('Allow', 'blocked')
    expect(url).toBe(`${origin}/interaction/${uid}`)
    expect(complaints).toEqual([expect.stringContaining('form-action')])
  })

  test('goes on by itself from the page that has nothing to ask', async () => {
    answerTo = `${client}/callback?code=1`
    stage.pending = consentRequest({ proceed: `${origin}/authorize/${uid}` })
    const context = await browser.newContext()
    const session = await stage.signIn(stage.browser(), identityOf())
    await context.addCookies([
      { name: 'sallyport', value: session, url: origin },
      { name: bindingCookie.replace('__Host-', ''), value: uid, url: origin },
    ])
    const page = await context.newPage()
    await page.goto(`${origin}/interaction/${uid}`)
    await page.waitForURL(answerTo)
    await context.close()
  })
})
