// How many tests passed, failed and were left out, over several vitest runs? The last line of `.ci/run`.
// `node test/support/test-counts.ts <status>:<result file> ...`, the status being the exit code of that run.

import { readFileSync } from 'node:fs'
import { z } from 'zod'

/** One run: its exit code, and its JSON report as text, undefined when there is none. */
export type Run = { readonly status: number; readonly report: string | undefined }

export type Counts = { readonly passed: number; readonly failed: number; readonly skipped: number }

const count = z.number().int().nonnegative()
const reportSchema = z.object({
  numTotalTests: count,
  numPassedTests: count,
  numFailedTests: count,
  numPendingTests: count,
  numTodoTests: count,
})

function parseReport(report: string | undefined) {
  try {
    return reportSchema.safeParse(JSON.parse(report ?? '')).data
  } catch {
    return undefined
  }
}

/**
 * Counts one run. A run without a report, without a single test, or that ended badly although no test of it
 * failed (a file that could not be loaded, an error between tests) counts as one failure.
 */
function countRun({ status, report }: Run): Counts {
  const numbers = parseReport(report)
  if (numbers === undefined) return { passed: 0, failed: 1, skipped: 0 }
  const failed = numbers.numFailedTests
  const silent = failed === 0 && (status !== 0 || numbers.numTotalTests === 0)
  return {
    passed: numbers.numPassedTests,
    failed: silent ? 1 : failed,
    skipped: numbers.numPendingTests + numbers.numTodoTests,
  }
}

/** The sums over all runs; no run at all is a failure. */
export function countTests(runs: readonly Run[]): Counts {
  const none: Counts = { passed: 0, failed: runs.length === 0 ? 1 : 0, skipped: 0 }
  return runs.map(countRun).reduce(
    (sum, one) => ({
      passed: sum.passed + one.passed,
      failed: sum.failed + one.failed,
      skipped: sum.skipped + one.skipped,
    }),
    none,
  )
}

/** `tests: 3 passed, 0 failed, 1 skipped` */
export const formatCounts = ({ passed, failed, skipped }: Counts): string =>
  `tests: ${passed} passed, ${failed} failed, ${skipped} skipped`

function readRun(argument: string): Run {
  const at = argument.indexOf(':')
  const status = Number.parseInt(argument.slice(0, at), 10)
  try {
    return { status, report: readFileSync(argument.slice(at + 1), 'utf8') }
  } catch {
    return { status, report: undefined }
  }
}

if (import.meta.main) {
  const counts = countTests(process.argv.slice(2).map(readRun))
  console.log(formatCounts(counts))
  process.exitCode = counts.failed === 0 ? 0 : 1
}
