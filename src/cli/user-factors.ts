// sallyport users factors, unlock: what an account signs in with, and the way back for who has lost it.

import type { Account } from '../ports/store.ts'
import { type UsersParts, unknownAccount, type Values } from './user-arguments.ts'

export type Factors = {
  readonly password: boolean
  readonly passkeys: readonly { readonly name: string; readonly lastUsedAt: string | undefined }[]
  readonly app: boolean
  readonly recoveryCodes: number
}

export async function findFactors(
  { id, passwordHash }: Account,
  { accountCredentials }: UsersParts['store'],
): Promise<Factors> {
  const { passkeys, oneTimeSecrets, recoveryCodes } = accountCredentials
  return {
    password: passwordHash !== '',
    passkeys: (await passkeys.listOf(id)).map(({ name, lastUsedAt }) => ({
      name,
      lastUsedAt: lastUsedAt === undefined ? undefined : new Date(lastUsedAt * 1000).toISOString(),
    })),
    app: (await oneTimeSecrets.find(id)) !== undefined,
    recoveryCodes: await recoveryCodes.countOf(id),
  }
}

/** In a few words, for a table. */
export function describeFactors({ password, passkeys, app, recoveryCodes }: Factors): string {
  const { length } = passkeys
  const parts = [
    password ? 'password' : '',
    length === 0 ? '' : `${length} ${length === 1 ? 'passkey' : 'passkeys'}`,
    app ? 'app' : '',
    recoveryCodes === 0 ? '' : `${recoveryCodes} recovery codes`,
  ]
  return parts.filter((part) => part !== '').join(', ') || 'nothing'
}

export async function listFactors(name: string, values: Values, parts: UsersParts): Promise<void> {
  const account = await parts.store.accounts.findByName(name)
  if (account === undefined) throw unknownAccount(name)
  const factors = await findFactors(account, parts.store)
  if (values.json) return parts.print(JSON.stringify(factors, undefined, 2))
  parts.print(`"${name}" signs in with: ${describeFactors(factors)}.`)
  for (const { name: passkey, lastUsedAt } of factors.passkeys) {
    // The person chose the name: what it holds must not move the terminal's cursor.
    const shown = JSON.stringify(passkey)
    parts.print(`  passkey ${shown}, last used ${lastUsedAt?.slice(0, 10) ?? 'never'}`)
  }
}

export async function resetFactors(name: string, _: Values, parts: UsersParts): Promise<void> {
  const account = await parts.store.accounts.findByName(name)
  if (account === undefined) throw unknownAccount(name)
  const outcome = await parts.store.accountCredentials.reset(name)
  if (outcome === 'unknown') throw unknownAccount(name)
  parts.print(`Removed passkeys, authenticator app and recovery codes of "${name}".`)
  if (account.passwordHash === '')
    parts.print(`It has no password: "users passwd ${name}" gives it one.`)
}

export async function unlockUser(name: string, _: Values, parts: UsersParts): Promise<void> {
  const outcome = await parts.store.accountCredentials.locks.unlock(name, parts.now())
  if (outcome === 'unknown') throw unknownAccount(name)
  parts.print(`Unlocked the account "${name}": failures until now do not count.`)
}
