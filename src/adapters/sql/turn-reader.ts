// The hot read on a handle of its own. Taking and giving back SQLite's lock are system calls that cost as much as
// the read itself: all reads of one turn of the event loop share them.

import Sqlite, { type Database } from 'better-sqlite3'

/** Reads at most one row at once; throws what SQLite throws. */
export type ReadRow<Row> = (...keys: readonly string[]) => Row | undefined

export type TurnReader = {
  /**
   * Prepares a statement that gives at most one row. Its reads see everything that was committed before this
   * turn, and all of ours.
   */
  readonly prepare: <Row>(text: string) => ReadRow<Row>
  /** To be called after each write of this process: the next read sees it. */
  readonly renew: () => void
  readonly close: () => void
}

/** @param database the file's main handle, on which everything else happens */
export function createTurnReader(database: Database): TurnReader {
  const own = new Sqlite(database.name, { fileMustExist: true, timeout: 0 })
  own.pragma('query_only = ON')
  own.pragma('trusted_schema = OFF')
  const begin = own.prepare('begin')
  const commit = own.prepare('commit')
  // Kept here too: asking the handle each time is a tenth of the read.
  let reading = false
  const renew = (): void => {
    if (!reading) return
    reading = false
    if (own.inTransaction) commit.run()
  }
  return {
    prepare: <Row>(text: string) => {
      const statement = own.prepare<string[], Row>(text)
      return (...keys) => {
        if (!reading) {
          begin.run()
          reading = true
          // Runs when the requests of this turn have been read: what others commit is seen from the next turn on.
          setImmediate(renew)
        }
        return statement.get(...keys)
      }
    },
    renew,
    close: () => {
      renew()
      own.close()
    },
  }
}
