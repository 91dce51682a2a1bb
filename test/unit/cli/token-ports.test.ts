import { afterEach, describe, expect, test } from 'vitest'
import { hashOf } from '../../../src/adapters/sealing.ts'
import { createTokenPorts, type TokenPorts } from '../../../src/cli/token-ports.ts'
import { epochSeconds } from '../../../src/protocol/time.ts'
import { silentLog } from '../../contract/silent-log.ts'
import { settingsOf } from '../../support/load-configuration.ts'

const value = 'q8Zr2LmN4pXv7TyB1sWdq8Zr2LmN4pXv7TyB1sW9'
const made: TokenPorts[] = []
afterEach(() => {
  for (const { use } of made.splice(0)) use.stop()
})

function portsOf(lines: string): TokenPorts['ports'] {
  const yaml = `public_url: https://auth.example.com
allow: { anyone: true }
providers: [{ id: home, preset: oidc, issuer: https://sso.example.com, client_id: a, client_secret: "xQ9-kd73-Lq" }]
rules: [{ host: app.example.com }]
${lines}`
  const personalTokens = {
    add: async () => 'added' as const,
    find: () => undefined,
    list: async () => [],
    revoke: async () => ({ kind: 'unknown' as const }),
    touch: async () => [],
    purge: async () => 0,
  }
  const deps = { now: () => epochSeconds(1_800_000_000), log: silentLog, hashOf }
  const ports = createTokenPorts(settingsOf({ yaml }), { personalTokens }, deps)
  made.push(ports)
  return ports.ports
}

describe('createTokenPorts()', () => {
  test('accepts people of the providers there are, local accounts only when they are on', () => {
    const without = portsOf('').personalTokens
    expect(['home', 'gone', 'local', ''].map((id) => without?.acceptsProvider(id))).toEqual([
      true,
      false,
      false,
      false,
    ])
    expect(portsOf('local_accounts: true').personalTokens?.acceptsProvider('local')).toBe(true)
  })

  test('hands on the limits of the configuration', () => {
    const lines = 'personal_tokens: { max_lifetime: 30d, owner_absence: 7d }'
    expect(portsOf(lines).personalTokens).toMatchObject({
      maxLifetime: 30 * 86_400,
      ownerAbsence: 7 * 86_400,
      ownIssuer: undefined,
    })
  })

  test('has none when they are switched off', () => {
    expect(portsOf('personal_tokens: { enabled: false }').personalTokens).toBeUndefined()
  })

  test('knows the issuer of our own tokens when a resource has us as issuer', () => {
    const lines = 'resources: [{ url: https://mcp.example.com/mcp }]'
    expect(portsOf(lines).personalTokens?.ownIssuer).toBe('https://auth.example.com')
  })

  test('finds static tokens, and has no port for them when there are none', () => {
    expect(portsOf('').configuredTokens).toBeUndefined()
    const lines = `static_tokens: [{ name: ci, token: ${value}, hosts: [app.example.com], expires: never }]`
    const configured = portsOf(lines).configuredTokens
    expect(configured?.find(hashOf(value))?.token.name).toBe('ci')
    expect(configured?.find(hashOf(`${value}x`))).toBeUndefined()
    expect(configured).toMatchObject({ maxLifetime: 0, ownerAbsence: 0 })
  })
})
