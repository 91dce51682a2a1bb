// Client-id metadata documents as they were last fetched, in SQL.

import type { Kysely } from 'kysely'
import type { ClientDocument, ClientDocumentStore } from '../../ports/authorization-store.ts'
import { type ClientDocumentTable, storedMoment, type Tables } from './tables.ts'

// More than one is over only after the limit was lowered or several processes fetched at once.
const droppedAtOnce = 100

const documentOfRow = (row: ClientDocumentTable): ClientDocument => ({
  clientId: row.client_id,
  document: row.document,
  fetchedAt: storedMoment(row.fetched_at, 'client document'),
  freshUntil: storedMoment(row.fresh_until, 'client document'),
})

/** @param rowLocks as for `createSessions` */
export function createClientDocuments(db: Kysely<Tables>, rowLocks: boolean): ClientDocumentStore {
  return {
    find: async (clientId) => {
      const row = await db
        .selectFrom('client_documents')
        .selectAll()
        .where('client_id', '=', clientId)
        .executeTakeFirst()
      return row && documentOfRow(row)
    },

    save: ({ clientId, document, fetchedAt, freshUntil }, limit) =>
      db.transaction().execute(async (transaction) => {
        const content = { document, fetched_at: fetchedAt, fresh_until: freshUntil }
        await transaction
          .insertInto('client_documents')
          .values({ client_id: clientId, ...content })
          .onConflict((conflict) => conflict.column('client_id').doUpdateSet(content))
          .execute()
        // Not the document just fetched, even when many were within its second.
        const oldest = transaction
          .selectFrom('client_documents')
          .select('client_id')
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
          .orderBy('fetched_at', 'desc')
          .limit(droppedAtOnce)
          .offset(Math.max(limit - 1, 0))
          .$if(rowLocks, (query) => query.forUpdate().skipLocked())
        await transaction.deleteFrom('client_documents').where('client_id', 'in', oldest).execute()
      }),
  }
}
