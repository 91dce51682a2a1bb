import { expect, test } from 'vitest'
import { formatTable } from '../../../src/cli/table.ts'

test.each([
  ['no rows', [], []],
  ['a heading alone', [['ID', 'NAME']], ['ID  NAME']],
  [
    'cells of several lengths, without spaces at the end',
    [
      ['ID', 'NAME', 'USED'],
      ['longer', 'a', '-'],
      ['b', 'also longer', 'today'],
    ],
    ['ID      NAME         USED', 'longer  a            -', 'b       also longer  today'],
  ],
])('formatTable() aligns %s', (_, rows, lines) => {
  expect(formatTable(rows)).toEqual(lines)
})
