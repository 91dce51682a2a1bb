// Codes that hand a login on to another host, in SQL.

import type { Kysely } from 'kysely'
import type { HandOff, HandOffStore } from '../../ports/store.ts'
import { deleteOver } from './delete-over.ts'
import { type HandOffTable, storedHash, storedMoment, type Tables } from './tables.ts'

const handOffOfRow = (row: HandOffTable): HandOff => ({
  codeHash: storedHash(row.code_hash),
  browserHash: storedHash(row.browser_hash),
  login: storedHash(row.login_hash),
  target: row.target,
  createdAt: storedMoment(row.created_at, 'hand-off'),
  expiresAt: storedMoment(row.expires_at, 'hand-off'),
})

/** @param rowLocks as for `createSessions` */
export function createHandOffs(db: Kysely<Tables>, rowLocks: boolean): HandOffStore {
  return {
    issue: (handOff, limit) =>
      db.transaction().execute(async (transaction) => {
        // Locked against its end, and against another code of the same login, so that the limit holds.
        const login = await transaction
          .selectFrom('sessions')
          .select('id_hash')
          .where('id_hash', '=', handOff.login)
          .where('login_hash', 'is', null)
          .$if(rowLocks, (query) => query.forUpdate())
          .executeTakeFirst()
        if (login === undefined) return 'unknown'
        await transaction
          .insertInto('hand_offs')
          .values({
            code_hash: handOff.codeHash,
            browser_hash: handOff.browserHash,
            login_hash: handOff.login,
            target: handOff.target,
            created_at: handOff.createdAt,
            expires_at: handOff.expiresAt,
          })
          .execute()
        const kept = transaction
          .selectFrom('hand_offs')
          .select('code_hash')
          .where('login_hash', '=', handOff.login)
          .where('code_hash', '!=', handOff.codeHash)
          .orderBy('created_at', 'desc')
          .limit(Math.max(limit - 1, 0))
        await transaction
          .deleteFrom('hand_offs')
          .where('login_hash', '=', handOff.login)
          .where('code_hash', '!=', handOff.codeHash)
          .where('code_hash', 'not in', kept)
          .execute()
        return 'issued'
      }),

    // One statement: two requests that bring the same code must not both find it.
    redeem: async (codeHash, now) => {
      const row = await db
        .deleteFrom('hand_offs')
        .where('code_hash', '=', codeHash)
        .where('expires_at', '>', now)
        .returningAll()
        .executeTakeFirst()
      return row && handOffOfRow(row)
    },

    purge: (now, limit) =>
      deleteOver(db, {
        table: 'hand_offs',
        key: 'code_hash',
        over: (is) => is('expires_at', '<=', now),
        limit,
        rowLocks,
      }),
  }
}
