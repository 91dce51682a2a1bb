import { execFileSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { maxFileBytes, readFile } from '../../../src/config/files.ts'

const folder = mkdtempSync(join(tmpdir(), 'sallyport-files-'))
afterAll(() => rmSync(folder, { recursive: true }))

test('readFile() gives text and permission bits', () => {
  const path = join(folder, 'a.yaml')
  writeFileSync(path, 'realm: bücher\n')
  chmodSync(path, 0o640)
  expect(readFile(path)).toEqual({ kind: 'text', text: 'realm: bücher\n', mode: 0o640 })
})

test('readFile() tells a missing file from one that cannot be used', () => {
  expect(readFile(join(folder, 'gone'))).toEqual({ kind: 'missing' })
  expect(readFile(join(folder, 'a.yaml', 'below'))).toEqual({ kind: 'missing' })
  expect(readFile(folder)).toEqual({ kind: 'unreadable', reason: 'it is not a regular file' })
  expect(readFile(join(folder, '\0'))).toMatchObject({ kind: 'unreadable' })
})

test('readFile() refuses a file that is too large, and takes one that just fits', () => {
  const path = join(folder, 'large')
  writeFileSync(path, 'x'.repeat(maxFileBytes))
  expect(readFile(path)).toMatchObject({ kind: 'text' })
  writeFileSync(path, 'x'.repeat(maxFileBytes + 1))
  expect(readFile(path)).toEqual({ kind: 'unreadable', reason: 'it is larger than 1 MiB' })
})

test('readFile() does not wait for the writer of a pipe', () => {
  const path = join(folder, 'pipe')
  execFileSync('mkfifo', [path])
  expect(readFile(path)).toEqual({ kind: 'unreadable', reason: 'it is not a regular file' })
})
