// Which MCP clients did the end-to-end tests run, and how did each do? Printed when they are over.

import type { TestProject } from 'vitest/node'
import {
  compatibilityNames,
  compatibilityTitle,
  parseTitle,
} from '../e2e/support/mcp-compatibility.ts'
import { countSuite, formatColumns, type ProxyRow } from './proxy-table.ts'

const columns = ['client', 'version', 'known to Sallyport', 'date', 'result'] as const

const resultOf = ({ passed, failed, skipped }: ProxyRow): string => {
  if (failed > 0) return `${failed} of ${passed + failed} failed`
  return skipped > 0 ? `${passed} passed, ${skipped} skipped` : `${passed} passed`
}

/**
 * The rows as a table, in the order of the README's; empty when no client was looked at.
 *
 * @param rows of the groups with the titles of `compatibilityTitle`; others are left out
 * @param date of the run
 */
export function formatClientTable(rows: readonly ProxyRow[], date: string): string {
  const lines = compatibilityNames.flatMap((name) => {
    const title = compatibilityTitle(name)
    return rows
      .filter((row) => row.name === title)
      .map((row) => [...parseTitle(title), date, resultOf(row)])
  })
  return lines.length === 0 ? '' : formatColumns([columns, ...lines])
}

/** Global set-up of the end-to-end project; what it answers runs after the last test. */
export function setup({ vitest }: TestProject): () => void {
  return () => {
    const rows = vitest.state
      .getTestModules()
      .filter(({ moduleId }) => /\/e2e\/mcp-[a-z-]+\.test\.ts$/.test(moduleId))
      .flatMap((module) => [...module.children.suites()].map((suite) => countSuite(module, suite)))
    const table = formatClientTable(rows, new Date().toISOString().slice(0, 10))
    if (table !== '') console.log(`\n${table}`)
  }
}
