// Does the source tree keep the rules of src/README.md? Each rule is also shown to notice a breach.

import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { sourceBreaches } from './support/source-rules.ts'

const root = join(import.meta.dirname, '..')
const read = (path: string) => readFileSync(join(root, path), 'utf8')

const files = globSync('**/*.ts', { cwd: join(root, 'src') })
  .sort()
  .map((path) => ({ path, text: read(`src/${path}`) }))

const versions = z.record(z.string(), z.string())
const manifest = z
  .object({ dependencies: versions, devDependencies: versions })
  .parse(JSON.parse(read('package.json')))
const lock = z
  .object({
    packages: z.record(
      z.string(),
      z.object({ dev: z.boolean().optional(), hasInstallScript: z.boolean().optional() }),
    ),
  })
  .parse(JSON.parse(read('package-lock.json')))

test('sourceBreaches() finds nothing in src', () => {
  expect(files.length).toBeGreaterThan(0)
  expect(sourceBreaches(files)).toEqual([])
})

const header = '// Which question?\n'

const breaking: readonly (readonly [string, string, string])[] = [
  ['protocol/a.ts', "import type { Log } from '../ports/runtime.ts'", 'must not import ports'],
  ['protocol/a.ts', "import { readFileSync } from 'node:fs'", 'must not import readFileSync'],
  ['protocol/a.ts', "import { randomBytes } from 'node:crypto'", 'must not import randomBytes'],
  ['protocol/a.ts', "import * as crypto from 'node:crypto'", 'must not import * of node:crypto'],
  ['protocol/a.ts', 'export const f = () => Date.now()', 'must not use Date'],
  ['access/a.ts', 'export const f = () => new Date()', 'must not use Date'],
  ['access/a.ts', 'export const f = () => ({ fetch })', 'must not use fetch'],
  [
    'access/a.ts',
    "export const f = () => import('../adapters/clock.ts')",
    'must not import adapters',
  ],
  ['access/a.ts', "export { page } from '../http/reply.ts'", 'must not import http/reply.ts'],
  ['ports/a.ts', "import type { Decision } from '../access/decide.ts'", 'must not import access'],
  [
    'adapters/sql/a.ts',
    "import type { Rule } from '../../access/rules.ts'",
    'must not import access',
  ],
  ['http/a.ts', "import { openStore } from '../adapters/sql/open.ts'", 'must not import adapters'],
  ['http/a.ts', "import type { Settings } from '../config/settings.ts'", 'must not import config'],
  ['pages/a.ts', "import { page } from '../http/reply.ts'", 'must not import http'],
  [
    'config/a.ts',
    "import { openStore } from '../adapters/sql/open.ts'",
    'must not import adapters',
  ],
  ['app.ts', "import { openStore } from './adapters/sql/open.ts'", 'must not import adapters'],
  ['cli/a.ts', "import { start } from '../main.ts'", 'must not import main.ts'],
  ['shared/a.ts', 'export const a = 1', 'no folder of the map'],
  ['http/a.ts', 'export const f = () => Math.random()', 'Math.random'],
  ['http/a.ts', 'export const f = () => process.pid', 'process belongs to'],
  ['adapters/a.ts', "export const f = () => console.log('x')", 'console belongs to'],
  ['http/a.ts', 'export default 1', 'a default export'],
  ['http/a.ts', 'export const f = (a: any) => a', 'any'],
  ['http/a.ts', 'export const f = (a: string[]) => a[0]!', 'a non-null assertion'],
  ['http/a.ts', 'export const f = (a: string) => a as unknown as number', 'a double cast'],
  ['http/a.ts', 'export enum Kind { one }', 'an enum'],
  ['http/a.ts', 'export const f = () => new Response(null)', 'builds a Response'],
  ['app.ts', 'export const f = () => Response.json({})', 'builds a Response'],
  ['app.ts', 'export const f = (r) => r.setHeader("a", "b")', 'write below the framework'],
  ['http/a.ts', 'export const f = (c) => c.html("x")', 'builds a Response'],
  ['http/listeners.ts', 'export const f = () => new Response(null)', 'builds a Response'],
  ['adapters/a.ts', "import { createHmac } from 'node:crypto'", 'signed and verified by jose'],
  ['adapters/a.ts', "import * as crypto from 'node:crypto'", 'signed and verified by jose'],
  ['http/session-utils.ts', 'export const a = 1', 'says nothing'],
  ['http/sessionCookie.ts', 'export const a = 1', 'not kebab-case'],
]

