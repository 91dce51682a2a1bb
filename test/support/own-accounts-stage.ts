// Local accounts with the real store, the real passwords and settable time.

import { createInvitations } from '../../src/adapters/invitations.ts'
import { createLocalAccounts } from '../../src/adapters/local-accounts.ts'
import { createOwnFactors } from '../../src/adapters/own-factors.ts'
import type { PasswordCheck } from '../../src/adapters/passwords.ts'
import { hashOf, seal, unseal } from '../../src/adapters/sealing.ts'
import { createSecondFactors, type FactorParts } from '../../src/adapters/second-factors.ts'
import type { Clock } from '../../src/ports/runtime.ts'
import type { Account, Store } from '../../src/ports/store.ts'
import { epochSeconds } from '../../src/protocol/time.ts'
import { silentLog } from '../contract/silent-log.ts'

export const accountsOrigin = 'https://auth.example.com'

/** Without argon2: the hash is the password. */
async function plainCheck(password: unknown, stored: string | undefined): Promise<PasswordCheck> {
  return stored !== undefined && password === stored ? 'match' : 'mismatch'
}

export const mia: Account = {
  id: 'account-of-mia',
  name: 'mia',
  email: undefined,
  displayName: 'Mia',
  groups: ['crew'],
  passwordHash: 'right',
  createdAt: epochSeconds(1000),
}

export function createOwnAccountsStage(
  store: Store,
  now: Clock,
  changes: Partial<FactorParts> = {},
) {
  const key = hashOf('a key of 256 bits')
  const parts: FactorParts = {
    party: { id: 'auth.example.com', origin: accountsOrigin, name: 'Harbour' },
    accounts: store.accounts,
    credentials: store.accountCredentials,
    hashOf,
    sealing: {
      seal: (plain, accountId) => seal(plain, key, accountId),
      unseal: (sealed, accountId) => unseal(sealed, key, accountId),
    },
    now,
    log: silentLog,
    ...changes,
  }
  const signIn = createSecondFactors(parts)
  const passwords = createLocalAccounts({
    accounts: store.accounts,
    locks: store.accountCredentials.locks,
    factorsOf: signIn.factorsOf,
    verifyPassword: plainCheck,
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
