import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createRecent } from '../../../src/protocol/recent.ts'

describe('createRecent()', () => {
  test('holds at most the limit, and at least the last half of what was put', () => {
    const keys = fc.array(fc.integer({ min: 0, max: 30 }), { maxLength: 100 })
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), keys, (limit, put) => {
        const recent = createRecent<number, string>(limit)
        for (const key of put) recent.put(key, `value ${key}`)
        expect(recent.size()).toBeLessThanOrEqual(Math.max(limit, 2))
        for (const key of put.slice(-Math.floor(limit / 2) || put.length))
          expect(recent.get(key)).toBe(`value ${key}`)
      }),
    )
  })

  test('gives the later of two values of a key', () => {
    const recent = createRecent<string, number>(2)
    recent.put('a', 1)
    recent.put('b', 2)
    recent.put('a', 3)
    expect([recent.get('a'), recent.get('c')]).toEqual([3, undefined])
  })

  test('turn() forgets what was put before the last turn', () => {
    const recent = createRecent<string, number>(10)
    recent.put('a', 1)
    recent.turn()
    recent.put('b', 2)
    expect([recent.get('a'), recent.get('b')]).toEqual([1, 2])
    recent.turn()
    expect([recent.get('a'), recent.get('b')]).toEqual([undefined, 2])
  })

  test('drop() forgets what it names, old and new, and counts it', () => {
    const recent = createRecent<string, number>(10)
    recent.put('a', 1)
    recent.turn()
    recent.put('b', 2)
    recent.put('c', 3)
    expect(recent.drop((value) => value < 3)).toBe(2)
    expect(['a', 'b', 'c'].map(recent.get)).toEqual([undefined, undefined, 3])
  })

  test('clear() forgets all', () => {
    const recent = createRecent<string, number>(10)
    recent.put('a', 1)
    recent.turn()
    recent.put('b', 2)
    recent.clear()
    expect([recent.size(), recent.get('a'), recent.get('b')]).toEqual([0, undefined, undefined])
  })
})
