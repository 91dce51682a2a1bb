import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { fileWith, problemsOf, settingsOf, warningsOf } from '../../support/load-configuration.ts'

const value = 'q8Zr2LmN4pXv7TyB1sWdq8Zr2LmN4pXv7TyB1sW9'
const rules = 'rules: [{ host: app.example.com }]\n'
const tokens = (yaml: string) => fileWith(`${rules}static_tokens: [${yaml}]`)
const one = (more = '') =>
  tokens(`{ name: ci, token: ${value}, hosts: [app.example.com], expires: 2027-03-31${more} }`)

describe('personal_tokens', () => {
  test('loadSettings() lets people make tokens of up to a year', () => {
    const day = 86_400
    expect(settingsOf({ yaml: fileWith(rules) }).personalTokens).toEqual({
      maxLifetime: 365 * day,
      ownerAbsence: 90 * day,
    })
  })

  test('loadSettings() reads the limits, and the switch that ends them all', () => {
    const yaml = fileWith(`${rules}personal_tokens: { max_lifetime: 30d, owner_absence: 0 }`)
    expect(settingsOf({ yaml }).personalTokens).toEqual({ maxLifetime: 2_592_000, ownerAbsence: 0 })
    const env = { SALLYPORT_PERSONAL_TOKENS_ENABLED: 'false' }
    expect(settingsOf({ yaml, env }).personalTokens).toBeUndefined()
  })

  test.each(['max_lifetime: 0', 'max_lifetime: 367d', 'owner_absence: 2y', 'enabled: perhaps'])(
    'loadSettings() refuses %s',
    (line) => {
      const [problem] = problemsOf({ yaml: fileWith(`${rules}personal_tokens: { ${line} }`) })
      expect(problem).toContain('personal_tokens')
    },
  )
})

const hostsOf = (count: number) => Array.from({ length: count }, (_, at) => `h${at}.example.com`)
const resourcesOn = (hosts: readonly string[]) =>
  `resources: [${hosts.map((host, at) => `{ url: "https://${host}/${at}" }`).join()}]\n`

