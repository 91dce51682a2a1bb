// Where logins are kept: a file nobody else can read, or the keychain.

import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Keychain } from '../../../../src/cli/login/keychain.ts'
import { createLogins, type Login } from '../../../../src/cli/login/logins.ts'
import { epochSeconds } from '../../../../src/protocol/time.ts'

const login: Login = {
  origin: 'https://app.example.com:8443',
  issuer: 'https://auth.example.com',
  tokens: { refreshToken: 'secret-r', accessToken: 'secret-a', expiresAt: epochSeconds(7) },
}
const { origin } = login

let scratch: string
let directory: string
beforeEach(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'sallyport-logins-'))
  directory = join(scratch, 'state', 'sallyport')
})
afterEach(() => rm(scratch, { recursive: true, force: true }))

const fileIn = (folder: string): string => join(folder, readdirSync(folder)[0] ?? '')

/** @param changes what does not work of it */
function memoryKeychain(changes: Partial<Keychain> = {}): Keychain & { kept: Map<string, string> } {
  const kept = new Map<string, string>()
  return {
    kept,
    store: async (name, text) => {
      kept.set(name, text)
      return true
    },
    find: async (name) => kept.get(name),
    remove: async (name) => void kept.delete(name),
    ...changes,
  }
}

describe('createLogins() without a keychain', () => {
  test('keeps, finds, lists, replaces and removes', async () => {
    const logins = createLogins(directory, undefined)
    expect(await logins.find(origin)).toBeUndefined()
    expect(await logins.list()).toEqual([])
    expect(await logins.keep(login)).toBe('file')
    expect(await logins.find(origin)).toMatchObject(login)
    const next = { ...login, tokens: { ...login.tokens, refreshToken: 'next' } }
    await logins.keep(next)
    expect(await logins.find(origin)).toMatchObject(next)
    expect(await logins.list()).toEqual([origin])
    await logins.remove(origin)
    expect(await logins.find(origin)).toBeUndefined()
    expect(readdirSync(directory)).toEqual([])
  })

  test('lets nobody else read', async () => {
    await createLogins(directory, undefined).keep(login)
    expect(statSync(directory).mode & 0o777).toBe(0o700)
    expect(statSync(fileIn(directory)).mode & 0o777).toBe(0o600)
  })

  test.each([0o640, 0o604, 0o660])('refuses a file with mode %o', async (mode) => {
    const logins = createLogins(directory, undefined)
    await logins.keep(login)
    chmodSync(fileIn(directory), mode)
    await expect(logins.find(origin)).rejects.toThrow('Others on this machine may read')
  })

  test('refuses a directory that others may look into', async () => {
    mkdirSync(directory, { recursive: true })
    chmodSync(directory, 0o755)
    const logins = createLogins(directory, undefined)
    await expect(logins.keep(login)).rejects.toThrow('Others on this machine may read')
    expect(readdirSync(directory)).toEqual([])
  })

  test('follows no link in the place of the file', async () => {
    const logins = createLogins(directory, undefined)
    await logins.keep(login)
    const target = join(scratch, 'elsewhere')
    writeFileSync(target, readFileSync(fileIn(directory)), { mode: 0o600 })
    const name = fileIn(directory)
    await logins.remove(origin)
    symlinkSync(target, name)
    await expect(logins.find(origin)).rejects.toThrow('Cannot read')
  })

  test.each(['', 'x', '[]', '{}', '{"issuer":"x","tokens":{}}'])(
    'says that %j is damaged',
    async (text) => {
      const logins = createLogins(directory, undefined)
      await logins.keep(login)
      writeFileSync(fileIn(directory), text)
      await expect(logins.find(origin)).rejects.toThrow('is damaged')
    },
  )
})

describe('createLogins() with a keychain', () => {
  test('keeps the secrets there and nowhere else', async () => {
    const keychain = memoryKeychain()
    const logins = createLogins(directory, keychain)
    expect(await logins.keep(login)).toBe('keychain')
    expect(readFileSync(fileIn(directory), 'utf8')).not.toContain('secret-')
    expect(await logins.find(origin)).toEqual(login)
    await logins.remove(origin)
    expect(keychain.kept.size).toBe(0)
    expect(await logins.find(origin)).toBeUndefined()
  })

  test.each<[string, Partial<Keychain>]>([
    ['refuses', { store: async () => false }],
    ['forgets', { find: async () => undefined }],
  ])('keeps them in the file when it %s', async (_, changes) => {
    const logins = createLogins(directory, memoryKeychain(changes))
    expect(await logins.keep(login)).toBe('file')
    expect(await logins.find(origin)).toMatchObject(login)
  })

  test('says when it gives nothing any more', async () => {
    const keychain = memoryKeychain()
    const logins = createLogins(directory, keychain)
    await logins.keep(login)
    keychain.kept.clear()
    await expect(logins.find(origin)).rejects.toThrow('unlock it')
  })
})
