// One strict reading of an e-mail address, before anything is compared with it (RFC 5321 §4.1.2 dot-string).

export type EmailResult =
  | {
      readonly kind: 'email'
      /** The whole address, lower case. */
      readonly value: string
      /** The part after the one `@`, lower case. */
      readonly domain: string
    }
  | { readonly kind: 'refused' }

const atom = "[a-z0-9!#$%&'*+/=?^_`{|}~-]+"
const label = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?'
const pattern = new RegExp(`^(${atom}(?:\\.${atom})*)@(${label}(?:\\.${label})*)$`)

/**
 * Reads a claim as an e-mail address: ASCII, exactly one `@`, no quotes, comments or white space, at most 254
 * bytes with at most 64 before the `@`. Dots and `+tags` stay. Total.
 *
 * Does not say whether the address was verified.
 *
 * @returns `refused` for every other text or type: the caller then has no e-mail address
 * @see security.md R45, R46
 */
export function parseEmail(text: unknown): EmailResult {
  if (typeof text !== 'string' || text.length > 254) return { kind: 'refused' }
  // Checked before the case is changed: U+212A (Kelvin sign) would become a plain "k".
  if (!/^[!-~]+$/.test(text)) return { kind: 'refused' }
  const value = text.toLowerCase()
  const [, local = '', domain = ''] = pattern.exec(value) ?? []
  if (local === '' || local.length > 64) return { kind: 'refused' }
  return { kind: 'email', value, domain }
}
