import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Demand, missingNeeds, strictest } from '../../../src/protocol/assurance.ts'
import { epochSeconds, seconds } from '../../../src/protocol/time.ts'

const now = epochSeconds(10_000)
const at = epochSeconds
const hour = seconds(3600)

describe('missingNeeds()', () => {
  test.each([
    ['nothing is asked for', {}, undefined, []],
    ['nothing is asked for of two factors', {}, { factors: 2 }, []],
    ['two factors were shown', { factor: 2 }, { factors: 2 }, []],
    ['one factor was shown', { factor: 2 }, { factors: 1 }, ['factor']],
    ['nobody says how many factors', { factor: 2 }, {}, ['factor']],
    ['nothing is known at all', { factor: 2, maxAge: hour }, undefined, ['factor', 'fresh']],
    ['it is just recent enough', { maxAge: hour }, { authenticatedAt: at(6400) }, []],
    ['it is a second too old', { maxAge: hour }, { authenticatedAt: at(6399) }, ['fresh']],
    ['their clock is a little ahead', { maxAge: hour }, { authenticatedAt: at(10_060) }, []],
    ['it is to come', { maxAge: hour }, { authenticatedAt: at(10_061) }, ['fresh']],
    ['nobody says when', { maxAge: hour }, { factors: 2 }, ['fresh']],
    [
      'two factors are too old',
      { factor: 2, maxAge: hour },
      { factors: 2, authenticatedAt: at(1) },
      ['fresh'],
    ],
  ] as const)('names what is missing when %s (RFC 9470 §5)', (_, demand, assurance, missing) => {
    expect(missingNeeds(demand, assurance, now)).toEqual(missing)
  })
})

const someDemand = fc.record(
  { factor: fc.constant(2 as const), maxAge: fc.nat(20_000).map(seconds) },
  { requiredKeys: [] },
)
const someAssurance = fc.record(
  { factors: fc.constantFrom(1 as const, 2 as const), authenticatedAt: fc.nat(10_000).map(at) },
  { requiredKeys: [] },
)

describe('strictest()', () => {
  test('asks for nothing when no demand does', () => {
    expect(strictest(undefined, {}, undefined)).toBeUndefined()
  })

  test('is met exactly when all demands are', () => {
    fc.assert(
      fc.property(someDemand, someDemand, someAssurance, (one, other, assurance) => {
        const meets = (demand: Demand) => missingNeeds(demand, assurance, now).length === 0
        expect(meets(strictest(one, other) ?? {})).toBe(meets(one) && meets(other))
      }),
    )
  })
})
