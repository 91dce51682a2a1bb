// sallyport users list: who has an account, who is invited, and how they sign in.

import type { Account } from '../ports/store.ts'
import { formatTable } from './table.ts'
import type { UsersParts, Values } from './user-arguments.ts'
import { describeFactors, findFactors } from './user-factors.ts'

const dateOf = (moment: number): string => new Date(moment * 1000).toISOString()

async function describe(account: Account, store: UsersParts['store']) {
  const { passwordHash: _, createdAt, ...facts } = account
  return { ...facts, factors: await findFactors(account, store), createdAt: dateOf(createdAt) }
}

export async function listUsers(_: string, values: Values, parts: UsersParts): Promise<void> {
  const { store, print } = parts
  const accounts = await store.accounts.list()
  const listed = await Promise.all(accounts.map((account) => describe(account, store)))
  const invited = await store.accountCredentials.invitations.list(parts.now())
  const invitations = invited.map(({ account: { id: _, ...facts }, expiresAt }) => ({
    ...facts,
    invitedUntil: dateOf(expiresAt),
  }))
  if (values.json) return print(JSON.stringify([...listed, ...invitations], undefined, 2))
  if (listed.length + invitations.length === 0) return print('There are no accounts.')
  const table = formatTable([
    ['NAME', 'E-MAIL', 'GROUPS', 'SIGNS IN WITH', 'CREATED'],
    ...listed.map(({ name, email, groups, factors, createdAt }) => [
      name,
      email ?? '-',
      groups.join(',') || '-',
      describeFactors(factors),
      createdAt.slice(0, 10),
    ]),
    ...invitations.map(({ name, email, groups, invitedUntil }) => [
      name,
      email ?? '-',
      groups.join(',') || '-',
      `invited until ${invitedUntil.slice(0, 16).replace('T', ' ')} UTC`,
      '-',
    ]),
  ])
  for (const line of table) print(line)
}
