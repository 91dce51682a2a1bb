// What a local account proves itself with besides its password, and how one comes to an account.
// Every method is one atomic transition that says what happened. Moments are parameters: a store reads no clock.

import type { EpochSeconds, Seconds } from '../protocol/time.ts'
import type { Hash } from './hash.ts'

/** A public key whose private half is in somebody's phone, computer or security key. @see WebAuthn Level 3 §4 */
export type Passkey = {
  /** base64url, unique over all accounts. */
  readonly credentialId: string
  readonly accountId: string
  /** COSE key, base64url. */
  readonly publicKey: string
  /** Of signatures; 0 for ever with passkeys that are synchronised. */
  readonly counter: number
  readonly transports: readonly string[]
  /** What its owner calls it. */
  readonly name: string
  readonly createdAt: EpochSeconds
  readonly lastUsedAt: EpochSeconds | undefined
}

export type PasskeyStore = {
  /**
   * Keeps a passkey. `exists`: its id is known already, of whichever account; `full`: the account has `limit`;
   * `unknown`: there is no such account. Nothing is written then.
   */
  readonly add: (
    passkey: Passkey,
    limit: number,
  ) => Promise<'added' | 'exists' | 'full' | 'unknown'>
  readonly find: (credentialId: string) => Promise<Passkey | undefined>
  /** Oldest first. */
  readonly listOf: (accountId: string) => Promise<readonly Passkey[]>
  /**
   * Notes a use. `stale` when the counter has not moved on, unless it never does: the key was copied, or this
   * answer was seen before. Over all processes one caller gets `used` with a counter that moves.
   */
  readonly use: (
    credentialId: string,
    counter: number,
    now: EpochSeconds,
  ) => Promise<'used' | 'stale' | 'unknown'>
  /** `last`: it is the only way to sign in to an account without a password; it stays. */
  readonly remove: (
    accountId: string,
    credentialId: string,
  ) => Promise<'removed' | 'last' | 'unknown'>
}

/** The secret that an authenticator app and we share. @see RFC 6238 §3 */
export type OneTimeSecret = {
  readonly accountId: string
  readonly sealed: string
  readonly createdAt: EpochSeconds
  /** Time step of the last code that was taken. */
  readonly lastStep: number
}

export type OneTimeSecretStore = {
  /** Writes or replaces. `unknown`: there is no such account. */
  readonly save: (secret: OneTimeSecret) => Promise<'saved' | 'unknown'>
  readonly find: (accountId: string) => Promise<OneTimeSecret | undefined>
  /** How many there are, of all accounts. */
  readonly count: () => Promise<number>
  /** Spends the code of a step and of all before it: over all processes one caller gets `spent`. RFC 6238 §5.2 */
  readonly spend: (accountId: string, step: number) => Promise<'spent' | 'replayed'>
  readonly remove: (accountId: string) => Promise<'removed' | 'unknown'>
}

export type RecoveryCodeStore = {
  /** Replaces all codes of an account. `unknown`: there is no such account. */
  readonly replace: (accountId: string, hashes: readonly Hash[]) => Promise<'replaced' | 'unknown'>
  /** Uses a code up: over all processes one caller gets `redeemed`. */
  readonly redeem: (accountId: string, codeHash: Hash) => Promise<'redeemed' | 'unknown'>
  /** How many are left. */
  readonly countOf: (accountId: string) => Promise<number>
}

export type AccountLockStore = {
  /**
   * Counts an attempt before it is checked, so that many at once are counted too. The `most`-th in a row
   * is the last one for `duration`, and so is each one after it, until one succeeds or the operator unlocks.
   *
   * @returns undefined when the attempt may be made, else the moment from which one may be made again
   */
  readonly attempt: (
    accountName: string,
    limit: { readonly most: number; readonly duration: Seconds },
    now: EpochSeconds,
  ) => Promise<EpochSeconds | undefined>
  /** An attempt succeeded: counting begins anew. */
  readonly clear: (accountName: string) => Promise<void>
  /** The operator lets the account in again. `unknown`: there is no such account. */
  readonly unlock: (accountName: string, now: EpochSeconds) => Promise<'unlocked' | 'unknown'>
  /** When the operator last did so: failures before it do not count. */
  readonly unlockedAt: (accountName: string) => Promise<EpochSeconds | undefined>
}

/** An account that is there as soon as somebody brings the link. */
export type Invitation = {
  readonly tokenHash: Hash
  readonly account: {
    readonly id: string
    readonly name: string
    readonly email: string | undefined
    readonly displayName: string | undefined
    readonly groups: readonly string[]
  }
  readonly createdAt: EpochSeconds
  readonly expiresAt: EpochSeconds
}

/** What an invited person chose: a password hash (empty: none), a passkey, or both. */
export type Acceptance = {
  readonly passwordHash: string
  readonly passkey: Omit<Passkey, 'accountId'> | undefined
}

export type InvitationStore = {
  /** Writes an invitation; an earlier one of that name ends. `name-taken`: there is such an account already. */
  readonly issue: (invitation: Invitation) => Promise<'issued' | 'name-taken'>
  readonly find: (tokenHash: Hash, now: EpochSeconds) => Promise<Invitation | undefined>
  /**
   * Uses the invitation up and makes the account, both or neither: over all processes one caller gets
   * `redeemed`. `unknown`: used, expired or never there; `name-taken`, `passkey-exists`: it stays as it was.
   */
  readonly redeem: (
    tokenHash: Hash,
    acceptance: Acceptance,
    now: EpochSeconds,
  ) => Promise<'redeemed' | 'unknown' | 'name-taken' | 'passkey-exists'>
  readonly list: (now: EpochSeconds) => Promise<readonly Invitation[]>
  /** Withdraws the invitation of a name. */
  readonly withdraw: (name: string) => Promise<'withdrawn' | 'unknown'>
  readonly purge: (now: EpochSeconds, limit: number) => Promise<number>
}

export type AccountCredentialStore = {
  readonly passkeys: PasskeyStore
  readonly oneTimeSecrets: OneTimeSecretStore
  readonly recoveryCodes: RecoveryCodeStore
  readonly locks: AccountLockStore
  readonly invitations: InvitationStore
  /**
   * Removes every passkey, one-time secret and recovery code of an account and ends its sessions and grants,
   * in one transaction. `unknown`: there is no such account.
   */
  readonly reset: (accountName: string) => Promise<'reset' | 'unknown'>
}
