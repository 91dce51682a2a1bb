// Which proxies did the end-to-end tests run, and how did each do? Printed when they are over.

import type { TestModule, TestProject, TestSuite } from 'vitest/node'

export type ProxyRow = {
  /** With the version at its end, when there is one. */
  readonly name: string
  readonly passed: number
  readonly failed: number
  readonly skipped: number
}

/** Test files whose top-level groups are a proxy each. */
const proxyFile = /\/e2e\/(?:nginx|caddy|haproxy|traefik|envoy)[a-z-]*\.test\.ts$/

const columns = ['proxy', 'version', 'passed', 'failed', 'skipped'] as const

/** Lines of cells, one below the other. */
export function formatColumns(lines: readonly (readonly string[])[]): string {
  const [head = []] = lines
  const widths = head.map((_, at) => Math.max(...lines.map((line) => line[at]?.length ?? 0)))
  return lines
    .map((line) => line.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join('  '))
    .map((line) => line.trimEnd())
    .join('\n')
}

/** The rows as a table; empty when no proxy was looked at. */
export function formatProxyTable(rows: readonly ProxyRow[]): string {
  if (rows.length === 0) return ''
  const cells = rows.map(({ name, passed, failed, skipped }) => {
    const [, proxy = name, version = '', variant = ''] =
      /^(.*?) (v?\d[\w.-]*)(,.*)?$/.exec(name) ?? []
    return [proxy + variant, version, String(passed), String(failed), String(skipped)]
  })
  return formatColumns([columns, ...cells])
}

/** How the tests of a top-level group did. */
export function countSuite(module: TestModule, suite: TestSuite): ProxyRow {
  const count = (state: 'passed' | 'failed' | 'skipped') =>
    [...suite.children.allTests(state)].length
  // Checks that were never reached because the stage did not start are no skips.
  const broken = [...module.errors(), ...suite.errors()].length > 0
  return {
    name: suite.name,
    passed: count('passed'),
    failed: count('failed') + (broken ? count('skipped') : 0),
    skipped: broken ? 0 : count('skipped'),
  }
}

/** Global set-up of the end-to-end project; what it answers runs after the last test. */
export function setup({ vitest }: TestProject): () => void {
  return () => {
    const rows = vitest.state
      .getTestModules()
      .filter((module) => proxyFile.test(module.moduleId))
      .flatMap((module) => [...module.children.suites()].map((suite) => countSuite(module, suite)))
      .sort((a, b) => a.name.localeCompare(b.name, 'en'))
    const table = formatProxyTable(rows)
    if (table !== '') console.log(`\n${table}`)
  }
}
