import { describe, expect, test } from 'vitest'
import {
  fileWith,
  type Given,
  load,
  problemsOf,
  settingsOf,
  warningsOf,
} from '../../support/load-configuration.ts'
import { readShipped } from '../../support/shipped.ts'

const url = 'https://mcp.example.com/mcp'
const us = 'https://auth.example.com'
const sso = 'https://sso.example.com/realms/home'
const strong = 'kZ3mT9qW1xR7vB5nY2cL8pD4sF6hJ0gA'

/** One resource whose tokens are ours, and the given members of `authorization_server`. */
const server = (members = '', resource = `{ url: ${url} }`): Given => ({
  yaml: fileWith(`resources: [${resource}]\nauthorization_server: { ${members} }`),
})

const derived = (given: Given) => {
  const { authorizationServer } = settingsOf(given)
  if (authorizationServer === undefined) throw new Error('It is off')
  return authorizationServer
}

const notices = (given: Given) =>
  load(given)
    .warnings.filter(({ severity }) => severity === 'notice')
    .map(({ text }) => text)

test('loadSettings() derives an authorization server with safe defaults', () => {
  expect(derived(server())).toEqual({
    issuer: us,
    resources: [
      {
        url,
        audience: undefined,
        name: undefined,
        scopes: [],
        scopesSupported: [],
        dpopRequired: false,
      },
    ],
    defaultResource: undefined,
    registration: 'open',
    redirectHosts: undefined,
    clientNames: undefined,
    privateRedirectUris: [],
    clientDocuments: { enabled: true, hosts: undefined, allowLoopback: false },
    clients: [],
    accessTokenLifetime: 600,
    refreshIdle: 14 * 86_400,
    refreshLifetime: 30 * 86_400,
    refreshRetry: 10,
    rememberConsent: 0,
    scopeDescriptions: {},
    fapi: false,
    secret: { kind: 'file', path: 'data/authorization-server.key', readableByOthers: false },
  })
})

describe('issuers of a resource', () => {
  test.each([
    ['none', ''],
    ['self', ', issuers: self'],
    ['a list with self', ', issuers: [self]'],
    ['a map with self', ', issuers: [{ issuer: self }]'],
    ['the public URL', `, issuers: ${us}`],
    ['the public URL with a slash', `, issuers: ${us}/`],
  ])('loadSettings() is the issuer with %s, byte for byte (RFC 9728 §2)', (_, members) => {
    const settings = settingsOf(server('', `{ url: ${url}${members} }`))
    expect(settings.policy.resources[0]?.issuers).toEqual([us])
    expect(settings.authorizationServer?.issuer).toBe(us)
    expect(settings.tokenIssuers).toEqual([])
  })

  test('loadSettings() is one of several issuers', () => {
    const settings = settingsOf(server('', `{ url: ${url}, issuers: [self, ${sso}] }`))
    expect(settings.policy.resources[0]?.issuers).toEqual([us, sso])
    expect(settings.tokenIssuers.map(({ issuer }) => issuer)).toEqual([sso])
    expect(settings.authorizationServer?.resources.map((one) => one.url)).toEqual([url])
  })

  test('loadSettings() has no authorization server when all resources have other issuers', () => {
    const yaml = fileWith(`resources: [{ url: ${url}, issuers: ${sso} }]`)
    expect(settingsOf({ yaml }).authorizationServer).toBeUndefined()
    expect(notices({ yaml }).join()).not.toContain('register')
  })

  test('loadSettings() has none without resources and without any configuration', () => {
    expect(settingsOf({ yaml: fileWith('') }).authorizationServer).toBeUndefined()
    expect(settingsOf({}).authorizationServer).toBeUndefined()
  })

  test('loadSettings() issues for those resources only that name us', () => {
    const yaml = fileWith(
      `resources: [{ url: ${url}, issuers: ${sso} }, { url: https://b.example.com }]`,
    )
    expect(derived({ yaml }).resources.map((one) => one.url)).toEqual(['https://b.example.com'])
  })

  test('loadSettings() refuses to have its own tokens described', () => {
    const given = server('', `{ url: ${url}, issuers: [{ issuer: self, algorithms: [RS256] }] }`)
    expect(problemsOf(given)).toEqual([
      `Setting "resources[0].issuers[0].algorithms" has no meaning for Sallyport's own tokens`,
    ])
  })

  test('loadSettings() gives a wildcard host its audience', () => {
    const wild = (more: string) => server('', `{ url: "https://*.example.com"${more} }`)
    expect(derived(wild(', audiences: [urn:tools]')).resources).toMatchObject([
      { url: 'https://*.example.com', audience: 'urn:tools' },
    ])
    expect(problemsOf(wild(''))).toEqual([expect.stringContaining('"resources[0].audiences"')])
  })
})

