// Identity -> header values: every configured header exactly once, printable ASCII, empty where there is no value.

import { parseEmail } from '../protocol/email.ts'
import type { Identity } from '../protocol/identity.ts'
import { createRecent } from '../protocol/recent.ts'

export type IdentityValue =
  | 'user'
  | 'email'
  | 'groups'
  | 'scopes'
  | 'preferred-username'
  | 'subject'
  | 'name'
  | 'provider'

/** One header of a 200: its name on the wire and where its value comes from. */
export type IdentityHeader = { readonly name: string; readonly value: IdentityValue }

export const maxHeaderLength = 4096
export const maxIdentityLength = 8192

const plain = /^[!-$&-~](?:[ -$&-~]*[!-$&-~])?$/

const encodeByte = (byte: number): string => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`

/**
 * Percent-encodes (UTF-8) whatever is not printable ASCII, `%` itself so that decoding is unambiguous, and a space at
 * either end, which is no part of a header: two names never become one. The result cannot hold CR, LF or NUL whatever
 * the input (R12).
 *
 * @param also characters to encode besides, such as the separator of a list
 */
export function encodeHeaderValue(text: string, also = ''): string {
  if (text === '' || (plain.test(text) && (also === '' || !text.includes(also)))) return text
  let result = ''
  const bytes = new TextEncoder().encode(text)
  for (const [at, byte] of bytes.entries()) {
    const character = String.fromCharCode(byte)
    const first = at === 0 || at === bytes.length - 1 ? 0x21 : 0x20
    const safe = byte >= first && byte < 0x7f && character !== '%' && character !== also
    result += safe ? character : encodeByte(byte)
  }
  return result
}

// Whole entries only: a name that was cut could be another group's name.
function joinWithin(entries: readonly string[], separator: string): string {
  let result = ''
  for (const entry of entries) {
    const next = result === '' ? entry : `${result}${separator}${entry}`
    if (next.length > maxHeaderLength) break
    result = next
  }
  return result
}

// People choose the name themselves at many providers: it may not be the address of somebody else.
function userOf({ email, preferredUsername, subject }: Identity): string {
  if (email !== undefined) return email
  if (preferredUsername === undefined) return subject
  return parseEmail(preferredUsername).kind === 'email' ? subject : preferredUsername
}

function formatValue(identity: Identity, value: IdentityValue): string {
  switch (value) {
    case 'user':
      return encodeHeaderValue(userOf(identity))
    case 'email':
      return encodeHeaderValue(identity.email ?? '')
    case 'groups':
      return joinWithin(
        identity.groups.map((group) => encodeHeaderValue(group, ',')),
        ',',
      )
    case 'scopes':
      return joinWithin(
        identity.scopes.map((scope) => encodeHeaderValue(scope, ' ')),
        ' ',
      )
    case 'preferred-username':
      return encodeHeaderValue(identity.preferredUsername ?? '')
    case 'subject':
      return encodeHeaderValue(identity.subject)
    case 'name':
      return encodeHeaderValue(identity.name ?? '')
    case 'provider':
      return encodeHeaderValue(identity.provider)
  }
}

function formatFresh(
  identity: Identity | undefined,
  headers: readonly IdentityHeader[],
): readonly string[] {
  const flat: string[] = []
  let total = 0
  for (const { name, value } of headers) {
    const text = identity === undefined ? '' : formatValue(identity, value)
    const fits = text.length <= maxHeaderLength && total + text.length <= maxIdentityLength
    if (fits) total += text.length
    flat.push(name, fits ? text : '')
  }
  return flat
}

// Verified tokens and sessions in use share one identity over many requests. Not a WeakMap: keeping one in order
// costs the garbage collection more than the formatting of a header that is asked for once.
const formatted = createRecent<
  Identity,
  { readonly headers: readonly IdentityHeader[]; readonly flat: readonly string[] }
>(4096)

/**
 * The headers of a 200 as a flat list (name, value, name, value ...).
 *
 * A value over 4 KiB is left out as a whole; lists end with the last entry that fits; when all values
 * together exceed 8 KiB the later ones are empty. With no identity every value is empty, so that a proxy
 * which copies headers replaces the client's (CVE-2026-30851).
 */
export function formatIdentityHeaders(
  identity: Identity | undefined,
  headers: readonly IdentityHeader[],
): readonly string[] {
  if (identity === undefined) return formatFresh(identity, headers)
  const before = formatted.get(identity)
  if (before !== undefined && before.headers === headers) return before.flat
  const flat = formatFresh(identity, headers)
  formatted.put(identity, { headers, flat })
  return flat
}
