// Requests of `sallyport doctor`, and what the service saw of them.

import type { Migration } from 'kysely/migration'

export const probes: Migration = {
  up: async (db) => {
    await db.schema
      .createTable('probes')
      .addColumn('id_hash', 'text', (column) => column.notNull().primaryKey())
      .addColumn('answer', 'text', (column) => column.notNull())
      .addColumn('expires_at', 'bigint', (column) => column.notNull())
      .addColumn('report', 'text')
      .execute()
    await db.schema.createIndex('probes_end').on('probes').column('expires_at').execute()
  },
}
