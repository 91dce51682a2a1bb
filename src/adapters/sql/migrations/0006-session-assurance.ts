// How a session's person signed in, and in which browser.

import type { Migration } from 'kysely/migration'

export const sessionAssurance: Migration = {
  up: async (db) => {
    const { schema } = db
    // Whoever signed in before is known by one factor, and since when nobody wrote down.
    await schema
      .alterTable('sessions')
      .addColumn('factors', 'integer', (column) => column.notNull().defaultTo(1))
      .execute()
    await schema.alterTable('sessions').addColumn('methods', 'text').execute()
    await schema.alterTable('sessions').addColumn('authenticated_at', 'bigint').execute()
    await schema.alterTable('sessions').addColumn('user_agent', 'text').execute()
  },
}
