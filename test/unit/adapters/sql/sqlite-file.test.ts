import { chmodSync, mkdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import Sqlite from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import { openStore } from '../../../../src/adapters/sql/open.ts'
import { openSqliteFile } from '../../../../src/adapters/sql/sqlite-file.ts'
import { epochSeconds } from '../../../../src/protocol/time.ts'
import { silentLog } from '../../../contract/silent-log.ts'
import { flow, session } from '../../../contract/store.ts'
import { temporaryFiles } from './support.ts'

const temporaryFile = temporaryFiles()

const openFile = (file: string) => openStore({ kind: 'sqlite', file }, silentLog)

/** A file with a few sessions in it, closed. */
async function writtenFile(): Promise<string> {
  const file = temporaryFile()
  const store = await openFile(file)
  for (let count = 0; count < 200; count++) await store.sessions.open(session())
  await store.close()
  return file
}

const change = (file: string, statement: string) => {
  const database = new Sqlite(file)
  database.exec(statement)
  database.close()
}

const mode = (path: string) => (statSync(path).mode & 0o777).toString(8)

describe('openStore()', () => {
  it('makes folder and file for its own user only, -wal and -shm too (R112)', async () => {
    const file = temporaryFile()
    const store = await openFile(file)
    await store.sessions.open(session())
    expect(mode(dirname(file))).toBe('700')
    expect([file, `${file}-wal`, `${file}-shm`].map(mode)).toEqual(['600', '600', '600'])
    await store.close()
  })

  it.each([
    ['journal_mode', 'wal'],
    ['synchronous', 2],
    ['foreign_keys', 1],
    ['trusted_schema', 0],
  ])('sets %s to %s (R133)', (pragma, value) => {
    const database = openSqliteFile(temporaryFile(), false)
    expect(database.pragma(pragma, { simple: true })).toBe(value)
    database.close()
  })

  it('opens what it wrote and keeps the rows', async () => {
    const file = await writtenFile()
    const store = await openFile(file)
    expect(await store.sessions.count()).toBe(200)
    await store.close()
  })

  it.each([
    ['group', 0o640],
    ['everyone', 0o604],
    ['everyone, for writing', 0o602],
  ])('refuses a file that is open to %s, and says what to do (R112)', async (_, bits) => {
    const file = await writtenFile()
    chmodSync(file, bits)
    await expect(openFile(file)).rejects.toThrow(`chmod 600 ${file}`)
    const readableByOthers = { kind: 'sqlite', file, readableByOthers: true } as const
    await (await openStore(readableByOthers, silentLog)).close()
  })

  const foreign = 'create table notes (text); insert into notes values (1)'

  // Each row: what is wrong, how it came to be, the reason that is given.
  it.each<[string, (file: string) => void, RegExp]>([
    [
      'is text',
      (file) => writeFileSync(file, 'not a database'.repeat(100)),
      /not an SQLite database/,
    ],
    ['has lost its second half', (file) => truncateSync(file, statSync(file).size / 2), /damaged/],
    ['has a page overwritten', overwritePages, /damaged/],
    [
      'is of another program',
      (file) => change(file, 'pragma application_id = 7'),
      /another program/,
    ],
    ['is of a newer version', (file) => change(file, newer), /newer version.*9999-later/],
  ])('refuses a file that %s and leaves it as it is (R133)', async (_, spoil, reason) => {
    const file = await writtenFile()
    spoil(file)
    const before = readFileSync(file)
    const opening = openFile(file)
    await expect(opening).rejects.toThrow(reason)
    await expect(opening).rejects.toThrow(`Cannot open the database "${file}": `)
    expect(readFileSync(file).equals(before)).toBe(true)
  })

  it('refuses a database without a mark that holds tables (R133)', async () => {
    const file = temporaryFile()
    mkdirSync(dirname(file))
    writeFileSync(file, '', { mode: 0o600 })
    change(file, foreign)
    const before = readFileSync(file)
    await expect(openFile(file)).rejects.toThrow('it is a database of another program')
    expect(readFileSync(file).equals(before)).toBe(true)
  })

  it('refuses a path that is a folder', async () => {
    const file = temporaryFile()
    await expect(openFile(dirname(dirname(file)))).rejects.toThrow('Cannot open the database')
  })
})

const newer = "insert into sallyport_migration values ('9999-later', '2030-01-01T00:00:00.000Z')"

function overwritePages(file: string): void {
  const bytes = readFileSync(file)
  // Rows that nothing reads at the start.
  bytes.fill(0xa5, bytes.length - 3 * 4096)
  writeFileSync(file, bytes)
}

describe('a stored row', () => {
  it.each([
    'update sessions set attributes = \'{"groups":\'',
    "update sessions set attributes = 'null'",
    'update sessions set attributes = \'{"groups":["a"],"scopes":"all"}\'',
    'update sessions set attributes = \'{"groups":[1],"scopes":[]}\'',
    'update sessions set attributes = \'{"groups":[],"scopes":[],"email":7}\'',
    "update sessions set expires_at = 'never'",
  ])('is a fault, never "no session", when it cannot be read: %s', async (statement) => {
    const file = temporaryFile()
    const store = await openFile(file)
    const opened = session()
    await store.sessions.open(opened)
    change(file, statement)
    expect(() => store.sessions.find(opened.idHash)).toThrow('Cannot read a stored session')
    await store.close()
  })
})

describe('a database locked by another process', () => {
  it('find() still answers, the event loop goes on, and writes succeed once it is free (R125, R135)', async () => {
    const file = temporaryFile()
    const store = await openFile(file)
    const opened = session()
    await store.sessions.open(opened)
    const other = new Sqlite(file)
    other.exec('begin immediate')

    let finished = false
    const writes = [
      store.sessions.end(opened.idHash).finally(() => {
        finished = true
      }),
      store.loginFlows.begin(flow(), 10),
    ]
    let longestStop = 0
    for (let turn = 0; turn < 30; turn++) {
      const begun = performance.now()
      await new Promise((resolve) => setTimeout(resolve, 5))
      longestStop = Math.max(longestStop, performance.now() - begun)
      expect(store.sessions.find(opened.idHash)).toStrictEqual(opened)
    }
    expect(finished).toBe(false)
    // SQLite's own waiting would stop everything for five seconds.
    expect(longestStop).toBeLessThan(2500)

    other.exec('rollback')
    expect(await Promise.all(writes)).toEqual(['ended', undefined])
    other.close()
    await store.close()
  })

  it('a write throws after five seconds, those queued behind it too, and later ones work (R135)', async () => {
    const file = temporaryFile()
    const store = await openFile(file)
    const other = new Sqlite(file)
    other.exec('begin immediate')
    const begun = performance.now()
    const writes = [
      store.sessions.open(session()),
      store.loginFlows.begin(flow(), 10),
      store.sessions.touch(['x'], epochSeconds(1)),
      store.accounts.remove('x'),
    ]
    const results = await Promise.allSettled(writes)
    expect(results.map((result) => result.status)).toEqual(Array(4).fill('rejected'))
    const waited = performance.now() - begun
    expect(waited).toBeGreaterThan(4900)
    // One after the other they would take twenty seconds.
    expect(waited).toBeLessThan(15_000)
    other.exec('rollback')
    other.close()
    expect(await store.sessions.count()).toBe(0)
    await store.sessions.open(session())
    await store.loginFlows.begin(flow(), 10)
    await store.close()
  }, 40_000)
})
