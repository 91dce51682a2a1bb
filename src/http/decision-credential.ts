// What of an original request may say who sent it, and what of it is the application's.

import { ignoresAuthorization, type Route } from '../access/rules.ts'
import type { Reach } from '../protocol/cookie-reach.ts'
import { withoutCookies } from '../protocol/cookies.ts'
import { type Credential, readCredential } from '../protocol/credentials.ts'
import { formatOriginalUrl, type OriginalRequest } from '../protocol/forwarded-request.ts'
import { type HeaderTable, single } from '../protocol/raw-headers.ts'
import {
  type EdgeSettings,
  readCloudflareAssertion,
  readEdgeCredential,
} from './edge-credential.ts'

export type CookieSettings = {
  readonly sessionCookie: string
  /** Which cookie a host has: the login's, one of its own, or none. */
  readonly reach: (hostname: string) => Reach
  /** Undefined: edge auth is off. */
  readonly edge?: EdgeSettings | undefined
}

export type Asking = {
  readonly request: OriginalRequest
  readonly route: Route
  readonly headers: HeaderTable
}

// A cookie travels by itself, so the page that made the browser send it must be the application's own:
// sibling sub-domains are same-site and would pass SameSite (rule 15). A WebSocket handshake always says.
function mayUseCookie({ route, request, headers }: Asking): boolean {
  if (headers.origin === undefined) return headers.upgrade === undefined
  const origin = single(headers.origin)
  if (origin === `${request.scheme}://${request.host}`) return true
  return route.kind === 'rule' && origin !== undefined && route.origins.includes(origin)
}

/** The token of edge auth that counts for a request, whatever else it shows. */
export function readEdgeToken(asking: Asking, { reach, edge }: CookieSettings): Credential {
  if (edge === undefined) return { kind: 'none' }
  const place = reach(asking.request.hostname)
  const audience = place.kind === 'own' ? place.audience : undefined
  return readEdgeCredential({ ...asking, byOwnPage: mayUseCookie(asking), audience }, edge)
}

// What is looked for when neither an Authorization header nor a session cookie came.
function readFallback(asking: Asking, settings: CookieSettings): Credential {
  const assertion = readCloudflareAssertion(asking)
  return assertion.kind === 'none' ? readEdgeToken(asking, settings) : assertion
}

/** The one credential of a request that counts on its route and its host. Verifies nothing. */
export function readRouteCredential(asking: Asking, settings: CookieSettings): Credential {
  const { route, headers, request } = asking
  const reach = settings.reach(request.hostname)
  const cookieCounts = route.kind === 'rule' && reach.kind !== 'none'
  const credential = readCredential(headers, {
    ignoreAuthorization: ignoresAuthorization(route),
    sessionCookie: cookieCounts ? settings.sessionCookie : undefined,
    audience: reach.kind === 'own' ? reach.audience : undefined,
  })
  if (credential.kind === 'none') return readFallback(asking, settings)
  if (credential.kind === 'dpop') {
    const { method } = request
    const proof = { value: single(headers.dpop), method, url: formatOriginalUrl(request) }
    return { ...credential, proof }
  }
  if (credential.kind === 'bearer' || credential.kind === 'personal')
    return { ...credential, request }
  return credential.kind === 'session' && !mayUseCookie(asking) ? { kind: 'none' } : credential
}

/** Where edge auth is off, CF_Authorization is that of Cloudflare Access, and no application's either. */
const ownCookie = /^__(?:Host|Secure)-sallyport|^sallyport(?:-|$)|^CF_Authorization$/

/**
 * The application's cookies: all but ours, edge auth's among them. Empty when there is none left, and not absent, because
 * Envoy and Caddy 2.9 keep the client's copy of what an answer does not have.
 */
export function readApplicationCookies(
  headers: HeaderTable,
  { sessionCookie }: Pick<CookieSettings, 'sessionCookie'>,
): string | undefined {
  const header = single(headers.cookie)
  if (header === undefined) return undefined
  const isOurs = (name: string) => name === sessionCookie || ownCookie.test(name)
  return withoutCookies(header, isOurs) ?? ''
}
