import { setImmediate as nextTurn } from 'node:timers/promises'
import { afterEach, describe, expect, test } from 'vitest'
import { createUseWriter } from '../../../src/adapters/use-writer.ts'

const stops: (() => void)[] = []
afterEach(() => {
  for (const stop of stops.splice(0)) stop()
})

function start(write: (items: readonly number[]) => Promise<void>) {
  const failures: number[] = []
  const failed = (count: number) => void failures.push(count)
  const writer = createUseWriter({ write, failed, everyMilliseconds: 3_600_000 })
  stops.push(writer.stop)
  const noteMany = (count: number) => {
    for (let item = 0; item < count; item += 1) writer.note(String(item), item)
  }
  return { ...writer, noteMany, failures }
}

describe('flush()', () => {
  test('writes all that was noted, 500 at a time, each once', async () => {
    const written: number[] = []
    const { noteMany, flush } = start(async (items) => void written.push(items.length))
    noteMany(1201)
    await flush()
    await flush()
    expect(written).toEqual([500, 500, 201])
  })

  test('lets others go on between two batches', async () => {
    let turns = 0
    const seen: number[] = []
    const { noteMany, flush } = start(async () => void seen.push(turns))
    noteMany(1500)
    const count = async () => {
      for (; turns < 50; turns += 1) await nextTurn()
    }
    await Promise.all([flush(), count()])
    expect(new Set(seen).size).toBe(3)
  })

  test('waits for what an earlier call still writes, so that nothing is lost at the end', async () => {
    const written: number[] = []
    const { note, flush } = start(async (items) => {
      if (items.includes(1)) note('two', 2)
      await nextTurn()
      written.push(...items)
    })
    note('one', 1)
    void flush()
    await flush()
    expect(written).toEqual([1, 2])
  })

  test('leaves off at a fault, says how many wait, and writes them the next time', async () => {
    let working = 1
    const written: number[] = []
    const { noteMany, flush, failures } = start(async (items) => {
      if (working-- <= 0) throw new Error('down')
      written.push(...items)
    })
    noteMany(1100)
    await flush()
    expect([written.length, failures]).toEqual([500, [600]])
    working = 10
    await flush()
    expect(written.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 1100 }, (_, at) => at))
  })
})
