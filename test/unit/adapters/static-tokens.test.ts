import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { hashOf } from '../../../src/adapters/sealing.ts'
import { createStaticTokens, type StaticToken } from '../../../src/adapters/static-tokens.ts'
import { secret } from '../../../src/protocol/secret.ts'
import { epochSeconds } from '../../../src/protocol/time.ts'

const bounds = {
  hosts: ['mcp.example.com'],
  path: undefined,
  methods: undefined,
  scopes: ['mcp:tools'],
}
const first: StaticToken = {
  name: 'ci',
  value: { kind: 'secret', secret: secret('the first value') },
  bounds,
  expiresAt: epochSeconds(2_000_000_000),
}
const second: StaticToken = {
  ...first,
  name: 'backup',
  value: { kind: 'sha256', hex: createHash('sha256').update('the second value').digest('hex') },
  expiresAt: undefined,
}
const find = createStaticTokens([first, second], hashOf)

describe('createStaticTokens()', () => {
  test('finds the machine by the hash of its value', () => {
    expect(find(hashOf('the first value'))).toMatchObject({
      token: { name: 'ci', madeBy: 'operator', bounds, expiresAt: 2_000_000_000 },
      identity: {
        provider: 'client',
        subject: 'machine:ci',
        preferredUsername: 'ci',
        email: undefined,
        groups: [],
        scopes: ['mcp:tools'],
      },
    })
  })

  test('finds it when the configuration has only the SHA-256, and may have no end', () => {
    expect(find(hashOf('the second value'))).toMatchObject({
      token: { name: 'backup', expiresAt: undefined },
    })
  })

  test('finds nothing for anything else, the hash itself and parts of it among it', () => {
    const hash = hashOf('the first value')
    for (const text of ['', hash, hash.slice(0, -1), 'the first value '])
      expect(find(hashOf(text))).toBeUndefined()
    expect(find(hash.slice(0, -1))).toBeUndefined()
    fc.assert(fc.property(fc.string(), (text) => find(hashOf(text)) === undefined))
  })

  test('keeps no value', () => {
    expect(JSON.stringify(find(hashOf('the first value')))).not.toContain('the first value')
  })
})
