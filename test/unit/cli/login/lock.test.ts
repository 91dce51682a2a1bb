// Who holds the lock of a login, when a holder counts as gone, and what is said when none can be made.

import { existsSync, readdirSync, utimesSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { LoginFault } from '../../../../src/cli/login/fault.ts'
import { withLock } from '../../../../src/cli/login/lock.ts'

let scratch: string
let directory: string
let path: string
beforeEach(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'sallyport-lock-'))
  directory = join(scratch, 'state', 'sallyport')
  path = join(directory, 'a.lock')
})
afterEach(() => rm(scratch, { recursive: true, force: true }))

/** Takes the lock and holds it; as if that had been 31 seconds ago. */
async function hold(renewal: number) {
  const taken = Promise.withResolvers<void>()
  const { promise: ended, resolve: end } = Promise.withResolvers<void>()
  const held = withLock(
    path,
    () => {
      taken.resolve()
      return ended
    },
    renewal,
  )
  await taken.promise
  const then = Date.now() / 1000 - 31
  utimesSync(path, then, then)
  return {
    release: async () => {
      end()
      await held
    },
  }
}

describe('withLock()', () => {
  test('runs one after the other, and goes on after a fault', async () => {
    const seen: string[] = []
    const work = (name: string) => async () => {
      seen.push(`${name} begins`)
      await sleep(5)
      seen.push(`${name} ends`)
      if (name === 'b') throw new Error('fault of b')
    }
    const runs = await Promise.allSettled(['a', 'b', 'c'].map((name) => withLock(path, work(name))))
    expect(runs.filter(({ status }) => status === 'rejected')).toHaveLength(1)
    for (let at = 0; at < seen.length; at += 2)
      expect(seen[at + 1]).toBe(seen[at]?.replace('begins', 'ends'))
    expect(readdirSync(directory)).toEqual([])
  })

  test('waits for a holder that is alive, however long it takes', async () => {
    const first = await hold(5)
    await sleep(100)
    const seen: string[] = []
    const second = withLock(path, async () => void seen.push('second'))
    await sleep(100)
    expect(seen).toEqual([])
    await first.release()
    await second
    expect(seen).toEqual(['second'])
  })

  test('takes it from a holder that gave no sign for half a minute, which then removes nothing', async () => {
    const first = await hold(60_000)
    await withLock(path, async () => {
      await first.release()
      expect(existsSync(path)).toBe(true)
    })
    expect(existsSync(path)).toBe(false)
  })

  test('says at once that no file can be made there', async () => {
    writeFileSync(join(scratch, 'state'), '')
    const fault = await withLock(path, async () => undefined).catch((reason: unknown) => reason)
    expect(fault).toBeInstanceOf(LoginFault)
    expect(fault).toHaveProperty('message', `Cannot write "${directory}": ENOTDIR`)
    const long = join(scratch, `${'a'.repeat(300)}.lock`)
    await expect(withLock(long, async () => undefined)).rejects.toThrow(
      `Cannot write "${long}": ENAMETOOLONG`,
    )
  })
})
