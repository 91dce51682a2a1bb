// A secret of ours that guards keys: given, or made at the first start and kept in a file.

import { join } from 'node:path'
import type { Findings } from './findings.ts'
import { judgeOwnSecret, resolveSecret, type SecretSource } from './secrets.ts'
import type { AuthorizationSecret, Settings } from './settings.ts'

export type OwnSecret = {
  /** The setting; `<setting>_file` names a file. */
  readonly setting: string
  readonly value: string | undefined
  readonly path: string | undefined
  /** Name of the file that is made in the data directory. */
  readonly made: string
}

/** Where the secret comes from. Judges one that is given, and makes none. */
export function deriveOwnSecret(
  { setting, value: given, path, made }: OwnSecret,
  { database, dataDirectory }: Pick<Settings, 'database' | 'dataDirectory'>,
  { secrets, findings }: { readonly secrets: SecretSource; readonly findings: Findings },
): AuthorizationSecret {
  const value = resolveSecret(setting, given, path, secrets)
  if (value !== undefined) {
    judgeOwnSecret(setting, value, findings)
    return { kind: 'given', value }
  }
  if (database.kind === 'memory') return { kind: 'memory' }
  if (database.kind === 'postgres' && given === undefined && path === undefined)
    findings.problem(
      `Setting "${setting}" is needed with "database_url": at least 32 random bytes, the same on all nodes; "openssl rand -base64 48" prints some`,
    )
  return {
    kind: 'file',
    path: join(dataDirectory, made),
    readableByOthers: secrets.allowReadable,
  }
}
