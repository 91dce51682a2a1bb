// Client-id metadata documents as they were last fetched, in SQL.

import type { Kysely } from 'kysely'
import type { ClientDocument, ClientDocumentStore } from '../../ports/authorization-store.ts'
import { type ClientDocumentTable, storedMoment, type Tables } from './tables.ts'

/** A person who looks at a consent page needs its client for some minutes more. */
const keptFor = 600
/** How many times the limit are kept at most, however new. */
const hardFactor = 10
// More than one is over only after the limit was lowered, several processes fetched at once, or all were new.
const droppedAtOnce = 100

const documentOfRow = (row: ClientDocumentTable): ClientDocument => ({
  clientId: row.client_id,
  document: row.document,
  fetchedAt: storedMoment(row.fetched_at, 'client document'),
  freshUntil: storedMoment(row.fresh_until, 'client document'),
})

/** Documents besides `clientId`'s that nobody has agreed to use. */
const idleDocuments = (db: Kysely<Tables>, clientId: string) =>
  db
    .selectFrom('client_documents')
    .where('client_id', '!=', clientId)
    // Whoever names many documents must not make the clients that people use unknown.
    .where((is) =>
      is.not(
        is.exists(
          is
            .selectFrom('artifacts')
            .select('id_hash')
            .where('kind', '=', 'Grant')
            .whereRef('artifacts.client_id', '=', 'client_documents.client_id'),
        ),
      ),
    )

/** Which of `idle` documents go: how many, and none fetched after `before`. */
function judgeSurplus(idle: number, limit: number, now: number) {
  const overCap = idle + 1 - limit * hardFactor
  return overCap > 0
    ? { most: Math.min(overCap, droppedAtOnce), before: now }
    : { most: Math.min(idle + 1 - limit, droppedAtOnce), before: now - keptFor }
}

/** @param rowLocks as for `createSessions` */
export function createClientDocuments(db: Kysely<Tables>, rowLocks: boolean): ClientDocumentStore {
  const dropOldest = async (
    transaction: Kysely<Tables>,
    { clientId, fetchedAt }: ClientDocument,
    limit: number,
  ): Promise<void> => {
    const { idle } = await idleDocuments(transaction, clientId)
      .select((query) => query.fn.countAll<number>().as('idle'))
      .executeTakeFirstOrThrow()
    const { most, before } = judgeSurplus(idle, limit, fetchedAt)
    if (most <= 0) return
    const oldest = await idleDocuments(transaction, clientId)
      .select('client_id')
      .where('fetched_at', '<=', before)
      .orderBy('fetched_at')
      .limit(most)
      .$if(rowLocks, (query) => query.forUpdate().skipLocked())
      .execute()
    if (oldest.length === 0) return
    const ids = oldest.map((row) => row.client_id)
    await transaction.deleteFrom('client_documents').where('client_id', 'in', ids).execute()
  }

  return {
    find: async (clientId) => {
      const row = await db
        .selectFrom('client_documents')
        .selectAll()
        .where('client_id', '=', clientId)
        .executeTakeFirst()
      return row && documentOfRow(row)
    },

    save: (saved, limit) =>
      db.transaction().execute(async (transaction) => {
        const { clientId, document, fetchedAt, freshUntil } = saved
        const content = { document, fetched_at: fetchedAt, fresh_until: freshUntil }
        await transaction
          .insertInto('client_documents')
          .values({ client_id: clientId, ...content })
          .onConflict((conflict) => conflict.column('client_id').doUpdateSet(content))
          .execute()
        // Not the document just fetched, even when many were within its second.
        await dropOldest(transaction, saved, limit)
      }),
  }
}
