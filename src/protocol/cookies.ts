// Reads the Cookie header without the liberties that let one cookie shadow another (RFC 6265 §5.4).

export const maxCookieHeaderLength = 8192
export const maxCookies = 64

export type CookieLookup =
  | { readonly kind: 'none' }
  | { readonly kind: 'one'; readonly value: string }
  /** The name came more than once with different values: nobody can say which is ours (R18). */
  | { readonly kind: 'conflict' }

export type Cookies =
  | {
      readonly kind: 'cookies'
      readonly get: (name: string) => CookieLookup
      readonly names: () => readonly string[]
    }
  | { readonly kind: 'refused'; readonly reason: 'too-many-cookies' | 'cookies-too-long' }

const none: CookieLookup = { kind: 'none' }
const conflict: CookieLookup = { kind: 'conflict' }

const isBlank = (code: number): boolean => code === 0x20 || code === 0x09

// Only SP and HTAB are trimmed: a wider trim (U+00A0) lets "\u00a0__Host-x" pass for "__Host-x" (CVE-2026-39410).
function trimmed(text: string, start: number, end: number): string {
  let from = start
  let to = end
  while (from < to && isBlank(text.charCodeAt(from))) from++
  while (to > from && isBlank(text.charCodeAt(to - 1))) to--
  return text.slice(from, to)
}

function* pairs(header: string): Generator<readonly [name: string, value: string]> {
  let start = 0
  while (start <= header.length) {
    const next = header.indexOf(';', start)
    const end = next === -1 ? header.length : next
    const equals = header.indexOf('=', start)
    if (equals !== -1 && equals < end) {
      yield [trimmed(header, start, equals), trimmed(header, equals + 1, end)]
    }
    start = end + 1
  }
}

function refusal(header: string): Cookies | undefined {
  if (header.length > maxCookieHeaderLength) return { kind: 'refused', reason: 'cookies-too-long' }
  let count = 1
  for (let at = header.indexOf(';'); at !== -1; at = header.indexOf(';', at + 1)) count++
  return count > maxCookies ? { kind: 'refused', reason: 'too-many-cookies' } : undefined
}

// A generator would do, at several times the cost: this runs for each request of a browser.
function lookUp(header: string, name: string): CookieLookup {
  let value: string | undefined
  let found = header.indexOf(name)
  while (found !== -1) {
    const start = header.lastIndexOf(';', found) + 1
    const next = header.indexOf(';', found)
    const end = next === -1 ? header.length : next
    const equals = header.indexOf('=', start)
    if (equals !== -1 && equals < end && trimmed(header, start, equals) === name) {
      const each = trimmed(header, equals + 1, end)
      if (value !== undefined && value !== each) return conflict
      value = each
    }
    found = header.indexOf(name, end)
  }
  return value === undefined ? none : { kind: 'one', value }
}

/**
 * Splits a Cookie header on `;`, names compared byte for byte; quotes and `$Version` have no meaning.
 *
 * @param header the header's value; several header lines joined with `; `
 * @returns `refused` beyond 64 cookies or 8 KiB (R19)
 * @see RFC 6265 §5.4
 */
export function parseCookies(header: string | undefined): Cookies {
  const text = header ?? ''
  return (
    refusal(text) ?? {
      kind: 'cookies',
      get: (name) => lookUp(text, name),
      names: () => [...pairs(text)].map(([name]) => name),
    }
  )
}

// What may stand in a header of ours; the parser that read the request is a little more generous.
const unprintable = /[^\t\x20-\x7e\x80-\xff]/

/**
 * A Cookie header without some of its cookies, the others byte for byte and in their order.
 *
 * Does not bound the length: the header came from a parser that did.
 *
 * @returns undefined when nothing is left, or when what is left may not be sent on
 */
export function withoutCookies(
  header: string,
  isTaken: (name: string) => boolean,
): string | undefined {
  let joined = ''
  for (let start = 0; start <= header.length; ) {
    const next = header.indexOf(';', start)
    const end = next === -1 ? header.length : next
    const equals = header.indexOf('=', start)
    const name = trimmed(header, start, equals === -1 || equals > end ? end : equals)
    const isBlankPair = name === '' && (equals === -1 || equals > end)
    if (!isBlankPair && !isTaken(name)) {
      const pair = header.slice(start, end)
      joined = joined === '' ? pair : `${joined};${pair}`
    }
    start = end + 1
  }
  const rest = trimmed(joined, 0, joined.length)
  return rest === '' || unprintable.test(rest) ? undefined : rest
}
