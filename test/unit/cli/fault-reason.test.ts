import { expect, test } from 'vitest'
import { reasonOf } from '../../../src/cli/fault-reason.ts'

test.each([
  ['a fault', new Error('refused'), 'refused'],
  ['a fault for each address', new AggregateError([new Error('a'), new Error('b')], 'all'), 'a; b'],
  ['what is no fault', 'odd', 'odd'],
])('reasonOf() puts %s into words', (_, fault, words) => {
  expect(reasonOf(fault)).toBe(words)
})
