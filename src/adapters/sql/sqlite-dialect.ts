// Kysely on one better-sqlite3 handle, waiting for locks without blocking the process.
// Kysely's own driver leaves the waiting to SQLite's busy timeout, which stops the event loop: five
// seconds without a single decision because another process writes.

import { setTimeout as sleep } from 'node:timers/promises'
import Sqlite, { type Database } from 'better-sqlite3'
import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely'
import type { MaybePromise } from '../../ports/runtime.ts'

// A class because Kysely's adapters are. The driver below has its own queue, and begins transactions
// with the write lock, which makes SQLite's transactional DDL safe for processes that start together.
class Adapter extends SqliteAdapter {
  override get supportsMultipleConnections(): boolean {
    return true
  }

  override get supportsTransactionalDdl(): boolean {
    return true
  }
}

const isBusy = (fault: unknown): boolean =>
  fault instanceof Sqlite.SqliteError && fault.code.startsWith('SQLITE_BUSY')

/** Tries until the database is not locked; rethrows SQLite's fault when it still is at `deadline`. */
async function whenFree<T>(attempt: () => T, deadline: number): Promise<T> {
  for (;;) {
    try {
      return attempt()
    } catch (fault) {
      if (!isBusy(fault) || performance.now() >= deadline) throw fault
    }
    // Uneven, so that processes that wait for one another do not keep step.
    await sleep(2 + Math.random() * 18)
  }
}

/**
 * Reads at once. When the database is locked, which readers see while another process repairs the log after a
 * crash, it tries again for `patience` milliseconds without blocking, and rejects with SQLite's fault then.
 */
export function readWhenFree<T>(read: () => T, patience: number): MaybePromise<T> {
  try {
    return read()
  } catch (fault) {
    if (!isBusy(fault)) throw fault
    return whenFree(read, performance.now() + patience)
  }
}

type Turn = DatabaseConnection & {
  readonly run: (command: string) => Promise<unknown>
  readonly done: () => void
}

function createDriver(database: Database, patience: number, afterTurn: () => void): Driver {
  let last = Promise.resolve()
  const turns = new WeakMap<DatabaseConnection, Turn>()

  const turnOf = (connection: DatabaseConnection): Turn => {
    const turn = turns.get(connection)
    if (!turn) throw new Error('The connection is not of this driver')
    return turn
  }

  const execute = <R>({ sql, parameters }: CompiledQuery): QueryResult<R> => {
    const statement = database.prepare<unknown[], R>(sql)
    if (statement.reader) return { rows: statement.all(...parameters) }
    return { numAffectedRows: BigInt(statement.run(...parameters).changes), rows: [] }
  }

  return {
    init: async () => {},

    // The patience counts from here: whoever waited behind a writer that gave up gives up with it.
    acquireConnection: async () => {
      const deadline = performance.now() + patience
      const mine = Promise.withResolvers<void>()
      const before = last
      last = mine.promise
      await before
      const turn: Turn = {
        executeQuery: <R>(query: CompiledQuery) => whenFree(() => execute<R>(query), deadline),
        streamQuery: () => {
          throw new Error('Streaming is not used')
        },
        run: (command) => whenFree(() => database.exec(command), deadline),
        done: mine.resolve,
      }
      turns.set(turn, turn)
      return turn
    },

    releaseConnection: async (connection) => {
      try {
        afterTurn()
      } finally {
        // Whatever happened: everybody else waits for it.
        turnOf(connection).done()
      }
    },

    // With the write lock from the start: a transaction that reads first and then finds the database
    // locked could not be tried again.
    beginTransaction: async (connection) => {
      await turnOf(connection).run('begin immediate')
    },
    commitTransaction: async (connection) => {
      await turnOf(connection).run('commit')
    },
    // A full disk may have rolled back already; a second rollback would hide the first fault.
    rollbackTransaction: async () => {
      if (database.inTransaction) database.exec('rollback')
    },

    destroy: async () => {
      database.close()
    },
  }
}

/**
 * @param patience milliseconds to wait for another process that holds the write lock
 * @param afterTurn called after each query outside a transaction and after each transaction
 */
export const sqliteDialect = (
  database: Database,
  patience: number,
  afterTurn: () => void = () => {},
): Dialect => ({
  createAdapter: () => new Adapter(),
  createDriver: () => createDriver(database, patience, afterTurn),
  createIntrospector: (db) => new SqliteIntrospector(db),
  createQueryCompiler: () => new SqliteQueryCompiler(),
})
