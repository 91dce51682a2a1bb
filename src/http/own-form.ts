// Was this form filled in on our own page? (security.md R22, R73)

import { timingSafeEqual } from 'node:crypto'

/**
 * Whether the request's own headers say that another site sent it.
 *
 * `Origin: null` is not taken for another site: our pages send no referrer, and browsers then write "null"
 * for our own forms too. `Sec-Fetch-Site` tells those apart; without it the token decides alone.
 */
export function isFromElsewhere(headers: Headers, ownOrigin: string): boolean {
  const site = headers.get('Sec-Fetch-Site')
  if (site !== null) return site !== 'same-origin'
  const origin = headers.get('Origin')
  return origin !== null && origin !== 'null' && origin !== ownOrigin
}

/** Compares a token of a form with the one it should be, in constant time. */
export function matchToken(given: string | undefined, expected: string): boolean {
  const left = Buffer.from(given ?? '')
  const right = Buffer.from(expected)
  return left.length === right.length && timingSafeEqual(left, right)
}
