import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { catalogue } from '../../../src/config/catalogue.ts'
import { oldNames } from '../../../src/config/mcpauth-names.ts'
import {
  fileWith,
  load,
  problemsOf,
  settingsOf,
  warningsOf,
} from '../../support/load-configuration.ts'

const issueFile = `
public_url: https://auth.example.com
cookie: { domain: example.com }
proxy: { dialect: traefik, trusted: [127.0.0.0/8, 172.18.0.0/16] }
providers:
  - { id: google, preset: google, client_id: web, client_secret_file: /run/secrets/google }
  - { id: home, preset: keycloak, issuer: https://sso.example.com/realms/home, client_id: sallyport, client_secret_file: /run/secrets/home }
allow: { emails: [Me@Example.com, "@family.example"] }
rules:
  - { host: status.example.com, path: /public/, access: public }
  - { host: grafana.example.com, allow: { groups: [admins] } }
  - { host: "*.example.com" }
resources:
  - { url: https://mcp.example.com/mcp, scopes: [mcp:tools], issuers: [https://sso.example.com/realms/home] }
`
const issueSecrets = {
  '/run/secrets/google': 'GOCSPX-4f9a8b7c6d5e4f3a2b1c\n',
  '/run/secrets/home': 'q8Zr2LmN4pXv7TyB1sWd',
}

test('loadSettings() reads the file of the README without a warning', () => {
  const loading = load({ yaml: issueFile, files: issueSecrets })
  expect(loading).toMatchObject({
    kind: 'settings',
    warnings: [
      { severity: 'notice', text: expect.stringContaining('"google" brings nobody in by groups') },
    ],
    file: './sallyport.yaml',
    settings: {
      development: false,
      publicUrl: {
        href: 'https://auth.example.com',
        origin: 'https://auth.example.com',
        hostname: 'auth.example.com',
        basePath: '',
      },
      cookie: { domain: 'example.com', name: '__Secure-sallyport' },
      proxy: { dialect: 'traefik', trusted: ['127.0.0.0/8', '172.18.0.0/16'] },
      policy: {
        allow: [{ emails: ['me@example.com', '@family.example'] }],
        rules: [
          { name: 'rule 1', host: 'status.example.com', path: '/public/', access: 'public' },
          { name: 'rule 2', access: 'required', allow: [{ groups: ['admins'] }] },
          { name: 'rule 3', host: '*.example.com', access: 'required' },
        ],
        resources: [
          {
            url: 'https://mcp.example.com/mcp',
            scopes: ['mcp:tools'],
            issuers: ['https://sso.example.com/realms/home'],
            audiences: [],
          },
        ],
      },
      tokenIssuers: [
        {
          issuer: 'https://sso.example.com/realms/home',
          provider: 'home',
          acceptPlainJwtType: true,
        },
      ],
    },
  })
})

test('loadSettings() fills in every default when the file says only what it must (R2, R143, CVE-2026-76835)', () => {
  const { providers: _, ...settings } = settingsOf({ yaml: fileWith('') })
  expect(settings).toMatchObject({
    listen: { host: '::', port: 11000 },
    decision: { kind: 'shared' },
    proxy: { dialect: 'traefik', trusted: ['127.0.0.0/8', '::1/128'] },
    protectedPath: '/sse',
    cookie: { domain: undefined, name: '__Host-sallyport' },
    session: { lifetime: 43_200, idle: 3600 },
    database: { kind: 'sqlite', file: 'data/sallyport.db' },
    pinSubject: false,
    realm: 'sallyport',
    log: { level: 'info' },
  })
  expect(settings.identityHeaders.map(({ name }) => name)).toEqual([
    'X-Forwarded-User',
    'X-Forwarded-Email',
    'X-Forwarded-Groups',
    'X-Forwarded-Scopes',
    'X-Forwarded-Preferred-Username',
  ])
})

test('loadSettings() is development on loopback when nothing is configured', () => {
  expect(settingsOf({ env: { PATH: '/bin', HOME: '/root' } })).toMatchObject({
    development: true,
    publicUrl: { href: 'http://localhost:11000', hostname: 'localhost' },
    listen: { host: '127.0.0.1', port: 11000 },
    proxy: { dialect: 'direct' },
    cookie: { domain: undefined, name: 'sallyport' },
    localAccounts: true,
    policy: {
      allow: [{ providers: ['local'] }],
      rules: [{ host: 'localhost:*' }, { host: '127.0.0.1:*' }, { host: '*.localhost:*' }],
      resources: [],
    },
  })
})

