// How each proxy asks for a decision, and which answers it understands.

import type { ForwardedParts } from './forwarded-request.ts'
import { type HeaderName, type HeaderTable, repeated, single } from './raw-headers.ts'

export const dialects = [
  'direct',
  'traefik',
  'nginx',
  'caddy',
  'haproxy',
  'envoy',
  'ingress-nginx',
] as const

export type Dialect = (typeof dialects)[number]

/** Those that a proxy speaks; `direct` is for development without one. */
export const proxyDialects = dialects.filter((dialect) => dialect !== 'direct')

/** The sub-request itself, raw. */
export type DecisionCall = {
  readonly method: string
  /** Request target as received: never normalised, client's query and all. */
  readonly url: string
  readonly headers: HeaderTable
}

export type DialectRefusal =
  | 'missing-forwarding-header'
  | 'repeated-forwarding-header'
  | 'two-dialects'
  | 'wrong-decision-method'
  | 'bad-original-url'

export type DialectReading =
  | { readonly kind: 'parts'; readonly parts: ForwardedParts }
  | { readonly kind: 'refused'; readonly reason: DialectRefusal }

const refused = (reason: DialectRefusal): DialectReading => ({ kind: 'refused', reason })

const anyPresent = (headers: HeaderTable, names: readonly HeaderName[]): boolean =>
  names.some((name) => headers[name] !== undefined)

const forwardedNames = [
  'x-forwarded-method',
  'x-forwarded-proto',
  'x-forwarded-host',
  'x-forwarded-uri',
] as const
const originalNames = ['x-original-url', 'x-original-method'] as const

/** Whether a request describes another one in any proxy's way. */
export const isForwarded = (headers: HeaderTable): boolean =>
  anyPresent(headers, [...forwardedNames, ...originalNames])

function readForwarded({ headers }: DecisionCall): DialectReading {
  // Two descriptions of one request: the client wrote one of them (R5).
  if (anyPresent(headers, originalNames)) return refused('two-dialects')
  if (forwardedNames.some((name) => headers[name] === repeated)) {
    return refused('repeated-forwarding-header')
  }
  const method = single(headers['x-forwarded-method'])
  const proto = single(headers['x-forwarded-proto'])
  const host = single(headers['x-forwarded-host'])
  const target = single(headers['x-forwarded-uri'])
  if (!method || !proto || !host || !target) return refused('missing-forwarding-header')
  return { kind: 'parts', parts: { method, proto, host, target } }
}

// nginx, Caddy and HAProxy ask with GET, always; anything else did not come from their configuration.
function readForwardedGet(call: DecisionCall): DialectReading {
  if (call.method !== 'GET' && call.method !== 'HEAD') return refused('wrong-decision-method')
  return readForwarded(call)
}

const absoluteUrl = /^(https?):\/\/([^/?#]*)(\/.*)$/s

// ingress-nginx lets X-Forwarded-{Host,Uri,Method} of the client through, so only its own pair counts.
function readIngressNginx(call: DecisionCall): DialectReading {
  const { headers } = call
  if (anyPresent(headers, ['x-forwarded-uri', 'x-forwarded-method'])) return refused('two-dialects')
  if (originalNames.some((name) => headers[name] === repeated)) {
    return refused('repeated-forwarding-header')
  }
  const url = single(headers['x-original-url'])
  const method = single(headers['x-original-method'])
  if (!url || !method) return refused('missing-forwarding-header')
  const [, proto, host, target] = absoluteUrl.exec(url) ?? []
  if (!proto || !host || !target) return refused('bad-original-url')
  return { kind: 'parts', parts: { method, proto, host, target } }
}

export const envoyPrefix = '/auth/envoy'

// With `path_override` the path is constant, `/auth` or any other that leads here, and the original request travels in
// headers the proxy adds; with a path prefix it is what follows the prefix, and the headers are the client's.
function readEnvoy(call: DecisionCall): DialectReading {
  const { headers, url } = call
  if (!url.startsWith(`${envoyPrefix}/`)) return readForwarded(call)
  if (anyPresent(headers, ['x-forwarded-uri', ...originalNames])) return refused('two-dialects')
  if (headers.host === repeated || headers['x-forwarded-proto'] === repeated) {
    return refused('repeated-forwarding-header')
  }
  const host = single(headers.host)
  const proto = single(headers['x-forwarded-proto'])
  if (!host || !proto) return refused('missing-forwarding-header')
  const target = url.slice(envoyPrefix.length)
  return { kind: 'parts', parts: { method: call.method, proto, host, target } }
}

// Development without a proxy: the question is about the request itself.
function readDirect({ method, url, headers }: DecisionCall): DialectReading {
  if (anyPresent(headers, [...forwardedNames, ...originalNames])) return refused('two-dialects')
  if (headers.host === repeated) return refused('repeated-forwarding-header')
  const host = single(headers.host)
  if (!host) return refused('missing-forwarding-header')
  return { kind: 'parts', parts: { method, proto: 'http', host, target: url } }
}

/**
 * Reads the original request from exactly the headers this proxy is known to overwrite, and from no other:
 * every proxy passes some of the others' headers through from the client.
 *
 * Does not check the values (`parseForwardedRequest` does) nor the peer.
 */
export const readDialect: Readonly<Record<Dialect, (call: DecisionCall) => DialectReading>> = {
  direct: readDirect,
  traefik: readForwarded,
  nginx: readForwardedGet,
  caddy: readForwardedGet,
  haproxy: readForwardedGet,
  envoy: readEnvoy,
  'ingress-nginx': readIngressNginx,
}

/**
 * `full`: status, headers and body of the decision reach the client as they are.
 * `status-only`: nothing but 200, 401 and 403 is understood (nginx makes 500 of the rest); a redirect
 * travels in `X-Auth-Redirect`.
 */
export const answersOf: Readonly<Record<Dialect, 'full' | 'status-only'>> = {
  direct: 'full',
  traefik: 'full',
  nginx: 'status-only',
  caddy: 'full',
  haproxy: 'status-only',
  envoy: 'full',
  'ingress-nginx': 'status-only',
}

/**
 * Whether a proxy can replace the Cookie header of the request it passes on by one from our answer. nginx and
 * HAProxy take our cookies out by themselves, and are spared the copy in their small buffers.
 */
export const takesCookies: Readonly<Record<Dialect, boolean>> = {
  direct: false,
  traefik: true,
  nginx: false,
  caddy: true,
  haproxy: false,
  envoy: true,
  'ingress-nginx': false,
}
