// Local accounts in SQL.

import type { Kysely, Transaction } from 'kysely'
import { type Account, type AccountStore, localIssuer } from '../../ports/store.ts'
import { accountIdOf } from '../../protocol/account-id.ts'
import { removeIssuedTo } from './end-grants.ts'
import {
  type AccountTable,
  isTextList,
  storedJson,
  storedMoment,
  type Tables,
  unreadable,
} from './tables.ts'

function accountOfRow(row: AccountTable): Account {
  const groups = storedJson(row.groups, 'account')
  if (!isTextList(groups)) throw unreadable('account')
  return {
    id: row.id,
    name: row.name,
    email: row.email ?? undefined,
    displayName: row.display_name ?? undefined,
    groups,
    passwordHash: row.password_hash,
    createdAt: storedMoment(row.created_at, 'account'),
  }
}

const rowOfAccount = (account: Account): AccountTable => ({
  id: account.id,
  name: account.name,
  email: account.email ?? null,
  display_name: account.displayName ?? null,
  groups: JSON.stringify(account.groups),
  password_hash: account.passwordHash,
  created_at: account.createdAt,
})

/** Ends what the account is signed in to: its sessions, and all that was issued to clients in its name. */
export async function endAccess(
  transaction: Transaction<Tables>,
  { id: subject }: { readonly id: string },
  rowLocks: boolean,
): Promise<string> {
  await transaction
    .deleteFrom('sessions')
    .where('issuer', '=', localIssuer)
    .where('subject', '=', subject)
    .execute()
  const account = accountIdOf({ issuer: localIssuer, subject })
  await removeIssuedTo(transaction, { account }, rowLocks)
  return account
}

/** @param rowLocks as for `createSessions` */
export function createAccounts(db: Kysely<Tables>, rowLocks: boolean): AccountStore {
  const change = (
    name: string,
    values: Partial<Pick<AccountTable, 'groups' | 'password_hash'>>,
  ): Promise<'changed' | 'unknown'> =>
    db.transaction().execute(async (transaction) => {
      const changed = await transaction
        .updateTable('accounts')
        .set(values)
        .where('name', '=', name)
        .returning('id')
        .executeTakeFirst()
      if (!changed) return 'unknown'
      await endAccess(transaction, changed, rowLocks)
      return 'changed'
    })

  return {
    add: async (account) => {
      const { numInsertedOrUpdatedRows } = await db
        .insertInto('accounts')
        .values(rowOfAccount(account))
        .onConflict((conflict) => conflict.column('name').doNothing())
        .executeTakeFirstOrThrow()
      return numInsertedOrUpdatedRows === 1n ? 'added' : 'name-taken'
    },

    findByName: async (name) => {
      const row = await db
        .selectFrom('accounts')
        .selectAll()
        .where('name', '=', name)
        .executeTakeFirst()
      return row && accountOfRow(row)
    },

    findById: async (id) => {
      const row = await db
        .selectFrom('accounts')
        .selectAll()
        .where('id', '=', id)
        .executeTakeFirst()
      return row && accountOfRow(row)
    },

    list: async () => {
      const rows = await db.selectFrom('accounts').selectAll().orderBy('name').execute()
      return rows.map(accountOfRow)
    },

    count: async () => {
      const { accounts } = await db
        .selectFrom('accounts')
        .select((query) => query.fn.countAll<number>().as('accounts'))
        .executeTakeFirstOrThrow()
      return accounts
    },

    remove: (name) =>
      db.transaction().execute(async (transaction) => {
        const removed = await transaction
          .deleteFrom('accounts')
          .where('name', '=', name)
          .returning('id')
          .executeTakeFirst()
        if (!removed) return 'unknown'
        const account = await endAccess(transaction, removed, rowLocks)
        await transaction.deleteFrom('account_snapshots').where('account', '=', account).execute()
        return 'removed'
      }),

    changePassword: (name, passwordHash) => change(name, { password_hash: passwordHash }),

    changeGroups: (name, groups) => change(name, { groups: JSON.stringify(groups) }),
  }
}
