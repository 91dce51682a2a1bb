// Local accounts as the login and the account page use them.

import type { SignInAssurance } from '../protocol/assurance.ts'
import type { Identity } from '../protocol/identity.ts'
import { type Seconds, seconds } from '../protocol/time.ts'
import type { Hash } from './hash.ts'

/** Whether a challenge is one of ours, for this browser and purpose; spends it. Throws when the store cannot be asked. */
export type TakeChallenge = (challenge: string) => Promise<boolean>

export type ProvenAccount = {
  readonly kind: 'identity'
  readonly identity: Identity
  readonly assurance: SignInAssurance
  /** Whether the account still is as it was: asked once the session is open. */
  readonly holds: () => Promise<boolean>
}

export type NotProven =
  /** One answer for everything that a person may have got wrong; `reason` is for the log. */
  | { readonly kind: 'wrong'; readonly reason: string }
  | { readonly kind: 'limited'; readonly retryAfter: Seconds }

/** A person whose password was right and who has a second factor to show. */
export type HalfProven = {
  readonly accountId: string
  readonly name: string
  /** Hash of the stored password: with another one this is worth nothing. */
  readonly passwordMark: Hash
}

export type SecondFactors = {
  readonly passkey: boolean
  readonly code: boolean
}

export type PasswordAnswer =
  | ProvenAccount
  | { readonly kind: 'second-factor'; readonly half: HalfProven; readonly factors: SecondFactors }
  /** No such name, or not its password: one answer for both. */
  | { readonly kind: 'wrong' }
  | { readonly kind: 'limited'; readonly retryAfter: Seconds }
  /** Too many passwords are being checked at the moment. */
  | { readonly kind: 'unavailable' }

export type OwnSignIn = {
  /** Options for `navigator.credentials.get()`; with `half` for the passkeys of that account only. */
  readonly passkeyOptions: (challenge: string, half: HalfProven | undefined) => Promise<unknown>
  /** A passkey alone, which shows that its owner was verified: two factors. */
  readonly signInWithPasskey: (
    answer: string,
    take: TakeChallenge,
  ) => Promise<ProvenAccount | NotProven>
  /** A passkey after the password. */
  readonly confirmPasskey: (
    half: HalfProven,
    answer: string,
    take: TakeChallenge,
  ) => Promise<ProvenAccount | NotProven>
  /** A code of the authenticator app, or a recovery code, after the password. */
  readonly confirmCode: (half: HalfProven, code: string) => Promise<ProvenAccount | NotProven>
  /** What there is to show after the password; all false when the account is gone. */
  readonly factorsOf: (accountId: string) => Promise<SecondFactors>
}

export type ShownPasskey = {
  readonly credentialId: string
  readonly name: string
  readonly createdAt: number
  readonly lastUsedAt: number | undefined
}

export type ShownFactors = {
  readonly hasPassword: boolean
  readonly passkeys: readonly ShownPasskey[]
  readonly app: boolean
  /** Whether an app can be set up: there is a key to seal its secret with. */
  readonly offersApp: boolean
  readonly recoveryCodes: number
}

/** `recoveryCodes`: made along with the first second factor, to be shown once. */
export type Added = {
  readonly kind: 'added'
  readonly recoveryCodes: readonly string[] | undefined
}

export type OwnFactors = {
  /** Undefined: there is no such account (any more). */
  readonly show: (accountId: string) => Promise<ShownFactors | undefined>
  readonly creationOptions: (accountId: string, challenge: string) => Promise<unknown>
  readonly addPasskey: (
    accountId: string,
    made: { readonly answer: string; readonly name: string },
    take: TakeChallenge,
  ) => Promise<Added | { readonly kind: 'refused'; readonly reason: string }>
  readonly removePasskey: (
    accountId: string,
    credentialId: string,
  ) => Promise<'removed' | 'last' | 'unknown'>
  /** A secret that nobody has yet, and the address that authenticator apps open. Undefined: it could not be kept. */
  readonly newSecret: (
    accountName: string,
  ) => { readonly secret: string; readonly uri: string } | undefined
  /** Keeps the secret once the person has shown that the app has it. */
  readonly addApp: (
    accountId: string,
    secret: string,
    code: string,
  ) => Promise<Added | { readonly kind: 'wrong' }>
  readonly removeApp: (accountId: string) => Promise<'removed' | 'unknown'>
  /** Ten new ones; the ones before end. Undefined: nothing is there that they could stand in for. */
  readonly renewRecoveryCodes: (accountId: string) => Promise<readonly string[] | undefined>
}

/** How long a link that makes an account is good. */
export const invitationLifetime = seconds(72 * 60 * 60)

export type Invited = { readonly name: string; readonly displayName: string | undefined }

export type AcceptAnswer =
  | ProvenAccount
  /** Used, expired or never there. */
  | { readonly kind: 'unknown' }
  | { readonly kind: 'name-taken' }
  /** Neither password nor passkey. */
  | { readonly kind: 'nothing' }
  | { readonly kind: 'weak-password' }
  | { readonly kind: 'bad-passkey'; readonly reason: string }

export type OwnInvitations = {
  readonly find: (token: string) => Promise<Invited | undefined>
  /** Options for `navigator.credentials.create()`; undefined for an invitation that cannot be used. */
  readonly creationOptions: (token: string, challenge: string) => Promise<unknown>
  /** Makes the account, at most once. A passkey without a password has to verify its owner. */
  readonly accept: (
    token: string,
    chosen: { readonly password: string; readonly passkey: string; readonly passkeyName: string },
    take: TakeChallenge,
  ) => Promise<AcceptAnswer>
}

/** Everything about local accounts but the password check itself. */
export type OwnAccounts = {
  readonly signIn: OwnSignIn
  readonly factors: OwnFactors
  readonly invitations: OwnInvitations
}
