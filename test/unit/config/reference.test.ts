import { expect, test } from 'vitest'
import { catalogue } from '../../../src/config/catalogue.ts'
import { oldNames } from '../../../src/config/mcpauth-names.ts'
import { settingsTable, withSettingsTable } from '../../../src/config/reference.ts'
import { sections } from '../../../src/config/sections.ts'

test('settingsTable() has a row for every setting and every old name', () => {
  const table = settingsTable()
  for (const { path, variable, flag } of catalogue)
    if (!Object.hasOwn(sections, path))
      expect(table).toContain(`| \`${path}\` | \`${variable}\` | \`--${flag}\` |`)
  for (const { name, variable, flag } of oldNames) {
    if (variable) expect(table).toContain(`\`${name}\``)
    if (flag !== undefined) expect(table).toContain(`\`-${flag}\``)
  }
})

test('settingsTable() gives every row of a table the same number of cells', () => {
  const tables = settingsTable()
    .split('\n\n')
    .filter((block) => block.startsWith('|'))
  expect(tables.length).toBeGreaterThan(4)
  for (const table of tables) {
    const widths = new Set(
      table
        .trim()
        .split('\n')
        .map((line) => line.split(/(?<!\\)\|/).length),
    )
    expect(widths.size).toBe(1)
  }
})

test('every setting has a meaning, a variable and a flag of its own', () => {
  for (const { meaning } of catalogue) expect(meaning).not.toBe('')
  expect(new Set(catalogue.map(({ variable }) => variable)).size).toBe(catalogue.length)
  expect(new Set(catalogue.map(({ flag }) => flag)).size).toBe(catalogue.length)
})

test('withSettingsTable() replaces what is between the markers, and nothing else', () => {
  const document = 'a\n<!-- settings:start -->\nold\n<!-- settings:end -->\nb\n'
  const updated = withSettingsTable(document) ?? ''
  expect(updated).toBe(`a\n<!-- settings:start -->\n${settingsTable()}<!-- settings:end -->\nb\n`)
  expect(withSettingsTable(updated)).toBe(updated)
  expect(withSettingsTable('no markers')).toBeUndefined()
})
