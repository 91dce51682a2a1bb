// The original request as the proxy describes it, checked once; everything later works on this value.

import { parseHost, type Scheme } from './host.ts'
import { type PathRefusal, parseRequestPath, type RequestPath } from './request-path.ts'

export type OriginalRequest = {
  readonly method: string
  readonly scheme: Scheme
  /** Canonical host, with the port when it is not the scheme's default. */
  readonly host: string
  readonly hostname: string
  readonly port: number | undefined
  readonly path: RequestPath
  /** Path and query, byte for byte as the client sent them. */
  readonly target: string
}

export type ForwardedParts = {
  readonly method: string
  readonly proto: string
  readonly host: string
  readonly target: string
}

export type RequestRefusal = PathRefusal | 'unknown-method' | 'unknown-scheme' | 'bad-host'

export type ParsedRequest =
  | { readonly kind: 'request'; readonly request: OriginalRequest }
  | { readonly kind: 'refused'; readonly reason: RequestRefusal }

// RFC 9110, PATCH, QUERY and WebDAV. TRACE and CONNECT have no business behind a gate.
const methods = new Set(
  (
    'GET HEAD POST PUT PATCH DELETE OPTIONS QUERY PROPFIND PROPPATCH MKCOL COPY MOVE LOCK UNLOCK ' +
    'REPORT SEARCH ACL MKCALENDAR VERSION-CONTROL CHECKIN CHECKOUT UNCHECKOUT MKWORKSPACE UPDATE ' +
    'LABEL MERGE BASELINE-CONTROL MKACTIVITY BIND REBIND UNBIND ORDERPATCH'
  ).split(' '),
)

/** Whether the method is one a rule may name; compared exactly, upper case (R8). */
export const isKnownMethod = (method: string): boolean => methods.has(method)

// Traefik says ws and wss on a WebSocket handshake when it trusts the forwarded header.
const schemes: Readonly<Record<string, Scheme>> = {
  http: 'http',
  https: 'https',
  ws: 'http',
  wss: 'https',
}

const refused = (reason: RequestRefusal): ParsedRequest => ({ kind: 'refused', reason })

/**
 * Checks method, scheme, host and target of the original request and brings them to canonical form.
 * Does not look at who sent them: that is the trusted-peer check's duty.
 */
export function parseForwardedRequest(parts: ForwardedParts): ParsedRequest {
  if (!methods.has(parts.method)) return refused('unknown-method')
  const scheme = Object.hasOwn(schemes, parts.proto) ? schemes[parts.proto] : undefined
  if (scheme === undefined) return refused('unknown-scheme')
  const host = parseHost(parts.host, scheme)
  if (host === undefined) return refused('bad-host')
  const path = parseRequestPath(parts.target)
  if (typeof path === 'string') return refused(path)
  return {
    kind: 'request',
    request: {
      method: parts.method,
      scheme,
      host: host.value,
      hostname: host.hostname,
      port: host.port,
      path,
      target: parts.target,
    },
  }
}

/** The original URL as text: origin in canonical form, path and query byte for byte; raw non-ASCII bytes percent-encoded. */
export const formatOriginalUrl = (request: OriginalRequest): string =>
  `${request.scheme}://${request.host}${request.target.replace(
    /[^!-~]/g,
    (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  )}`
