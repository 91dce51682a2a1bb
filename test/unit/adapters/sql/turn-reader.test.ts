import { join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import Sqlite, { type Database } from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openStore } from '../../../../src/adapters/sql/open.ts'
import {
  createTurnReader,
  type ReadRow,
  type TurnReader,
} from '../../../../src/adapters/sql/turn-reader.ts'
import { silentLog } from '../../../contract/silent-log.ts'
import { session } from '../../../contract/store.ts'
import { newDirectory } from '../../../support/program.ts'

let directory: ReturnType<typeof newDirectory>
let database: Database
const text = 'select value from t where key = ?'
let reader: TurnReader
let read: ReadRow<Value>
type Value = { readonly value: number }
const asIs = <Row>(row: Row): Row => row
beforeEach(() => {
  directory = newDirectory()
  database = new Sqlite(join(directory.path, 'a.db'))
  database.pragma('journal_mode = WAL')
  database.exec(
    "create table t (key text primary key, value integer); insert into t values ('a', 1)",
  )
  reader = createTurnReader(database)
  read = reader.prepare(text, (row: Value) => row)
})
afterEach(() => {
  reader.close()
  database.close()
  directory.remove()
})

describe('createTurnReader()', () => {
  test('sees what another handle committed from the next turn on', async () => {
    expect(read('a')).toEqual({ value: 1 })
    database.exec('update t set value = 2')
    await nextTurn()
    await nextTurn()
    expect(read('a')).toEqual({ value: 2 })
  })

  test('sees it within the turn after renew()', () => {
    expect(read('a')).toEqual({ value: 1 })
    database.exec('update t set value = 3')
    reader.renew()
    expect(read('a')).toEqual({ value: 3 })
  })

  test('holds no lock between turns: the log can be emptied', async () => {
    read('a')
    await nextTurn()
    await nextTurn()
    const [result] = database.pragma('wal_checkpoint(TRUNCATE)') as { busy: number }[]
    expect(result).toMatchObject({ busy: 0 })
  })

  test('shows all its statements the same moment of a turn', () => {
    const count = reader.prepare(
      'select count(*) as rows from t where key < ?',
      (row: { rows: number }) => row,
    )
    expect(read('a')).toEqual({ value: 1 })
    database.exec("update t set value = 2; insert into t values ('b', 1)")
    expect(count('z')).toEqual({ rows: 1 })
    reader.renew()
    expect([read('a'), count('z')]).toEqual([{ value: 2 }, { rows: 2 }])
  })

  test('gives a row as the same object, over turns, until something is committed (performance.md 3)', async () => {
    const first = read('a')
    await nextTurn()
    await nextTurn()
    expect(read('a')).toBe(first)
    database.exec("insert into t values ('unrelated', 1)")
    await nextTurn()
    await nextTurn()
    expect(read('a')).not.toBe(first)
    expect(read('a')).toEqual(first)
  })

  test('forgets a row that another process took away, with the next turn (R22)', async () => {
    expect(read('a')).toEqual({ value: 1 })
    const other = new Sqlite(database.name)
    other.exec("delete from t where key = 'a'")
    other.close()
    await nextTurn()
    await nextTurn()
    expect(read('a')).toBeUndefined()
  })

  test('remembers no absence', async () => {
    expect(read('b')).toBeUndefined()
    database.exec("insert into t values ('b', 2)")
    reader.renew()
    expect(read('b')).toEqual({ value: 2 })
  })

  test('keeps keys of several parts apart', () => {
    database.exec(
      "create table u (a text, b text); insert into u values ('x', 'y z'), ('x y', 'z')",
    )
    reader.renew()
    const pair = reader.prepare(
      'select a from u where a = ? and b = ?',
      (row: { a: string }) => row,
    )
    expect([pair('x', 'y z'), pair('x y', 'z')]).toEqual([{ a: 'x' }, { a: 'x y' }])
  })

  test('asks what a row says once, and again when that was a fault', async () => {
    const asked: number[] = []
    const fussy = reader.prepare(text, ({ value }: Value) => {
      asked.push(value)
      if (asked.length === 1) throw new Error('unreadable')
      return value * 10
    })
    expect(() => fussy('a')).toThrow('unreadable')
    expect([fussy('a'), fussy('a'), asked]).toEqual([10, 10, [1, 1]])
  })

  test('answers nothing from memory after a look that failed (R14, R22)', async () => {
    // Without a write-ahead log whoever writes locks readers out.
    const other = new Sqlite(join(directory.path, 'c.db'))
    other.exec(
      "create table t (key text primary key, value integer); insert into t values ('a', 1)",
    )
    const locked = createTurnReader(other)
    const readLocked = locked.prepare(text, (row: Value) => row)
    expect(readLocked('a')).toEqual({ value: 1 })
    await nextTurn()
    await nextTurn()
    other.exec('begin exclusive')
    expect(() => readLocked('a')).toThrow('locked')
    expect(() => readLocked('a')).toThrow('locked')
    other.exec("delete from t where key = 'a'; commit")
    expect(readLocked('a')).toBeUndefined()
    locked.close()
    other.close()
  })

  test('cannot write', () => {
    const write = reader.prepare('insert into t values (?, 1) returning value', asIs)
    expect(() => write('b')).toThrow('readonly')
  })

  test('can be closed in the middle of a turn, and the turn ends without a fault', async () => {
    const other = createTurnReader(database)
    const readOther = other.prepare(text, asIs)
    readOther('a')
    other.close()
    await nextTurn()
    await nextTurn()
    expect(() => readOther('a')).toThrow()
  })
})

test('openStore() forgets an ended session at once, also when it was read in the same turn (R22)', async () => {
  const file = join(directory.path, 'data', 'b.db')
  const store = await openStore({ kind: 'sqlite', file }, silentLog)
  const opened = session()
  await store.sessions.open(opened)
  expect(store.sessions.find(opened.idHash)).toMatchObject({ idHash: opened.idHash })
  expect(await store.sessions.end(opened.idHash)).toBe('ended')
  expect(store.sessions.find(opened.idHash)).toBeUndefined()
  await store.close()
})
