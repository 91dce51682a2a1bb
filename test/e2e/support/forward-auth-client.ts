// What Traefik's middlewares do, as far as a decision and a client can tell: forwardAuth, headers (CORS), redirectRegex.
// From the contract in Traefik's documentation; the real one runs in traefik.test.ts where it is installed.

import { once } from 'node:events'
import { type IncomingHttpHeaders, request } from 'node:http'
import { text } from 'node:stream/consumers'

export type ForwardAuth = {
  readonly address: string
  readonly authRequestHeaders?: readonly string[]
  readonly authResponseHeaders?: readonly string[]
}

/** A request as it comes in at the edge; header names in lower case. */
export type EdgeRequest = {
  readonly method?: string
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
}

export type EdgeAnswer = {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** What comes of a request: it goes on with these headers, or it is answered. */
export type Passage =
  | { readonly kind: 'passed'; readonly headers: Readonly<Record<string, string>> }
  | { readonly kind: 'answered'; readonly answer: EdgeAnswer }

const hopByHop = /^(connection|keep-alive|te|trailers?|transfer-encoding|upgrade|content-length)$/
/** Rebuilt from the connection when the peer is nobody in particular. */
const managed = /^x-forwarded-(for|host|proto|port|uri|method|prefix|server)$|^x-real-ip$/

const without = (headers: Readonly<Record<string, string>>, taken: (name: string) => boolean) =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !taken(name)))

/** Sends one request over plain http and reads the answer, redirects included. */
export async function ask(
  address: string,
  method: string,
  headers: Readonly<Record<string, string>>,
): Promise<EdgeAnswer> {
  const outgoing = request(address, { method, headers, agent: false })
  outgoing.end()
  const [answer] = await once(outgoing, 'response')
  return { status: answer.statusCode, headers: answer.headers, body: await text(answer) }
}

/** Asks the service as forwardAuth does: a GET to the very address, the original request in X-Forwarded-*. */
export async function forwardAuth(
  middleware: ForwardAuth,
  { method = 'GET', url, headers = {} }: EdgeRequest,
): Promise<Passage> {
  const original = new URL(url)
  const wanted = middleware.authRequestHeaders?.map((name) => name.toLowerCase())
  const cleaned = without(headers, (name) => managed.test(name))
  const sent = without(
    cleaned,
    (name) => hopByHop.test(name) || (wanted !== undefined && !wanted.includes(name)),
  )
  const answer = await ask(middleware.address, 'GET', {
    ...sent,
    'x-forwarded-for': '203.0.113.7',
    'x-forwarded-host': original.host,
    'x-forwarded-method': method,
    'x-forwarded-port': original.port === '' ? '443' : original.port,
    'x-forwarded-proto': original.protocol.slice(0, -1),
    'x-forwarded-uri': `${original.pathname}${original.search}`,
  })
  if (answer.status < 200 || answer.status > 299) return { kind: 'answered', answer }
  const copied = (middleware.authResponseHeaders ?? []).map((name) => name.toLowerCase())
  // Whatever is listed is the service's: the client's goes even when there is none in the answer.
  const passed = without(cleaned, (name) => copied.includes(name))
  for (const name of copied) {
    const value = answer.headers[name]
    if (typeof value === 'string') passed[name] = value
  }
  return { kind: 'passed', headers: passed }
}

export type RedirectRegex = { readonly regex: string; readonly replacement: string }

/** Where redirectRegex sends a URL; undefined: it lets it pass. */
export function redirectRegex(
  { regex, replacement }: RedirectRegex,
  url: string,
): string | undefined {
  const pattern = new RegExp(regex)
  if (!pattern.test(url)) return undefined
  return url.replace(pattern, replacement.replace(/\$\{(\d)\}/g, '$$$1'))
}