describe('public URL', () => {
  const at = (publicUrl: string, more = '') => ({
    yaml: `public_url: ${publicUrl}\n${more}\nlocal_accounts: true\nallow: { anyone: true }\nresources: [{ url: ${url} }]`,
  })

  test.each(['https://example.com/_auth', 'https://auth.example.com/a/b'])(
    'loadSettings() refuses %s, whose path no issuer should have (mcp.md 7.2)',
    (publicUrl) => {
      expect(problemsOf(at(publicUrl))).toEqual([
        expect.stringContaining('MCP clients look for an issuer without a path; give it a host'),
      ])
    },
  )

  test('loadSettings() takes a path when other issuers issue the tokens', () => {
    const { yaml } = at('https://example.com/_auth')
    expect(problemsOf({ yaml: yaml.replace(url, `${url}, issuers: ${sso}`) })).toEqual([])
  })

  test('loadSettings() takes http on this machine in development, and documents there', () => {
    const given = at('http://localhost:11000', 'development: true')
    expect(derived(given)).toMatchObject({
      issuer: 'http://localhost:11000',
      clientDocuments: { allowLoopback: true },
    })
    expect(problemsOf(at('http://localhost:11000'))).not.toEqual([])
    expect(problemsOf(at('http://auth.example.com', 'development: true'))).not.toEqual([])
  })
})

