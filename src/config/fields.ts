// The kinds of value that settings are made of. Each schema's message is what is wanted: "expected <message>".

import { isIP } from 'node:net'
import { z } from 'zod'
import { parseRequestPath } from '../protocol/request-path.ts'
import { type Seconds, seconds } from '../protocol/time.ts'
import { asciiHost } from './hosts.ts'

/**
 * How a setting is written in a variable or flag: as it is, `true`/`false`, separated by commas, or as
 * YAML (JSON is YAML).
 */
export type Form = 'text' | 'number' | 'boolean' | 'list' | 'yaml'

export type Description = {
  readonly form: Form
  readonly meaning: string
  /** What holds when it is not set, for the reference. */
  readonly fallback?: string
  readonly secret?: true
}

/** What the reference and the reading of variables and flags need to know of each setting. */
export const descriptions = z.registry<Description>()

/** Marks a schema as an optional setting and describes it. */
export function setting<T extends z.ZodType>(
  schema: T,
  description: Description,
): z.ZodOptional<T> {
  const optional = z.optional(schema)
  descriptions.add(optional, description)
  return optional
}

/** Describes a member that has to be there. */
export function required<T extends z.ZodType>(schema: T, description: Description): T {
  descriptions.add(schema, { fallback: 'required', ...description })
  return schema
}

/** A value that `parse` turns into something; undefined refuses it with `wanted`. */
export function parsed<T>(wanted: string, parse: (value: unknown) => T | undefined) {
  return z.unknown().transform((value, context): T => {
    const result = parse(value)
    if (result !== undefined) return result
    context.addIssue({ code: 'custom', message: wanted })
    return z.NEVER
  })
}

/** A text that `parse` turns into something. */
export function text<T>(wanted: string, parse: (value: string) => T | undefined) {
  return parsed(wanted, (value) => (typeof value === 'string' ? parse(value) : undefined))
}

/** A text that matches. */
export const matching = (wanted: string, pattern: RegExp) =>
  text(wanted, (value) => (pattern.test(value) ? value : undefined))

export const oneOf = <const T extends string>(values: readonly T[]) =>
  text(`one of ${values.join(', ')}`, (value) => values.find((known) => known === value))

/** A list, or one entry alone. Problems name the entry. */
export function oneOrMore<T extends z.ZodType>(entry: T) {
  return z.preprocess((value) => (Array.isArray(value) ? value : [value]), z.array(entry))
}

/** The same, but never empty. */
export const some = <T extends z.ZodType>(entry: T, wanted: string) =>
  oneOrMore(entry).refine((entries) => entries.length > 0, { error: wanted })

export const list = <T extends z.ZodType>(entry: T, wanted = 'a list') =>
  z.array(entry, { error: wanted })

export const flag = z.boolean({ error: 'true or false' })

export const port = z
  .int({ error: 'a port from 1 to 65535' })
  .min(1, { error: 'a port from 1 to 65535' })
  .max(65535, { error: 'a port from 1 to 65535' })

export const printable = matching(
  'printable ASCII text without quotes',
  /^[\x20\x21\x23-\x5b\x5d-\x7e]{1,200}$/,
)

/** A secret is never trimmed or normalised; what is wrong with it is judged in secrets.ts. */
export const secretText = matching('a text', /^[^\p{Cc}]{0,4096}$/u)

/** Text for people: anything but control characters. */
export const prose = matching('a text without control characters', /^[^\p{Cc}]{1,200}$/u)

/** @see RFC 6749 §3.3 */
export const scope = matching(
  'a scope of printable ASCII without space, quote and backslash',
  /^[\x21\x23-\x5b\x5d-\x7e]{1,200}$/,
)

const unitSeconds = new Map([
  ['', 1],
  ['s', 1],
  ['m', 60],
  ['h', 3600],
  ['d', 86_400],
])

/** A number or text as text; nothing else, because an object decides itself what it says. */
export const wordOf = (value: unknown): string =>
  typeof value === 'number' || typeof value === 'string' ? String(value) : ''

/** `90`, `90s`, `60m`, `12h`, `7d`. */
export function parseDuration(value: unknown): Seconds | undefined {
  const [, digits, unit] = /^(\d{1,9})\s?([smhd]?)$/.exec(wordOf(value)) ?? []
  const factor = unitSeconds.get(unit ?? '')
  return digits === undefined || factor === undefined ? undefined : seconds(Number(digits) * factor)
}

/** `90`, `90s`, `60m`, `12h`, `7d`, between two durations. */
export const duration = (least: Seconds, most: Seconds, wanted: string) =>
  parsed(wanted, (value) => {
    const result = parseDuration(value)
    return result === undefined || result < least || result > most ? undefined : result
  })

/** What a rule or resource may want of a sign-in; a limit below a minute would be over before the page is there. */
export const demandShape = {
  factor: setting(
    parsed('2', (value) => (value === 2 ? value : undefined)),
    {
      form: 'number',
      meaning: '`2`: only people who signed in with two factors',
      fallback: 'one is enough',
    },
  ),
  max_age: setting(
    duration(seconds(60), seconds(30 * 86_400), 'a duration from 1m to 30d, such as 1h'),
    {
      form: 'text',
      meaning: 'Longest time since the person signed in, at the provider too',
      fallback: 'as long as the session lasts',
    },
  ),
}

export const listenHost = text('an IP address or "localhost"', (value) =>
  value === 'localhost' || isIP(value) !== 0 ? value : undefined,
)

/** A path every proxy and application reads the same, decoded (R7). */
export const plainPath = text(
  'a path that starts with "/", without query, "..", "//" or ";"',
  (value) => {
    if (value.includes('?')) return undefined
    const path = parseRequestPath(value)
    return typeof path === 'object' && path.kind === 'plain' ? path.canonical : undefined
  },
)

export const hostName = text('a host name', asciiHost)

/** An absolute http(s) URL without user name, query and fragment; kept byte for byte. */
export const plainUrl = text('an https URL without user name, query and fragment', (value) => {
  const url = URL.parse(value)
  const wellFormed = /^https?:\/\/[^/?#@\\\s]+[^?#\\\s]*$/.test(value) && value.length <= 2048
  return wellFormed && url !== null ? value : undefined
})
