// Sessions that a provider ended, in SQL.

import type { Kysely } from 'kysely'
import type { ProviderLogoutStore } from '../../ports/store.ts'
import type { Tables } from './tables.ts'

/** @param rowLocks as for `createSessions` */
export function createProviderLogouts(db: Kysely<Tables>, rowLocks: boolean): ProviderLogoutStore {
  return {
    redeem: ({ tokenHash, usableUntil, issuer, about }) =>
      db.transaction().execute(async (transaction) => {
        // The insert alone decides who is first. A second caller waits for it to be committed: when the
        // sessions cannot be ended the token is not spent either, and the provider may send it again.
        const { numInsertedOrUpdatedRows } = await transaction
          .insertInto('redeemed_logouts')
          .values({ token_hash: tokenHash, usable_until: usableUntil })
          .onConflict((conflict) => conflict.column('token_hash').doNothing())
          .executeTakeFirstOrThrow()
        if (numInsertedOrUpdatedRows !== 1n) return { kind: 'already-redeemed' }
        const { numDeletedRows } = await transaction
          .deleteFrom('sessions')
          .where('issuer', '=', issuer)
          .where(
            about.kind === 'session' ? 'provider_session' : 'subject',
            '=',
            about.kind === 'session' ? about.providerSession : about.subject,
          )
          .executeTakeFirstOrThrow()
        return { kind: 'ended', sessions: Number(numDeletedRows) }
      }),

    purge: async (now, limit) => {
      const over = db
        .selectFrom('redeemed_logouts')
        .select('token_hash')
        .where('usable_until', '<=', now)
        .limit(limit)
        .$if(rowLocks, (query) => query.forUpdate().skipLocked())
      const { numDeletedRows } = await db
        .deleteFrom('redeemed_logouts')
        .where('token_hash', 'in', over)
        .executeTakeFirstOrThrow()
      return Number(numDeletedRows)
    },
  }
}
