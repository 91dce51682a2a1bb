// The headers a decision may look at, taken from the raw list: what came twice stays visible as "repeated".

/** A header that came more than once; joining the values would hide which one the proxy wrote. */
export const repeated: unique symbol = Symbol('repeated')

export type HeaderField = string | undefined | typeof repeated

const absent = {
  accept: undefined,
  'accept-language': undefined,
  'access-control-request-method': undefined,
  authorization: undefined,
  'cf-access-jwt-assertion': undefined,
  'cf-access-token': undefined,
  'content-type': undefined,
  cookie: undefined,
  dpop: undefined,
  host: undefined,
  origin: undefined,
  'sec-fetch-dest': undefined,
  'sec-fetch-mode': undefined,
  upgrade: undefined,
  'user-agent': undefined,
  'x-forwarded-for': undefined,
  'x-forwarded-host': undefined,
  'x-forwarded-method': undefined,
  'x-forwarded-proto': undefined,
  'x-forwarded-uri': undefined,
  'x-original-method': undefined,
  'x-original-url': undefined,
  'x-requested-with': undefined,
}

export type HeaderName = keyof typeof absent

/** Every header a decision may read. All others have no effect (R4). */
export type HeaderTable = Record<HeaderName, HeaderField>

const isKnown = (name: string): name is HeaderName => Object.hasOwn(absent, name)

// Spelling -> name, because lower-casing each name of each request costs more than the look-up. Bounded: clients choose spellings.
const spellings = new Map<string, HeaderName | null>()
const maxSpellings = 1024
const longestName = Math.max(...Object.keys(absent).map((name) => name.length))

function nameOf(spelling: string): HeaderName | null {
  // Kept, a thousand of them would hold megabytes of what strangers wrote.
  if (spelling.length > longestName) return null
  const before = spellings.get(spelling)
  if (before !== undefined) return before
  const lower = spelling.toLowerCase()
  const name = isKnown(lower) ? lower : null
  if (spellings.size < maxSpellings) spellings.set(spelling, name)
  return name
}

/**
 * Reads the headers of interest from Node's raw list (name, value, name, value ...).
 *
 * Several Cookie lines are joined with `; ` as RFC 9113 §8.2.3 has it; any other header that came more
 * than once is `repeated`.
 */
export function readHeaders(raw: readonly string[]): HeaderTable {
  const table: HeaderTable = { ...absent }
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = nameOf(raw[at] ?? '')
    if (name === null) continue
    const value = raw[at + 1] ?? ''
    const before = table[name]
    if (before === undefined) table[name] = value
    else if (name === 'cookie' && before !== repeated) table[name] = `${before}; ${value}`
    else table[name] = repeated
  }
  return table
}

/** The value when the header came exactly once and is not empty. */
export const single = (field: HeaderField): string | undefined =>
  typeof field === 'string' && field !== '' ? field : undefined
