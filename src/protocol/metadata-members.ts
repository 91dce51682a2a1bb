// How are the members of a client's metadata read? Strangers write them: limits first, no member by inheritance.

/** Text to members, while what is wrong with them and what is left out is noted. */
export type Reading = {
  readonly members: Readonly<Record<string, unknown>>
  /** What was wrong and what is wanted, in ASCII without quotes (RFC 6749 §5.2). */
  readonly problems: string[]
  /** What was given but not taken over. */
  readonly dropped: string[]
}

export const textLimit = 256
export const urlLimit = 2000
export const listLimit = 10

const memberLimit = 100
const depthLimit = 5

const isMembers = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Whether a parsed document keeps to the members and the depth that are read (security.md R120). */
function fitsLimits(document: object): boolean {
  let members = 0
  let level: readonly object[] = [document]
  for (let depth = 1; level.length > 0; depth++) {
    if (depth > depthLimit) return false
    const values = level.flatMap((one): readonly unknown[] => Object.values(one))
    members += values.length
    if (members > memberLimit) return false
    level = values.filter((value) => typeof value === 'object' && value !== null)
  }
  return true
}

/**
 * Begins to read a parsed JSON document.
 *
 * @param known names that are read at all; the others count as dropped
 * @returns what is wrong when it is no object or too large to look at
 */
export function startReading(input: unknown, known: ReadonlySet<string>): Reading | string {
  if (!isMembers(input)) return 'Client metadata: expected a JSON object'
  if (!fitsLimits(input))
    return `Client metadata: expected at most ${memberLimit} members, nested at most ${depthLimit} deep`
  const unknown = Object.keys(input).filter((name) => !known.has(name))
  // Names are the stranger's text too, and this list goes to the log.
  return { members: input, problems: [], dropped: unknown.map((name) => name.slice(0, 64)) }
}

/** The member itself; undefined when it is absent, null or an empty text, which mean the same (mcp.md AS-10, AS-55). */
export function readMember({ members }: Reading, name: string): unknown {
  const value = Object.hasOwn(members, name) ? members[name] : undefined
  return value === null || value === '' ? undefined : value
}

export function readText(reading: Reading, name: string, limit = textLimit): string | undefined {
  const value = readMember(reading, name)
  if (value === undefined) return undefined
  if (typeof value === 'string' && value.length <= limit) return value
  reading.problems.push(`${name}: expected a text of at most ${limit} characters`)
  return undefined
}

export function readFlag(reading: Reading, name: string): boolean | undefined {
  const value = readMember(reading, name)
  if (value === undefined || typeof value === 'boolean') return value
  reading.problems.push(`${name}: expected true or false`)
  return undefined
}

/** Texts, each once. */
export function readList(
  reading: Reading,
  name: string,
  limit = textLimit,
): readonly string[] | undefined {
  const value = readMember(reading, name)
  if (value === undefined) return undefined
  const list: readonly unknown[] = Array.isArray(value) ? value : []
  const texts = list.filter((entry) => typeof entry === 'string' && entry.length <= limit)
  if (Array.isArray(value) && list.length <= listLimit && texts.length === list.length)
    return [...new Set(texts.filter((entry) => typeof entry === 'string'))]
  reading.problems.push(
    `${name}: expected a list of at most ${listLimit} texts of at most ${limit} characters`,
  )
  return undefined
}

/**
 * An address to show and never to fetch (security.md R104): `http` or `https`, without user name, because
 * `https://known.example@evil.example` looks like the other one. Anything else is left out.
 */
export function readWebUrl(reading: Reading, name: string): string | undefined {
  const value = readText(reading, name, urlLimit)
  if (value === undefined) return undefined
  const url = /^https?:\/\/[!-~]+$/i.test(value) ? URL.parse(value) : null
  if (url !== null && url.username === '' && url.password === '') return value
  reading.dropped.push(name)
  return undefined
}
