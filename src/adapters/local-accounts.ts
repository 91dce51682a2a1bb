// Signing in with a local account: is this the password of that name?

import { randomInt, randomUUID } from 'node:crypto'
import type { Clock } from '../ports/runtime.ts'
import { type Account, type AccountStore, localIssuer } from '../ports/store.ts'
import { parseEmail } from '../protocol/email.ts'
import type { Identity } from '../protocol/identity.ts'
import type { Secret } from '../protocol/secret.ts'
import type { Seconds } from '../protocol/time.ts'
import { parseAccountName } from './account-name.ts'
import { createLoginLimits } from './login-limits.ts'
import { hashPassword, type PasswordCheck } from './passwords.ts'

export type SignIn =
  | {
      readonly kind: 'identity'
      readonly identity: Identity
      /**
       * Whether the account still is as it was when the password was checked. To be asked after a session
       * was opened: removing an account ends only the sessions that are there.
       */
      readonly holds: () => Promise<boolean>
    }
  /** No such name, or not its password: one answer for both. */
  | { readonly kind: 'wrong' }
  | { readonly kind: 'limited'; readonly retryAfter: Seconds }
  /** Too many passwords are being checked at the moment. */
  | { readonly kind: 'unavailable' }

export type LocalAccounts = {
  /**
   * Checks name and password.
   *
   * @param address of the client, for the limits of `login-limits.ts`
   * @throws when the store cannot be asked
   */
  readonly signIn: (name: string, password: Secret | string, address: string) => Promise<SignIn>
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

export function createLocalAccounts(parts: {
  readonly accounts: Pick<AccountStore, 'findByName'>
  readonly verifyPassword: (
    password: Secret | string,
    stored: string | undefined,
  ) => Promise<PasswordCheck>
}): LocalAccounts {
  const { accounts, verifyPassword } = parts
  const limits = createLoginLimits()

  const check = async (name: string | undefined, password: Secret | string): Promise<SignIn> => {
    const account = name === undefined ? undefined : await accounts.findByName(name)
    const result = await verifyPassword(password, account?.passwordHash)
    if (result === 'busy') return { kind: 'unavailable' }
    if (result === 'mismatch' || account === undefined) return { kind: 'wrong' }
    const holds = async () => {
      const now = await accounts.findByName(account.name)
      return now?.id === account.id && now.passwordHash === account.passwordHash
    }
    // Removed, or with another password, while this one was being checked: that takes a while.
    if (!(await holds())) return { kind: 'wrong' }
    return { kind: 'identity', identity: identityOf(account), holds }
  }

  return {
    signIn: async (text, password, address) => {
      const name = parseAccountName(text)
      // What can be no name shares one count, and costs the same time as a name nobody has.
      const attempt = await limits.attempt(name ?? '', address)
      if (attempt.kind === 'limited') return attempt
      let result: SignIn = { kind: 'unavailable' }
      try {
        result = await check(name, password)
      } finally {
        if (result.kind === 'identity') await attempt.succeeded()
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
