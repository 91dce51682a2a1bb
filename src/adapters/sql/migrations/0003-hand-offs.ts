// Sessions that a login was handed on to, and the codes on the way there.

import type { Migration } from 'kysely/migration'

export const handOffs: Migration = {
  up: async (db) => {
    // The database itself ends what came from a login, whichever statement ends the login.
    await db.schema
      .alterTable('sessions')
      .addColumn('login_hash', 'text', (column) =>
        column.references('sessions.id_hash').onDelete('cascade'),
      )
      .execute()
    await db.schema.alterTable('sessions').addColumn('audience', 'text').execute()
    await db.schema.createIndex('sessions_login').on('sessions').column('login_hash').execute()

    await db.schema
      .createTable('hand_offs')
      .addColumn('code_hash', 'text', (column) => column.notNull().primaryKey())
      .addColumn('browser_hash', 'text', (column) => column.notNull())
      .addColumn('login_hash', 'text', (column) =>
        column.notNull().references('sessions.id_hash').onDelete('cascade'),
      )
      .addColumn('target', 'text', (column) => column.notNull())
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .addColumn('expires_at', 'bigint', (column) => column.notNull())
      .execute()
    await db.schema
      .createIndex('hand_offs_login')
      .on('hand_offs')
      .columns(['login_hash', 'created_at'])
      .execute()
    await db.schema.createIndex('hand_offs_end').on('hand_offs').column('expires_at').execute()
  },
}
