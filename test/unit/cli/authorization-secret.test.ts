import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { resolveAuthorizationSecret } from '../../../src/cli/authorization-secret.ts'
import type { AuthorizationSecret } from '../../../src/config/settings.ts'
import { secret } from '../../../src/protocol/secret.ts'
import { fileWith, settingsOf } from '../../support/load-configuration.ts'

const { authorizationServer: settings } = settingsOf({
  yaml: fileWith('resources: [{ url: https://mcp.example.com/mcp }]'),
})

async function resolved(choice: AuthorizationSecret): Promise<string> {
  if (settings === undefined) throw new Error('No authorization server')
  const { secret: text, ...rest } = await resolveAuthorizationSecret({
    ...settings,
    secret: choice,
  })
  expect({ ...rest, secret: settings.secret }).toEqual(settings)
  return text
}

test('resolveAuthorizationSecret() takes the secret that is given', async () => {
  const value = secret('kZ3mT9qW1xR7vB5nY2cL8pD4sF6hJ0gA')
  expect(await resolved({ kind: 'given', value })).toBe(value.reveal())
})

test('resolveAuthorizationSecret() keeps one in the file', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'sallyport-secret-'))
  const choice = { kind: 'file', path: join(directory, 'key'), readableByOthers: false } as const
  const text = await resolved(choice)
  expect(text).toHaveLength(43)
  expect(await resolved(choice)).toBe(text)
  expect(readFileSync(choice.path, 'utf8').trim()).toBe(text)
  rmSync(directory, { recursive: true })
})

test('resolveAuthorizationSecret() makes one for each run when everything is in memory', async () => {
  const text = await resolved({ kind: 'memory' })
  expect(text).toHaveLength(43)
  expect(await resolved({ kind: 'memory' })).not.toBe(text)
})
