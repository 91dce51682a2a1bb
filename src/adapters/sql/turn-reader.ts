// The hot read on a handle of its own. Taking and giving back SQLite's lock are system calls that cost as much as
// the read itself: all reads of one turn of the event loop share them. And what was read stays true until something
// is committed, which SQLite tells for the price of one look a turn.

import Sqlite, { type Database } from 'better-sqlite3'
import { createRecent, type Recent } from '../../protocol/recent.ts'

/** Reads at most one row at once; throws what SQLite throws, and what reading the row as a value throws. */
export type ReadRow<Value> = (...keys: readonly string[]) => Value | undefined

export type TurnReader = {
  /**
   * Prepares a statement that gives at most one row. Its reads see everything that was committed before this
   * turn, and all of ours. The same row comes as the same value until anything at all is committed.
   *
   * @param toValue what a row says; asked once for a row that stays remembered
   */
  readonly prepare: <Row, Value>(text: string, toValue: (row: Row) => Value) => ReadRow<Value>
  /** To be called after each write of this process: the next read sees it. */
  readonly renew: () => void
  readonly close: () => void
}

/** Values remembered for a statement: half of this at least, when so many are in use. A session takes about 600 bytes. */
const rememberedValues = 50_000

/** KiB of pages kept, when the file is that large: SQLite's own 2 MiB hold the indexes of some thousand sessions. */
const pageCache = 32_000

/** @param database the file's main handle, on which everything else happens */
export function createTurnReader(database: Database): TurnReader {
  const own = new Sqlite(database.name, { fileMustExist: true, timeout: 0 })
  own.pragma('query_only = ON')
  own.pragma('trusted_schema = OFF')
  own.pragma(`cache_size = -${pageCache}`)
  const begin = own.prepare('begin')
  const commit = own.prepare('commit')
  // Another number after every commit of any other handle, of this process or not.
  // https://www.sqlite.org/pragma.html#pragma_data_version
  const dataVersion = own.prepare('pragma data_version').pluck()
  let version: unknown
  const memories: Pick<Recent<string, unknown>, 'clear'>[] = []
  // Kept here too: asking the handle each time is a tenth of the read.
  let reading = false
  const renewMemories = (): void => {
    const current = dataVersion.get()
    if (current !== version) for (const memory of memories) memory.clear()
    version = current
  }
  const startReading = (): void => {
    begin.run()
    try {
      renewMemories()
    } catch (fault) {
      // Nothing remembered may count before SQLite was asked whether it still holds.
      if (own.inTransaction) commit.run()
      throw fault
    }
    reading = true
    // Runs when the requests of this turn have been read: what others commit is seen from the next turn on.
    setImmediate(renew)
  }
  const renew = (): void => {
    if (!reading) return
    reading = false
    if (own.inTransaction) commit.run()
  }
  return {
    prepare: <Row, Value>(text: string, toValue: (row: Row) => Value) => {
      const statement = own.prepare<string[], Row>(text)
      const memory = createRecent<string, Value>(rememberedValues)
      memories.push(memory)
      return (...keys) => {
        if (!reading) startReading()
        const key = keys.length === 1 ? (keys[0] ?? '') : JSON.stringify(keys)
        const before = memory.get(key)
        if (before !== undefined) return before
        const row = statement.get(...keys)
        if (row === undefined) return undefined
        const value = toValue(row)
        memory.put(key, value)
        return value
      }
    },
    renew,
    close: () => {
      renew()
      own.close()
    },
  }
}
