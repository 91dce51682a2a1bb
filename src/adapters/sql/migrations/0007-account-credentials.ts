// Passkeys, one-time secrets, recovery codes, locks and invitations of local accounts.

import type { Migration } from 'kysely/migration'

export const accountCredentials: Migration = {
  up: async (db) => {
    // The database itself removes what an account had, whichever statement removes the account.
    await db.schema
      .createTable('passkeys')
      .addColumn('credential_id', 'text', (column) => column.notNull().primaryKey())
      .addColumn('account_id', 'text', (column) =>
        column.notNull().references('accounts.id').onDelete('cascade'),
      )
      .addColumn('public_key', 'text', (column) => column.notNull())
      .addColumn('counter', 'bigint', (column) => column.notNull())
      .addColumn('transports', 'text', (column) => column.notNull())
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .addColumn('last_used_at', 'bigint')
      .execute()
    await db.schema
      .createIndex('passkeys_account')
      .on('passkeys')
      .columns(['account_id', 'created_at'])
      .execute()

    await db.schema
      .createTable('one_time_secrets')
      .addColumn('account_id', 'text', (column) =>
        column.notNull().primaryKey().references('accounts.id').onDelete('cascade'),
      )
      .addColumn('sealed', 'text', (column) => column.notNull())
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .addColumn('last_step', 'bigint', (column) => column.notNull())
      .execute()

    await db.schema
      .createTable('recovery_codes')
      .addColumn('account_id', 'text', (column) =>
        column.notNull().references('accounts.id').onDelete('cascade'),
      )
      .addColumn('code_hash', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint('recovery_codes_key', ['account_id', 'code_hash'])
      .execute()

    await db.schema
      .createTable('account_locks')
      .addColumn('name', 'text', (column) =>
        column.notNull().primaryKey().references('accounts.name').onDelete('cascade'),
      )
      .addColumn('failures', 'integer', (column) => column.notNull())
      .addColumn('locked_until', 'bigint')
      .addColumn('unlocked_at', 'bigint')
      .execute()

    await db.schema
      .createTable('invitations')
      .addColumn('token_hash', 'text', (column) => column.notNull().primaryKey())
      .addColumn('account_id', 'text', (column) => column.notNull())
      .addColumn('name', 'text', (column) => column.notNull().unique())
      .addColumn('email', 'text')
      .addColumn('display_name', 'text')
      .addColumn('groups', 'text', (column) => column.notNull())
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .addColumn('expires_at', 'bigint', (column) => column.notNull())
      .execute()
    await db.schema.createIndex('invitations_end').on('invitations').column('expires_at').execute()
  },
}
