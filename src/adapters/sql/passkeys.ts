// Passkeys of local accounts in SQL.

import type { Kysely, Transaction } from 'kysely'
import type { Passkey, PasskeyStore } from '../../ports/account-credentials.ts'
import {
  isTextList,
  type PasskeyTable,
  storedJson,
  storedMoment,
  storedMomentOrNone,
  type Tables,
  unreadable,
} from './tables.ts'

function passkeyOfRow(row: PasskeyTable): Passkey {
  const transports = storedJson(row.transports, 'passkey')
  if (!isTextList(transports)) throw unreadable('passkey')
  return {
    credentialId: row.credential_id,
    accountId: row.account_id,
    publicKey: row.public_key,
    counter: row.counter,
    transports,
    name: row.name,
    createdAt: storedMoment(row.created_at, 'passkey'),
    lastUsedAt: storedMomentOrNone(row.last_used_at, 'passkey'),
  }
}

/** The row that keeps a passkey. */
export const rowOfPasskey = (passkey: Passkey): PasskeyTable => ({
  credential_id: passkey.credentialId,
  account_id: passkey.accountId,
  public_key: passkey.publicKey,
  counter: passkey.counter,
  transports: JSON.stringify(passkey.transports),
  name: passkey.name,
  created_at: passkey.createdAt,
  last_used_at: passkey.lastUsedAt ?? null,
})

async function countOf(transaction: Transaction<Tables>, accountId: string): Promise<number> {
  const { passkeys } = await transaction
    .selectFrom('passkeys')
    .select((query) => query.fn.countAll<number>().as('passkeys'))
    .where('account_id', '=', accountId)
    .executeTakeFirstOrThrow()
  return passkeys
}

/** @param rowLocks as for `createSessions` */
export function createPasskeys(db: Kysely<Tables>, rowLocks: boolean): PasskeyStore {
  // Held while its passkeys are counted: two at once must not both find room, nor both leave the other.
  const lockAccount = (transaction: Transaction<Tables>, id: string) =>
    transaction
      .selectFrom('accounts')
      .select('password_hash')
      .where('id', '=', id)
      .$if(rowLocks, (query) => query.forUpdate())
      .executeTakeFirst()

  return {
    add: (passkey, limit) =>
      db.transaction().execute(async (transaction) => {
        const account = await lockAccount(transaction, passkey.accountId)
        if (account === undefined) return 'unknown'
        if ((await countOf(transaction, passkey.accountId)) >= limit) return 'full'
        const { numInsertedOrUpdatedRows } = await transaction
          .insertInto('passkeys')
          .values(rowOfPasskey(passkey))
          .onConflict((conflict) => conflict.column('credential_id').doNothing())
          .executeTakeFirstOrThrow()
        return numInsertedOrUpdatedRows === 1n ? 'added' : 'exists'
      }),

    find: async (credentialId) => {
      const row = await db
        .selectFrom('passkeys')
        .selectAll()
        .where('credential_id', '=', credentialId)
        .executeTakeFirst()
      return row && passkeyOfRow(row)
    },

    listOf: async (accountId) => {
      const rows = await db
        .selectFrom('passkeys')
        .selectAll()
        .where('account_id', '=', accountId)
        .orderBy('created_at')
        .orderBy('credential_id')
        .execute()
      return rows.map(passkeyOfRow)
    },

    use: async (credentialId, counter, now) => {
      const { numUpdatedRows } = await db
        .updateTable('passkeys')
        .set({ counter, last_used_at: now })
        .where('credential_id', '=', credentialId)
        .where((is) => (counter === 0 ? is('counter', '=', 0) : is('counter', '<', counter)))
        .executeTakeFirstOrThrow()
      if (numUpdatedRows > 0n) return 'used'
      const row = await db
        .selectFrom('passkeys')
        .select('credential_id')
        .where('credential_id', '=', credentialId)
        .executeTakeFirst()
      return row === undefined ? 'unknown' : 'stale'
    },

    remove: (accountId, credentialId) =>
      db.transaction().execute(async (transaction) => {
        const account = await lockAccount(transaction, accountId)
        const found = await transaction
          .selectFrom('passkeys')
          .select('credential_id')
          .where('account_id', '=', accountId)
          .where('credential_id', '=', credentialId)
          .executeTakeFirst()
        if (account === undefined || found === undefined) return 'unknown'
        const isOnlyWay =
          account.password_hash === '' && (await countOf(transaction, accountId)) < 2
        if (isOnlyWay) return 'last'
        await transaction.deleteFrom('passkeys').where('credential_id', '=', credentialId).execute()
        return 'removed'
      }),
  }
}
