// Opens the SQLite file: is it ours, is it whole, and does nobody else read it? Never made anew when it is not.

import { closeSync, mkdirSync, openSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import Sqlite, { type Database } from 'better-sqlite3'

/** "SlyP" in the header of the file. @see https://www.sqlite.org/fileformat2.html#application_id */
export const applicationId = 0x536c7950

const startPatience = 5000

/** Makes the file as our own, or throws when others may read one that is there. */
function prepareFile(file: string, readableByOthers: boolean): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  try {
    // SQLite gives -wal and -shm the mode of the main file.
    closeSync(openSync(file, 'wx', 0o600))
  } catch (fault) {
    if (!(fault instanceof Error && 'code' in fault && fault.code === 'EEXIST')) throw fault
  }
  if (readableByOthers) return
  for (const path of [file, `${file}-wal`, `${file}-shm`]) {
    const found = statSync(path, { throwIfNoEntry: false })
    if (found?.isFile() && (found.mode & 0o077) !== 0) {
      const mode = (found.mode & 0o777).toString(8)
      throw new Error(
        `other users of this machine may read or write "${path}" (mode ${mode}); run: chmod 600 ${path}`,
      )
    }
  }
}

/** Marks an empty file as ours; throws when the file belongs to another program. */
function claim(database: Database): void {
  const look = () => ({
    id: database.pragma('application_id', { simple: true }),
    objects: database.prepare('select count(*) from sqlite_schema').pluck().get(),
  })
  // In a transaction, so that both are of one moment: another process may be making the tables.
  if (database.transaction(look)().id === applicationId) return
  database
    .transaction(() => {
      const { id, objects } = look()
      if (id === applicationId) return
      if (id !== 0 || objects !== 0) throw new Error('it is a database of another program')
      database.pragma(`application_id = ${applicationId}`)
    })
    .immediate()
}

function check(database: Database): void {
  const problem = database.pragma('quick_check(1)', { simple: true })
  if (problem !== 'ok') throw new Error(`it is damaged (${String(problem)}); restore a backup`)
}

function configure(database: Database): void {
  database.pragma('journal_mode = WAL')
  database.pragma('synchronous = FULL')
  database.pragma('foreign_keys = ON')
  database.pragma('trusted_schema = OFF')
  // After a checkpoint the log is cut back to this, so that one large transaction does not stay on disk.
  database.pragma('journal_size_limit = 67108864')
}

const damage: Readonly<Record<string, string>> = {
  SQLITE_NOTADB: 'it is not an SQLite database, or damaged; restore a backup',
  SQLITE_CORRUPT: 'it is damaged; restore a backup',
  SQLITE_BUSY: 'another process keeps it locked',
}

/** The reason in words an operator can act on. */
export function explain(fault: unknown): string {
  if (fault instanceof Sqlite.SqliteError) return damage[fault.code] ?? fault.message
  // A name with two addresses: the fault of the whole is without words, those of each address have them.
  if (fault instanceof AggregateError) return fault.errors.map(explain).join('; ')
  return fault instanceof Error ? fault.message : String(fault)
}

/** Opens and checks the file, making it when there is none. Waits up to five seconds for a lock; throws with a reason. */
export function openSqliteFile(file: string, readableByOthers: boolean): Database {
  prepareFile(file, readableByOthers)
  const database = new Sqlite(file, { timeout: startPatience })
  try {
    claim(database)
    check(database)
    configure(database)
    // From here on waiting is done by the dialect, without stopping the event loop.
    database.pragma('busy_timeout = 0')
    return database
  } catch (fault) {
    database.close()
    throw fault
  }
}

/** A database that ends with the process. */
export function openSqliteMemory(): Database {
  const database = new Sqlite(':memory:')
  database.pragma('foreign_keys = ON')
  return database
}
