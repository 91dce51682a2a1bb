// Which key a refresh token was used with: only that key is given the same successor again (R82).

import type { Migration } from 'kysely/migration'

export const consumedBy: Migration = {
  up: async (db) => {
    await db.schema.alterTable('artifacts').addColumn('consumed_by', 'text').execute()
  },
}
