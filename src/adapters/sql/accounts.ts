// Local accounts in SQL.

import type { Kysely, Transaction } from 'kysely'
import { type Account, type AccountStore, localIssuer } from '../../ports/store.ts'
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

async function endSessions(transaction: Transaction<Tables>, accountId: string): Promise<void> {
  await transaction
    .deleteFrom('sessions')
    .where('issuer', '=', localIssuer)
    .where('subject', '=', accountId)
    .execute()
}

export function createAccounts(db: Kysely<Tables>): AccountStore {
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
        await endSessions(transaction, removed.id)
        return 'removed'
      }),

    changePassword: (name, passwordHash) =>
      db.transaction().execute(async (transaction) => {
        const changed = await transaction
          .updateTable('accounts')
          .set({ password_hash: passwordHash })
          .where('name', '=', name)
          .returning('id')
          .executeTakeFirst()
        if (!changed) return 'unknown'
        await endSessions(transaction, changed.id)
        return 'changed'
      }),
  }
}
