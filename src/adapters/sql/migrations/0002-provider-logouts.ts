// Logout tokens that were redeemed, and the way from a provider's session to ours.

import type { Migration } from 'kysely/migration'

export const providerLogouts: Migration = {
  up: async (db) => {
    await db.schema
      .createTable('redeemed_logouts')
      .addColumn('token_hash', 'text', (column) => column.notNull().primaryKey())
      .addColumn('usable_until', 'bigint', (column) => column.notNull())
      .execute()
    await db.schema
      .createIndex('redeemed_logouts_end')
      .on('redeemed_logouts')
      .column('usable_until')
      .execute()
    await db.schema
      .createIndex('sessions_provider_session')
      .on('sessions')
      .columns(['issuer', 'provider_session'])
      .execute()
  },
}
