// Local accounts. What they prove themselves with besides a password: account-credentials.ts.

import type { EpochSeconds } from '../protocol/time.ts'

/** A local account. */
export type Account = {
  readonly id: string
  /** Lower case, unique. */
  readonly name: string
  readonly email: string | undefined
  readonly displayName: string | undefined
  readonly groups: readonly string[]
  /** argon2id in PHC string form; empty: no password, a passkey is the only way in. */
  readonly passwordHash: string
  readonly createdAt: EpochSeconds
}

export type AccountStore = {
  readonly add: (account: Account) => Promise<'added' | 'name-taken'>
  readonly findByName: (name: string) => Promise<Account | undefined>
  readonly findById: (id: string) => Promise<Account | undefined>
  readonly list: () => Promise<readonly Account[]>
  readonly count: () => Promise<number>
  /**
   * Removes the account and what is known of it as of its last sign-in, ends its sessions and its grants with
   * everything issued to it, in one transaction.
   */
  readonly remove: (name: string) => Promise<'removed' | 'unknown'>
  /** Replaces the hash, ends the account's sessions and its grants with everything issued to it, in one transaction. */
  readonly changePassword: (name: string, passwordHash: string) => Promise<'changed' | 'unknown'>
  /** Replaces the groups, and ends the same: what is signed in to says the old ones. */
  readonly changeGroups: (name: string, groups: readonly string[]) => Promise<'changed' | 'unknown'>
}