describe('static_tokens', () => {
  test('loadSettings() reads who it is, where it is good for, for what and until when', () => {
    const [token] = settingsOf({
      yaml: one(', path: /api, methods: [GET], scopes: [mcp:tools]'),
    }).staticTokens
    expect(token).toMatchObject({
      name: 'ci',
      bounds: {
        hosts: ['app.example.com'],
        path: '/api',
        methods: ['GET'],
        scopes: ['mcp:tools'],
      },
      expiresAt: Date.parse('2027-03-31T23:59:59Z') / 1000,
    })
    expect(token?.value.kind === 'secret' && token.value.secret.reveal()).toBe(value)
  })

  test('loadSettings() never shows the value', () => {
    expect(JSON.stringify(settingsOf({ yaml: one() }))).not.toContain(value)
    const problems = problemsOf({ yaml: one(', path: nonsense') })
    expect(problems).toHaveLength(1)
    expect(problems.join()).not.toContain(value)
  })

  test('loadSettings() reads the value from a file, or only its SHA-256', () => {
    const filed = tokens(
      '{ name: ci, token_file: ./ci.token, hosts: [app.example.com], expires: 2027-03-31 }',
    )
    const files = { './ci.token': `${value}\n` }
    const [token] = settingsOf({ yaml: filed, files }).staticTokens
    expect(token?.value.kind === 'secret' && token.value.secret.reveal()).toBe(value)
    const hex = createHash('sha256').update(value).digest('hex')
    const hashed = tokens(
      `{ name: ci, token_sha256: ${hex.toUpperCase()}, hosts: [app.example.com], expires: 2027-03-31 }`,
    )
    expect(settingsOf({ yaml: hashed }).staticTokens[0]?.value).toEqual({ kind: 'sha256', hex })
  })

  test('loadSettings() takes the hosts of the resources when none is named', () => {
    const yaml = fileWith(
      `resources: [{ url: https://mcp.example.com/mcp, issuers: [https://kc.example.com] }]
static_tokens: [{ name: ci, token: ${value}, expires: 2027-03-31 }]`,
    )
    expect(settingsOf({ yaml }).staticTokens[0]?.bounds.hosts).toEqual(['mcp.example.com'])
  })

  test('loadSettings() warns of a token without an end', () => {
    const yaml = one().replace('2027-03-31', 'never')
    expect(settingsOf({ yaml }).staticTokens[0]?.expiresAt).toBeUndefined()
    expect(warningsOf({ yaml }).join()).toContain('"ci" has no end')
  })

  test.each<[string, string, string]>([
    ['no end said', one().replace(', expires: 2027-03-31', ''), 'expires'],
    ['an end that is no day', one().replace('2027-03-31', '2027-13-31'), 'expires'],
    ['no value', one().replace(`token: ${value}, `, ''), 'static_tokens[0].token'],
    ['a weak value (R109)', one().replace(value, 'secret'), 'static_tokens[0].token'],
    ['a value that fits no header', one().replace(value, `"${value} x"`), 'letters, digits'],
    ['a value like a personal token', one().replace(value, `sallyport_pat_${value}`), 'begin with'],
    ['a value and a hash', one(`, token_sha256: ${'a1'.repeat(32)}`), 'given twice'],
    [
      'more hosts than a token has room for',
      one().replace('[app.example.com]', `[${hostsOf(33).join()}]`),
      'static_tokens[0].hosts": expected at most 32 hosts (33 are',
    ],
    [
      'more resources than a token has room for',
      fileWith(
        `${resourcesOn(hostsOf(33))}static_tokens: [{ name: ci, token: ${value}, expires: never }]`,
      ),
      'static_tokens[0].hosts": expected at most 32 hosts (33 are',
    ],
    ['no host', one().replace('hosts: [app.example.com], ', ''), 'static_tokens[0].hosts'],
    ['a host that is none', one().replace('[app.example.com]', '["*"]'), 'a host such as'],
    ['a path that climbs (R7)', one(', path: /a/../b'), 'path'],
    ['a name with spaces', one().replace('name: ci', 'name: c i'), 'name'],
    [
      'two of one name',
      fileWith(
        `${rules}static_tokens:
  - { name: ci, token: ${value}, hosts: [app.example.com], expires: 2027-03-31 }
  - { name: ci, token: ${value}x, hosts: [app.example.com], expires: 2027-03-31 }`,
      ),
      'called "ci"',
    ],
  ])('loadSettings() refuses %s', (_, yaml, words) => {
    expect(problemsOf({ yaml }).join('\n')).toContain(words)
  })
})

