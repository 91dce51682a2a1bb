import { expect, test } from 'vitest'
import { countTests, formatCounts } from '../../support/test-counts.ts'

const report = (passed: number, failed: number, pending = 0, todo = 0) =>
  JSON.stringify({
    numTotalTests: passed + failed + pending + todo,
    numPassedTests: passed,
    numFailedTests: failed,
    numPendingTests: pending,
    numTodoTests: todo,
  })

const green = { status: 0, report: report(10, 0) }

test.each([
  ['sums several runs', [green, { status: 0, report: report(5, 0, 2, 1) }], [15, 0, 3]],
  ['keeps failed tests', [green, { status: 1, report: report(3, 2) }], [13, 2, 0]],
  [
    'counts a run without a report as failed',
    [green, { status: 1, report: undefined }],
    [10, 1, 0],
  ],
  ['counts a broken report as failed', [green, { status: 0, report: '{"numTotal' }], [10, 1, 0]],
  ['counts a foreign report as failed', [green, { status: 0, report: '{"tests":3}' }], [10, 1, 0]],
  ['counts a run of no tests as failed', [green, { status: 0, report: report(0, 0) }], [10, 1, 0]],
  ['counts a file that did not load as failed', [{ status: 1, report: report(9, 0) }], [9, 1, 0]],
  ['counts no run at all as failed', [], [0, 1, 0]],
] as const)('countTests() %s', (_, runs, [passed, failed, skipped]) => {
  expect(countTests(runs)).toEqual({ passed, failed, skipped })
})

test('formatCounts() writes the line that the pipeline reads', () => {
  expect(formatCounts({ passed: 3, failed: 0, skipped: 1 })).toBe(
    'tests: 3 passed, 0 failed, 1 skipped',
  )
})
