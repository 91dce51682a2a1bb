// Registered clients in SQL.

import { type Kysely, sql, type Transaction } from 'kysely'
import type { ClientRecord, ClientStore } from '../../ports/authorization-store.ts'
import type { EpochSeconds } from '../../protocol/time.ts'
import { removeIssuedTo } from './end-grants.ts'
import {
  type OauthClientTable,
  storedMoment,
  storedMomentOrNone,
  type Tables,
  unreadable,
} from './tables.ts'

function clientOfRow(row: OauthClientTable): ClientRecord {
  if (row.kind !== 'dynamic' && row.kind !== 'manual') throw unreadable('client')
  return {
    clientId: row.client_id,
    kind: row.kind,
    metadata: row.metadata,
    createdAt: storedMoment(row.created_at, 'client'),
    lastUsedAt: storedMomentOrNone(row.last_used_at, 'client'),
  }
}

/** Moves the last use of a client forward, never back. */
export async function touchClient(
  db: Kysely<Tables>,
  clientId: string,
  now: EpochSeconds,
): Promise<void> {
  await db
    .updateTable('oauth_clients')
    .set({ last_used_at: now })
    .where('client_id', '=', clientId)
    .where((is) => is.or([is('last_used_at', 'is', null), is('last_used_at', '<', now)]))
    .execute()
}

async function countDynamic(transaction: Transaction<Tables>): Promise<number> {
  const { clients } = await transaction
    .selectFrom('oauth_clients')
    .select((query) => query.fn.countAll<number>().as('clients'))
    .where('kind', '=', 'dynamic')
    .executeTakeFirstOrThrow()
  return clients
}

/** @param rowLocks as for `createSessions` */
export function createOauthClients(db: Kysely<Tables>, rowLocks: boolean): ClientStore {
  const remove = async (transaction: Transaction<Tables>, clientId: string) => {
    const { numDeletedRows } = await transaction
      .deleteFrom('oauth_clients')
      .where('client_id', '=', clientId)
      .executeTakeFirstOrThrow()
    if (numDeletedRows === 0n) return 'unknown'
    await removeIssuedTo(transaction, { client_id: clientId }, rowLocks)
    return 'removed'
  }

  return {
    add: (client, limit) =>
      db.transaction().execute(async (transaction) => {
        // Two that count at the same time would both find the last place.
        if (rowLocks) {
          await sql`lock table oauth_clients in share row exclusive mode`.execute(transaction)
        }
        const isFull = client.kind === 'dynamic' && (await countDynamic(transaction)) >= limit
        if (isFull) return 'full'
        const { numInsertedOrUpdatedRows } = await transaction
          .insertInto('oauth_clients')
          .values({
            client_id: client.clientId,
            kind: client.kind,
            metadata: client.metadata,
            created_at: client.createdAt,
            last_used_at: client.lastUsedAt ?? null,
          })
          .onConflict((conflict) => conflict.column('client_id').doNothing())
          .executeTakeFirstOrThrow()
        return numInsertedOrUpdatedRows === 1n ? 'added' : 'exists'
      }),

    find: async (clientId) => {
      // Anybody can send such an id, and PostgreSQL takes it for a fault of the query.
      if (clientId.includes('\0')) return undefined
      const row = await db
        .selectFrom('oauth_clients')
        .selectAll()
        .where('client_id', '=', clientId)
        .executeTakeFirst()
      return row && clientOfRow(row)
    },

    replaceMetadata: async (clientId, metadata) => {
      const { numUpdatedRows } = await db
        .updateTable('oauth_clients')
        .set({ metadata })
        .where('client_id', '=', clientId)
        .executeTakeFirstOrThrow()
      return numUpdatedRows === 1n ? 'replaced' : 'unknown'
    },

    remove: (clientId) => db.transaction().execute((transaction) => remove(transaction, clientId)),

    list: async () => {
      const rows = await db
        .selectFrom('oauth_clients')
        .selectAll()
        .orderBy('created_at')
        .orderBy('client_id')
        .execute()
      return rows.map(clientOfRow)
    },

    touch: (clientId, now) => touchClient(db, clientId, now),

    purgeUnused: (before, limit) =>
      db.transaction().execute(async (transaction) => {
        const unused = await transaction
          .selectFrom('oauth_clients')
          .select('client_id')
          .where('kind', '=', 'dynamic')
          .where('created_at', '<', before)
          .where((is) => is.or([is('last_used_at', 'is', null), is('last_used_at', '<', before)]))
          .where((is) =>
            is.not(
              is.exists(
                is
                  .selectFrom('artifacts')
                  .select('id_hash')
                  .where('kind', '=', 'Grant')
                  .whereRef('artifacts.client_id', '=', 'oauth_clients.client_id'),
              ),
            ),
          )
          .limit(limit)
          .$if(rowLocks, (query) => query.forUpdate().skipLocked())
          .execute()
        for (const row of unused) await remove(transaction, row.client_id)
        return unused.length
      }),
  }
}
