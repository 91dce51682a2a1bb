// How often a second factor was tried in vain, in SQL: all nodes count together, and the operator can end it.

import { type Kysely, sql } from 'kysely'
import type { AccountLockStore } from '../../ports/account-credentials.ts'
import { epochSeconds, later } from '../../protocol/time.ts'
import { storedMomentOrNone, type Tables } from './tables.ts'

export function createAccountLocks(db: Kysely<Tables>): AccountLockStore {
  const find = (name: string) =>
    db.selectFrom('account_locks').selectAll().where('name', '=', name).executeTakeFirst()

  return {
    attempt: async (name, { most, duration }, now) => {
      const until = sql<number>`cast(${later(now, duration)} as bigint)`
      // The count goes on over a lock that is over: what comes after it is one attempt, and the next lock.
      const isLast = sql`account_locks.failures + 1 >= ${most}`
      const counted = await db
        .insertInto('account_locks')
        .values({
          name,
          failures: 1,
          locked_until: most <= 1 ? later(now, duration) : null,
          unlocked_at: null,
        })
        .onConflict((conflict) =>
          conflict
            .column('name')
            .doUpdateSet({
              failures: sql<number>`account_locks.failures + 1`,
              locked_until: sql<number | null>`case when ${isLast} then ${until} else null end`,
            })
            // While it is locked nothing is counted, so the end does not move.
            .where((is) =>
              is.or([
                is('account_locks.locked_until', 'is', null),
                is('account_locks.locked_until', '<=', now),
              ]),
            ),
        )
        .returning('name')
        .executeTakeFirst()
      if (counted !== undefined) return undefined
      return epochSeconds((await find(name))?.locked_until ?? later(now, duration))
    },

    clear: async (name) => {
      await db
        .updateTable('account_locks')
        .set({ failures: 0, locked_until: null })
        .where('name', '=', name)
        .execute()
    },

    unlock: (name, now) =>
      db.transaction().execute(async (transaction) => {
        const account = await transaction
          .selectFrom('accounts')
          .select('id')
          .where('name', '=', name)
          .executeTakeFirst()
        if (account === undefined) return 'unknown'
        const values = { failures: 0, locked_until: null, unlocked_at: now }
        await transaction
          .insertInto('account_locks')
          .values({ name, ...values })
          .onConflict((conflict) => conflict.column('name').doUpdateSet(values))
          .execute()
        return 'unlocked'
      }),

    unlockedAt: async (name) =>
      storedMomentOrNone((await find(name))?.unlocked_at ?? null, 'account lock'),
  }
}
