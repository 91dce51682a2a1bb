// Tokens that people and operators make for scripts.

import type { Migration } from 'kysely/migration'

export const personalTokens: Migration = {
  up: async (db) => {
    await db.schema
      .createTable('personal_tokens')
      .addColumn('token_hash', 'text', (column) => column.notNull().primaryKey())
      .addColumn('id', 'text', (column) => column.notNull().unique())
      .addColumn('name', 'text', (column) => column.notNull())
      // The database itself ends what is of an account that nothing is known of any more.
      .addColumn('account', 'text', (column) =>
        column.notNull().references('account_snapshots.account').onDelete('cascade'),
      )
      .addColumn('made_by', 'text', (column) => column.notNull())
      .addColumn('bounds', 'text', (column) => column.notNull())
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .addColumn('expires_at', 'bigint', (column) => column.notNull())
      .addColumn('last_used_at', 'bigint')
      .execute()
    await db.schema
      .createIndex('personal_tokens_account')
      .on('personal_tokens')
      .column('account')
      .execute()
    await db.schema
      .createIndex('personal_tokens_end')
      .on('personal_tokens')
      .column('expires_at')
      .execute()
  },
}
