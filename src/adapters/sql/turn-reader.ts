// The hot read on a handle of its own. Taking and giving back SQLite's lock are system calls that cost as much as
// the read itself: all reads of one turn of the event loop share them. And what was read stays true until something
// is committed, which SQLite tells for the price of one look a turn.

import Sqlite, { type Database } from 'better-sqlite3'

/** Reads at most one row at once; throws what SQLite throws. */
export type ReadRow<Row> = (...keys: readonly string[]) => Row | undefined

export type TurnReader = {
  /**
   * Prepares a statement that gives at most one row. Its reads see everything that was committed before this
   * turn, and all of ours. The same row comes as the same object until anything at all is committed.
   */
  readonly prepare: <Row>(text: string) => ReadRow<Row>
  /** To be called after each write of this process: the next read sees it. */
  readonly renew: () => void
  readonly close: () => void
}

/** Rows remembered for a statement. */
const rememberedRows = 10_000

/** @param database the file's main handle, on which everything else happens */
export function createTurnReader(database: Database): TurnReader {
  const own = new Sqlite(database.name, { fileMustExist: true, timeout: 0 })
  own.pragma('query_only = ON')
  own.pragma('trusted_schema = OFF')
  const begin = own.prepare('begin')
  const commit = own.prepare('commit')
  // Another number after every commit of any other handle, of this process or not.
  // https://www.sqlite.org/pragma.html#pragma_data_version
  const dataVersion = own.prepare('pragma data_version').pluck()
  let version: unknown
  const memories: Map<string, unknown>[] = []
  // Kept here too: asking the handle each time is a tenth of the read.
  let reading = false
  const startReading = (): void => {
    begin.run()
    reading = true
    const current = dataVersion.get()
    if (current !== version) for (const memory of memories) memory.clear()
    version = current
    // Runs when the requests of this turn have been read: what others commit is seen from the next turn on.
    setImmediate(renew)
  }
  const renew = (): void => {
    if (!reading) return
    reading = false
    if (own.inTransaction) commit.run()
  }
  return {
    prepare: <Row>(text: string) => {
      const statement = own.prepare<string[], Row>(text)
      const memory = new Map<string, Row>()
      memories.push(memory)
      return (...keys) => {
        if (!reading) startReading()
        const key = keys.length === 1 ? (keys[0] ?? '') : JSON.stringify(keys)
        const before = memory.get(key)
        if (before !== undefined) return before
        const row = statement.get(...keys)
        if (row === undefined) return undefined
        if (memory.size >= rememberedRows) memory.clear()
        memory.set(key, row)
        return row
      }
    },
    renew,
    close: () => {
      renew()
      own.close()
    },
  }
}
