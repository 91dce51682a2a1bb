// Brings a database to the tables this version knows.

import type { Kysely } from 'kysely'
import { type Migration, Migrator } from 'kysely/migration'
import { firstTables } from './migrations/0001-first-tables.ts'
import { providerLogouts } from './migrations/0002-provider-logouts.ts'
import { handOffs } from './migrations/0003-hand-offs.ts'
import { probes } from './migrations/0004-probes.ts'
import { authorizationServer } from './migrations/0005-authorization-server.ts'
import { sessionAssurance } from './migrations/0006-session-assurance.ts'
import { accountCredentials } from './migrations/0007-account-credentials.ts'
import { personalTokens } from './migrations/0008-personal-tokens.ts'
import { pendingAuthorizations } from './migrations/0009-pending-authorizations.ts'
import { consumedBy } from './migrations/0010-consumed-by.ts'
import type { Tables } from './tables.ts'

// Named here and not found by listing a folder: everything also runs from one bundled file.
const migrations: Readonly<Record<string, Migration>> = {
  '0001-first-tables': firstTables,
  '0002-provider-logouts': providerLogouts,
  '0003-hand-offs': handOffs,
  '0004-probes': probes,
  '0005-authorization-server': authorizationServer,
  '0006-session-assurance': sessionAssurance,
  '0007-account-credentials': accountCredentials,
  '0008-personal-tokens': personalTokens,
  '0009-pending-authorizations': pendingAuthorizations,
  '0010-consumed-by': consumedBy,
}

export const migrationTable = 'sallyport_migration'

async function doneBefore(db: Kysely<Tables>): Promise<readonly string[]> {
  const tables = await db.introspection.getTables({ withInternalKyselyTables: true })
  if (!tables.some((table) => table.name === migrationTable)) return []
  const rows = await db
    .withTables<{ [migrationTable]: { name: string } }>()
    .selectFrom(migrationTable)
    .select('name')
    .execute()
  return rows.map((row) => row.name)
}

/**
 * Runs the migrations that are missing, all in one transaction. Processes that start at the same time wait
 * for one another; the later ones find nothing to do.
 *
 * @returns the names of those that were run
 * @throws when a newer version of the program has changed the tables, and when a migration fails; nothing
 *   is changed then
 */
export async function migrate(db: Kysely<Tables>): Promise<readonly string[]> {
  const unknown = (await doneBefore(db)).find((name) => !Object.hasOwn(migrations, name))
  if (unknown !== undefined) {
    throw new Error(
      `it was changed by a newer version of Sallyport (migration "${unknown}"); ` +
        'start that version, or restore a backup made before it',
    )
  }
  const migrator = new Migrator({
    db,
    provider: { getMigrations: async () => ({ ...migrations }) },
    migrationTableName: migrationTable,
    migrationLockTableName: `${migrationTable}_lock`,
  })
  const { error, results = [] } = await migrator.migrateToLatest()
  if (error !== undefined) throw error
  return results.map((result) => result.migrationName)
}
