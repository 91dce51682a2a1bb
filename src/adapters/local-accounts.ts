// Signing in with a local account: is this the password of that name?

import { randomInt, randomUUID } from 'node:crypto'
import type { AccountLockStore } from '../ports/account-credentials.ts'
import type { Hash } from '../ports/hash.ts'
import type { PasswordAnswer, SecondFactors } from '../ports/own-accounts.ts'
import type { Clock } from '../ports/runtime.ts'
import { type Account, type AccountStore, localIssuer } from '../ports/store.ts'
import { parseEmail } from '../protocol/email.ts'
import type { Identity } from '../protocol/identity.ts'
import type { Secret } from '../protocol/secret.ts'
import { parseAccountName } from './account-name.ts'
import { createLoginLimits } from './login-limits.ts'
import { hashPassword, type PasswordCheck } from './passwords.ts'

export type LocalAccounts = {
  /**
   * Checks name and password. Who has a second factor is not signed in by that.
   *
   * @param address of the client, for the limits of `login-limits.ts`
   * @throws when the store cannot be asked
   */
  readonly signIn: (
    name: string,
    password: Secret | string,
    address: string,
  ) => Promise<PasswordAnswer>
}

/** Who a local account is for rules and applications. Its address was set by the operator, so it counts as verified. */
export function identityOf(account: Account): Identity {
  const email = parseEmail(account.email)
  return {
    provider: 'local',
    issuer: localIssuer,
    subject: account.id,
    email: email.kind === 'email' ? email.value : undefined,
    emailDomain: email.kind === 'email' ? email.domain : undefined,
    unverifiedEmail: undefined,
    name: account.displayName,
    preferredUsername: account.name,
    groups: account.groups,
    scopes: [],
  }
}

export type LocalAccountParts = {
  readonly accounts: Pick<AccountStore, 'findByName'>
  readonly locks: Pick<AccountLockStore, 'unlockedAt'>
  readonly factorsOf: (accountId: string) => Promise<SecondFactors>
  readonly verifyPassword: (
    password: Secret | string,
    stored: string | undefined,
  ) => Promise<PasswordCheck>
  readonly hashOf: (value: string) => Hash
  readonly now: Clock
}

export function createLocalAccounts(parts: LocalAccountParts): LocalAccounts {
  const { accounts, verifyPassword, hashOf, now } = parts
  const limits = createLoginLimits()

  const check = async (
    name: string | undefined,
    password: Secret | string,
  ): Promise<PasswordAnswer> => {
    const account = name === undefined ? undefined : await accounts.findByName(name)
    // An account without a password is, to whoever tries one, an account that does not exist.
    const result = await verifyPassword(password, account?.passwordHash || undefined)
    if (result === 'busy') return { kind: 'unavailable' }
    if (result === 'mismatch' || account === undefined) return { kind: 'wrong' }
    const holds = async () => {
      const now = await accounts.findByName(account.name)
      return now?.id === account.id && now.passwordHash === account.passwordHash
    }
    // Removed, or with another password, while this one was being checked: that takes a while.
    if (!(await holds())) return { kind: 'wrong' }
    const factors = await parts.factorsOf(account.id)
    if (factors.passkey || factors.code) {
      const passwordMark = hashOf(account.passwordHash)
      const half = { accountId: account.id, name: account.name, passwordMark }
      return { kind: 'second-factor', half, factors }
    }
    const assurance = { factors: 1, authenticatedAt: now(), methods: ['pwd'] } as const
    return { kind: 'identity', identity: identityOf(account), assurance, holds }
  }

  return {
    signIn: async (text, password, address) => {
      const name = parseAccountName(text)
      // What was counted before the operator unlocked the account is another count.
      const unlockedAt = (await parts.locks.unlockedAt(name ?? '')) ?? ''
      // What can be no name shares one count, and costs the same time as a name nobody has.
      const attempt = await limits.attempt(`${name ?? ''}:${unlockedAt}`, address)
      if (attempt.kind === 'limited') return attempt
      let result: PasswordAnswer = { kind: 'unavailable' }
      try {
        result = await check(name, password)
      } finally {
        const isRight = result.kind === 'identity' || result.kind === 'second-factor'
        if (isRight) await attempt.succeeded()
        if (result.kind === 'unavailable') await attempt.takeBack()
      }
      return result
    },
  }
}

// Without 0, O, 1, l and I: it is read from a terminal and typed.
const letters = 'ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789'

/** A random password of 20 characters, about 116 bits. */
export const randomPassword = (): string =>
  Array.from({ length: 20 }, () => letters.charAt(randomInt(letters.length))).join('')

/**
 * For development mode: makes the account `dev` when there is no account yet.
 *
 * @returns name and password, to be printed once; undefined when there are accounts already, also when
 *   another process made `dev` at the same moment
 */
export async function createFirstAccount(
  accounts: Pick<AccountStore, 'count' | 'add'>,
  now: Clock,
): Promise<{ readonly name: string; readonly password: string } | undefined> {
  if ((await accounts.count()) > 0) return undefined
  const name = 'dev'
  const password = randomPassword()
  const added = await accounts.add({
    id: randomUUID(),
    name,
    // RFC 2606 §2: a domain nobody can have.
    email: 'dev@sallyport.test',
    displayName: 'Development account',
    groups: [],
    passwordHash: await hashPassword(password),
    createdAt: now(),
  })
  return added === 'added' ? { name, password } : undefined
}
