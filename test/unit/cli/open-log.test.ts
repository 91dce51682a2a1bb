import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'

test.each([
  ['exits', 'process.exit(3)', 3],
  ['throws', 'throw new Error("x")', 1],
  ['has nothing left to do', '', 0],
])('openLog() writes the last lines of a process that %s', (_, end, code) => {
  const file = join(import.meta.dirname, '../../../src/cli/open-log.ts')
  const program = `import { openLog } from ${JSON.stringify(file)}
    const log = openLog('info')
    log.info('first')
    log.info('last')
    ${end}`
  const { stdout, status } = spawnSync(
    process.execPath,
    ['--input-type=module', '--eval', program],
    { encoding: 'utf8' },
  )
  expect(status).toBe(code)
  const events = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line).event)
  expect(events).toEqual(['first', 'last'])
})