test('loadSettings() keeps development on loopback when only a port is given', () => {
  for (const given of [{ env: { PORT: '8080' } }, { argv: ['--port', '8080'] }])
    expect(settingsOf(given)).toMatchObject({
      development: true,
      publicUrl: { href: 'http://localhost:8080' },
      listen: { host: '127.0.0.1', port: 8080 },
    })
})

test('loadSettings() refuses to listen for others when there is no public URL', () => {
  expect(problemsOf({ env: { SALLYPORT_LISTEN_HOST: '0.0.0.0' } })).toEqual([
    expect.stringContaining('Setting "public_url" is needed to listen on 0.0.0.0'),
  ])
  expect(problemsOf({ env: { SALLYPORT_LISTEN_HOST: '::1' } })).toEqual([])
})

test('loadSettings() refuses a file without a public URL: only no file at all is development', () => {
  expect(problemsOf({ yaml: 'local_accounts: true' })).toEqual([
    'Cannot read setting "public_url": expected the https URL under which browsers reach Sallyport, got nothing',
  ])
  expect(problemsOf({ yaml: '' })).toHaveLength(1)
  expect(problemsOf({ env: { SALLYPORT_DEVELOPMENT: 'false' } })).toHaveLength(1)
})

describe('precedence', () => {
  const yaml = fileWith('realm: file\nlisten: { port: 1001 }')
  const env = { SALLYPORT_REALM: 'variable', SALLYPORT_PORT: '1002' }
  const argv = ['--realm', 'flag', '-port=1003']

  test.each([
    ['file', { yaml }, 'file', 1001],
    ['variable over file', { yaml, env }, 'variable', 1002],
    ['flag over both', { yaml, env, argv }, 'flag', 1003],
    ['flag over file', { yaml, argv }, 'flag', 1003],
  ])('loadSettings() takes the value of the %s', (_, given, realm, port) => {
    expect(settingsOf(given)).toMatchObject({ realm, listen: { port } })
  })

  test('loadSettings() lets a variable change one member of a section', () => {
    const section = fileWith('session: { lifetime: 2h, idle: 5m }')
    const settings = settingsOf({ yaml: section, env: { SALLYPORT_SESSION_IDLE: '10m' } })
    expect(settings.session).toEqual({ lifetime: 7200, idle: 600 })
  })

  test('loadSettings() lets a variable name a socket where the file has a port', () => {
    const settings = settingsOf({
      yaml: fileWith('decision_port: 9999'),
      env: { SALLYPORT_DECISION_SOCKET: '/run/sallyport.sock' },
    })
    expect(settings.decision).toEqual({ kind: 'socket', path: '/run/sallyport.sock' })
  })

  test('loadSettings() lets a variable name a socket where the file has a port with an address', () => {
    const yaml = fileWith('decision_port: 9999\ndecision_host: 10.0.0.1')
    const env = { SALLYPORT_DECISION_SOCKET: '/run/sallyport.sock' }
    expect(settingsOf({ yaml, env }).decision).toEqual({
      kind: 'socket',
      path: '/run/sallyport.sock',
    })
    expect(settingsOf({ yaml, env: { SALLYPORT_DECISION_PORT: '9998' } }).decision).toEqual({
      kind: 'port',
      host: '10.0.0.1',
      port: 9998,
    })
  })

  const pairs = catalogue.filter(({ path }) =>
    catalogue.some((other) => other.path === `${path}_file`),
  )

  test.each(pairs)(
    'loadSettings() lets a variable name a file where the file has $path, and the other way',
    (entry) => {
      expect(pairs.length).toBeGreaterThan(3)
      const value =
        entry.path === 'database_url'
          ? 'postgres://db/sallyport'
          : 'q8Zr2LmN4pXv7TyB1sWdq8Zr2LmN4pXv'
      const files = { '/etc/secret': value }
      const given = (path: string, text: string) =>
        fileWith(
          path.includes('.') ? `${path.replace('.', ': { ')}: ${text} }` : `${path}: ${text}`,
        )
      const twice = (yaml: string, env: Readonly<Record<string, string>>) =>
        problemsOf({ yaml, env, files }).filter((problem) => problem.includes('given twice'))
      const file = `${entry.variable}_FILE`
      const on = { SALLYPORT_EDGE_AUTH_ENABLED: 'true', SALLYPORT_COMMAND_LINE_LOGIN: 'true' }
      expect(twice(given(entry.path, value), { ...on, [file]: '/etc/secret' })).toEqual([])
      expect(
        twice(given(`${entry.path}_file`, '/etc/secret'), { ...on, [entry.variable]: value }),
      ).toEqual([])
      expect(
        twice(fileWith(''), { ...on, [file]: '/etc/secret', [entry.variable]: value }),
      ).toHaveLength(1)
    },
  )

  test('loadSettings() reads lists and nested settings from variables as YAML or JSON', () => {
    const settings = settingsOf({
      yaml: fileWith(''),
      env: {
        SALLYPORT_PROXY_TRUSTED: '10.0.0.0/8, fd00::/8',
        SALLYPORT_RULES: '[{host: auth.example.com}]',
        SALLYPORT_ALLOW: '{"emails":["me@example.com"]}',
        SALLYPORT_LISTEN: '{port: 4000}',
      },
      argv: ['--identity-headers', 'remote'],
    })
    expect(settings.proxy.trusted).toEqual(['10.0.0.0/8', 'fd00::/8'])
    expect(settings.policy.rules).toMatchObject([{ host: 'auth.example.com' }])
    expect(settings.policy.allow).toEqual([{ emails: ['me@example.com'] }])
    expect(settings.listen.port).toBe(4000)
    expect(settings.identityHeaders).toHaveLength(9)
  })

  test('loadSettings() finds the file by flag, then variable, then its usual name', () => {
    const files = {
      '/a.yaml': fileWith('realm: a'),
      '/b.yaml': fileWith('realm: b'),
      './sallyport.yaml': fileWith('realm: c'),
    }
    const env = { SALLYPORT_CONFIG: '/b.yaml' }
    expect(settingsOf({ files, env, argv: ['-config=/a.yaml'] }).realm).toBe('a')
    expect(settingsOf({ files, env }).realm).toBe('b')
    expect(settingsOf({ files }).realm).toBe('c')
    expect(problemsOf({ argv: ['--config', '/gone.yaml'] })).toContain(
      'Cannot read the configuration "/gone.yaml": it does not exist',
    )
  })

  test('loadSettings() accepts every setting as a variable and as a flag', () => {
    for (const { path, variable, flag } of catalogue) {
      expect(variable).toBe(`SALLYPORT_${path.replaceAll('.', '_').toUpperCase()}`)
      for (const given of [{ env: { [variable]: '{' } }, { argv: [`--${flag}={`] }])
        expect(problemsOf({ yaml: fileWith(''), ...given }).join(), path).not.toContain('Unknown')
    }
  })
})

