// Which authorizations wait longest for a person: asked often, of a table that holds much else.

import { sql } from 'kysely'
import type { Migration } from 'kysely/migration'

export const pendingAuthorizations: Migration = {
  up: async (db) => {
    await db.schema
      .createIndex('artifacts_pending')
      .on('artifacts')
      .columns(['created_at', 'id_hash'])
      .where(sql<boolean>`kind = 'Interaction'`)
      .execute()
  },
}
