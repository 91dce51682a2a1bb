import { expect, test } from 'vitest'
import { formatProxyTable } from '../../support/proxy-table.ts'

test('formatProxyTable() has a line for each proxy, its version apart', () => {
  const table = formatProxyTable([
    { name: 'nginx 1.22.1', passed: 222, failed: 0, skipped: 0 },
    { name: 'nginx 1.22.1, one host for everything', passed: 11, failed: 1, skipped: 0 },
    { name: 'Traefik not installed', passed: 0, failed: 0, skipped: 222 },
  ])
  expect(table).toBe(`proxy                           version  passed  failed  skipped
nginx                           1.22.1   222     0       0
nginx, one host for everything  1.22.1   11      1       0
Traefik not installed                    0       0       222`)
})

test('formatProxyTable() is empty when no proxy was looked at', () => {
  expect(formatProxyTable([])).toBe('')
})
