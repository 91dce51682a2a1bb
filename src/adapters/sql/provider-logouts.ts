// Sessions that a provider ended, in SQL.

import type { Kysely } from 'kysely'
import type { ProviderLogoutStore } from '../../ports/store.ts'
import { deleteOver } from './delete-over.ts'
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

    purge: (now, limit) =>
      deleteOver(db, {
        table: 'redeemed_logouts',
        key: 'token_hash',
        over: (is) => is('usable_until', '<=', now),
        limit,
        rowLocks,
      }),
  }
}
