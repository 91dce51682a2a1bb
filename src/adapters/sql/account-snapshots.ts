// People as of their last sign-in, in SQL.

import type { Kysely } from 'kysely'
import type { AccountSnapshotStore } from '../../ports/authorization-store.ts'
import { columnsOfIdentity, identityOfColumns } from './identity-row.ts'
import { storedMoment, type Tables } from './tables.ts'

export function createAccountSnapshots(db: Kysely<Tables>): AccountSnapshotStore {
  return {
    remember: async ({ account, identity, seenAt }) => {
      const content = { ...columnsOfIdentity(identity), seen_at: seenAt }
      await db
        .insertInto('account_snapshots')
        .values({ account, ...content })
        .onConflict((conflict) =>
          conflict
            .column('account')
            .doUpdateSet(content)
            .where('account_snapshots.seen_at', '<=', seenAt),
        )
        .execute()
    },

    find: async (account) => {
      const row = await db
        .selectFrom('account_snapshots')
        .selectAll()
        .where('account', '=', account)
        .executeTakeFirst()
      if (row === undefined) return undefined
      return {
        account,
        identity: identityOfColumns(row, 'account'),
        seenAt: storedMoment(row.seen_at, 'account'),
      }
    },
  }
}
