import { expect, test } from 'vitest'
import {
  exitCodeOf,
  formatFinding,
  notChecked,
  ok,
  warning,
  wrong,
} from '../../../../src/cli/doctor/finding.ts'

test('exitCodeOf() is 1 when something is wrong, and only then', () => {
  expect(exitCodeOf([])).toBe(0)
  expect(exitCodeOf([ok('a'), warning('b'), notChecked('c')])).toBe(0)
  expect(exitCodeOf([ok('a'), wrong('b'), ok('c')])).toBe(1)
})

test.each([
  [ok('a'), 'ok: a'],
  [warning('a'), 'warning: a'],
  [notChecked('a'), 'not checked: a'],
  [wrong('a\r\nok: all is well\u001b[2K\u2028\u202eb'), 'wrong: a ok: all is well [2K b'],
])('formatFinding() is one line of printable text: %j', (finding, line) => {
  expect(formatFinding(finding)).toBe(line)
})
