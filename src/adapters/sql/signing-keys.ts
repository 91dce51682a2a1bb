// Keys that sign tokens, in SQL.

import { type Kysely, sql } from 'kysely'
import type { SigningKey, SigningKeyStore } from '../../ports/authorization-store.ts'
import { type SigningKeyTable, storedMoment, storedMomentOrNone, type Tables } from './tables.ts'

/** What a key signs: tokens of the authorization server, or those of edge auth. No key does both. */
export type KeyUse = 'access-tokens' | 'edge'

// The one thing that tells the two apart in their table.
const prefixes: Readonly<Record<KeyUse, string>> = { 'access-tokens': '', edge: 'edge:' }

const keyOfRow = (row: SigningKeyTable, prefix: string): SigningKey => ({
  kid: row.kid,
  algorithm: row.algorithm.slice(prefix.length),
  sealed: row.sealed,
  createdAt: storedMoment(row.created_at, 'signing key'),
  signsFrom: storedMoment(row.signs_since, 'signing key'),
  retiredAt: storedMomentOrNone(row.retired_at, 'signing key'),
})

/** @param rowLocks as for `createSessions` */
export function createSigningKeys(
  db: Kysely<Tables>,
  rowLocks: boolean,
  use: KeyUse,
): SigningKeyStore {
  const prefix = prefixes[use]
  return {
    list: async () => {
      const rows = await db
        .selectFrom('signing_keys')
        .selectAll()
        .where('algorithm', use === 'edge' ? 'like' : 'not like', `${prefixes.edge}%`)
        .orderBy('created_at')
        .orderBy('kid')
        .execute()
      return rows.map((row) => keyOfRow(row, prefix))
    },

    add: (key, newest) =>
      db.transaction().execute(async (transaction) => {
        // Two that look at the same time would both find none.
        if (rowLocks) {
          await sql`lock table signing_keys in share row exclusive mode`.execute(transaction)
        }
        const newer = await transaction
          .selectFrom('signing_keys')
          .select('kid')
          .where('algorithm', '=', prefix + key.algorithm)
          .$if(newest !== undefined, (query) => query.where('created_at', '>', newest ?? 0))
          .limit(1)
          .executeTakeFirst()
        if (newer !== undefined) return 'exists'
        const { numInsertedOrUpdatedRows } = await transaction
          .insertInto('signing_keys')
          .values({
            kid: key.kid,
            algorithm: prefix + key.algorithm,
            sealed: key.sealed,
            created_at: key.createdAt,
            signs_since: key.signsFrom,
            retired_at: key.retiredAt ?? null,
          })
          .onConflict((conflict) => conflict.column('kid').doNothing())
          .executeTakeFirstOrThrow()
        return numInsertedOrUpdatedRows === 1n ? 'added' : 'exists'
      }),

    retire: (kid, at) =>
      db.transaction().execute(async (transaction) => {
        await transaction
          .updateTable('signing_keys')
          .set({ retired_at: at })
          .where('kid', '=', kid)
          .where((is) => is.or([is('retired_at', 'is', null), is('retired_at', '>', at)]))
          .execute()
        const known = await transaction
          .selectFrom('signing_keys')
          .select('kid')
          .where('kid', '=', kid)
          .executeTakeFirst()
        return known === undefined ? 'unknown' : 'retired'
      }),

    purge: async (now) => {
      const { numDeletedRows } = await db
        .deleteFrom('signing_keys')
        .where('retired_at', '<', now)
        .executeTakeFirstOrThrow()
      return Number(numDeletedRows)
    },
  }
}
