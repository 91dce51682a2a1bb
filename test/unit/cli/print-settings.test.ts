import { expect, test } from 'vitest'
import { printSettings } from '../../../src/cli/print-settings.ts'
import { settingsTable } from '../../../src/config/reference.ts'

function run(rest: readonly string[], files: Record<string, string> = {}) {
  const out: string[] = []
  const err: string[] = []
  const written = new Map<string, string>()
  const code = printSettings(rest, {
    print: (line) => out.push(line),
    printError: (line) => err.push(line),
    readText: (path) => files[path] ?? '',
    writeText: (path, text) => written.set(path, text),
  })
  return { code, out, err, written }
}

test('printSettings() prints the reference', () => {
  expect(run([])).toMatchObject({ code: 0, out: [settingsTable().trimEnd()], err: [] })
})

test.each([
  [['--write'], 'README.md'],
  [['--write', 'docs.md'], 'docs.md'],
])('printSettings() puts it into the file of %j', (rest, path) => {
  const document = 'x <!-- settings:start --> <!-- settings:end --> y'
  const { code, written } = run(rest, { [path]: document })
  expect(code).toBe(0)
  expect(written.get(path)).toContain(settingsTable())
})

test('printSettings() changes nothing when there are no markers or other arguments', () => {
  for (const rest of [['--write'], ['--nonsense'], ['--write', 'a', 'b']]) {
    const { code, err, written } = run(rest, { 'README.md': 'none' })
    expect(code).toBe(1)
    expect(err).toHaveLength(1)
    expect(written.size).toBe(0)
  }
})
