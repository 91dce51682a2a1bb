// Local accounts, put together: passwords, passkeys, authenticator apps, recovery codes, invitations.

import { createInvitations } from '../adapters/invitations.ts'
import { createLocalAccounts } from '../adapters/local-accounts.ts'
import { createOwnFactors } from '../adapters/own-factors.ts'
import { verifyPassword } from '../adapters/passwords.ts'
import { hashOf, seal, unseal } from '../adapters/sealing.ts'
import { createSecondFactors, type FactorParts } from '../adapters/second-factors.ts'
import type { AppParts } from '../app/parts.ts'
import type { Settings } from '../config/settings.ts'
import type { Clock, Log } from '../ports/runtime.ts'
import type { Store } from '../ports/store.ts'
import { resolveSecret } from './authorization-secret.ts'

function createSealing(secret: string | undefined): FactorParts['sealing'] {
  if (secret === undefined) return undefined
  const key = hashOf(`own-accounts:${secret}`)
  const purposeOf = (accountId: string) => `one-time-secret ${accountId}`
  return {
    seal: (plain, accountId) => seal(plain, key, purposeOf(accountId)),
    unseal: (sealed, accountId) => unseal(sealed, key, purposeOf(accountId)),
  }
}

/** Says that people cannot use their apps, before the first of them finds out. */
async function warnOfUnreadable(store: Store, log: Log): Promise<void> {
  const apps = await store.accountCredentials.oneTimeSecrets.count()
  if (apps === 0) return
  const text =
    'authenticator apps are set up, but "accounts_secret", which sealed their secrets, is not set: no code of theirs is taken'
  log.warn('second_factor.no_secret', { apps, text })
}

/**
 * @returns nothing when there are no local accounts
 * @throws SecretFileFault when the key's file cannot be used
 */
export async function createOwnAccounts(
  settings: Settings,
  store: Store,
  { now, log }: { readonly now: Clock; readonly log: Log },
): Promise<Pick<AppParts, 'verifyLocal' | 'ownAccounts'>> {
  if (!settings.localAccounts) return { verifyLocal: undefined }
  const { publicUrl, appearance, accountsSecret } = settings
  const { accounts, accountCredentials: credentials } = store
  const sealing = createSealing(accountsSecret && (await resolveSecret(accountsSecret)))
  if (sealing === undefined) await warnOfUnreadable(store, log)
  const parts: FactorParts = {
    party: {
      id: publicUrl.hostname,
      origin: publicUrl.origin,
      name: appearance.name ?? publicUrl.hostname,
    },
    accounts,
    credentials,
    hashOf,
    sealing,
    now,
    log,
  }
  const signIn = createSecondFactors(parts)
  const { factorsOf } = signIn
  const { locks } = credentials
  const passwords = createLocalAccounts({
    accounts,
    locks,
    factorsOf,
    verifyPassword,
    hashOf,
    now,
  })
  return {
    verifyLocal: passwords.signIn,
    ownAccounts: {
      signIn,
      factors: createOwnFactors(parts),
      invitations: createInvitations(parts),
      spend: store.authorization.artifacts.spend,
    },
  }
}
