// The token of edge auth that a request shows: in the cookie, and where command lines for Cloudflare Access put it too.

import { parseCookies } from './cookies.ts'
import { edgeCookieName } from './edge-token.ts'
import { type HeaderTable, repeated } from './raw-headers.ts'

export type ShownEdgeToken =
  | { readonly kind: 'none' }
  | { readonly kind: 'one'; readonly token: string }
  /** Two that differ: nobody can say which one counts (R18). */
  | { readonly kind: 'conflict' }

const none: ShownEdgeToken = { kind: 'none' }
const conflict: ShownEdgeToken = { kind: 'conflict' }

/**
 * Reads the cookie `CF_Authorization` and the headers `Cf-Access-Token` and `Cf-Access-Jwt-Assertion`. The same value
 * in several of them is one token. Verifies nothing.
 */
export function readShownEdgeToken(headers: HeaderTable): ShownEdgeToken {
  const { cookie } = headers
  const cookies = parseCookies(typeof cookie === 'string' ? cookie : undefined)
  if (cookies.kind === 'refused') return conflict
  const lookup = cookies.get(edgeCookieName)
  if (lookup.kind === 'conflict') return conflict
  const shown = [
    lookup.kind === 'one' ? lookup.value : undefined,
    headers['cf-access-token'],
    headers['cf-access-jwt-assertion'],
  ]
  if (shown.includes(repeated)) return conflict
  const values = new Set(shown.filter((value) => typeof value === 'string' && value !== ''))
  const [token, ...more] = values
  if (typeof token !== 'string') return none
  return more.length > 0 ? conflict : { kind: 'one', token }
}
