import { expect, test } from 'vitest'
import { compatibilityTitle } from '../../e2e/support/mcp-compatibility.ts'
import { pinnedVersion } from '../../e2e/support/mcp-installation.ts'
import { formatClientTable } from '../../support/client-table.ts'

const counts = { passed: 3, failed: 0, skipped: 0 }

test('formatClientTable() is empty when no client was looked at', () => {
  expect(formatClientTable([], '2026-11-21')).toBe('')
  expect(formatClientTable([{ name: 'nginx 1.22.1', ...counts }], '2026-11-21')).toBe('')
})

test("formatClientTable() has a line for each client in the README's order, with version and result", () => {
  const table = formatClientTable(
    [
      { name: compatibilityTitle('python'), ...counts, failed: 1 },
      { name: compatibilityTitle('sdk-1'), ...counts },
    ],
    '2026-11-21',
  )
  const [head, ...lines] = table.split('\n').map((line) => line.split(/ {2,}/))
  const rest = ['registers itself', '2026-11-21']
  expect(head).toEqual(['client', 'version', 'known to Sallyport', 'date', 'result'])
  expect(lines).toEqual([
    ['TypeScript SDK', pinnedVersion('@modelcontextprotocol/sdk'), ...rest, '3 passed'],
    ['Python SDK', pinnedVersion('mcp'), ...rest, '1 of 4 failed'],
  ])
})

test('pinnedVersion() throws when nothing pins the package', () => {
  expect(() => pinnedVersion('left-pad')).toThrow('does not pin "left-pad"')
})
