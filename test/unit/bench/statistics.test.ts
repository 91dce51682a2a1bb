import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Goal, judge, median, pairwise, quantile } from '../../bench/statistics.ts'

test.each([
  [[3], 3],
  [[3, 1, 2], 2],
  [[4, 1, 3, 2], 2.5],
  [[10, 9, 1000], 10],
])('median() of %j is %d', (values, middle) => {
  expect(median(values)).toBe(middle)
})

test('median() throws when there is nothing to measure', () => {
  expect(() => median([])).toThrow('No values')
})

test('median() has as many values below as above when values differ', () => {
  const distinct = fc.uniqueArray(fc.integer(), { minLength: 1 })
  fc.assert(
    fc.property(distinct, (values) => {
      const middle = median(values)
      const below = values.filter((value) => value < middle).length
      expect(values.filter((value) => value > middle).length).toBe(below)
    }),
  )
})

test('quantile() takes the nearest rank when the share falls between two values', () => {
  const hundred = Array.from({ length: 100 }, (_, index) => 100 - index)
  expect([quantile(hundred, 0.5), quantile(hundred, 0.99), quantile(hundred, 1)]).toEqual([
    50, 99, 100,
  ])
  expect(() => quantile([], 0.5)).toThrow('No values')
})

test('pairwise() compares rounds with the same number when both sides are noisy together', () => {
  expect(pairwise([90, 45], [100, 50], (one, other) => one / other)).toEqual([0.9, 0.9])
  expect(() => pairwise([1], [], (one) => one)).toThrow('the same rounds')
})

const more: Goal = { id: 'a', work: '', unit: 'ratio', floor: 0.7, goal: 0.9, higherIsBetter: true }
const less: Goal = { id: 'b', work: '', unit: 'MiB', floor: 100, goal: 65, higherIsBetter: false }

test.each([
  [more, 0.9, 'goal'],
  [more, 0.89, 'floor'],
  [more, 0.7, 'floor'],
  [more, 0.69, 'below floor'],
  [less, 65, 'goal'],
  [less, 66, 'floor'],
  [less, 100, 'floor'],
  [less, 101, 'below floor'],
] as const)('judge() reads %o with %d as "%s"', (goal, value, verdict) => {
  expect(judge(goal, value)).toBe(verdict)
})