describe('unknown names', () => {
  test.each([
    [{ yaml: fileWith('cookei: {}') }, 'Unknown setting "cookei"; did you mean "cookie"?'],
    [
      { yaml: fileWith('cookie: { domian: x }') },
      'Unknown setting "cookie.domian"; did you mean "domain"?',
    ],
    [
      { yaml: fileWith('rules: [{ host: auth.example.com, pth: / }]') },
      'Unknown setting "rules[0].pth"; did you mean "path"?',
    ],
    [
      { yaml: fileWith('session.idle: 5m') },
      'Unknown setting "session.idle"; write it as session: { idle: ... }',
    ],
    [{ yaml: fileWith('nonsense: ') }, 'Unknown setting "nonsense"'],
    [
      { yaml: fileWith(''), env: { SALLYPORT_PUBLIC_ULR: 'x' } },
      'Unknown setting "SALLYPORT_PUBLIC_ULR" in the environment; did you mean "SALLYPORT_PUBLIC_URL"?',
    ],
    [
      { yaml: fileWith(''), argv: ['--publicUlr=x'] },
      'Unknown flag "--publicUlr"; did you mean "public-url"?',
    ],
    [{ yaml: fileWith(''), argv: ['surprise'] }, 'Unexpected argument "surprise"'],
    [{ yaml: fileWith(''), argv: ['--realm'] }, 'Flag "--realm" needs a value'],
    [
      { yaml: fileWith(''), argv: ['--realm=a', '--realm=b'] },
      'Flag "--realm" is given twice with different values',
    ],
  ])('loadSettings() names what it does not know (R144): %o', (given, problem) => {
    expect(problemsOf(given)).toEqual([problem])
  })

  test('loadSettings() passes over what Kubernetes sets for a Service named sallyport', () => {
    const env = {
      SALLYPORT_PORT: 'tcp://10.0.0.1:80',
      SALLYPORT_SERVICE_HOST: '10.0.0.1',
      SALLYPORT_SERVICE_PORT: '80',
      SALLYPORT_PORT_80_TCP_ADDR: '10.0.0.1',
    }
    expect(settingsOf({ yaml: fileWith(''), env }).listen.port).toBe(11000)
  })
})

