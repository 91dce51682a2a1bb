// What guards the secrets that authenticator apps of local accounts share with us.

import type { Findings } from './findings.ts'
import { deriveOwnSecret } from './own-secret.ts'
import type { FileSettings } from './schema.ts'
import type { SecretSource } from './secrets.ts'
import type { Settings } from './settings.ts'

/** Undefined: no authenticator app can be set up; everything else of local accounts needs no secret. */
export function deriveAccountsSecret(
  { accounts_secret: value, accounts_secret_file: path }: FileSettings,
  settings: Settings,
  context: { readonly secrets: SecretSource; readonly findings: Findings },
): Settings['accountsSecret'] {
  const isGiven = value !== undefined || path !== undefined
  const isUsable = settings.localAccounts && (isGiven || settings.database.kind !== 'postgres')
  if (!isUsable) return undefined
  const setting = 'accounts_secret'
  return deriveOwnSecret({ setting, value, path, made: 'accounts.key' }, settings, context)
}
