// Sessions, logins under way, local accounts, subject pins.

import type { Migration } from 'kysely/migration'

export const firstTables: Migration = {
  up: async (db) => {
    await db.schema
      .createTable('sessions')
      .addColumn('id_hash', 'text', (column) => column.notNull().primaryKey())
      .addColumn('provider', 'text', (column) => column.notNull())
      .addColumn('issuer', 'text', (column) => column.notNull())
      .addColumn('subject', 'text', (column) => column.notNull())
      .addColumn('attributes', 'text', (column) => column.notNull())
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .addColumn('last_seen_at', 'bigint', (column) => column.notNull())
      .addColumn('expires_at', 'bigint', (column) => column.notNull())
      .addColumn('provider_session', 'text')
      .addColumn('sealed_id_token', 'text')
      .execute()
    await db.schema
      .createIndex('sessions_account')
      .on('sessions')
      .columns(['issuer', 'subject'])
      .execute()
    await db.schema.createIndex('sessions_end').on('sessions').column('expires_at').execute()
    await db.schema.createIndex('sessions_use').on('sessions').column('last_seen_at').execute()

    await db.schema
      .createTable('login_flows')
      .addColumn('state_hash', 'text', (column) => column.notNull().primaryKey())
      .addColumn('browser_hash', 'text', (column) => column.notNull())
      .addColumn('provider', 'text', (column) => column.notNull())
      .addColumn('sealed', 'text', (column) => column.notNull())
      .addColumn('target', 'text', (column) => column.notNull())
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .addColumn('expires_at', 'bigint', (column) => column.notNull())
      .execute()
    // With the key in it, so that finding the oldest of 10,000 reads the index alone.
    await db.schema
      .createIndex('login_flows_age')
      .on('login_flows')
      .columns(['created_at', 'state_hash'])
      .execute()
    await db.schema.createIndex('login_flows_end').on('login_flows').column('expires_at').execute()

    await db.schema
      .createTable('accounts')
      .addColumn('id', 'text', (column) => column.notNull().primaryKey())
      .addColumn('name', 'text', (column) => column.notNull().unique())
      .addColumn('email', 'text')
      .addColumn('display_name', 'text')
      .addColumn('groups', 'text', (column) => column.notNull())
      .addColumn('password_hash', 'text', (column) => column.notNull())
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .execute()

    await db.schema
      .createTable('subject_pins')
      .addColumn('email', 'text', (column) => column.notNull().primaryKey())
      .addColumn('issuer', 'text', (column) => column.notNull())
      .addColumn('subject', 'text', (column) => column.notNull())
      .addColumn('pinned_at', 'bigint', (column) => column.notNull())
      .execute()
  },
}
