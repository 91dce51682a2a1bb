// Where may a browser be sent back to after signing in? The URL comes back byte for byte, or not at all.

import { parseHost, type Scheme } from './host.ts'

declare const accepted: unique symbol

/** An absolute URL whose origin was allowed; its path and query are as they were asked for. */
export type ReturnUrl = string & { readonly [accepted]: 'return-url' }

export type ReturnUrlRefusal =
  | 'too-long'
  | 'illegal-character'
  | 'not-a-url'
  | 'scheme-not-allowed'
  | 'authority-not-canonical'
  | 'path-not-allowed'
  | 'origin-not-allowed'

export type AllowedReturns = {
  /** Whether browsers may be sent to this host, given as `host` or `host:port` in canonical form. */
  readonly isAllowedOrigin: (scheme: Scheme, host: string) => boolean
  /** Origin that a path without a host belongs to. Always ours, from the configuration (R30). */
  readonly publicOrigin: string
  /** Allows plain http (R28). */
  readonly development: boolean
}

export type ReturnUrlResult =
  | { readonly kind: 'return-url'; readonly value: ReturnUrl; readonly origin: string }
  | { readonly kind: 'refused'; readonly reason: ReturnUrlRefusal }

export const maxReturnUrlBytes = 2048

const refused = (reason: ReturnUrlRefusal): ReturnUrlResult => ({ kind: 'refused', reason })

// A path is one `/` and no second one: `//host` and `/\host` are other origins to a browser. Once decoded
// it holds no control character and no backslash, because the next server may decode it (CVE-2020-4037).
const doubleSlash = /^\/(?:\/|\\|%2f|%5c)/i
const encodedControl = /%(?:0[0-9a-f]|1[0-9a-f]|7f|5c)/i

function parseRest(rest: string, relative: boolean): boolean {
  if (!rest.startsWith('/')) return false
  const query = rest.indexOf('?')
  const path = query === -1 ? rest : rest.slice(0, query)
  if (path.includes('\\') || encodedControl.test(path)) return false
  return !relative || !doubleSlash.test(path)
}

function accept(origin: string, rest: string): ReturnUrlResult {
  // Our own reading and the browsers' (WHATWG) must be the same one.
  const url = URL.parse(origin + rest)
  if (url?.origin !== origin) return refused('not-a-url')
  return { kind: 'return-url', value: (origin + rest) as ReturnUrl, origin }
}

/**
 * Judges an address that a client asks to be sent back to.
 *
 * Accepted are absolute `https` URLs (`http` in development) with an authority in canonical form, no user
 * name and no fragment, whose host is allowed, and paths that start with one `/`. What comes back is built anew
 * from the parts; path and query keep every byte. The query may hold any printable ASCII.
 *
 * @returns `refused` for everything else; nothing of the text may then be shown or used
 * @see security.md R27-R29
 */
export function parseReturnUrl(text: string, allowed: AllowedReturns): ReturnUrlResult {
  if (text.length > maxReturnUrlBytes) return refused('too-long')
  // No space, control or non-ASCII character (full-width dots and slashes), and no fragment (CVE-2026-41059).
  if (!/^[!-"$-~]+$/.test(text)) return refused('illegal-character')
  if (text.startsWith('/')) {
    return parseRest(text, true) ? accept(allowed.publicOrigin, text) : refused('path-not-allowed')
  }
  const parts = /^(https?):\/\/([^/?\\]+)(.*)$/.exec(text)
  if (parts === null) return refused('not-a-url')
  const scheme: Scheme = parts[1] === 'http' ? 'http' : 'https'
  const authority = parts[2] ?? ''
  const rest = parts[3] || '/'
  if (scheme === 'http' && !allowed.development) return refused('scheme-not-allowed')
  if (parseHost(authority, scheme)?.value !== authority) return refused('authority-not-canonical')
  if (!parseRest(rest, false)) return refused('path-not-allowed')
  if (!allowed.isAllowedOrigin(scheme, authority)) return refused('origin-not-allowed')
  return accept(`${scheme}://${authority}`, rest)
}
