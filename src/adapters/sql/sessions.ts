// Browser sessions in SQL.

import type { Kysely } from 'kysely'
import type { SessionStore } from '../../ports/store.ts'
import { batchesOf } from './batches.ts'
import { deleteOver } from './delete-over.ts'
import { rowOfSession, sessionOfRow } from './session-row.ts'
import { type SessionTable, storedMoment, type Tables } from './tables.ts'

/** The read of the hot path, prepared once by the database's own driver. */
export type FindSession = SessionStore['find']

// Named, not "*": PostgreSQL refuses a prepared statement whose columns became more, and a newer version on the
// same database may add some.
const columns = [
  'id_hash',
  'provider',
  'issuer',
  'subject',
  'attributes',
  'created_at',
  'last_seen_at',
  'expires_at',
  'provider_session',
  'sealed_id_token',
  'login_hash',
  'audience',
  'factors',
  'methods',
  'authenticated_at',
  'user_agent',
] as const satisfies readonly (keyof SessionTable)[]

const longestList = 200

/** The text of the statement behind `FindSession`; its one parameter is the hash. */
export const findSessionSql = (db: Kysely<Tables>): string =>
  db.selectFrom('sessions').select(columns).where('id_hash', '=', '').compile().sql

/**
 * @param rowLocks whether the database locks rows (PostgreSQL). Statements over many rows then pass over
 *   rows another node is writing instead of waiting for them, so that no two can block each other.
 */
export function createSessions(
  db: Kysely<Tables>,
  find: FindSession,
  rowLocks: boolean,
): SessionStore {
  return {
    open: async (session) => {
      await db.insertInto('sessions').values(rowOfSession(session)).execute()
    },

    openForHost: ({ idHash, login, audience, now }) =>
      db.transaction().execute(async (transaction) => {
        // Locked against its end: a logout at this moment either comes first or takes the new session along.
        const parent = await transaction
          .selectFrom('sessions')
          .select(columns)
          .where('id_hash', '=', login)
          .where('login_hash', 'is', null)
          .$if(rowLocks, (query) => query.forKeyShare())
          .executeTakeFirst()
        if (parent === undefined) return { kind: 'unknown' }
        await transaction
          .insertInto('sessions')
          .values({
            ...parent,
            id_hash: idHash,
            login_hash: login,
            audience,
            created_at: now,
            last_seen_at: now,
            // Sealed with the secret of the login's cookie, which this session never sees.
            sealed_id_token: null,
          })
          .execute()
        return { kind: 'opened', expiresAt: storedMoment(parent.expires_at, 'session') }
      }),

    find,

    touch: async (idHashes, now) => {
      if (idHashes.length === 0) return
      await db.transaction().execute(async (transaction) => {
        for (const batch of batchesOf(idHashes)) {
          const due = transaction
            .selectFrom('sessions')
            .select('id_hash')
            .where('id_hash', 'in', batch)
            .where('last_seen_at', '<', now)
            .$if(rowLocks, (query) => query.forUpdate().skipLocked())
          await transaction
            .updateTable('sessions')
            .set({ last_seen_at: now })
            .where('id_hash', 'in', due)
            .where('last_seen_at', '<', now)
            .execute()
        }
      })
    },

    end: async (idHash) => {
      const { numDeletedRows } = await db
        .deleteFrom('sessions')
        .where('id_hash', '=', idHash)
        .executeTakeFirstOrThrow()
      return numDeletedRows > 0n ? 'ended' : 'unknown'
    },

    listOf: async (issuer, subject) => {
      const rows = await db
        .selectFrom('sessions')
        .select(columns)
        .where('issuer', '=', issuer)
        .where('subject', '=', subject)
        .orderBy('created_at', 'desc')
        .orderBy('id_hash')
        .limit(longestList)
        .execute()
      return rows.map(sessionOfRow)
    },

    endAllOf: async (issuer, subject) => {
      const { numDeletedRows } = await db
        .deleteFrom('sessions')
        .where('issuer', '=', issuer)
        .where('subject', '=', subject)
        .executeTakeFirstOrThrow()
      return Number(numDeletedRows)
    },

    purge: (now, idle, limit) =>
      deleteOver(db, {
        table: 'sessions',
        key: 'id_hash',
        over: (is) =>
          idle > 0
            ? is.or([is('expires_at', '<=', now), is('last_seen_at', '<', now - idle)])
            : is('expires_at', '<=', now),
        limit,
        rowLocks,
      }),

    count: async () => {
      const { sessions } = await db
        .selectFrom('sessions')
        .select((query) => query.fn.countAll<number>().as('sessions'))
        .executeTakeFirstOrThrow()
      return sessions
    },
  }
}