describe('each setting', () => {
  test.each([
    ['registration: token', { registration: 'token' }],
    ['registration: off', { registration: 'off' }],
    ['redirect_hosts: [Claude.AI]', { redirectHosts: ['claude.ai'] }],
    ['redirect_hosts: []', { redirectHosts: [] }],
    ['client_names: [Claude, "My, app"]', { clientNames: ['Claude', 'My, app'] }],
    [
      'native_redirect_uris: ["com.example.app:/cb"]',
      { privateRedirectUris: ['com.example.app:/cb'] },
    ],
    ['client_documents: false', { clientDocuments: { enabled: false } }],
    ['client_document_hosts: [claude.ai]', { clientDocuments: { hosts: ['claude.ai'] } }],
    ['access_token_lifetime: 60m', { accessTokenLifetime: 3600 }],
    ['access_token_lifetime: 1m', { accessTokenLifetime: 60 }],
    ['refresh_idle: 1d', { refreshIdle: 86_400 }],
    ['refresh_lifetime: 7d', { refreshLifetime: 7 * 86_400, refreshIdle: 7 * 86_400 }],
    ['refresh_retry: 0', { refreshRetry: 0 }],
    ['refresh_retry: 30s', { refreshRetry: 30 }],
    ['remember_consent: 30d', { rememberConsent: 30 * 86_400 }],
    [
      'scope_descriptions: { "mcp:tools": Use tools }',
      { scopeDescriptions: { 'mcp:tools': 'Use tools' } },
    ],
    ['fapi: true', { fapi: true, registration: 'off', clientDocuments: { enabled: false } }],
    [`default_resource: "${url}"`, { defaultResource: url }],
    ['default_resource: "https://MCP.example.com/mcp"', { defaultResource: url }],
  ])('loadSettings() reads %s', (members, expected) => {
    expect(derived(server(members))).toMatchObject(expected)
  })

  test.each([
    ['registration: "on"', 'registration": expected one of off, token, open'],
    ['registration: true', 'registration": expected one of off, token, open'],
    ['redirect_hosts: ["*.example.com"]', 'redirect_hosts[0]": expected a host name'],
    ['redirect_hosts: ["https://claude.ai"]', 'redirect_hosts[0]": expected a host name'],
    ['redirect_hosts: ["claude.ai:443"]', 'redirect_hosts[0]": expected a host name'],
    ['client_names: Claude', 'client_names": expected a list of names'],
    ['native_redirect_uris: ["javascript:alert(1)"]', 'native_redirect_uris[0]'],
    ['native_redirect_uris: ["com.example:/cb#x"]', 'has a fragment'],
    ['native_redirect_uris: ["https://a.example/cb"]', 'https and loopback need no entry'],
    ['native_redirect_uris: ["http://localhost/cb"]', 'https and loopback need no entry'],
    ['client_documents: maybe', 'client_documents": expected true or false'],
    ['client_document_hosts: [a/b]', 'client_document_hosts[0]": expected a host name'],
    ['access_token_lifetime: 61m', 'expected a duration from 1m to 60m'],
    ['access_token_lifetime: 0', 'expected a duration from 1m to 60m'],
    ['refresh_idle: 15d', 'from 1m to 14d (these limits can be set lower, not higher)'],
    ['refresh_lifetime: 31d', 'from 1m to 30d (these limits can be set lower, not higher)'],
    ['refresh_retry: 31s', 'expected a duration up to 30s'],
    ['remember_consent: 31d', 'expected a duration up to 30d'],
    ['scope_descriptions: [a]', 'scope_descriptions": expected texts by scope'],
    ['scope_descriptions: { a: 5 }', 'scope_descriptions.a": expected a text'],
    ['fapi: 2', 'fapi": expected true or false'],
    ['default_resource: nowhere', 'default_resource": expected an absolute https URL'],
    [
      'default_resource: https://b.example.com',
      `expected the url of a resource that has Sallyport as issuer (${url})`,
    ],
    ['registrations: open', 'Unknown setting "authorization_server.registrations"; did you mean'],
  ])('loadSettings() refuses %s', (members, problem) => {
    expect(problemsOf(server(members))).toEqual([expect.stringContaining(problem)])
  })

  test('loadSettings() says all problems together', () => {
    const given = server('registration: no, refresh_retry: 1h, clients: [{ id: a }]')
    expect(problemsOf(given).length).toBeGreaterThan(1)
  })

  test.each([
    ['registration: off, client_names: [a]', 'client_names'],
    ['client_documents: false, client_document_hosts: [a.example]', 'client_document_hosts'],
    ['registration: off, client_documents: false, redirect_hosts: [a.example]', 'redirect_hosts'],
  ])('loadSettings() refuses the useless combination %s', (members, name) => {
    expect(problemsOf(server(members))).toEqual([
      expect.stringContaining(`"authorization_server.${name}" has no meaning with`),
    ])
  })

  test('loadSettings() warns of an idle limit longer than the lifetime', () => {
    expect(warningsOf(server('refresh_idle: 3d, refresh_lifetime: 2d'))).toEqual([
      expect.stringContaining('"authorization_server.refresh_idle" is longer'),
    ])
  })

  test.each([
    [{ SALLYPORT_AUTHORIZATION_SERVER_REGISTRATION: 'token' }, [], { registration: 'token' }],
    [{}, ['--authorization-server-registration=off'], { registration: 'off' }],
    [
      { SALLYPORT_AUTHORIZATION_SERVER_REDIRECT_HOSTS: 'a.example,b.example' },
      [],
      { redirectHosts: ['a.example', 'b.example'] },
    ],
    [
      {
        SALLYPORT_AUTHORIZATION_SERVER_CLIENTS: '[{ id: a, redirect_uris: [https://a.example/] }]',
      },
      [],
      { clients: [{ id: 'a' }] },
    ],
    [{ SALLYPORT_AUTHORIZATION_SERVER: '{ refresh_retry: 0 }' }, [], { refreshRetry: 0 }],
  ])('loadSettings() reads the variables %j and flags %j', (env, argv, expected) => {
    expect(derived({ ...server(), env, argv })).toMatchObject(expected)
  })
})

describe('registration', () => {
  const open = expect.stringContaining('Any MCP client may register')

  test('loadSettings() names an open one at the start (R100)', () => {
    expect(notices(server())).toContainEqual(open)
    expect(notices(server('registration: open'))).toContainEqual(open)
  })

  test.each(['registration: token', 'registration: off', 'fapi: true'])(
    'loadSettings() says nothing with %s',
    (members) => {
      expect(notices(server(members))).not.toContainEqual(open)
    },
  )
})

