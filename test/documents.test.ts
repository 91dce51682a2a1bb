// Do the documents still say what is so? Guides that nothing checks drift.

import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import manifest from '../package.json' with { type: 'json' }
import { commands } from '../src/cli/arguments.ts'
import { settingsTable } from '../src/config/reference.ts'
import { compatibilityTable, markers } from './e2e/support/mcp-compatibility.ts'

const root = join(import.meta.dirname, '..')
const read = (path: string) => readFileSync(join(root, path), 'utf8')

const documents = [
  '*.md',
  '.github/**/*.md',
  'src/**/*.md',
  'test/**/*.md',
  'nginx/*.md',
  'traefik/*.md',
  'deploy/**/*.md',
].flatMap((pattern) => globSync(pattern, { cwd: root }))

/** Relative targets of links, without fragment. */
const linksOf = (text: string): readonly string[] =>
  [...text.matchAll(/\]\(([^)\s#]+)[^)]*\)/g)]
    .map((match) => match[1] ?? '')
    .filter((target) => !/^[a-z]+:/.test(target))

test('README.md holds the settings table that the schema gives', () => {
  const [, table] =
    /<!-- settings:start -->\n([\s\S]*?)<!-- settings:end -->/.exec(read('README.md')) ?? []
  expect(table?.trim()).toBe(settingsTable().trim())
})

test('README.md lists the MCP clients in the versions that the end-to-end tests install', () => {
  const [start, end] = markers
  const table = read('README.md').split(start)[1]?.split(end)[0] ?? ''
  const [date = 'no date'] = /(?<= )20\d\d-[01]\d-[0-3]\d(?= \|$)/m.exec(table) ?? []
  expect(table).toBe(compatibilityTable(date))
})

test('every relative link of a document leads somewhere', () => {
  const broken = documents.flatMap((path) =>
    linksOf(read(path))
      .filter((target) => !existsSync(join(root, dirname(path), target)))
      .map((target) => `${path}: ${target}`),
  )
  expect(documents.length).toBeGreaterThan(4)
  expect(broken).toEqual([])
})

test('src/README.md names only files of src that are there', () => {
  const named = [...read('src/README.md').matchAll(/`([a-z-]+\/[a-z/-]+\.ts)`/g)].map(
    (match) => match[1] ?? '',
  )
  const gone = named.filter(
    (path) => !existsSync(join(root, 'src', path)) && !existsSync(join(root, path)),
  )
  expect(named.length).toBeGreaterThan(10)
  expect(gone).toEqual([])
})

test('every npm script that a document tells people to run exists', () => {
  const { scripts } = JSON.parse(read('package.json'))
  const told = documents.flatMap((path) =>
    [...read(path).matchAll(/npm run (?:--silent )?([a-z][\w:]*)/g)].map((match) => match[1] ?? ''),
  )
  expect(told.length).toBeGreaterThan(3)
  expect(told.filter((name) => !Object.hasOwn(scripts, name))).toEqual([])
})

test('README.md says how to get the command, and tells of none that does not exist', () => {
  const text = read('README.md')
  expect(text).toContain(`npm pack && npm install -g ./${manifest.name}-${manifest.version}.tgz`)
  const told = [...text.matchAll(/(?:^|`|\$\()sallyport ([a-z][a-z-]*)/gm)].map(([, name]) => name)
  expect(told.length).toBeGreaterThan(15)
  expect(told.filter((name) => !commands.some((known) => known === name))).toEqual([])
})

test('src/README.md says where each command is', () => {
  const [row = ''] = /^\| a command \|.*$/m.exec(read('src/README.md')) ?? []
  const named = [...row.matchAll(/`([a-z-]+)`/g)].map(([, name]) => name)
  const own = commands.filter((name) => name !== 'help' && name !== 'version')
  expect(new Set(named)).toEqual(new Set<string | undefined>(own))
})
