// What every store must do when several processes use it, and when one of them dies.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import type { Store } from '../../src/ports/store.ts'
import { epochSeconds } from '../../src/protocol/time.ts'
import { artifact, client, signingKey } from './authorization-samples.ts'
import { flow } from './store.ts'

/** Where the store is: the child opens it itself. */
export type Place = { readonly file: string } | { readonly url: string }

const script = fileURLToPath(new URL('./store-child.ts', import.meta.url))

/** Starts a process on the store; resolves when it has opened it. */
async function startProcess(place: Place, ...task: readonly string[]) {
  const child = spawn(process.execPath, [script, JSON.stringify(place), ...task], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const ended = once(child, 'exit')
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const nextLine = async (): Promise<string | undefined> => {
    const { value, done } = await lines.next()
    return done ? undefined : value
  }
  expect(await nextLine()).toBe('ready')
  return { child, ended, nextLine }
}

/**
 * Registers the suite.
 *
 * @param newPlace a place with no database, or an empty one
 */
export function storeProcessContract(
  name: string,
  newPlace: () => Promise<Place>,
  open: (place: Place) => Promise<Store>,
): void {
  describe(`processes on ${name}`, () => {
    it('openStore() makes the tables once when processes start at the same time', async () => {
      const place = await newPlace()
      const begun = flow()
      const children = await Promise.all(
        [1, 2, 3, 4].map(() => startProcess(place, 'take', JSON.stringify(begun))),
      )
      for (const { child, nextLine, ended } of children) {
        child.stdin.write('go\n')
        expect(await nextLine()).toBe('0')
        expect((await ended)[0]).toBe(0)
      }
    }, 30_000)

    /** How many of 400 runs won, 200 in each of two processes. */
    const winsOf = async (place: Place, task: string, about: object): Promise<number> => {
      const children = await Promise.all(
        [1, 2].map(() => startProcess(place, task, JSON.stringify(about))),
      )
      for (const { child } of children) child.stdin.write('go\n')
      const wins = await Promise.all(children.map(({ nextLine }) => nextLine()))
      await Promise.all(children.map(({ ended }) => ended))
      return wins.map(Number).reduce((sum, won) => sum + won, 0)
    }

    it('take() gives a flow to exactly one caller of two processes (R138)', async () => {
      const place = await newPlace()
      const store = await open(place)
      for (let round = 0; round < 3; round++) {
        const begun = flow()
        await store.loginFlows.begin(begun, 100)
        expect(await winsOf(place, 'take', begun)).toBe(1)
      }
      await store.close()
    }, 30_000)

    it('consume() and spend() let exactly one caller of two processes have it (R81, R96)', async () => {
      const place = await newPlace()
      const store = await open(place)
      const token = artifact('RefreshToken')
      await store.authorization.artifacts.save(token, epochSeconds(1))
      expect(await winsOf(place, 'consume', token)).toBe(1)
      expect(await winsOf(place, 'spend', { valueHash: 'jti' })).toBe(1)
      await store.close()
    }, 30_000)

    it('add() of keys and of clients keeps its limit over two processes (R103)', async () => {
      const place = await newPlace()
      const store = await open(place)
      expect(await winsOf(place, 'add-key', { key: signingKey() })).toBe(1)
      expect(await winsOf(place, 'add-client', { client: client(), limit: 7 })).toBe(7)
      const { clients, signingKeys } = store.authorization
      expect(await signingKeys.list()).toHaveLength(1)
      expect(await clients.list()).toHaveLength(7)
      await store.close()
    }, 30_000)

    it('open() has written the session for good when it returns, even if the process is killed (R134)', async () => {
      const place = await newPlace()
      const { child, nextLine, ended } = await startProcess(place, 'write')
      const acknowledged: string[] = []
      for (let count = 0; count < 50; count++) acknowledged.push((await nextLine()) ?? '')
      child.kill('SIGKILL')
      for (let line = await nextLine(); line !== undefined; line = await nextLine()) {
        acknowledged.push(line)
      }
      await ended
      const store = await open(place)
      for (const idHash of acknowledged) {
        expect((await store.sessions.find(idHash))?.idHash).toBe(idHash)
      }
      await store.close()
    }, 30_000)
  })
}