describe('applications of the operator without a resource', () => {
  const app = `{ id: grafana, secret: ${strong}, redirect_uris: [https://grafana.example.com/] }`
  const apps = (members = '', lines = ''): Given => ({
    yaml: fileWith(`${lines}authorization_server: { clients: [${app}]${members} }`),
  })

  test.each(['', `resources: [{ url: ${url}, issuers: ${sso} }]\n`])(
    'loadSettings() has an authorization server for its clients alone (%j)',
    (lines) => {
      expect(problemsOf(apps('', lines))).toEqual([])
      expect(derived(apps('', lines))).toMatchObject({
        issuer: us,
        resources: [],
        clients: [{ id: 'grafana' }],
      })
    },
  )

  test('loadSettings() lets nobody else become a client of it (R100)', () => {
    expect(derived(apps())).toMatchObject({
      registration: 'off',
      clientDocuments: { enabled: false },
    })
    expect(notices(apps()).join()).not.toContain('register')
    expect(derived(apps(', registration: token, client_documents: true'))).toMatchObject({
      registration: 'token',
      clientDocuments: { enabled: true },
    })
  })

  test.each([
    ['client_names: [a]', 'client_names', 'registration: off'],
    ['client_document_hosts: [a.example]', 'client_document_hosts', 'client_documents: false'],
  ])('loadSettings() refuses %s, which narrows nothing then', (members, name, because) => {
    expect(problemsOf(apps(`, ${members}`))).toEqual([
      `Setting "authorization_server.${name}" has no meaning with ${because}`,
    ])
  })

  test('loadSettings() checks the clients, and that somebody can sign in', () => {
    const { yaml = '' } = apps()
    expect(problemsOf({ yaml: yaml.replace('https://grafana', 'http://grafana') })).toEqual([
      expect.stringContaining('"authorization_server.clients[0].redirect_uris[0]"'),
    ])
    expect(
      problemsOf({
        yaml: `public_url: ${us}\nallow: { anyone: true }\nauthorization_server: { clients: [${app}] }`,
      }),
    ).toEqual([
      'Setting "authorization_server.clients" has no effect: nobody can sign in; set "providers" or "local_accounts"',
    ])
  })

  test('loadSettings() refuses clients below a path (mcp.md 7.2)', () => {
    const yaml = `public_url: https://example.com/_auth\nlocal_accounts: true\nallow: { anyone: true }\nauthorization_server: { clients: [${app}] }`
    expect(problemsOf({ yaml })).toEqual([
      expect.stringContaining('name other "issuers" at every resource and list no "clients"'),
    ])
  })
})

describe('fapi', () => {
  test.each([
    ['registration: open', 'registration'],
    ['registration: token', 'registration'],
    ['client_documents: true', 'client_documents'],
    ['clients: [{ id: a, redirect_uris: [https://a.example/] }]', 'clients[0]'],
    [`clients: [{ id: a, secret: ${strong}, redirect_uris: [https://a.example/] }]`, 'clients[0]'],
  ])('loadSettings() refuses %s beside it (FAPI 2.0 §5.3.2.1)', (members, name) => {
    expect(problemsOf(server(`fapi: true, ${members}`))).toEqual([
      expect.stringContaining(
        `Settings "authorization_server.fapi" and "authorization_server.${name}" contradict`,
      ),
    ])
  })
})

describe('resources that we issue for', () => {
  const resource = (members: string) => server('', `{ url: ${url}, ${members} }`)

  test('loadSettings() reads scopes and the demand for bound tokens', () => {
    const given = resource(
      'name: Tools, scopes: [a], scopes_supported: [a, b], dpop_required: true',
    )
    expect(derived(given).resources).toEqual([
      {
        url,
        audience: undefined,
        name: 'Tools',
        scopes: ['a'],
        scopesSupported: ['a', 'b'],
        dpopRequired: true,
      },
    ])
    expect(settingsOf(given).policy.resources[0]?.dpopRequired).toBe(true)
  })

  test('loadSettings() takes the demanded scopes as all there are when nothing else is said', () => {
    expect(derived(resource('scopes: [a, b]')).resources[0]?.scopesSupported).toEqual(['a', 'b'])
  })

  test.each([
    ['scopes: [a, b], scopes_supported: [b]', 'all of "scopes" to be in it, a too'],
    ['scopes: [offline_access]', 'is no scope of a resource'],
    ['scopes_supported: [offline_access]', 'is no scope of a resource'],
    ['dpop_required: perhaps', 'expected true or false'],
  ])('loadSettings() refuses %s', (members, problem) => {
    expect(problemsOf(resource(members))).toEqual([expect.stringContaining(problem)])
  })
})

