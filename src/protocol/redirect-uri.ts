// May a client register this redirect URI, and is this the one it registered? RFC 8252 §7-8, RFC 9700 §2.1, security.md R60, R62.

import { parseHost, type Scheme } from './host.ts'
import { knownNativeRedirects } from './known-native-redirects.ts'

export type RedirectUriRules = {
  /** Host names that `https` redirects may have; undefined: any. Loopback always may. */
  readonly hosts: readonly string[] | undefined
  /** Redirects with a private-use scheme besides `knownNativeRedirects`, compared exactly. */
  readonly privateUris: readonly string[]
}

export type RedirectUriRefusal =
  | 'too-long'
  | 'illegal-character'
  | 'wildcard'
  | 'bad-encoding'
  | 'fragment'
  | 'not-absolute'
  | 'forbidden-scheme'
  | 'unknown-private-scheme'
  | 'plain-http'
  | 'user-info'
  | 'bad-host'
  | 'ambiguous-path'
  | 'reserved-parameter'
  | 'host-not-allowed'

/** What is wrong and what is wanted, for a client's developer. */
export const redirectUriFaults: Readonly<Record<RedirectUriRefusal, string>> = {
  'too-long': 'is longer than 2000 bytes',
  'illegal-character':
    'has a character that no URI may have (spaces, control and non-ASCII characters, backslash)',
  wildcard: 'has a wildcard; every redirect URI must be registered as it is',
  'bad-encoding': 'has a broken or double percent-encoding',
  fragment: 'has a fragment',
  'not-absolute': 'is no absolute URI; expected https://host/path',
  'forbidden-scheme': 'has a scheme that runs or reads something instead of redirecting',
  'unknown-private-scheme':
    'has a private-use scheme and is not on the list of known clients; expected https, loopback http, or an entry in the configuration',
  'plain-http': 'is http for another host than 127.0.0.1, [::1] or localhost; expected https',
  'user-info': 'has a user name or password',
  'bad-host': 'has no host, or one that programs read differently',
  'ambiguous-path': 'has a path with dot segments or encoded separators or control characters',
  'reserved-parameter': 'has a query parameter that belongs to the authorization response',
  'host-not-allowed': 'has a host that is not allowed here',
}

export type RedirectUriJudgement =
  | { readonly kind: 'registrable'; readonly target: RedirectTarget }
  | { readonly kind: 'refused'; readonly reason: RedirectUriRefusal }

/** Where a redirect URI leads, for people. */
export type RedirectTarget = {
  /** `loopback`: a program on the person's own machine; `private`: whichever app claimed the scheme. */
  readonly kind: 'web' | 'loopback' | 'private'
  /** Lower case; undefined when there is none (`com.example.app:/cb`). */
  readonly host: string | undefined
  /** Undefined: the scheme's default, or any on loopback. */
  readonly port: number | undefined
  /** Without colon. */
  readonly scheme: string
}

const byteLimit = 2000
const forbiddenSchemes = new Set(['javascript', 'data', 'file', 'vbscript', 'blob', 'about'])
// A response that repeats one of these is read differently by different clients (CVE-2026-9689).
const reservedParameters = new Set([
  'code',
  'state',
  'iss',
  'error',
  'error_description',
  'error_uri',
  'response',
])
const loopbackHosts = new Set(['127.0.0.1', '[::1]', 'localhost'])

const refused = (reason: RedirectUriRefusal): RedirectUriJudgement => ({ kind: 'refused', reason })

type Parts = {
  readonly scheme: string
  /** Undefined when the URI has no `//`. */
  readonly authority: string | undefined
  readonly path: string
  /** Without question mark. */
  readonly query: string | undefined
}

/** RFC 3986 appendix B, without the fragment. */
function split(uri: string): Parts | undefined {
  const parts = /^([a-z][a-z0-9+.-]*):(?:\/\/([^/?]*))?([^?]*)(?:\?(.*))?$/i.exec(uri)
  if (parts === null) return undefined
  const [, scheme = '', authority, path = '', query] = parts
  return { scheme: scheme.toLowerCase(), authority, path, query }
}

