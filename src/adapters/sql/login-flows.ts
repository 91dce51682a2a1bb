// Logins that wait for the provider's answer, in SQL.

import type { Kysely } from 'kysely'
import type { LoginFlow, LoginFlowStore } from '../../ports/store.ts'
import { deleteOver } from './delete-over.ts'
import { type LoginFlowTable, storedHash, storedMoment, type Tables } from './tables.ts'

// More than one is over only after the limit was lowered or several processes began at once.
const droppedAtOnce = 100

const flowOfRow = (row: LoginFlowTable): LoginFlow => ({
  stateHash: storedHash(row.state_hash),
  browserHash: storedHash(row.browser_hash),
  provider: row.provider,
  sealed: row.sealed,
  target: row.target,
  createdAt: storedMoment(row.created_at, 'login'),
  expiresAt: storedMoment(row.expires_at, 'login'),
})

/** @param rowLocks as for `createSessions` */
export function createLoginFlows(db: Kysely<Tables>, rowLocks: boolean): LoginFlowStore {
  return {
    begin: (flow, limit) =>
      db.transaction().execute(async (transaction) => {
        await transaction
          .insertInto('login_flows')
          .values({
            state_hash: flow.stateHash,
            browser_hash: flow.browserHash,
            provider: flow.provider,
            sealed: flow.sealed,
            target: flow.target,
            created_at: flow.createdAt,
            expires_at: flow.expiresAt,
          })
          .execute()
        // Not the flow just begun, even when many began within its second.
        const beyond = transaction
          .selectFrom('login_flows')
          .select('state_hash')
          .where('state_hash', '!=', flow.stateHash)
          .orderBy('created_at', 'desc')
          .limit(droppedAtOnce)
          .offset(Math.max(limit - 1, 0))
        // By themselves: locks in the statement above would be on every flow that is kept as well.
        const unlocked = transaction
          .selectFrom('login_flows')
          .select('state_hash')
          .where('state_hash', 'in', beyond)
          .$if(rowLocks, (query) => query.forUpdate().skipLocked())
        await transaction.deleteFrom('login_flows').where('state_hash', 'in', unlocked).execute()
      }),

    // One statement: two processes that bring the same answer must not both find the flow.
    take: async (stateHash, browserHash, provider, now) => {
      const row = await db
        .deleteFrom('login_flows')
        .where('state_hash', '=', stateHash)
        .where('browser_hash', '=', browserHash)
        .where('provider', '=', provider)
        .where('expires_at', '>', now)
        .returningAll()
        .executeTakeFirst()
      return row && flowOfRow(row)
    },

    purge: (now, limit) =>
      deleteOver(db, {
        table: 'login_flows',
        key: 'state_hash',
        over: (is) => is('expires_at', '<=', now),
        limit,
        rowLocks,
      }),
  }
}