describe('secret', () => {
  const secretOf = (given: Given) => derived(given).secret
  const name = 'authorization_server.secret'

  test('loadSettings() takes one of 32 bytes, as a value or from a file', () => {
    for (const given of [
      server(`secret: ${strong}`),
      { ...server(), env: { SALLYPORT_AUTHORIZATION_SERVER_SECRET: strong } },
      { ...server('secret_file: ./key'), files: { './key': `${strong}\n` } },
      {
        ...server(),
        env: { SALLYPORT_AUTHORIZATION_SERVER_SECRET_FILE: './key' },
        files: { './key': strong },
      },
    ]) {
      const secret = secretOf(given)
      expect(secret.kind === 'given' && secret.value.reveal()).toBe(strong)
      expect(JSON.stringify(secret)).not.toContain(strong)
    }
  })

  test.each([
    ['too short', strong.slice(1)],
    ['one character', 'a'.repeat(64)],
    ['a word over and over', 'changeme'.repeat(4)],
    ['few characters', 'abababccabacbcabcabbacbaabcabcbabcab'],
    ['a placeholder', 'your-secret-goes-here-0123456789abcdef'],
  ])('loadSettings() refuses one that is %s, and does not show it (R109)', (_, secret) => {
    const problems = problemsOf(server(`secret: "${secret}"`))
    expect(problems).toEqual([
      `Cannot read setting "${name}": expected at least 32 random bytes; "openssl rand -base64 48" prints some`,
    ])
  })

  test('loadSettings() refuses value and file together, and a file that others may read (R112)', () => {
    expect(problemsOf({ ...server(`secret: ${strong}, secret_file: ./k`) })).toEqual([
      expect.stringContaining(`Setting "${name}" is given twice`),
    ])
    const text = { kind: 'text', text: strong, mode: 0o644 } as const
    expect(problemsOf({ ...server('secret_file: ./k'), files: { './k': text } })).toEqual([
      expect.stringContaining('can be read by others'),
    ])
  })

  test('loadSettings() lets a file given by variable replace a value in the file', () => {
    const given = {
      ...server(`secret: ${strong}`),
      env: { SALLYPORT_AUTHORIZATION_SERVER_SECRET_FILE: './k' },
      files: { './k': `other-${strong}` },
    }
    const secret = secretOf(given)
    expect(secret.kind === 'given' && secret.value.reveal()).toBe(`other-${strong}`)
  })

  test('loadSettings() warns when the file holds it and others may read that', () => {
    const { yaml = '' } = server(`secret: ${strong}`)
    const files = { './sallyport.yaml': { kind: 'text', text: yaml, mode: 0o644 } as const }
    expect(warningsOf({ files })).toEqual([expect.stringContaining('holds a secret')])
  })

  test('loadSettings() keeps one beside the SQLite file, or in memory when nothing is kept', () => {
    const env = { SALLYPORT_DATA_DIR: '/var/lib/sallyport' }
    expect(secretOf({ ...server(), env })).toEqual({
      kind: 'file',
      path: '/var/lib/sallyport/authorization-server.key',
      readableByOthers: false,
    })
    expect(secretOf({ ...server(), env: { SALLYPORT_DATA_DIR: '' } })).toEqual({ kind: 'memory' })
    const readable = { SALLYPORT_ALLOW_READABLE_SECRETS: 'true' }
    expect(secretOf({ ...server(), env: readable })).toMatchObject({ readableByOthers: true })
  })

  test('loadSettings() wants one with PostgreSQL, because all nodes need the same', () => {
    const env = { SALLYPORT_DATABASE_URL: 'postgres://db/sallyport' }
    expect(problemsOf({ ...server(), env })).toEqual([
      expect.stringContaining(`Setting "${name}" is needed with "database_url"`),
    ])
    expect(problemsOf({ ...server(`secret: ${strong}`), env })).toEqual([])
    const foreign = server('', `{ url: ${url}, issuers: ${sso} }`).yaml?.replace(
      /authorization_server.*/,
      '',
    )
    expect(problemsOf({ ...(foreign === undefined ? {} : { yaml: foreign }), env })).toEqual([])
  })
})

