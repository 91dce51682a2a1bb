// Secrets of authenticator apps, and recovery codes, in SQL.

import type { Kysely } from 'kysely'
import type { OneTimeSecretStore, RecoveryCodeStore } from '../../ports/account-credentials.ts'
import { storedMoment, type Tables } from './tables.ts'

const isThere = async (db: Kysely<Tables>, accountId: string, rowLocks: boolean) =>
  (await db
    .selectFrom('accounts')
    .select('id')
    .where('id', '=', accountId)
    .$if(rowLocks, (query) => query.forUpdate())
    .executeTakeFirst()) !== undefined

/** @param rowLocks as for `createSessions` */
export const createOneTimeSecrets = (
  db: Kysely<Tables>,
  rowLocks: boolean,
): OneTimeSecretStore => ({
  save: ({ accountId, sealed, createdAt, lastStep }) =>
    db.transaction().execute(async (transaction) => {
      if (!(await isThere(transaction, accountId, rowLocks))) return 'unknown'
      const values = { sealed, created_at: createdAt, last_step: lastStep }
      await transaction
        .insertInto('one_time_secrets')
        .values({ account_id: accountId, ...values })
        .onConflict((conflict) => conflict.column('account_id').doUpdateSet(values))
        .execute()
      return 'saved'
    }),

  find: async (accountId) => {
    const row = await db
      .selectFrom('one_time_secrets')
      .selectAll()
      .where('account_id', '=', accountId)
      .executeTakeFirst()
    return (
      row && {
        accountId,
        sealed: row.sealed,
        createdAt: storedMoment(row.created_at, 'one-time secret'),
        lastStep: row.last_step,
      }
    )
  },

  count: async () => {
    const { secrets } = await db
      .selectFrom('one_time_secrets')
      .select((query) => query.fn.countAll<number>().as('secrets'))
      .executeTakeFirstOrThrow()
    return secrets
  },

  // One statement: two requests that bring the same code must not both pass.
  spend: async (accountId, step) => {
    const { numUpdatedRows } = await db
      .updateTable('one_time_secrets')
      .set({ last_step: step })
      .where('account_id', '=', accountId)
      .where('last_step', '<', step)
      .executeTakeFirstOrThrow()
    return numUpdatedRows > 0n ? 'spent' : 'replayed'
  },

  remove: async (accountId) => {
    const { numDeletedRows } = await db
      .deleteFrom('one_time_secrets')
      .where('account_id', '=', accountId)
      .executeTakeFirstOrThrow()
    return numDeletedRows > 0n ? 'removed' : 'unknown'
  },
})

/** @param rowLocks as for `createSessions` */
export const createRecoveryCodes = (db: Kysely<Tables>, rowLocks: boolean): RecoveryCodeStore => ({
  replace: (accountId, hashes) =>
    db.transaction().execute(async (transaction) => {
      if (!(await isThere(transaction, accountId, rowLocks))) return 'unknown'
      await transaction.deleteFrom('recovery_codes').where('account_id', '=', accountId).execute()
      const rows = hashes.map((code_hash) => ({ account_id: accountId, code_hash }))
      if (rows.length > 0) await transaction.insertInto('recovery_codes').values(rows).execute()
      return 'replaced'
    }),

  redeem: async (accountId, codeHash) => {
    const { numDeletedRows } = await db
      .deleteFrom('recovery_codes')
      .where('account_id', '=', accountId)
      .where('code_hash', '=', codeHash)
      .executeTakeFirstOrThrow()
    return numDeletedRows > 0n ? 'redeemed' : 'unknown'
  },

  countOf: async (accountId) => {
    const { codes } = await db
      .selectFrom('recovery_codes')
      .select((query) => query.fn.countAll<number>().as('codes'))
      .where('account_id', '=', accountId)
      .executeTakeFirstOrThrow()
    return codes
  },
})
