// Command-line flags: -flag and --flag, kebab-case and camelCase, "=value" or a value that follows.

import { catalogue } from './catalogue.ts'
import type { Form } from './fields.ts'
import { type Findings, shown } from './findings.ts'
import { givenValue } from './given-text.ts'
import { type Given, type Layer, layerOf } from './layers.ts'
import { oldNames } from './mcpauth-names.ts'
import { holdsSecret } from './secret-settings.ts'
import { suggestion } from './suggestion.ts'

/** A flag as it was written and the text it was given; `true` for a bare switch. */
export type GivenFlag = { readonly written: string; readonly text: string }

/** By normal name: `public-url`. */
export type Flags = ReadonlyMap<string, GivenFlag>

/** `oauthDomain`, `oauth-domain` and `oauth_domain` are one flag. */
export function normalFlag(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
    .replaceAll('_', '-')
    .toLowerCase()
}

const forms: ReadonlyMap<string, Form> = new Map<string, Form>([
  ['config', 'text'],
  ...oldNames.flatMap(({ flag, form }): [string, Form][] =>
    flag === undefined ? [] : [[normalFlag(flag), form]],
  ),
  ...catalogue.map(({ flag, form }): [string, Form] => [flag, form]),
])

export type Argument = {
  /** The one or two arguments as they were. */
  readonly raw: readonly string[]
} & (
  | { readonly kind: 'word'; readonly text: string }
  | {
      readonly kind: 'flag'
      readonly name: string
      readonly written: string
      /** Undefined when no value was given. */
      readonly text: string | undefined
    }
)

const isKnown = (name: string): boolean => forms.has(name)

/** Whether the next argument is the value of this flag. */
function takesNext(name: string, value: string | undefined, next: string | undefined): boolean {
  if (value !== undefined || next === undefined || !isKnown(name)) return false
  return forms.get(name) !== 'boolean' && !/^--?[A-Za-z]/.test(next)
}

/**
 * Tells flags from words. A switch takes a value only after `=`; every other known flag takes the next
 * argument, unless that is a flag itself. Unknown flags take none.
 */
export function splitArguments(argv: readonly string[]): readonly Argument[] {
  const split: Argument[] = []
  for (let at = 0; at < argv.length; at += 1) {
    const argument = argv[at] ?? ''
    const [, written, given, value] = /^(--?([A-Za-z][\w-]*))(?:=(.*))?$/s.exec(argument) ?? []
    if (written === undefined || given === undefined) {
      split.push({ kind: 'word', text: argument, raw: [argument] })
      continue
    }
    const name = normalFlag(given)
    const next = argv[at + 1]
    if (next !== undefined && takesNext(name, value, next)) {
      split.push({ kind: 'flag', name, written, text: next, raw: [argument, next] })
      at += 1
      continue
    }
    const text = value ?? (forms.get(name) === 'boolean' ? 'true' : undefined)
    split.push({ kind: 'flag', name, written, text, raw: [argument] })
  }
  return split
}

/** Whether a flag gives a setting (or names the configuration file). */
export const isSettingFlag = (argument: Argument): boolean =>
  argument.kind === 'flag' && isKnown(argument.name)

/** What is said of a flag that no setting has; undefined for a word or a known flag. */
export function unknownFlag(argument: Argument): string | undefined {
  if (argument.kind === 'word' || isKnown(argument.name)) return undefined
  return `Unknown flag ${shown(argument.written)}${suggestion(argument.name, [...forms.keys()])}`
}

/** The flags of a command line that has no other arguments; everything else is a problem. */
export function readFlags(argv: readonly string[], findings: Findings): Flags {
  const flags = new Map<string, GivenFlag>()
  for (const argument of splitArguments(argv)) {
    if (argument.kind === 'word') {
      findings.problem(`Unexpected argument ${shown(argument.text)}`)
      continue
    }
    const { name, written, text } = argument
    const earlier = flags.get(name)
    const unknown = unknownFlag(argument)
    if (unknown !== undefined) findings.problem(unknown)
    else if (text === undefined) findings.problem(`Flag ${shown(written)} needs a value`)
    else if (earlier !== undefined && earlier.text !== text)
      findings.problem(`Flag ${shown(written)} is given twice with different values`)
    else flags.set(name, { written, text })
  }
  return flags
}

/** The settings that flags give under their present names. */
export function flagLayer(flags: Flags, findings: Findings): Layer {
  const layer = new Map<string, Given>()
  for (const entry of catalogue) {
    const given = flags.get(entry.flag)
    if (given === undefined) continue
    if (entry.secret === true)
      findings.warn(
        `${given.written} is visible to everyone who can list processes; use ${entry.variable}_FILE`,
      )
    const value = givenValue(entry, given.text, given.written, findings)
    if (holdsSecret(value))
      findings.warn(
        `${given.written} holds a secret and is visible to everyone who can list processes; name a file in it instead, as "client_secret_file" does`,
      )
    for (const [path, inner] of layerOf({ [entry.path]: value }, given.written))
      layer.set(path, inner)
  }
  return layer
}
