// Opens the store: SQLite by default, PostgreSQL for several nodes, memory for tests.

import type { Database } from 'better-sqlite3'
import { Kysely, sql } from 'kysely'
import type { ArtifactKind } from '../../ports/authorization-store.ts'
import type { Hash } from '../../ports/hash.ts'
import { OperatorFault } from '../../ports/operator-fault.ts'
import type { Log } from '../../ports/runtime.ts'
import type { Store } from '../../ports/store.ts'
import type { Secret } from '../../protocol/secret.ts'
import { createAccountCredentials } from './account-credentials.ts'
import { createAccounts } from './accounts.ts'
import type { FoundArtifactRow } from './artifact-row.ts'
import { type FindArtifactRow, findArtifactSql } from './artifacts.ts'
import { createAuthorization } from './authorization.ts'
import { createHandOffs } from './hand-offs.ts'
import { createLoginFlows } from './login-flows.ts'
import { migrate, migrationTable } from './migrate.ts'
import type { OwnedTokenRow } from './personal-token-row.ts'
import {
  createPersonalTokens,
  type FindOwnedTokenRow,
  findOwnedTokenSql,
} from './personal-tokens.ts'
import { createProbes } from './probes.ts'
import { createProviderLogouts } from './provider-logouts.ts'
import { sessionOfRow } from './session-row.ts'
import { createSessions, type FindSession, findSessionSql } from './sessions.ts'
import { readWhenFree, sqliteDialect } from './sqlite-dialect.ts'
import { explain, openSqliteFile, openSqliteMemory } from './sqlite-file.ts'
import { createSubjectPins } from './subject-pins.ts'
import type { Tables } from './tables.ts'
import { createTurnReader, type TurnReader } from './turn-reader.ts'

export type DatabaseChoice =
  | {
      readonly kind: 'sqlite'
      readonly file: string
      /** Opens a file that other users may read (R112's override), for volumes whose modes others set. */
      readonly readableByOthers?: boolean
    }
  | { readonly kind: 'postgres'; readonly url: Secret }
  | { readonly kind: 'memory' }

/** The database cannot be used. */
export class StoreFault extends OperatorFault {}

/** How long a write waits for another process that holds SQLite's write lock, in milliseconds. */
const lockPatience = 5000

/** The same for the read of a decision, which has a second in all (R14). */
const readPatience = 800

type Parts = {
  readonly db: Kysely<Tables>
  readonly findSession: FindSession
  readonly findArtifactRow: FindArtifactRow
  readonly findOwnedTokenRow: FindOwnedTokenRow
  readonly close: () => Promise<void>
}

function storeOf(parts: Parts, rowLocks: boolean): Store {
  const { db, close } = parts
  return {
    sessions: createSessions(db, parts.findSession, rowLocks),
    loginFlows: createLoginFlows(db, rowLocks),
    handOffs: createHandOffs(db, rowLocks),
    accounts: createAccounts(db, rowLocks),
    accountCredentials: createAccountCredentials(db, rowLocks),
    subjectPins: createSubjectPins(db),
    providerLogouts: createProviderLogouts(db, rowLocks),
    probes: createProbes(db, rowLocks),
    authorization: createAuthorization(db, parts.findArtifactRow, rowLocks),
    personalTokens: createPersonalTokens(db, parts.findOwnedTokenRow, rowLocks),
    // A table, not a constant: SQLite answers "select 1" without its file.
    ping: async () => {
      await sql`select 1 from ${sql.table(migrationTable)} limit 1`.execute(db)
    },
    close,
  }
}

function report(log: Log, kind: string, migrations: readonly string[]): void {
  if (migrations.length > 0) log.info('store.migrated', { kind, migrations })
  log.info('store.opened', { kind })
}

/** The store on an open SQLite handle, which it closes. Expects what `openSqliteFile` has set. */
export async function openSqlite(database: Database, kind: string, log: Log): Promise<Store> {
  let reader: TurnReader | undefined
  const dialect = sqliteDialect(database, lockPatience, () => reader?.renew())
  const db = new Kysely<Tables>({ dialect })
  try {
    report(log, kind, await migrate(db))
    // A database in memory has one handle only, and no lock to save.
    reader = database.memory ? undefined : createTurnReader(database)
    const prepare = reader?.prepare ?? preparing(database)
    const sessionOf = prepare(findSessionSql(db), sessionOfRow)
    const artifactRow = prepare(findArtifactSql(db), (row: FoundArtifactRow) => row)
    const ownedTokenRow = prepare(findOwnedTokenSql(db), (row: OwnedTokenRow) => row)
    const findSession = (idHash: Hash) => readWhenFree(() => sessionOf(idHash), readPatience)
    const findArtifactRow = (kind: ArtifactKind, idHash: Hash) =>
      readWhenFree(() => artifactRow(kind, idHash), readPatience)
    const findOwnedTokenRow = (tokenHash: Hash) =>
      readWhenFree(() => ownedTokenRow(tokenHash), readPatience)
    const close = async () => {
      reader?.close()
      await db.destroy()
    }
    return storeOf({ db, findSession, findArtifactRow, findOwnedTokenRow, close }, false)
  } catch (fault) {
    database.close()
    throw fault
  }
}

const preparing =
  (database: Database): TurnReader['prepare'] =>
  <Row, Value>(text: string, toValue: (row: Row) => Value) => {
    const statement = database.prepare<string[], Row>(text)
    return (...keys) => {
      const row = statement.get(...keys)
      return row === undefined ? undefined : toValue(row)
    }
  }

async function openPostgresStore(url: Secret, log: Log): Promise<Store> {
  // Loaded when it is wanted: most installations have SQLite, and start faster without the other driver.
  const { openForMigration, openPostgres } = await import('./postgres.ts')
  const migrator = openForMigration(url, log)
  try {
    report(log, 'postgres', await migrate(migrator))
  } finally {
    await migrator.destroy()
  }
  return storeOf(openPostgres(url, log), true)
}

async function openChosen(database: DatabaseChoice, log: Log): Promise<Store> {
  switch (database.kind) {
    case 'sqlite': {
      const file = openSqliteFile(database.file, database.readableByOthers ?? false)
      return openSqlite(file, 'sqlite', log)
    }
    case 'postgres':
      return openPostgresStore(database.url, log)
    case 'memory':
      return openSqlite(openSqliteMemory(), 'memory', log)
  }
}

/**
 * Opens the store and brings its tables up to date.
 *
 * A SQLite file is made when there is none, with mode 0600. Anything else that is not a whole database of
 * ours - damaged, of another program, changed by a newer version, readable by others - is refused and left
 * as it is (R112, R133). Safe for several processes that start at the same time.
 *
 * @throws StoreFault with one line that names the database and the reason
 */
export async function openStore(database: DatabaseChoice, log: Log): Promise<Store> {
  const name =
    database.kind === 'sqlite' ? `database "${database.file}"` : `${database.kind} database`
  try {
    return await openChosen(database, log)
  } catch (fault) {
    throw new StoreFault(`Cannot open the ${name}: ${explain(fault)}`, { cause: fault })
  }
}
