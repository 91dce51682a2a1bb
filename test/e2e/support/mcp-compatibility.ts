// Which MCP clients are really run, in which version and known to Sallyport in which way? The rows of the table in
// the README and of the one that the end-to-end tests print. `node test/e2e/support/mcp-compatibility.ts` writes
// the README's anew, with today's date: after a green run.

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pinnedVersion } from './mcp-installation.ts'

export type CompatibilityRow = {
  readonly client: string
  readonly version: string
  /** How Sallyport gets to know the client. */
  readonly registration: string
  /** What was run. */
  readonly run: string
}

const registers = 'registers itself'
const document = 'client-id document'
const known = 'in the configuration'

const typescript1 = { client: 'TypeScript SDK', package: '@modelcontextprotocol/sdk' }
const typescript2 = { client: 'TypeScript SDK', package: '@modelcontextprotocol/client' }
const inspectorPackage = '@modelcontextprotocol/inspector'
const inspector = { client: 'MCP Inspector, command line', package: inspectorPackage }
const suite = '@modelcontextprotocol/conformance'

const steps = 'step-up by scope'

/** In the order of the table. The names are for the tests. */
const rows = {
  'sdk-2025-03': {
    client: 'TypeScript SDK',
    package: 'mcp-sdk-2025-03',
    registration: registers,
    run: '2025-03-26 with sessions, which finds Sallyport at the MCP server, and HTTP+SSE',
  },
  'sdk-1': {
    ...typescript1,
    registration: registers,
    run: `2025-11-25 stateless, with sessions, HTTP+SSE; ${steps} (without a refresh token)`,
  },
  'sdk-2': {
    ...typescript2,
    registration: registers,
    run: `2026-07-28, 2025-11-25 with sessions, HTTP+SSE; ${steps}`,
  },
  'sdk-2-document': { ...typescript2, registration: document, run: '2026-07-28' },
  'sdk-2-dpop': { ...typescript2, registration: `${registers}, DPoP`, run: '2026-07-28' },
  python: {
    client: 'Python SDK',
    package: 'mcp',
    registration: registers,
    run: `2026-07-28, 2025-11-25 with sessions; ${steps}`,
  },
  'mcp-remote': {
    client: 'mcp-remote',
    package: 'mcp-remote',
    registration: registers,
    run: '2025-11-25 with sessions, HTTP+SSE, from a stdio host',
  },
  inspector: { ...inspector, registration: registers, run: '2025-11-25, 2026-07-28' },
  'inspector-known': { ...inspector, registration: known, run: '2025-11-25' },
  'inspector-web': {
    client: 'MCP Inspector, web',
    package: inspectorPackage,
    registration: registers,
    run: '2025-11-25, in Chromium',
  },
  'suite-authorization': {
    client: 'MCP conformance suite, authorization server',
    package: suite,
    registration: registers,
    run: '3 of 3 checks',
  },
  'suite-server': {
    client: 'MCP conformance suite, MCP server',
    package: suite,
    registration: registers,
    run: '2025-11-25 and 2026-07-28: the same through the gate as without it',
  },
} as const

export type CompatibilityName = keyof typeof rows

export const compatibilityRow = (name: CompatibilityName): CompatibilityRow => {
  const { client, package: from, registration, run } = rows[name]
  return { client, version: pinnedVersion(from), registration, run }
}

export const compatibilityNames = Object.keys(rows).filter(
  (name): name is CompatibilityName => name in rows,
)

const separator = ' · '

/** The name of the tests of a row; `parseTitle` reads it again. */
export const compatibilityTitle = (name: CompatibilityName): string => {
  const { client, version, registration } = compatibilityRow(name)
  return [client, version, registration].join(separator)
}

/** The columns of a row, from the name of its tests. */
export const parseTitle = (title: string): readonly string[] => title.split(separator)

const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`

/** The table for the README. */
export function compatibilityTable(date: string): string {
  const head = ['Client', 'Version', 'Known to Sallyport', 'Run', 'Date']
  const body = compatibilityNames.map((name) => {
    const { client, version, registration, run } = compatibilityRow(name)
    return line([client, version, registration, run, date])
  })
  return [line(head), line(head.map(() => '---')), ...body].join('\n')
}

/** The README's table stands between these. */
export const markers = ['<!-- clients:start -->\n', '\n<!-- clients:end -->'] as const

if (import.meta.main) {
  const path = join(import.meta.dirname, '../../../README.md')
  const readme = readFileSync(path, 'utf8')
  const [start, end] = markers
  const [before, rest = ''] = readme.split(start)
  const [, after] = rest.split(end)
  if (after === undefined) throw new Error(`README.md has no "${start.trim()}"`)
  const date = new Date().toISOString().slice(0, 10)
  writeFileSync(path, [before, start, compatibilityTable(date), end, after].join(''))
}
