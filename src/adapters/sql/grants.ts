// Grants as their owners see them, and as clients use them, in SQL.

import type { Kysely } from 'kysely'
import type { ArtifactStore } from '../../ports/authorization-store.ts'
import { grantOfRow } from './artifact-row.ts'
import { endGrants, endGrantsOf } from './end-grants.ts'
import { touchClient } from './oauth-clients.ts'
import type { Tables } from './tables.ts'

/** @param rowLocks as for `createSessions` */
export function createGrants(
  db: Kysely<Tables>,
  rowLocks: boolean,
): Pick<ArtifactStore, 'destroyGrant' | 'destroyGrantsOf' | 'listGrants' | 'touchGrant'> {
  return {
    destroyGrant: (grantId) =>
      db.transaction().execute((transaction) => endGrants(transaction, [grantId])),

    destroyGrantsOf: ({ account, clientId }) => {
      const ofAccount = account === undefined ? {} : { account }
      const ofClient = clientId === undefined ? {} : { client_id: clientId }
      const filter = { ...ofAccount, ...ofClient }
      return db.transaction().execute((transaction) => endGrantsOf(transaction, filter, rowLocks))
    },

    listGrants: async (account, now) => {
      const rows = await db
        .selectFrom('artifacts')
        .select(['grant_id', 'client_id', 'payload', 'created_at', 'last_used_at', 'expires_at'])
        .where('kind', '=', 'Grant')
        .where('account', '=', account)
        .where((is) => is.or([is('expires_at', 'is', null), is('expires_at', '>', now)]))
        .orderBy('created_at', 'desc')
        .orderBy('grant_id')
        .execute()
      return rows.map(grantOfRow)
    },

    touchGrant: (grantId, now) =>
      db.transaction().execute(async (transaction) => {
        const grant = await transaction
          .selectFrom('artifacts')
          .select('client_id')
          .where('kind', '=', 'Grant')
          .where('grant_id', '=', grantId)
          .executeTakeFirst()
        if (grant === undefined) return
        // Client before grant, as whoever removes a client does: no two wait for each other.
        if (grant.client_id !== null) await touchClient(transaction, grant.client_id, now)
        await transaction
          .updateTable('artifacts')
          .set({ last_used_at: now })
          .where('kind', '=', 'Grant')
          .where('grant_id', '=', grantId)
          .where((is) => is.or([is('last_used_at', 'is', null), is('last_used_at', '<', now)]))
          .execute()
      }),
  }
}
