// Connections to PostgreSQL.

import { Kysely, PostgresDialect } from 'kysely'
import { Pool, type PoolConfig, types } from 'pg'
import type { Log } from '../../ports/runtime.ts'
import type { Secret } from '../../protocol/secret.ts'
import type { FoundArtifactRow } from './artifact-row.ts'
import { type FindArtifactRow, findArtifactSql } from './artifacts.ts'
import type { OwnedTokenRow } from './personal-token-row.ts'
import { type FindOwnedTokenRow, findOwnedTokenSql } from './personal-tokens.ts'
import { sessionOfRow } from './session-row.ts'
import { type FindSession, findSessionSql } from './sessions.ts'
import type { SessionTable, Tables } from './tables.ts'

const int8 = 20

/** The hot read gives up after this: a proxy waits for the answer. */
const readTimeout = 1000
const statementTimeout = 5000
const migrationTimeout = 60_000

function poolConfig(url: Secret, timeout: number): PoolConfig {
  const address = url.reveal()
  // Looked at first because pg's own fault would carry the address, password included.
  if (!/^postgres(ql)?:\/\//.test(address) || !URL.canParse(address)) {
    throw new Error('its address is wrong: expected postgres://user:password@host:port/name')
  }
  return {
    connectionString: address,
    application_name: 'sallyport',
    connectionTimeoutMillis: 2000,
    statement_timeout: timeout,
    query_timeout: timeout + 500,
    idle_in_transaction_session_timeout: timeout + 500,
    keepAlive: true,
    types: {
      // Times and counts: far below 2^53, and the queries are shared with SQLite, which gives numbers.
      getTypeParser: (oid, format) => (oid === int8 ? Number : types.getTypeParser(oid, format)),
    },
  }
}

function openPool(config: PoolConfig, log: Log): Pool {
  const pool = new Pool(config)
  // Without a listener the loss of an idle connection would end the process; the next query opens another.
  pool.on('error', (fault) => log.warn('store.connection_lost', { reason: fault.message }))
  return pool
}

export type Postgres = {
  readonly db: Kysely<Tables>
  readonly findSession: FindSession
  readonly findArtifactRow: FindArtifactRow
  readonly findOwnedTokenRow: FindOwnedTokenRow
  readonly close: () => Promise<void>
}

/** A pool of up to ten connections; none is opened yet. Throws when the address is not a PostgreSQL one. */
export function openPostgres(url: Secret, log: Log): Postgres {
  const pool = openPool({ ...poolConfig(url, statementTimeout), max: 10 }, log)
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) })
  const prepare = <Row extends object>(name: string, text: string) => {
    return async (...values: string[]): Promise<Row | undefined> => {
      const query = { name, text, values, query_timeout: readTimeout }
      const { rows } = await pool.query<Row>(query)
      return rows[0]
    }
  }
  const findSessionRow = prepare<SessionTable>('find-session', findSessionSql(db))
  return {
    db,
    findSession: async (idHash) => {
      const row = await findSessionRow(idHash)
      return row === undefined ? undefined : sessionOfRow(row)
    },
    findArtifactRow: prepare<FoundArtifactRow>('find-artifact', findArtifactSql(db)),
    findOwnedTokenRow: prepare<OwnedTokenRow>('find-personal-token', findOwnedTokenSql(db)),
    close: async () => {
      await db.destroy()
      // Kysely leaves a pool alone that it has not used yet.
      if (!pool.ending) await pool.end()
    },
  }
}

/** One connection whose statements may wait: migrations wait for another process that is running them. */
export function openForMigration(url: Secret, log: Log): Kysely<Tables> {
  const pool = openPool({ ...poolConfig(url, migrationTimeout), max: 1 }, log)
  return new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) })
}