describe("mcpauth's AUTHORIZATION_BEARER_TOKEN (E22)", () => {
  const env = {
    PROVIDER: 'keycloak',
    CLIENT_ID: 'mcp-server',
    CLIENT_SECRET: 'q8Zr2LmN4pXv7TyB1sWd',
    KEYCLOAK_AUTH_HOST: 'keycloak.yourdomain.com',
    KEYCLOAK_AUTH_PORT: '443',
    OAUTH_DOMAIN: 'oauth.yourdomain.com',
    ALLOWED_EMAILS: 'me@example.com',
    REQUIRED_SCOPES: 'mcp:tools',
    AUTHORIZATION_BEARER_TOKEN: value,
  }
  const name = 'authorization-bearer-token'

  test('loadSettings() makes a machine of it, with the scopes that are required and every host there was', () => {
    const { staticTokens, policy } = settingsOf({ env })
    expect(staticTokens).toMatchObject([
      {
        name,
        bounds: { hosts: ['yourdomain.com', '*.yourdomain.com'], scopes: ['mcp:tools'] },
        expiresAt: undefined,
      },
    ])
    expect(policy.allow).toEqual([{ emails: ['me@example.com'] }, { clients: [name] }])
  })

  test('loadSettings() says that it never ends', () => {
    expect(warningsOf({ env }).join()).toContain(`"${name}" has no end`)
  })

  test('loadSettings() lets only the machine in when nobody else was named', () => {
    const { ALLOWED_EMAILS: _, ...alone } = env
    expect(settingsOf({ env: alone }).policy.allow).toEqual([{ clients: [name] }])
  })

  test('loadSettings() leaves our own lists as they are written: the machine has to be named there', () => {
    const given = { ...env, SALLYPORT_ALLOW: '{ emails: [me@example.com] }' }
    expect(settingsOf({ env: given }).policy.allow).toEqual([{ emails: ['me@example.com'] }])
  })

  test.each([
    ['2027-03-31T12:00:00Z', false],
    ['2027-03-31T23:59:59Z', false],
    ['2027-04-01T00:00:00Z', true],
  ])('loadSettings() at %s warns that a token until 2027-03-31 is over: %s', (moment, isOver) => {
    const said = warningsOf({ yaml: one(), now: Date.parse(moment) / 1000 }).join()
    expect(said.includes('"ci" is over since the end of 2027-03-31')).toBe(isOver)
  })

  test('loadSettings() warns of two names for one value, however it is written', () => {
    const hex = createHash('sha256').update(value).digest('hex')
    const twice = (second: string) =>
      warningsOf({
        yaml: fileWith(`${rules}static_tokens:
  - { name: ci, token: ${value}, hosts: [app.example.com], expires: 2027-03-31 }
  - { name: backup, ${second}, hosts: [app.example.com], expires: 2027-03-31 }`),
      }).join()
    for (const same of [`token: ${value}`, `token_sha256: ${hex.toUpperCase()}`])
      expect(twice(same)).toContain('The static tokens "ci" and "backup" have one value')
    expect(twice(`token: ${value}x`)).not.toContain('one value')
  })

  test('loadSettings() counts the host of many resources once', () => {
    const yaml = `${resourcesOn(hostsOf(40).map(() => 'mcp.example.com'))}static_tokens: [{ name: ci, token: ${value}, expires: never }]`
    expect(settingsOf({ yaml: fileWith(yaml) }).staticTokens[0]?.bounds.hosts).toEqual([
      'mcp.example.com',
    ])
  })

  test('loadSettings() leaves the list of the file as it is written, and warns when the machine is not there', () => {
    const { ALLOWED_EMAILS: _, ...alone } = env
    const withAllow = (allow: string) => ({
      yaml: `public_url: https://oauth.yourdomain.com\nallow: ${allow}`,
      env: alone,
    })
    const people = withAllow('{ emails: [me@example.com] }')
    expect(settingsOf(people).policy.allow).toEqual([{ emails: ['me@example.com'] }])
    expect(warningsOf(people)).toContain(
      `The static token "${name}" opens nothing: "allow" lets it in only with { clients: [${name}] }`,
    )
    for (const allow of [
      `[{ emails: [me@example.com] }, { clients: [${name}] }]`,
      '{ anyone: true }',
    ])
      expect(warningsOf(withAllow(allow)).join()).not.toContain('opens nothing')
  })

  test('loadSettings() keeps the tokens of the file beside it', () => {
    const yaml = `static_tokens: [{ name: ci, token: ${value}x, expires: 2027-03-31 }]`
    expect(settingsOf({ yaml, env }).staticTokens.map((token) => token.name)).toEqual(['ci', name])
    expect(problemsOf({ yaml: 'static_tokens: none', env }).join()).toContain('a list of tokens')
  })

  test('loadSettings() refuses one that could be guessed (R109)', () => {
    const problems = problemsOf({ env: { ...env, AUTHORIZATION_BEARER_TOKEN: 'my-old-token' } })
    expect(problems.join()).toContain('static_tokens[0].token')
    expect(problems.join()).not.toContain('my-old-token')
  })

  test('loadSettings() reads it from a file too', () => {
    const { AUTHORIZATION_BEARER_TOKEN: _, ...others } = env
    const given = { ...others, AUTHORIZATION_BEARER_TOKEN_FILE: '/run/secrets/token' }
    const [token] = settingsOf({ env: given, files: { '/run/secrets/token': value } }).staticTokens
    expect(token?.value.kind === 'secret' && token.value.secret.reveal()).toBe(value)
  })
})