test('loadSettings() tells all problems at once, with the source of each value', () => {
  const problems = problemsOf({
    yaml: 'public_url: ftp://x\nrealm: 5\nlocal_accounts: perhaps\nproviders: [{ client_id: 1 }]',
    env: { SALLYPORT_PORT: '70000' },
    argv: ['--cookie-name', 'a b'],
  })
  expect(problems).toEqual([
    'Cannot read setting "public_url": expected an https URL without user name, query and fragment, got "ftp://x"',
    'Cannot read setting "realm": expected printable ASCII text without quotes, got 5',
    'Cannot read setting "local_accounts": expected true or false, got "perhaps"',
    'Cannot read setting "providers[0].client_id": expected a client id (a number in quotes), got 1',
    'Cannot read setting "port" from "SALLYPORT_PORT": expected a port from 1 to 65535, got 70000',
    'Cannot read setting "cookie.name" from "--cookie-name": expected a cookie name of letters, digits, "_" and "-", got "a b"',
  ])
})

describe('properties', () => {
  const names = [...catalogue.map(({ variable }) => variable), ...oldNames.map(({ name }) => name)]
  const settled = (given: Parameters<typeof load>[0]) => {
    const loading = load(given)
    expect(['settings', 'problems']).toContain(loading.kind)
    if (loading.kind === 'problems') expect(loading.problems.length).toBeGreaterThan(0)
  }
  const words = fc.constantFrom(
    ...catalogue.map(({ path }) => path.split('.').at(-1) ?? ''),
    ...[
      'host',
      'url',
      'emails',
      'issuer',
      'preset',
      'id',
      '__proto__',
      'toString',
      'value',
      'name',
    ],
  )
  const leaf = fc.oneof(
    fc.string(),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.constantFrom('https://a.example.com', '*.example.com', '@a.example', '12h', 'google', '/'),
  )
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof(
      { maxDepth: 4 },
      leaf,
      fc.array(tie('tree'), { maxLength: 3 }),
      fc.dictionary(words, tie('tree'), { maxKeys: 5 }),
    ),
  }))

  test('loadSettings() never throws for any text as file', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (yaml) => settled({ yaml })))
  })

  test('loadSettings() never throws for any values under known names in the file', () => {
    const files = fc.dictionary(fc.constantFrom(...catalogue.map(({ path }) => path)), tree)
    fc.assert(
      fc.property(files, (file) => settled({ yaml: JSON.stringify(file) })),
      { numRuns: 300 },
    )
  })

  test('loadSettings() never throws for any variables', () => {
    const environments = fc.dictionary(
      fc.constantFrom(...names),
      fc.oneof(
        fc.string(),
        leaf.map(String),
        tree.map((value) => JSON.stringify(value)),
      ),
    )
    fc.assert(
      fc.property(environments, (env) => settled({ env })),
      { numRuns: 300 },
    )
  })

  test('loadSettings() never throws for any arguments', () => {
    const flags = fc.constantFrom(
      ...catalogue.map(({ flag }) => `--${flag}`),
      '-devMode',
      '--',
      '-',
    )
    fc.assert(fc.property(fc.array(fc.oneof(flags, fc.string())), (argv) => settled({ argv })))
  })

  test('loadSettings() never shows a secret (R116)', () => {
    const secret = fc.stringMatching(/^[a-z0-9]{12,40}$/)
    fc.assert(
      fc.property(
        secret,
        fc.constantFrom('keycloak', 'google', 'oidc', 'nonsense'),
        (value, preset) => {
          const outcome = load({
            env: {
              PROVIDER: preset,
              CLIENT_SECRET: value,
              KEYCLOAK_AUTH_PORT: 'no port',
              SALLYPORT_DATABASE_URL: `mysql://user:${value}@db`,
              AUTHORIZATION_BEARER_TOKEN: value,
            },
          })
          expect(JSON.stringify(outcome)).not.toContain(value)
        },
      ),
    )
  })
})

test('loadSettings() warns of an empty data directory, and keeps everything in memory', () => {
  const given = { yaml: fileWith(''), env: { DATA_DIR: '' } }
  expect(settingsOf(given).database).toEqual({ kind: 'memory' })
  expect(warningsOf(given)).toContain(
    'Setting "data_dir" is empty: sessions and accounts are gone after a restart',
  )
})
