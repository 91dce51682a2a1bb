// What the tests of the SQL store share.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'

/** Paths of databases that are not there yet, in a folder that is removed after the test file. */
export function temporaryFiles(): () => string {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-sql-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  let count = 0
  return () => join(folder, String(++count), 'sallyport.sqlite')
}
