import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { readOrCreateSecret, SecretFileFault } from '../../../src/adapters/secret-file.ts'

let directory = ''
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sallyport-secret-'))
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

const file = () => join(directory, 'data', 'authorization-server.key')
const modeOf = (path: string) => statSync(path).mode & 0o777
const faultOf = (path: string, readable = false) =>
  readOrCreateSecret(path, readable).catch((fault: unknown) => fault)

/** A file as somebody else left it. */
async function left(text: string, mode = 0o600) {
  await readOrCreateSecret(file(), false)
  writeFileSync(file(), text)
  chmodSync(file(), mode)
}

test('readOrCreateSecret() makes 256 bits in a file that only the owner may read (R112)', async () => {
  const secret = await readOrCreateSecret(file(), false)
  expect(Buffer.from(secret, 'base64url')).toHaveLength(32)
  expect(modeOf(file())).toBe(0o600)
  expect(modeOf(join(directory, 'data'))).toBe(0o700)
  expect(readdirSync(join(directory, 'data'))).toEqual(['authorization-server.key'])
})

test('readOrCreateSecret() gives the same one after a restart', async () => {
  const secret = await readOrCreateSecret(file(), false)
  expect(await readOrCreateSecret(file(), false)).toBe(secret)
  expect(readFileSync(file(), 'utf8')).toBe(`${secret}\n`)
})

test('readOrCreateSecret() gives one and the same to all that start at once', async () => {
  const secrets = await Promise.all(
    Array.from({ length: 20 }, () => readOrCreateSecret(file(), false)),
  )
  expect(new Set(secrets).size).toBe(1)
  expect(readdirSync(join(directory, 'data'))).toEqual(['authorization-server.key'])
})

describe('a file that is there', () => {
  test.each([0o640, 0o604, 0o620, 0o602, 0o666])(
    'readOrCreateSecret() refuses mode %o, and leaves it as it is (R112)',
    async (mode) => {
      await left(readFileSync('/dev/null', 'utf8'), mode)
      const fault = await faultOf(file())
      expect(fault).toBeInstanceOf(SecretFileFault)
      expect(String(fault)).toContain(`run: chmod 600 ${file()}`)
      expect(readFileSync(file(), 'utf8')).toBe('')
    },
  )

  test('readOrCreateSecret() reads one that others may read when that is accepted', async () => {
    const secret = await readOrCreateSecret(file(), false)
    chmodSync(file(), 0o660)
    expect(await readOrCreateSecret(file(), true)).toBe(secret)
  })

  test.each(['', 'short', 'x'.repeat(42), `${'x'.repeat(43)}=`, 'x'.repeat(5000)])(
    'readOrCreateSecret() refuses what it did not write, and makes no new one over it (%#)',
    async (text) => {
      await left(text)
      expect(String(await faultOf(file()))).toContain('it is damaged; restore a backup')
      expect(readFileSync(file(), 'utf8')).toBe(text)
    },
  )

  test('readOrCreateSecret() names the file when there can be none', async () => {
    const inFile = join(file(), 'below')
    await readOrCreateSecret(file(), false)
    expect(String(await faultOf(inFile))).toContain(`Cannot use the secret file "${inFile}"`)
    expect(existsSync(inFile)).toBe(false)
  })
})