/** The first thing wrong with the text, whatever its scheme. */
function faultOfText(uri: string): RedirectUriRefusal | undefined {
  if (uri.length > byteLimit) return 'too-long'
  if (!/^[\w\-.~:/?#[\]@!$&'()*+,;=%]*$/.test(uri)) return 'illegal-character'
  if (uri.includes('*')) return 'wildcard'
  // Twice encoded is once decoded by whoever comes first (CVE-2022-3782, CVE-2024-1132).
  if (/%(?![0-9a-f]{2})|%25[0-9a-f]{2}/i.test(uri)) return 'bad-encoding'
  return uri.includes('#') ? 'fragment' : undefined
}

/** `.` and `..`, also encoded and with matrix parameters behind them (CVE-2024-1132). */
const isDotSegment = (segment: string): boolean =>
  /^\.{1,2}(?:;.*)?$/.test(segment.replace(/%2e/gi, '.').replace(/%3b/gi, ';'))

const isAmbiguousPath = (path: string): boolean =>
  /%(?:2f|5c|[01][0-9a-f]|7f)/i.test(path) || path.split('/').some(isDotSegment)

/** Some programs separate parameters by semicolons too. */
const hasReservedParameter = (query: string): boolean =>
  query
    .split(/[&;]/)
    .some((pair) =>
      [...new URLSearchParams(pair).keys()].some((name) => reservedParameters.has(name)),
    )

function judgeWeb(scheme: Scheme, uri: string, parts: Parts, rules: RedirectUriRules) {
  const host = parseHost(parts.authority ?? '', scheme)
  const url = URL.parse(uri)
  // Short addresses (`0x7f.1`), trailing dots: our reading and the browsers' must be the same one.
  if (host === undefined || url === null || url.hostname !== host.hostname)
    return refused('bad-host')
  const loopback = scheme === 'http' && loopbackHosts.has(host.hostname)
  // No other spelling of loopback (R62).
  if (scheme === 'http' && !(loopback && parts.authority?.startsWith(host.hostname)))
    return refused('plain-http')
  if (url.pathname !== (parts.path || '/')) return refused('ambiguous-path')
  if (scheme === 'https' && rules.hosts?.includes(host.hostname) === false)
    return refused('host-not-allowed')
  const kind = loopback ? ('loopback' as const) : ('web' as const)
  const target = { kind, host: host.hostname, port: host.port, scheme }
  return { kind: 'registrable' as const, target }
}

/**
 * Judges whether a redirect URI may be registered: `https` with a host, `http` on loopback, or a private-use URI
 * that is listed letter by letter. A listed one still has to be a clean URI. Total.
 *
 * @returns `refused` with the first reason; `redirectUriFaults` says it in words
 * @see security.md R60, mcp.md AS-16
 */
export function judgeRedirectUri(uri: string, rules: RedirectUriRules): RedirectUriJudgement {
  const fault = faultOfText(uri)
  if (fault !== undefined) return refused(fault)
  const parts = split(uri)
  if (parts === undefined) return refused('not-absolute')
  const { scheme, authority, path, query = '' } = parts
  if (forbiddenSchemes.has(scheme)) return refused('forbidden-scheme')
  // `https://known.example@evil.example` (CVE-2023-6291, GHSA-9h33-g3ww-mqff).
  if (authority?.includes('@')) return refused('user-info')
  if (isAmbiguousPath(path)) return refused('ambiguous-path')
  if (hasReservedParameter(query)) return refused('reserved-parameter')
  if (scheme === 'https' || scheme === 'http') return judgeWeb(scheme, uri, parts, rules)
  if (!knownNativeRedirects.has(uri) && !rules.privateUris.includes(uri))
    return refused('unknown-private-scheme')
  const target = describeRedirectUri(uri)
  return target === undefined ? refused('not-absolute') : { kind: 'registrable', target }
}

/** Host, path and query of a loopback redirect; undefined for every other URI. */
function splitLoopback(uri: string): { readonly host: string; readonly rest: string } | undefined {
  const parts =
    /^http:\/\/(127\.0\.0\.1|\[::1\]|localhost)(?::([1-9][0-9]{0,4}))?(?:$|(?=[/?]))(.*)$/.exec(uri)
  if (parts === null || Number(parts[2] ?? 80) > 65535) return undefined
  const [, host = '', , rest = ''] = parts
  return { host, rest: rest.startsWith('/') ? rest : `/${rest}` }
}

/**
 * Whether a requested redirect URI is the registered one: the same text, or on loopback `http` the same but for the
 * port (RFC 8252 §7.3), where an empty path is `/`. Claude Code and others need that for `localhost` too (mcp.md 6.2);
 * the three names of loopback never stand for one another.
 *
 * Does not judge whether the registered one may be registered, nor what kind of client asks (R62).
 *
 * @see security.md R59, R62, mcp.md AS-14, AS-15
 */
export function isSameRedirectUri(registered: string, requested: string): boolean {
  if (registered === requested) return true
  const mine = splitLoopback(registered)
  const theirs = splitLoopback(requested)
  if (mine === undefined || theirs === undefined) return false
  return mine.host === theirs.host && mine.rest === theirs.rest
}

/** Where a redirect URI leads, for the consent page; undefined when it is no absolute URI. Judges nothing. */
export function describeRedirectUri(uri: string): RedirectTarget | undefined {
  const url = URL.parse(uri)
  if (url === null) return undefined
  const scheme = url.protocol.slice(0, -1)
  const web = scheme === 'https' || scheme === 'http'
  const loopback = scheme === 'http' && loopbackHosts.has(url.hostname)
  return {
    kind: loopback ? 'loopback' : web ? 'web' : 'private',
    host: url.hostname === '' ? undefined : url.hostname,
    port: url.port === '' ? undefined : Number(url.port),
    scheme,
  }
}

/** Whether it leads to a program on the device of the person (RFC 8252 §7), or nowhere that can be read. */
export const isNative = (uri: string): boolean => describeRedirectUri(uri)?.kind !== 'web'
