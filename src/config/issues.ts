// What the schema refuses, in words an operator can act on.

import type { z } from 'zod'
import { allowShape } from './allow-schema.ts'
import { catalogue } from './catalogue.ts'
import { clientShape } from './client-schema.ts'
import { shown, unreadable } from './findings.ts'
import { claimsShape, providerShape } from './provider-schema.ts'
import { issuerShape, resourceShape } from './resource-schema.ts'
import { ruleShape } from './rule-schema.ts'
import { fileShape } from './schema.ts'
import { isSecretPlace } from './secret-settings.ts'
import { sections } from './sections.ts'
import { suggestion } from './suggestion.ts'
import { isPlainObject } from './yaml.ts'

type Path = readonly PropertyKey[]

/** `providers[1].client_id` */
export function formatPath(path: Path): string {
  return path
    .map((part, at) =>
      typeof part === 'number' ? `[${part}]` : `${at === 0 ? '' : '.'}${String(part)}`,
    )
    .join('')
}

/** The value at a path, and the path as the operator wrote it: `allow: {...}` stands for a list of one. */
function follow(root: unknown, path: Path): { readonly value: unknown; readonly written: Path } {
  const written: PropertyKey[] = []
  let value = root
  for (const part of path) {
    if (part === 0 && value !== undefined && !Array.isArray(value)) continue
    // An issuer's URL alone stands for a map with `issuer`.
    if (typeof value === 'string') continue
    written.push(part)
    const holds = typeof value === 'object' && value !== null && Object.hasOwn(value, part)
    value = holds ? Reflect.get(Object(value), part) : undefined
  }
  return { value, written }
}

const shapes: Readonly<Record<string, object>> = {
  ...sections,
  providers: providerShape,
  rules: ruleShape,
  resources: resourceShape,
  allow: allowShape,
  issuers: issuerShape,
  clients: clientShape,
  claims: claimsShape,
}

/** Names that could have been meant at this place. */
function knownAt(path: Path): readonly string[] {
  const owner = path.findLast((part) => typeof part === 'string')
  if (owner === undefined) return Object.keys(fileShape)
  return Object.keys(shapes[owner] ?? {})
}

/** A setting nobody knows, with the name that was probably meant. */
export function unknownSetting(path: Path, written: string): string {
  // In `{ client_secret:...}` the space was forgotten, and the value is part of the name.
  const [key = ''] = written.split(':')
  const full = formatPath([...path, key])
  const near = suggestion(key, knownAt(path))
  const elsewhere =
    near === ''
      ? suggestion(
          full,
          catalogue.map((entry) => entry.path),
        )
      : near
  return `Unknown setting ${shown(full)}${elsewhere}`
}

/** Whether a secret may be in it, under a name that only its own place would have told. */
const holdsMap = (value: unknown): boolean =>
  isPlainObject(value) || (Array.isArray(value) && value.some(holdsMap))

type Issue = z.core.$ZodIssue

function formatIssue(
  issue: Issue,
  root: unknown,
  setting: string,
  source: string | undefined,
): readonly string[] {
  const { value, written } = follow(root, issue.path)
  const path = [setting, ...written]
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownSetting(path, key))
  const hidden = isSecretPlace(path) || holdsMap(value)
  const name = source === undefined ? formatPath(path) : `${formatPath(path)}" from "${source}`
  const wanted = issue.code === 'invalid_key' ? 'known names as keys' : issue.message
  return [unreadable(name, wanted, hidden ? undefined : shown(value))]
}

/**
 * The problems of one top-level setting. Values are shown, secrets never.
 *
 * @param root the value that was refused
 * @param sourceOf the variable or flag that a member came from, undefined for the file
 */
export function formatIssues(
  issues: readonly Issue[],
  root: unknown,
  setting: string,
  sourceOf: (member: PropertyKey | undefined) => string | undefined,
): readonly string[] {
  const misspelt = new Set(
    issues.filter(({ code }) => code === 'unrecognized_keys').map(({ path }) => formatPath(path)),
  )
  return (
    issues
      // What is missing beside a misspelt name is most likely what the name was meant to be.
      .filter(({ code, path }) => code !== 'custom' || !misspelt.has(formatPath(path)))
      .flatMap((issue) => formatIssue(issue, root, setting, sourceOf(issue.path[0])))
  )
}
