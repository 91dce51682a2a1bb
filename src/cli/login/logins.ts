// The logins of this person on this machine: one file each, with the secrets in it or in the keychain.

import { readdir, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { type EpochSeconds, epochSeconds } from '../../protocol/time.ts'
import { LoginFault } from './fault.ts'
import type { Keychain } from './keychain.ts'
import { prepareDirectory, readPrivateFile, writePrivateFile } from './private-file.ts'

export type Tokens = {
  readonly refreshToken: string
  readonly accessToken: string
  readonly expiresAt: EpochSeconds
}

export type Login = { readonly origin: string; readonly issuer: string; readonly tokens: Tokens }

export type Logins = {
  /** Origins with a login. */
  readonly list: () => Promise<readonly string[]>
  /** @throws LoginFault when it is there and cannot be read */
  readonly find: (origin: string) => Promise<Login | undefined>
  /** Replaces what was kept for that origin, whole or not at all. @returns where it is kept now */
  readonly keep: (login: Login) => Promise<'keychain' | 'file'>
  readonly remove: (origin: string) => Promise<void>
  /** File whose making means that nobody else works on this login. */
  readonly lockFile: (origin: string) => string
}

const ending = '.json'

const textIn = (value: object, name: string): string => {
  const text: unknown = Reflect.get(value, name)
  return typeof text === 'string' ? text : ''
}

function parseObject(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? value : undefined
  } catch {
    return undefined
  }
}

function parseTokens(value: unknown): Tokens | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const refreshToken = textIn(value, 'refreshToken')
  if (refreshToken === '') return undefined
  const expiresAt = Number(Reflect.get(value, 'expiresAt')) || 0
  return {
    refreshToken,
    accessToken: textIn(value, 'accessToken'),
    expiresAt: epochSeconds(expiresAt),
  }
}

// Letters that no shell, keychain or line ending has a meaning for.
const sealed = (tokens: Tokens): string => Buffer.from(JSON.stringify(tokens)).toString('base64url')

const unsealed = (text: string): Tokens | undefined =>
  parseTokens(parseObject(Buffer.from(text, 'base64url').toString('utf8')))

/** @param keychain undefined: this machine has none */
export function createLogins(directory: string, keychain: Keychain | undefined): Logins {
  const fileOf = (origin: string) => join(directory, `${encodeURIComponent(origin)}${ending}`)

  const keepInKeychain = async ({ origin, issuer, tokens }: Login): Promise<boolean> => {
    if (keychain === undefined) return false
    const text = sealed(tokens)
    const kept = await keychain.store(origin, text)
    if (!kept || (await keychain.find(origin)) !== text) return false
    await writePrivateFile(fileOf(origin), JSON.stringify({ origin, issuer, kept: 'keychain' }))
    return true
  }

  return {
    list: async () => {
      const names = await readdir(directory).catch(() => [])
      return names
        .filter((name) => name.endsWith(ending))
        .map((name) => decodeURIComponent(name.slice(0, -ending.length)))
        .toSorted()
    },
    find: async (origin) => {
      const text = await readPrivateFile(fileOf(origin))
      if (text === undefined) return undefined
      const read = parseObject(text)
      const issuer = read === undefined ? '' : textIn(read, 'issuer')
      const inKeychain = read !== undefined && textIn(read, 'kept') === 'keychain'
      const secret = inKeychain ? await keychain?.find(origin) : undefined
      const tokens = inKeychain
        ? unsealed(secret ?? '')
        : parseTokens(read === undefined ? undefined : Reflect.get(read, 'tokens'))
      if (tokens === undefined || issuer === '')
        throw new LoginFault(
          inKeychain
            ? `The keychain does not give the login for ${origin}: unlock it, or run: sallyport login ${origin}`
            : `The file "${fileOf(origin)}" is damaged; run: sallyport login ${origin}`,
        )
      return { origin, issuer, tokens }
    },
    keep: async (login) => {
      await prepareDirectory(directory)
      if (await keepInKeychain(login)) return 'keychain'
      await writePrivateFile(fileOf(login.origin), JSON.stringify({ ...login, kept: 'file' }))
      return 'file'
    },
    remove: async (origin) => {
      await keychain?.remove(origin)
      await unlink(fileOf(origin)).catch(() => undefined)
    },
    lockFile: (origin) => join(directory, `${encodeURIComponent(origin)}.lock`),
  }
}
