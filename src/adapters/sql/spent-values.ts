// Values that may be used once (`jti` of proofs and assertions), in SQL.

import type { Kysely } from 'kysely'
import type { ArtifactStore } from '../../ports/authorization-store.ts'
import { deleteOver } from './delete-over.ts'
import type { Tables } from './tables.ts'

/** @param rowLocks as for `createSessions` */
export function createSpentValues(
  db: Kysely<Tables>,
  rowLocks: boolean,
): Pick<ArtifactStore, 'spend' | 'purge'> {
  return {
    // One statement decides. A value whose end has come is as if it had been purged.
    spend: async (valueHash, expiresAt, now) => {
      const { numInsertedOrUpdatedRows } = await db
        .insertInto('spent_values')
        .values({ value_hash: valueHash, expires_at: expiresAt })
        .onConflict((conflict) =>
          conflict
            .column('value_hash')
            .doUpdateSet({ expires_at: expiresAt })
            .where('spent_values.expires_at', '<=', now),
        )
        .executeTakeFirstOrThrow()
      return numInsertedOrUpdatedRows === 1n ? 'fresh' : 'replayed'
    },

    purge: (now, limit) =>
      deleteOver(db, {
        table: 'spent_values',
        key: 'value_hash',
        over: (is) => is('expires_at', '<=', now),
        limit,
        rowLocks,
      }),
  }
}
