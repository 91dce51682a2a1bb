import { expect, test } from 'vitest'
import { checkConfig } from '../../../src/cli/check-config.ts'
import { epochSeconds } from '../../../src/protocol/time.ts'

const secret = 'q8Zr2LmN4pXv7TyB1sWd'

function check(env: Readonly<Record<string, string>>, argv: readonly string[] = []) {
  const out: string[] = []
  const err: string[] = []
  const code = checkConfig({
    argv,
    env,
    readFile: () => ({ kind: 'missing' }),
    now: () => epochSeconds(1_800_000_000),
    print: (line) => out.push(line),
    printError: (line) => err.push(line),
  })
  return { code, out, err }
}

const keycloak = {
  PROVIDER: 'keycloak',
  CLIENT_ID: 'mcp-server',
  CLIENT_SECRET: secret,
  KEYCLOAK_AUTH_HOST: 'keycloak.yourdomain.com',
  KEYCLOAK_AUTH_PORT: '443',
  KEYCLOAK_REALM: 'your-realm',
  OAUTH_DOMAIN: 'oauth.yourdomain.com',
}

test('checkConfig() says that it is valid, with a summary and without secrets', () => {
  const { code, out, err } = check({ ...keycloak, SALLYPORT_DECISION_PORT: '11001' })
  expect(code).toBe(0)
  expect(out).toEqual([
    'Configuration is valid',
    'Configuration file: none',
    'Public URL: https://oauth.yourdomain.com',
    'Providers: keycloak',
    'Rules: 0, resources: 2',
    'Authorization server: off',
    'Decisions: port 11001 on ::, in the dialect traefik',
    'Database: sqlite',
  ])
  expect(err).toContain('Notice: PROVIDER is an old name; it is now providers[].preset')
  expect(err.join()).toContain('Warning: Nobody may sign in')
  expect([...out, ...err].join()).not.toContain(secret)
})

test.each([
  [{ SALLYPORT_DECISION_SOCKET: '/run/s' }, 'Decisions: socket /run/s, in the dialect traefik'],
  [{}, 'Decisions: port 11000, in the dialect traefik'],
])('checkConfig() says where decisions are asked with %o', (env, line) => {
  expect(check({ ...keycloak, ...env }).out).toContain(line)
})

test('checkConfig() prints every problem and exits with 1 (R144)', () => {
  const { code, out, err } = check({ ...keycloak, PROVIDER: 'nonsense', LOG_LEVEL: '9' })
  expect(code).toBe(1)
  expect(out).toEqual([])
  expect(err).toContainEqual(expect.stringContaining('"providers[0].preset" from "PROVIDER"'))
  expect(err).toContainEqual(expect.stringContaining('"log_level" from "LOG_LEVEL"'))
  expect(err.at(-1)).toBe('Configuration is not valid: 2 problems')
  expect(check(keycloak, ['--nonsense']).err.at(-1)).toBe('Configuration is not valid: 1 problem')
})

test('checkConfig() is content without any configuration', () => {
  const { code, out } = check({})
  expect(code).toBe(0)
  expect(out).toContain('Providers: local')
})
