// A person with a browser, without the browser: follows redirects, keeps cookies, fills in forms.

import { type CookieJar, createCookieJar } from './cookie-jar.ts'
import { type HeaderLine, type HttpMessage, headerOf, headersOf, statusOf } from './http-message.ts'
import { type EdgeAddress, requestBytes, sendBytes, sendPlain } from './raw-client.ts'

export type Page = {
  readonly url: URL
  readonly status: number
  readonly answer: HttpMessage
  /** Every address on the way, the last one included. */
  readonly trail: readonly string[]
  /** Every `Set-Cookie` value on the way. */
  readonly setCookies: readonly string[]
}

export type Visitor = {
  readonly cookies: CookieJar
  /** Loads a page as a browser does and follows redirects, at most twelve. */
  readonly open: (address: string) => Promise<Page>
  /** Loads a page without following a redirect. */
  readonly openOnce: (address: string) => Promise<Page>
  /** Sends the form of a page that has a field or button of this name. */
  readonly submit: (page: Page, fields: Readonly<Record<string, string>>) => Promise<Page>
  /** Opens an address and signs in at the provider when asked to. */
  readonly signIn: (address: string, account: string) => Promise<Page>
}

export const navigation: readonly HeaderLine[] = [
  ['Accept', 'text/html,application/xhtml+xml,*/*;q=0.8'],
  ['Sec-Fetch-Mode', 'navigate'],
  ['Sec-Fetch-Dest', 'document'],
  ['Sec-Fetch-Site', 'none'],
  ['User-Agent', 'Visitor/1'],
]

type Sending = { readonly method: 'GET' | 'POST'; readonly body?: string; readonly origin?: string }

async function load(
  edge: EdgeAddress,
  cookies: CookieJar,
  url: URL,
  sending: Sending,
): Promise<Page> {
  const behindEdge = /\.(?:sep|far)\.test$/.test(url.hostname)
  const address = behindEdge ? edge : { port: Number(url.port), ca: edge.ca }
  const cookie = cookies.headerFor(url)
  const { origin } = sending
  // Only the first page of a visit comes from nowhere; a form is sent from the page that holds it.
  const site = origin === url.origin ? 'same-origin' : 'cross-site'
  const headers: HeaderLine[] = [
    ...navigation.map(
      ([name, value]): HeaderLine =>
        name === 'Sec-Fetch-Site' && origin !== undefined ? [name, site] : [name, value],
    ),
    ['Connection', 'close'],
  ]
  if (cookie !== '') headers.push(['Cookie', cookie])
  if (origin !== undefined) headers.push(['Origin', origin])
  const { method, body } = sending
  if (body !== undefined) headers.push(['Content-Type', 'application/x-www-form-urlencoded'])
  const target = `${url.pathname}${url.search}`
  const request = {
    host: url.host,
    method,
    target,
    headers,
    ...(body === undefined ? {} : { body }),
  }
  const serverName = behindEdge ? url.hostname : 'localhost'
  // Only programs of the visitor's own machine are spoken to in plain http.
  const answer =
    url.protocol === 'http:' && !behindEdge
      ? await sendPlain(Number(url.port), requestBytes(request))
      : await sendBytes(address, serverName, requestBytes(request))
  const setCookies = headersOf(answer, 'set-cookie')
  cookies.store(url, setCookies)
  return { url, status: statusOf(answer), answer, trail: [url.href], setCookies }
}

const unescaped = (text: string): string =>
  text.replaceAll('&quot;', '"').replaceAll('&#39;', "'").replaceAll('&amp;', '&')

const attributeOf = (tag: string, name: string): string | undefined => {
  const [, value] = new RegExp(`\\s${name}="([^"]*)"`).exec(tag) ?? []
  return value === undefined ? undefined : unescaped(value)
}

/** The form that has all these fields or buttons: its action and its hidden fields. */
function findForm(page: Page, names: readonly string[]): { action: URL; fields: URLSearchParams } {
  const forms = page.answer.body.match(/<form[\s\S]*?<\/form>/g) ?? []
  const form = forms.find((one) => names.every((name) => one.includes(`name="${name}"`)))
  if (form === undefined) {
    throw new Error(
      `No form with "${names.join('", "')}" at ${page.url.href}:\n${page.answer.body}`,
    )
  }
  const fields = new URLSearchParams()
  for (const tag of form.match(/<input[^>]*>/g) ?? []) {
    const name = attributeOf(tag, 'name')
    if (attributeOf(tag, 'type') === 'hidden' && name !== undefined) {
      fields.set(name, attributeOf(tag, 'value') ?? '')
    }
  }
  return { action: new URL(attributeOf(form, 'action') ?? '', page.url), fields }
}

/**
 * @param learn gets every value that must not be seen in a log: cookies, codes, states
 */
export function createVisitor(edge: EdgeAddress, learn: (secret: string) => void): Visitor {
  const cookies = createCookieJar()
  const loadOnce = async (url: URL, sending: Sending): Promise<Page> => {
    const page = await load(edge, cookies, url, sending)
    for (const name of ['code', 'state', 'id_token_hint']) learn(url.searchParams.get(name) ?? '')
    for (const name of cookies.names()) learn(cookies.valueOf(name) ?? '')
    return page
  }
  const follow = async (first: Page): Promise<Page> => {
    let page = first
    const trail = [...first.trail]
    const setCookies = [...first.setCookies]
    while ([302, 303, 307].includes(page.status)) {
      if (trail.length > 12) throw new Error(`Redirects without end: ${trail.join(' ')}`)
      const next = new URL(headerOf(page.answer, 'location') ?? '', page.url)
      trail.push(next.href)
      page = await loadOnce(next, { method: 'GET' })
      setCookies.push(...page.setCookies)
    }
    return { ...page, trail, setCookies }
  }
  const visitor: Visitor = {
    cookies,
    openOnce: (address) => loadOnce(new URL(address), { method: 'GET' }),
    open: async (address) => follow(await loadOnce(new URL(address), { method: 'GET' })),
    submit: async (page, fields) => {
      const form = findForm(page, Object.keys(fields))
      for (const [name, value] of Object.entries(fields)) form.fields.set(name, value)
      const sending = { method: 'POST', body: `${form.fields}`, origin: page.url.origin } as const
      const next = await follow(await loadOnce(form.action, sending))
      return { ...next, trail: [...page.trail, ...next.trail] }
    },
    signIn: async (address, account) => {
      const page = await visitor.open(address)
      if (!page.url.pathname.startsWith('/interaction/')) return page
      return visitor.submit(page, { login: account })
    },
  }
  return visitor
}
