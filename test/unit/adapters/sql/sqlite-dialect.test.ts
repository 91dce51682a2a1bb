import { setTimeout as sleep } from 'node:timers/promises'
import Sqlite from 'better-sqlite3'
import { Kysely, sql } from 'kysely'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openSqlite } from '../../../../src/adapters/sql/open.ts'
import { sqliteDialect } from '../../../../src/adapters/sql/sqlite-dialect.ts'
import { openSqliteFile } from '../../../../src/adapters/sql/sqlite-file.ts'
import { silentLog } from '../../../contract/silent-log.ts'
import { temporaryFiles } from './support.ts'

type Tables = { notes: { id: number; text: string } }

const temporaryFile = temporaryFiles()

let file: string
let database: Sqlite.Database
let db: Kysely<Tables>

beforeEach(async () => {
  file = temporaryFile()
  database = openSqliteFile(file, false)
  db = new Kysely<Tables>({ dialect: sqliteDialect(database, 500) })
  await sql`create table notes (id integer primary key, text text)`.execute(db)
})
afterEach(() => db.destroy())

const write = (id: number, text = 'x') => db.insertInto('notes').values({ id, text }).execute()
const written = async () => {
  const rows = await db.selectFrom('notes').select('id').orderBy('id').execute()
  return rows.map(({ id }) => id)
}

describe('the read of a decision', () => {
  // Without the write-ahead log a writer locks readers out, as a process does that repairs the log.
  async function lockedStore() {
    const path = temporaryFile()
    const handle = openSqliteFile(path, false)
    handle.pragma('journal_mode = delete')
    const store = await openSqlite(handle, 'sqlite', silentLog)
    const other = new Sqlite(path)
    other.exec('begin exclusive')
    return { store, other }
  }

  it('waits a little, without blocking, when the database is locked (R14, R135)', async () => {
    const { store, other } = await lockedStore()
    const found = store.sessions.find('unknown')
    expect(found).toBeInstanceOf(Promise)
    other.exec('rollback')
    expect(await found).toBeUndefined()
    expect(store.sessions.find('unknown')).toBeUndefined()
    other.close()
    await store.close()
  })

  it('gives up within the second that a decision has', async () => {
    const { store, other } = await lockedStore()
    let fastest = Number.POSITIVE_INFINITY
    // The patience is most of that second, so a pause of the machine counts: once in three times is enough.
    for (let attempt = 0; attempt < 3 && fastest >= 1000; attempt++) {
      const began = performance.now()
      await expect(store.sessions.find('unknown')).rejects.toThrow('locked')
      fastest = Math.min(fastest, performance.now() - began)
    }
    expect(fastest).toBeLessThan(1000)
    other.close()
    await store.close()
  })
})

describe('sqliteDialect()', () => {
  it('keeps transactions apart from everything else on the handle', async () => {
    const undone = db.transaction().execute(async (transaction) => {
      await transaction.insertInto('notes').values({ id: 1, text: 'x' }).execute()
      await sleep(30)
      throw new Error('undo')
    })
    const kept = db.transaction().execute(async (transaction) => {
      await sleep(10)
      await transaction.insertInto('notes').values({ id: 2, text: 'x' }).execute()
    })
    await Promise.all([expect(undone).rejects.toThrow('undo'), kept, write(3)])
    expect(await written()).toEqual([2, 3])
  })

  it('lets transactions of two handles read and then write, one after the other', async () => {
    await write(1, '0')
    const patient = () =>
      new Kysely<Tables>({ dialect: sqliteDialect(openSqliteFile(file, false), 20_000) })
    const [first, second] = [patient(), patient()]
    const addOne = (to: Kysely<Tables>) =>
      to.transaction().execute(async (transaction) => {
        const { text } = await transaction
          .selectFrom('notes')
          .select('text')
          .executeTakeFirstOrThrow()
        await sleep(1)
        await transaction
          .updateTable('notes')
          .set({ text: String(Number(text) + 1) })
          .execute()
      })
    const handles = Array.from({ length: 20 }, (_, index) => (index % 2 ? first : second))
    await Promise.all(handles.map(addOne))
    expect(await db.selectFrom('notes').select('text').executeTakeFirst()).toEqual({ text: '20' })
    await Promise.all([first.destroy(), second.destroy()])
  })

  it('gives up on a locked database after the patience, all who wait together (R135)', async () => {
    const other = new Sqlite(file)
    other.exec('begin immediate')
    const begun = performance.now()
    const ids = Array.from({ length: 20 }, (_, id) => id)
    const results = await Promise.allSettled(ids.map((id) => write(id)))
    const waited = performance.now() - begun
    expect(results.map(({ status }) => status)).toEqual(Array(20).fill('rejected'))
    expect(waited).toBeGreaterThan(450)
    // One after the other they would take ten seconds.
    expect(waited).toBeLessThan(5000)
    other.close()
    await write(21)
    expect(await written()).toEqual([21])
  })

  it('writes nothing of a transaction for which the disk is too small, and goes on after (R135)', async () => {
    await write(1)
    database.pragma('max_page_count = 12')
    const large = 'x'.repeat(20_000)
    const transaction = db.transaction().execute(async (inside) => {
      for (let id = 2; id < 9; id++) {
        await inside.insertInto('notes').values({ id, text: large }).execute()
      }
    })
    await expect(transaction).rejects.toThrow('full')
    expect(await written()).toEqual([1])
    database.pragma('max_page_count = 10000')
    await write(2, large)
    expect(await written()).toEqual([1, 2])
  })

  it('goes on with the next query when what follows a turn throws', async () => {
    let faults = 1
    const afterTurn = () => {
      if (faults-- > 0) throw new Error('afterwards')
    }
    const handle = openSqliteFile(temporaryFile(), false)
    const own = new Kysely<Tables>({ dialect: sqliteDialect(handle, 500, afterTurn) })
    await expect(sql`select 1`.execute(own)).rejects.toThrow('afterwards')
    expect((await sql`select 1 as one`.execute(own)).rows).toEqual([{ one: 1 }])
    await own.destroy()
  })
})
