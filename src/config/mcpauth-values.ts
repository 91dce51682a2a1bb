// What was given under mcpauth's names, by variable or by flag.

import type { Findings } from './findings.ts'
import { type Flags, normalFlag } from './flags.ts'
import { type OldName, oldNames } from './mcpauth-names.ts'
import type { Environment } from './variables.ts'

/** One old value; a flag beats a variable. */
export type OldValue = {
  readonly text: string
  readonly source: string
  readonly by: 'variable' | 'flag'
}

/** By variable name, `CLIENT_SECRET` or `CLIENT_SECRET_FILE`. */
export type OldValues = ReadonlyMap<string, OldValue>

function notice(old: OldName, written: string, findings: Findings): void {
  if (old.state === 'unused') findings.warn(`${written} is not used by this version`)
  else if (old.state === 'refused')
    findings.problem(`${written} has no use here: there is no admin UI and no default password`)
  else if (old.state === undefined)
    findings.notice(`${written} is an old name; it is now ${old.becomes}`)
}

function readOne(old: OldName, environment: Environment, flags: Flags, findings: Findings) {
  const values = new Map<string, OldValue>()
  const given = old.flag === undefined ? undefined : flags.get(normalFlag(old.flag))
  const names = old.variable ? [old.name, ...(old.file ? [`${old.name}_FILE`] : [])] : []
  for (const name of names) {
    const text = Object.hasOwn(environment, name) ? environment[name] : undefined
    if (text === undefined || given !== undefined) continue
    // Compose files leave unset variables empty; only for the data directory does that say something.
    if (text === '' && old.direct !== 'data_dir') continue
    values.set(name, { text, source: name, by: 'variable' })
    notice(old, name, findings)
  }
  // A flag that bears the same name now (`-port`) is read as such.
  if (given === undefined || (old.direct !== undefined && isPresentFlag(old))) return values
  values.set(old.name, { text: given.text, source: given.written, by: 'flag' })
  notice(old, given.written, findings)
  if (old.secret && old.state !== 'refused')
    findings.warn(
      `${given.written} is visible to everyone who can list processes; use ${old.name}_FILE`,
    )
  return values
}

const isPresentFlag = ({ flag, direct }: OldName): boolean =>
  flag !== undefined && direct?.replaceAll(/[._]/g, '-') === normalFlag(flag)

/** All of them, with a notice for each: the new name, or that there is none. */
export function readOldValues(
  environment: Environment,
  flags: Flags,
  findings: Findings,
): OldValues {
  return new Map(oldNames.flatMap((old) => [...readOne(old, environment, flags, findings)]))
}
