// A variable's or flag's text to the kind of value its setting wants.

import type { Entry } from './catalogue.ts'
import type { Form } from './fields.ts'
import { type Findings, shown } from './findings.ts'
import { parseYaml } from './yaml.ts'

const truths: ReadonlyMap<string, boolean> = new Map([
  ...['true', '1', 'yes', 'on', 't'].map((text) => [text, true] as const),
  ...['false', '0', 'no', 'off', 'f'].map((text) => [text, false] as const),
])

/** `true`, `1`, `yes`, `on` and their opposites in any case; undefined for anything else. */
export const parseTruth = (text: string): boolean | undefined =>
  truths.get(text.trim().toLowerCase())

/** Entries between commas or blanks, without empty ones. */
export const parseList = (text: string): readonly string[] =>
  text.split(/[\s,]+/).filter((entry) => entry !== '')

type Conversion = (text: string) => unknown

// What cannot be converted stays a text, and the schema says what was wanted instead.
const conversions: Readonly<Record<Exclude<Form, 'yaml'>, Conversion>> = {
  text: (text) => text,
  number: (text) => (/^\d{1,9}$/.test(text.trim()) ? Number(text) : text),
  boolean: (text) => parseTruth(text) ?? text,
  list: parseList,
}

/**
 * The value that a text stands for in the form of its setting. Lists may also be written in YAML's
 * brackets. YAML that cannot be read is a problem, and undefined is returned.
 *
 * @param source variable or flag, for the message
 */
export function givenValue(
  entry: Entry,
  text: string,
  source: string,
  findings: Findings,
): unknown {
  if (entry.form !== 'yaml' && !(entry.form === 'list' && text.trim().startsWith('[')))
    return conversions[entry.form](text)
  const reading = parseYaml(text)
  if (reading.kind === 'value') return reading.value
  for (const fault of reading.faults)
    findings.problem(`Cannot read ${shown(source)} as YAML: ${fault}`)
  return undefined
}
