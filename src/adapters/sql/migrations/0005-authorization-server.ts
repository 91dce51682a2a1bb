// What the authorization server has issued, to whom, and with which keys.

import { type Kysely, sql } from 'kysely'
import type { Migration } from 'kysely/migration'

async function createArtifacts<Any>(db: Kysely<Any>): Promise<void> {
  await db.schema
    .createTable('artifacts')
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('id_hash', 'text', (column) => column.notNull())
    .addColumn('payload', 'text', (column) => column.notNull())
    .addColumn('grant_id', 'text')
    .addColumn('client_id', 'text')
    .addColumn('account', 'text')
    .addColumn('uid_hash', 'text')
    .addColumn('user_code_hash', 'text')
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('last_used_at', 'bigint')
    .addColumn('consumed_at', 'bigint')
    .addColumn('expires_at', 'bigint')
    // The kind last: with it first SQLite reads all grants to find those that are over.
    .addPrimaryKeyConstraint('artifacts_key', ['id_hash', 'kind'])
    .addCheckConstraint('artifacts_grant_named', sql`kind <> 'Grant' or grant_id is not null`)
    .execute()
  const indexed = { grant: 'grant_id', client: 'client_id', account: 'account' }
  for (const [name, column] of Object.entries(indexed)) {
    await db.schema
      .createIndex(`artifacts_${name}`)
      .on('artifacts')
      .columns([column, 'kind'])
      .execute()
  }
  await db.schema.createIndex('artifacts_end').on('artifacts').column('expires_at').execute()
  await db.schema
    .createIndex('artifacts_uid')
    .on('artifacts')
    .column('uid_hash')
    .where('uid_hash', 'is not', null)
    .execute()
  // Unique: whoever types a code must never approve another device than the one that shows it.
  await db.schema
    .createIndex('artifacts_user_code')
    .unique()
    .on('artifacts')
    .column('user_code_hash')
    .where('user_code_hash', 'is not', null)
    .execute()
}

export const authorizationServer: Migration = {
  up: async (db) => {
    await createArtifacts(db)

    await db.schema
      .createTable('spent_values')
      .addColumn('value_hash', 'text', (column) => column.notNull().primaryKey())
      .addColumn('expires_at', 'bigint', (column) => column.notNull())
      .execute()
    await db.schema
      .createIndex('spent_values_end')
      .on('spent_values')
      .column('expires_at')
      .execute()

    await db.schema
      .createTable('oauth_clients')
      .addColumn('client_id', 'text', (column) => column.notNull().primaryKey())
      .addColumn('kind', 'text', (column) => column.notNull())
      .addColumn('metadata', 'text', (column) => column.notNull())
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .addColumn('last_used_at', 'bigint')
      .execute()
    await db.schema
      .createIndex('oauth_clients_age')
      .on('oauth_clients')
      .columns(['kind', 'created_at'])
      .execute()

    await db.schema
      .createTable('client_documents')
      .addColumn('client_id', 'text', (column) => column.notNull().primaryKey())
      .addColumn('document', 'text', (column) => column.notNull())
      .addColumn('fetched_at', 'bigint', (column) => column.notNull())
      .addColumn('fresh_until', 'bigint', (column) => column.notNull())
      .execute()
    await db.schema
      .createIndex('client_documents_age')
      .on('client_documents')
      .columns(['fetched_at', 'client_id'])
      .execute()

    await db.schema
      .createTable('account_snapshots')
      .addColumn('account', 'text', (column) => column.notNull().primaryKey())
      .addColumn('provider', 'text', (column) => column.notNull())
      .addColumn('issuer', 'text', (column) => column.notNull())
      .addColumn('subject', 'text', (column) => column.notNull())
      .addColumn('attributes', 'text', (column) => column.notNull())
      .addColumn('seen_at', 'bigint', (column) => column.notNull())
      .execute()

    await db.schema
      .createTable('signing_keys')
      .addColumn('kid', 'text', (column) => column.notNull().primaryKey())
      .addColumn('algorithm', 'text', (column) => column.notNull())
      .addColumn('sealed', 'text', (column) => column.notNull())
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .addColumn('signs_since', 'bigint', (column) => column.notNull())
      .addColumn('retired_at', 'bigint')
      .execute()
  },
}
