// Signing in with more than a password: passkeys, codes of an authenticator app, recovery codes.

import type { AccountCredentialStore, Passkey } from '../ports/account-credentials.ts'
import type { Hash } from '../ports/hash.ts'
import type {
  HalfProven,
  NotProven,
  OwnSignIn,
  ProvenAccount,
  SecondFactors,
} from '../ports/own-accounts.ts'
import type { Clock, Log } from '../ports/runtime.ts'
import type { Account, AccountStore } from '../ports/store.ts'
import { seconds } from '../protocol/time.ts'
import { identityOf } from './local-accounts.ts'
import { matchOneTimeCode, parseRecoveryCode } from './one-time-codes.ts'
import {
  type Assertion,
  type Refused,
  type RelyingParty,
  requestOptions,
  verifyAssertion,
} from './passkey-ceremonies.ts'

export type FactorParts = {
  readonly party: RelyingParty
  readonly accounts: AccountStore
  readonly credentials: AccountCredentialStore
  readonly hashOf: (value: string) => Hash
  /** For the secrets of authenticator apps. Undefined: there is no key, and no app can be set up. */
  readonly sealing:
    | {
        readonly seal: (plain: string, accountId: string) => string
        readonly unseal: (sealed: string, accountId: string) => string | undefined
      }
    | undefined
  readonly now: Clock
  readonly log: Log
}

// Six digits, three of which fit at a time. Ten tries, then one an hour until one succeeds: whoever has the
// password and tries for a year finds a code with a chance of 1 in 38. A passkey cannot be guessed, so it is
// not held by this.
const codeLimit = { most: 10, duration: seconds(3600) }

const unreadableAdvice =
  'the secret of the authenticator app was sealed with another "accounts_secret": set that one again, or run "sallyport users factors reset"'

/** What is kept of a recovery code: of one account only, whatever its text. */
export const recoveryHash = (accountId: string, code: string, hashOf: FactorParts['hashOf']) =>
  hashOf(`recovery-code:${accountId}:${code}`)

/** What there is to show after the password. Recovery codes stand in for one, they are none themselves. */
export async function findSecondFactors(
  accountId: string,
  { passkeys, oneTimeSecrets }: Pick<AccountCredentialStore, 'passkeys' | 'oneTimeSecrets'>,
): Promise<SecondFactors> {
  const passkey = (await passkeys.listOf(accountId)).length > 0
  return { passkey, code: (await oneTimeSecrets.find(accountId)) !== undefined }
}

/** What a text is compared with. `unreadable`: the key that sealed the app's secret is not the one we have. */
type CodeProof =
  | { readonly kind: 'recovery'; readonly code: string }
  | { readonly kind: 'app'; readonly secret: string }
  | { readonly kind: 'none' | 'unreadable' }

const wrong = (reason: string): NotProven => ({ kind: 'wrong', reason })

// RFC 8176 §2: proof of possession of a key, a password, a one-time password, and all that counts as several.
const ofPasskey = ['pop', 'user', 'mfa']
const ofPasswordAndPasskey = ['pwd', 'pop', 'mfa']
const ofPasswordAndCode = ['pwd', 'otp', 'mfa']

export function createSecondFactors(parts: FactorParts): OwnSignIn {
  const { accounts, credentials, party, now, hashOf, log } = parts
  const { passkeys, oneTimeSecrets, recoveryCodes, locks } = credentials

  const proven = (
    account: Account,
    methods: readonly string[],
    used: Passkey | undefined,
  ): ProvenAccount => ({
    kind: 'identity',
    identity: identityOf(account),
    assurance: { factors: 2, authenticatedAt: now(), methods },
    holds: async () => {
      const present = await accounts.findById(account.id)
      if (present?.passwordHash !== account.passwordHash) return false
      return used === undefined || (await passkeys.find(used.credentialId)) !== undefined
    },
  })

  const accountOf = async (half: HalfProven): Promise<Account | undefined> => {
    const account = await accounts.findById(half.accountId)
    return account !== undefined && hashOf(account.passwordHash) === half.passwordMark
      ? account
      : undefined
  }

  const use = async (
    result: Assertion | Refused,
    account: Account | undefined,
    methods: readonly string[],
  ): Promise<ProvenAccount | NotProven> => {
    if (result.kind === 'refused') return wrong(result.reason)
    if (account === undefined) return wrong('account-gone')
    const { passkey, counter } = result
    const used = await passkeys.use(passkey.credentialId, counter, now())
    return used === 'used' ? proven(account, methods, passkey) : wrong(`passkey-${used}`)
  }

  const proofFor = async (account: Account, text: string): Promise<CodeProof> => {
    const recovery = parseRecoveryCode(text)
    if (recovery !== undefined) return { kind: 'recovery', code: recovery }
    const kept = await oneTimeSecrets.find(account.id)
    if (kept === undefined) return { kind: 'none' }
    const secret = parts.sealing?.unseal(kept.sealed, account.id)
    return secret === undefined ? { kind: 'unreadable' } : { kind: 'app', secret }
  }

  /** Whether the code was good, and is used up now. */
  const takeCode = async (account: Account, proof: CodeProof, text: string): Promise<boolean> => {
    if (proof.kind === 'recovery') {
      const hash = recoveryHash(account.id, proof.code, hashOf)
      return (await recoveryCodes.redeem(account.id, hash)) === 'redeemed'
    }
    if (proof.kind !== 'app') return false
    const step = matchOneTimeCode(proof.secret, text.replace(/\s/g, ''), now())
    return step !== undefined && (await oneTimeSecrets.spend(account.id, step)) === 'spent'
  }

  return {
    factorsOf: (accountId) => findSecondFactors(accountId, credentials),

    passkeyOptions: async (challenge, half) =>
      requestOptions(party, challenge, half && (await passkeys.listOf(half.accountId))),

    signInWithPasskey: async (answer, take) => {
      const rules = { find: passkeys.find, requireVerification: true }
      const result = await verifyAssertion(party, answer, take, rules)
      const owner =
        result.kind === 'assertion' ? await accounts.findById(result.passkey.accountId) : undefined
      return use(result, owner, ofPasskey)
    },

    confirmPasskey: async (half, answer, take) => {
      const find = async (id: string) => {
        const found = await passkeys.find(id)
        return found?.accountId === half.accountId ? found : undefined
      }
      const rules = { find, requireVerification: false }
      const result = await verifyAssertion(party, answer, take, rules)
      return use(result, await accountOf(half), ofPasswordAndPasskey)
    },

    confirmCode: async (half, text) => {
      const account = await accountOf(half)
      if (account === undefined) return wrong('account-gone')
      const proof = await proofFor(account, text)
      if (proof.kind === 'unreadable') {
        // No fault of the person, who would be locked out for it.
        log.error('second_factor.unreadable', { account: account.name, text: unreadableAdvice })
        return wrong('secret-unreadable')
      }
      // Counted before it is looked at: many at once are counted too.
      const until = await locks.attempt(account.name, codeLimit, now())
      if (until !== undefined) return { kind: 'limited', retryAfter: seconds(until - now()) }
      if (!(await takeCode(account, proof, text))) return wrong('wrong-code')
      await locks.clear(account.name)
      return proven(account, ofPasswordAndCode, undefined)
    },
  }
}