describe('what makes no sense', () => {
  test('loadSettings() refuses settings of a server that no resource needs', () => {
    for (const lines of ['', `resources: [{ url: ${url}, issuers: ${sso} }]\n`])
      expect(
        problemsOf({ yaml: fileWith(`${lines}authorization_server: { registration: off }`) }),
      ).toEqual([
        'Setting "authorization_server" has no effect: no resource has Sallyport as issuer, and there are neither "clients" nor "command_line_login"; leave out "issuers" at a resource, or name self',
      ])
  })

  test('loadSettings() refuses tokens that nobody can get, but for machines', () => {
    const yaml = (more: string) =>
      `public_url: ${us}\nallow: { anyone: true }\nresources: [{ url: ${url} }]\n${more}`
    expect(problemsOf({ yaml: yaml('') })).toEqual([
      expect.stringContaining('but nobody can sign in: set "providers" or "local_accounts"'),
    ])
    const machine = `{ id: cron, secret: ${strong}, grant_types: [client_credentials] }`
    expect(problemsOf({ yaml: yaml(`authorization_server: { clients: [${machine}] }`) })).toEqual(
      [],
    )
  })

  test.each([us, `${us}/`])('loadSettings() refuses itself as provider (%s)', (issuer) => {
    const { yaml = '' } = server()
    const providers = `providers: [{ issuer: "${issuer}", client_id: a }]`
    expect(problemsOf({ yaml: `${yaml}\n${providers}` })).toContainEqual(
      'Setting "providers[0].issuer" is Sallyport itself: name the provider where people sign in',
    )
  })

  test.each([
    'authorize',
    'token',
    'register',
    'jwks',
    'revoke',
    'introspect',
    'userinfo',
    'device/auth',
    'request',
    'session/end',
    'interaction/x',
  ])('loadSettings() keeps the alias of the decision endpoint off /%s', (path) => {
    expect(problemsOf({ yaml: fileWith(`protected_path: /${path}`) })).toEqual([
      expect.stringContaining('a path that is not a page of Sallyport'),
    ])
  })
})

test('deploy/mcp.example.yaml is a whole set-up for this machine', () => {
  const given = { yaml: readShipped('deploy/mcp.example.yaml') }
  const { authorizationServer, ...settings } = settingsOf(given)
  expect(settings).toMatchObject({
    development: true,
    localAccounts: true,
    listen: { host: '127.0.0.1', port: 11_000 },
    decision: { kind: 'port', host: '127.0.0.1', port: 11_001 },
    proxy: { dialect: 'caddy' },
    policy: {
      resources: [{ url: 'http://localhost:8080/mcp', issuers: ['http://localhost:11000'] }],
    },
  })
  expect(authorizationServer).toMatchObject({
    issuer: 'http://localhost:11000',
    registration: 'open',
    resources: [{ url: 'http://localhost:8080/mcp', scopes: ['mcp:tools'] }],
    scopeDescriptions: { 'mcp:tools': expect.any(String) },
  })
  expect(warningsOf(given)).toEqual([expect.stringContaining('Development mode is on')])
})

test('deploy/mcp.example.Caddyfile serves the resource of mcp.example.yaml', () => {
  const site = readShipped('deploy/mcp.example.Caddyfile')
  const { policy, decision } = settingsOf({ yaml: readShipped('deploy/mcp.example.yaml') })
  expect(site).toContain(`\n${new URL(policy.resources[0]?.url ?? '').origin} {\n`)
  expect(decision.kind === 'port' && decision.port).toBe(11_001)
  expect(readShipped('deploy/caddy/sallyport.caddy')).toContain('forward_auth 127.0.0.1:11001')
})
