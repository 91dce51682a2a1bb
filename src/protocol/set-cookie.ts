// How a cookie is set and removed (RFC 6265 §4.1), with the attributes that every cookie of ours has.

import type { Seconds } from './time.ts'

export type CookieToSet = {
  /** A `__Host-` name must have no domain, and both prefixes need `secure`. */
  readonly name: string
  readonly value: string
  readonly maxAge: Seconds
  /** Without a leading dot; undefined: this host only. */
  readonly domain: string | undefined
  readonly secure: boolean
}

// RFC 6265 §4.1.1: a name is a token, a value has no white space, quote, comma, semicolon or backslash.
const namePattern = /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/
const valuePattern = /^[!#-+\--:<-[\]-~]*$/
const domainPattern = /^[a-z0-9.-]+$/

/**
 * Formats one `Set-Cookie` value: always `Path=/; HttpOnly; SameSite=Lax`.
 *
 * @throws Error when a part holds a character that could end it: never with values of our own making
 * @see security.md R16, R17
 */
export function formatSetCookie(cookie: CookieToSet): string {
  const { name, value, maxAge, domain, secure } = cookie
  if (!namePattern.test(name)) throw new Error(`Cannot set a cookie: "${name}" is not a token`)
  if (!valuePattern.test(value)) throw new Error(`Cannot set cookie "${name}": illegal value`)
  if (domain !== undefined && !domainPattern.test(domain))
    throw new Error(`Cannot set cookie "${name}": "${domain}" is not a domain`)
  const attributes = [
    `${name}=${value}`,
    'Path=/',
    ...(domain === undefined ? [] : [`Domain=${domain}`]),
    `Max-Age=${Math.max(0, maxAge)}`,
    'HttpOnly',
    ...(secure ? ['Secure'] : []),
    'SameSite=Lax',
  ]
  return attributes.join('; ')
}