test.each(breaking)('sourceBreaches() names the breach when %s holds %j', (path, text, breach) => {
  expect(sourceBreaches([{ path, text: `${header}${text}\n` }]).join('\n')).toContain(breach)
})

test('sourceBreaches() names a file that does not say which question it answers', () => {
  const breaches = sourceBreaches([{ path: 'http/a.ts', text: 'export const a = 1\n' }])
  expect(breaches).toEqual([expect.stringContaining('which question it answers')])
})

test('sourceBreaches() names a file that is longer than the ceiling', () => {
  const text = `${header}${'\n'.repeat(250)}`
  expect(sourceBreaches([{ path: 'http/a.ts', text }])).toEqual([
    'http/a.ts: 251 lines, the ceiling is 250',
  ])
})

test('sourceBreaches() finds an import cycle, type imports included', () => {
  const cycle = [
    { path: 'http/a.ts', text: `${header}import type { B } from './b.ts'\n` },
    { path: 'http/b.ts', text: `${header}import { a } from './a.ts'\n` },
  ]
  expect(sourceBreaches(cycle)).toEqual([
    'http/a.ts: import cycle http/a.ts -> http/b.ts -> http/a.ts',
  ])
})

test('sourceBreaches() finds nothing when a pure file uses the names of types and keys only', () => {
  const text = `${header}import { timingSafeEqual } from 'node:crypto'
import type { EpochSeconds } from './time.ts'
export type Moment = { readonly Date: EpochSeconds; readonly at: Date }
export const f = (answer: { readonly fetch: string }) => [answer.fetch, { Date: 1 }, timingSafeEqual]
`
  expect(sourceBreaches([{ path: 'protocol/a.ts', text }])).toEqual([])
})

/** Packages that `src` imports at run time. */
const imported = new Set(
  files
    .flatMap(({ text }) => [...text.matchAll(/\b(?:from\s+|import\s*\(?\s*)'([^'.][^']*)'/g)])
    .map((match) => match[1] ?? '')
    .filter((name) => name !== '' && !name.startsWith('node:'))
    .map((name) =>
      name
        .split('/')
        .slice(0, name.startsWith('@') ? 2 : 1)
        .join('/'),
    ),
)

test('package.json names at most 16 run-time dependencies, each pinned, used and explained (R147)', () => {
  const names = Object.keys(manifest.dependencies)
  expect(names.length).toBeLessThanOrEqual(16)
  const map = read('src/README.md')
  expect(names.filter((name) => !map.includes(`\`${name}\``))).toEqual([])
  expect(names.filter((name) => !imported.has(name))).toEqual([])
  expect([...imported].filter((name) => !names.includes(name))).toEqual([])
  const all = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies })
  expect(all.filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([])
})

test('package-lock.json brings no install script into production but the SQLite binding (R147)', () => {
  const scripted = Object.entries(lock.packages).filter(
    ([, one]) => one.hasInstallScript === true && one.dev !== true,
  )
  expect(
    scripted.map(([path]) => path).filter((path) => path !== 'node_modules/better-sqlite3'),
  ).toEqual([])
})

test('test files are never skipped, focused or left to do', () => {
  const marked = globSync('**/*.test.ts', { cwd: import.meta.dirname }).filter((path) =>
    /\b(?:test|it|describe)\.(?:skip|only|todo)\b/.test(read(`test/${path}`)),
  )
  expect(marked).toEqual([])
})
