import { describe, expect, test } from 'vitest'
import { load, problemsOf, settingsOf, warningsOf } from '../../support/load-configuration.ts'

/** As in the mcpauth documentation, with what a shell or compose puts in place of `${...}`. */
const blocks = {
  keycloak: {
    PROVIDER: 'keycloak',
    CLIENT_ID: 'mcp-server',
    CLIENT_SECRET: 'your-keycloak-client-secret',
    KEYCLOAK_AUTH_HOST: 'keycloak.yourdomain.com',
    KEYCLOAK_AUTH_PORT: '443',
    KEYCLOAK_AUTH_PROTOCOL: 'https',
    KEYCLOAK_REALM: 'your-realm',
    OAUTH_DOMAIN: 'oauth.yourdomain.com',
  },
  compose: {
    PROVIDER: 'keycloak',
    CLIENT_ID: 'mcp-server',
    CLIENT_SECRET: 'q8Zr2LmN4pXv7TyB1sWd',
    KEYCLOAK_AUTH_HOST: 'keycloak',
    KEYCLOAK_AUTH_PORT: '8080',
    KEYCLOAK_REALM: 'master',
    OAUTH_DOMAIN: 'oauth.yourdomain.com',
  },
  google: {
    CLIENT_ID: '<INSERT_VALUE_FROM_GOOGLE>',
    CLIENT_SECRET: '<INSERT_VALUE_FROM_GOOGLE>',
  },
  googleCompose: { PORT: '11000', CLIENT_ID: 'web-client', CLIENT_SECRET: 'GOCSPX-4f9a8b7c6d5e' },
  edge: {
    ENABLE_EDGE_AUTH: 'true',
    COOKIE_DOMAIN: '.yourdomain.com',
    OAUTH_DOMAIN: 'oauth.yourdomain.com',
    PROVIDER: 'keycloak',
    CLIENT_ID: 'mcp-server',
    CLIENT_SECRET: 'q8Zr2LmN4pXv7TyB1sWd',
    KEYCLOAK_AUTH_HOST: 'keycloak.yourdomain.com',
    KEYCLOAK_AUTH_PORT: '443',
    KEYCLOAK_AUTH_PROTOCOL: 'https',
    KEYCLOAK_REALM: 'master',
  },
  edgeInternal: {
    ENABLE_EDGE_AUTH: 'true',
    COOKIE_DOMAIN: '.yourdomain.com',
    OAUTH_DOMAIN: 'oauth.yourdomain.com',
    DEV_MODE: 'false',
  },
}

const keycloakFlags = [
  '-provider=keycloak',
  '-clientID=mcp-server',
  '-clientSecret=your-client-secret',
  '-keycloakAuthHost=localhost',
  '-keycloakAuthPort=8080',
  '-keycloakRealm=master',
  '-oauthDomain=oauth.yourdomain.com',
]
const edgeFlags =
  '-devMode -useInternalAuth -enableEdgeAuth -port 11000 -oauthDomain localhost:11000'.split(' ')

const urls = (given: Parameters<typeof settingsOf>[0]) =>
  settingsOf(given).policy.resources.map(({ url }) => url)

describe('documented set-ups', () => {
  test.each([
    ['the Keycloak block', { env: blocks.keycloak }],
    ['the Keycloak command line', { argv: keycloakFlags }],
    ['the Keycloak compose file', { env: blocks.compose }],
    ['the Google block', { env: blocks.google }],
    ['the Google compose file', { env: blocks.googleCompose }],
    ['the edge-auth block', { env: blocks.edge }],
    [
      'the edge-auth block with internal accounts',
      { env: blocks.edgeInternal, argv: ['-useInternalAuth'] },
    ],
    ['the edge-auth command line', { argv: edgeFlags }],
    ['the bare command line', { argv: ['-port=11000', '-oauthDomain=your-domain.com'] }],
  ])('loadSettings() accepts %s as documented', (_, given) => {
    expect(problemsOf(given)).toEqual([])
  })

  test('loadSettings() makes of the Keycloak block what mcpauth did', () => {
    expect(settingsOf({ env: blocks.keycloak })).toMatchObject({
      development: false,
      publicUrl: { href: 'https://oauth.yourdomain.com' },
      listen: { host: '::', port: 11000 },
      protectedPath: '/sse',
      providers: [
        {
          id: 'keycloak',
          preset: 'keycloak',
          issuer: 'https://keycloak.yourdomain.com/realms/your-realm',
          clientId: 'mcp-server',
          callbackPath: '/callback',
        },
      ],
      tokenIssuers: [
        {
          issuer: 'https://keycloak.yourdomain.com/realms/your-realm',
          provider: 'keycloak',
          acceptPlainJwtType: true,
        },
      ],
      policy: {
        allow: [],
        resources: [
          {
            url: 'https://yourdomain.com',
            audiences: ['https://oauth.yourdomain.com'],
            issuers: ['https://keycloak.yourdomain.com/realms/your-realm'],
          },
          { url: 'https://*.yourdomain.com', audiences: ['https://oauth.yourdomain.com'] },
        ],
      },
    })
  })

  test('loadSettings() keeps the Google set-up without a domain on loopback, and says so', () => {
    for (const env of [blocks.google, blocks.googleCompose]) {
      expect(settingsOf({ env })).toMatchObject({
        development: true,
        publicUrl: { href: 'http://localhost:11000' },
        listen: { host: '127.0.0.1' },
        providers: [{ preset: 'google', issuer: 'https://accounts.google.com' }],
        tokenIssuers: [],
        policy: {
          resources: [
            { url: 'http://localhost:11000', issuers: ['http://localhost:11000'] },
            { url: 'http://localhost', issuers: ['http://localhost:11000'] },
          ],
        },
        authorizationServer: {
          issuer: 'http://localhost:11000',
          resources: [{ url: 'http://localhost:11000' }, { url: 'http://localhost' }],
          defaultResource: 'http://localhost:11000',
        },
      })
      expect(load({ env }).warnings).toContainEqual({
        severity: 'notice',
        text: expect.stringContaining('OAUTH_DOMAIN is not set: development mode'),
      })
      expect(load({ env }).warnings).toContainEqual({
        severity: 'notice',
        text: 'Sallyport issues the access tokens itself, because no provider here does',
      })
    }
    expect(problemsOf({ env: { ...blocks.google, SALLYPORT_LISTEN_HOST: '::' } })).toEqual([
      expect.stringContaining('"public_url" is needed'),
    ])
  })

  test('loadSettings() is development with local accounts for the edge-auth command line', () => {
    expect(settingsOf({ argv: edgeFlags })).toMatchObject({
      development: true,
      localAccounts: true,
      publicUrl: { href: 'http://localhost:11000' },
      cookie: { name: 'sallyport' },
      edgeAuth: { hosts: ['localhost'], lifetime: 86_400, commandLineLifetime: 43_200 },
    })
    const [off] = [settingsOf({ argv: edgeFlags.filter((flag) => flag !== '-enableEdgeAuth') })]
    expect(off.edgeAuth).toBeUndefined()
  })
})

test('loadSettings() reads every old variable, each with a notice of its new name', () => {
  const env = {
    ...blocks.keycloak,
    PORT: '12000',
    PROTECTED_PATH: '/mcp/sse',
    ALLOWED_EMAILS: 'Me@Example.com, @family.example',
    LOG_LEVEL: '2',
    ALLOWED_SCOPES: 'openid,email,mcp:tools,offline_access',
    REQUIRED_SCOPES: 'openid,mcp:tools',
    COOKIE_DOMAIN: '.yourdomain.com',
    DATA_DIR: '/var/lib/mcpauth',
  }
  expect(settingsOf({ env })).toMatchObject({
    listen: { port: 12_000 },
    protectedPath: '/mcp/sse',
    cookie: { domain: 'yourdomain.com', name: '__Secure-sallyport' },
    dataDirectory: '/var/lib/mcpauth',
    log: { level: 'warn' },
    providers: [{ scopes: ['openid', 'email'] }],
    policy: {
      allow: [{ emails: ['me@example.com', '@family.example'] }],
      resources: [
        {
          url: 'https://yourdomain.com',
          scopes: ['openid', 'mcp:tools'],
          scopesSupported: ['openid', 'mcp:tools', 'email'],
        },
        { url: 'https://*.yourdomain.com' },
      ],
    },
  })
  const notices = load({ env }).warnings.map(({ text }) => text)
  for (const name of Object.keys(env))
    expect(notices).toContainEqual(expect.stringContaining(`${name} is an old name; it is now `))
})

test.each([
  [['-port=12000'], { listen: { port: 12_000 } }],
  [['-protectedPath', '/x'], { protectedPath: '/x' }],
  [['-allowedEmails=a@example.com'], { policy: { allow: [{ emails: ['a@example.com'] }] } }],
  [['-logLevel', '0'], { log: { level: 'debug' } }],
  [['--logLevel=1'], { log: { level: 'info' } }],
  [['-dataDir=/d'], { dataDirectory: '/d' }],
  [['-cookieDomain=.yourdomain.com'], { cookie: { domain: 'yourdomain.com' } }],
  [['-requiredScopes', 'a,b'], { policy: { resources: [{ scopes: ['a', 'b'] }, {}] } }],
  [['-allowedScopes=email'], { providers: [{ scopes: ['openid', 'email'] }] }],
  [['-keycloakAuthProtocol=https'], { providers: [{ preset: 'keycloak' }] }],
  [['-keycloakRealm=other'], { providers: [{ issuer: expect.stringMatching(/other$/) }] }],
  [['-clientID=c'], { providers: [{ clientId: 'c' }] }],
  [['-oauthDomain=auth.other.com'], { publicUrl: { hostname: 'auth.other.com' } }],
  [['-useInternalAuth'], { localAccounts: true }],
])('loadSettings() lets the old flag %j beat the old variables', (argv, settings) => {
  expect(
    settingsOf({ env: { ...blocks.keycloak, LOG_LEVEL: '2', PORT: '1' }, argv }),
  ).toMatchObject(settings)
})

test.each([
  ['google', '', ['openid', 'email']],
  ['keycloak', '', ['openid', 'email']],
  ['authelia', 'https://id.example.com', ['openid', 'email', 'groups']],
  ['dex', 'https://id.example.com', ['openid', 'email', 'groups']],
  ['pocket-id', 'https://id.example.com', ['openid', 'email', 'groups']],
  ['logto', 'https://id.example.com/oidc', ['openid', 'email', 'roles']],
  ['github', '', ['read:user', 'user:email', 'read:org']],
])(
  'loadSettings() asks %s for those of ALLOWED_SCOPES that it has (E14)',
  (preset, issuer, scopes) => {
    const env = {
      OAUTH_DOMAIN: 'oauth.example.com',
      PROVIDER: preset,
      CLIENT_ID: 'a',
      CLIENT_SECRET: 'q8Zr2LmN4pXv7TyB1sWd',
      ALLOWED_SCOPES: 'openid,email,groups,roles,mcp:tools',
      ISSUER_URL: issuer,
    }
    expect(settingsOf({ env }).providers[0]?.scopes).toEqual(scopes)
    const notices = load({ env }).warnings.map(({ text }) => text)
    const isIgnored = notices.some((text) => text.startsWith('ALLOWED_SCOPES does not change'))
    expect(isIgnored).toBe(preset === 'github')
  },
)

test('loadSettings() lets a present name beat an old one in the same place, and says so', () => {
  const env = { ...blocks.keycloak, PORT: '1234', SALLYPORT_PORT: '4321' }
  expect(settingsOf({ env }).listen.port).toBe(4321)
  expect(load({ env }).warnings).toContainEqual({
    severity: 'notice',
    text: 'PORT is not used, because SALLYPORT_PORT is set',
  })
})

describe('public URL', () => {
  test.each([
    ['oauth.example.com', 'false', 'https://oauth.example.com'],
    ['oauth.example.com:8443', 'false', 'https://oauth.example.com:8443'],
    ['https://oauth.example.com/', 'false', 'https://oauth.example.com'],
    ['localhost:11000', 'true', 'http://localhost:11000'],
    ['localhost:11000', 'false', 'https://localhost:11000'],
    ['auth.test', 'true', 'http://auth.test'],
    ['http://127.0.0.1:11000', 'true', 'http://127.0.0.1:11000'],
  ])('loadSettings() reads OAUTH_DOMAIN %s with DEV_MODE %s as %s', (domain, mode, href) => {
    const env = { ...blocks.keycloak, OAUTH_DOMAIN: domain, DEV_MODE: mode }
    expect(settingsOf({ env }).publicUrl.href).toBe(href)
  })

  test('loadSettings() takes an http URL of this machine as development', () => {
    const env = { ...blocks.keycloak, OAUTH_DOMAIN: 'http://localhost:11000' }
    expect(settingsOf({ env })).toMatchObject({ development: true, cookie: { name: 'sallyport' } })
  })

  test.each([
    [{ OAUTH_DOMAIN: 'http://oauth.example.com' }, 'expected an https URL'],
    [{ OAUTH_DOMAIN: 'oauth.example.com', DEV_MODE: 'true' }, '"development" is refused'],
    [{ OAUTH_DOMAIN: 'http://localhost:1', DEV_MODE: 'false' }, 'or development: true'],
    [{ OAUTH_DOMAIN: 'no host at all' }, 'from "OAUTH_DOMAIN": expected an https URL'],
  ])('loadSettings() refuses %o (R144, R145)', (env, problem) => {
    expect(problemsOf({ env: { ...blocks.keycloak, ...env } })).toEqual([
      expect.stringContaining(problem),
    ])
  })
})

describe('protected hosts', () => {
  const withDomain = (OAUTH_DOMAIN: string, more = {}) => ({
    env: { ...blocks.keycloak, OAUTH_DOMAIN, ...more },
  })

  test.each([
    ['oauth.example.com', ['https://example.com', 'https://*.example.com']],
    ['oauth.example.com:8443', ['https://example.com:8443', 'https://*.example.com:8443']],
    ['example.com', ['https://example.com', 'https://*.example.com']],
    ['example.co.uk', ['https://example.co.uk', 'https://*.example.co.uk']],
    ['me.github.io', ['https://me.github.io', 'https://*.me.github.io']],
    ['a.b.example.com', ['https://b.example.com', 'https://*.b.example.com']],
    ['192.0.2.7', ['https://192.0.2.7']],
  ])('loadSettings() protects the domain around %s', (domain, expected) => {
    expect(urls(withDomain(domain))).toEqual(expected)
  })

  test('loadSettings() protects the cookie domain too', () => {
    expect(urls(withDomain('a.b.example.com', { COOKIE_DOMAIN: '.example.com' }))).toEqual([
      'https://b.example.com',
      'https://*.b.example.com',
      'https://example.com',
      'https://*.example.com',
    ])
  })

  test('loadSettings() protects this machine itself in development', () => {
    expect(urls({ argv: edgeFlags })).toEqual(['http://localhost:11000', 'http://localhost'])
  })

  test('loadSettings() derives none when rules or resources come from elsewhere', () => {
    for (const env of [
      { SALLYPORT_RULES: '[{host: oauth.yourdomain.com}]' },
      { SALLYPORT_RESOURCES: '[]' },
    ])
      expect(urls({ env: { ...blocks.keycloak, ...env } })).toEqual([])
  })

  test('loadSettings() warns that only loopback proxies are trusted, because mcpauth trusted all (R2)', () => {
    const warning = expect.stringContaining('set SALLYPORT_PROXY_TRUSTED')
    expect(warningsOf({ env: blocks.keycloak })).toContainEqual(warning)
    const env = { ...blocks.keycloak, SALLYPORT_PROXY_TRUSTED: '172.18.0.0/16' }
    expect(warningsOf({ env })).not.toContainEqual(warning)
  })
})

describe('provider', () => {
  const keycloak = (env: Record<string, string>) => ({ env: { ...blocks.keycloak, ...env } })
  const issuer = (given: Parameters<typeof settingsOf>[0]) => settingsOf(given).providers[0]?.issuer

  test('loadSettings() drops the default port from the issuer (E10)', () => {
    expect(issuer(keycloak({ KEYCLOAK_AUTH_PORT: '8443' }))).toBe(
      'https://keycloak.yourdomain.com:8443/realms/your-realm',
    )
    expect(issuer(keycloak({}))).toBe('https://keycloak.yourdomain.com/realms/your-realm')
  })

  test('loadSettings() uses the documented defaults of the Keycloak variables', () => {
    const { CLIENT_ID, CLIENT_SECRET, OAUTH_DOMAIN } = blocks.keycloak
    const env = { PROVIDER: 'keycloak', CLIENT_ID, CLIENT_SECRET, OAUTH_DOMAIN }
    expect(issuer({ env })).toBe('https://localhost:8080/realms/master')
    expect(warningsOf({ env })).toContainEqual(expect.stringContaining('master realm'))
  })

  test('loadSettings() lets ISSUER_URL replace the four Keycloak variables (E9)', () => {
    const url = 'https://sso.example.com/auth/realms/home'
    expect(issuer(keycloak({ ISSUER_URL: url }))).toBe(url)
  })

  test('loadSettings() takes ISSUER_URL without PROVIDER as a generic provider', () => {
    const env = {
      OAUTH_DOMAIN: 'oauth.example.com',
      CLIENT_ID: 'c',
      CLIENT_SECRET: 'q8Zr2LmN4pXv7TyB1sWd',
      ISSUER_URL: 'https://id.example.com/',
    }
    expect(settingsOf({ env }).providers).toMatchObject([
      { preset: 'oidc', issuer: 'https://id.example.com/' },
    ])
  })

  test.each([
    [{ PROVIDER: 'nonsense' }, 'providers[0].preset'],
    [{ PROVIDER: 'clerk' }, 'oidc with its issuer is for every other OpenID provider'],
    [{ KEYCLOAK_AUTH_PORT: '0' }, '"KEYCLOAK_AUTH_PORT": expected a port'],
    [{ KEYCLOAK_AUTH_PROTOCOL: 'ftp' }, '"KEYCLOAK_AUTH_PROTOCOL": expected http or https'],
    [{ KEYCLOAK_AUTH_PROTOCOL: 'http' }, 'providers[0].issuer": expected an https URL'],
    [{ KEYCLOAK_AUTH_HOST: 'https://kc' }, '"KEYCLOAK_AUTH_HOST": expected a host name'],
    [{ KEYCLOAK_REALM: 'a/b' }, '"KEYCLOAK_REALM": expected a realm name'],
    [{ LOG_LEVEL: '3' }, 'log_level" from "LOG_LEVEL": expected debug, info or warn'],
    [{ PORT: 'http' }, 'port" from "PORT": expected a port'],
    [{ PORT: '0' }, 'port" from "PORT": expected a port'],
    [{ DEV_MODE: 'perhaps' }, 'development" from "DEV_MODE": expected true or false'],
    [{ ENABLE_EDGE_AUTH: 'perhaps' }, '"ENABLE_EDGE_AUTH": expected true or false'],
    [{ ALLOWED_EMAILS: 'me' }, 'expected me@example.com'],
    [{ COOKIE_DOMAIN: 'com' }, 'cookie.domain'],
  ])('loadSettings() stops for the unknown value %o', (env, problem) => {
    expect(problemsOf(keycloak(env))).toEqual([expect.stringContaining(problem)])
  })

  test('loadSettings() allows a Keycloak on this machine over http in development', () => {
    const env = {
      DEV_MODE: 'true',
      OAUTH_DOMAIN: 'localhost:11000',
      KEYCLOAK_AUTH_HOST: 'localhost',
      KEYCLOAK_AUTH_PORT: '8080',
      KEYCLOAK_AUTH_PROTOCOL: 'http',
    }
    expect(issuer(keycloak(env))).toBe('http://localhost:8080/realms/your-realm')
  })

  test('loadSettings() has no provider for internal accounts alone', () => {
    const given = { env: blocks.edgeInternal, argv: ['-useInternalAuth'] }
    expect(settingsOf(given)).toMatchObject({ providers: [], localAccounts: true })
    expect(settingsOf(given).authorizationServer).toMatchObject({
      issuer: 'https://oauth.yourdomain.com',
      resources: [
        { url: 'https://yourdomain.com', audience: undefined },
        { url: 'https://*.yourdomain.com', audience: 'https://oauth.yourdomain.com' },
      ],
      defaultResource: 'https://*.yourdomain.com',
    })
  })

  test('loadSettings() warns that nobody may sign in without ALLOWED_EMAILS (R48)', () => {
    expect(settingsOf(keycloak({})).policy.allow).toEqual([])
    expect(warningsOf(keycloak({}))).toContainEqual(expect.stringContaining('Nobody may sign in'))
    expect(warningsOf(keycloak({ ALLOWED_EMAILS: 'me@example.com' })).join()).not.toContain(
      'Nobody may sign in',
    )
  })
})

describe('secrets', () => {
  const { CLIENT_SECRET: _, ...rest } = blocks.keycloak
  const good = 'q8Zr2LmN4pXv7TyB1sWd'
  const revealed = (given: Parameters<typeof settingsOf>[0]) =>
    settingsOf(given).providers[0]?.clientSecret?.reveal()

  test.each([
    ['CLIENT_SECRET', { ...rest, CLIENT_SECRET: good }],
    ['CLIENT_SECRET_FILE', { ...rest, CLIENT_SECRET_FILE: '/run/secrets/s' }],
    ['KEYCLOAK_CLIENT_SECRET', { ...rest, KEYCLOAK_CLIENT_SECRET: good }],
    ['KEYCLOAK_CLIENT_SECRET_FILE', { ...rest, KEYCLOAK_CLIENT_SECRET_FILE: '/run/secrets/s' }],
    [
      'it although CLIENT_SECRET is empty',
      { ...rest, CLIENT_SECRET: '', KEYCLOAK_CLIENT_SECRET: good },
    ],
    ['GOOGLE_CLIENT_SECRET', { GOOGLE_CLIENT_ID: 'g', GOOGLE_CLIENT_SECRET: good }],
    ['GOOGLE_CLIENT_SECRET_FILE', { CLIENT_ID: 'g', GOOGLE_CLIENT_SECRET_FILE: '/run/secrets/s' }],
  ])('loadSettings() reads %s', (__, env) => {
    expect(revealed({ env, files: { '/run/secrets/s': `${good}\n` } })).toBe(good)
  })

  test('loadSettings() reads the deprecated Google flags', () => {
    const argv = ['-googleClientID=g', `-googleClientSecret=${good}`]
    expect(revealed({ argv })).toBe(good)
  })

  test('loadSettings() prefers CLIENT_SECRET over the fallback of Keycloak (E13)', () => {
    const env = { ...rest, CLIENT_SECRET: good, KEYCLOAK_CLIENT_SECRET: 'another-secret-value' }
    expect(revealed({ env })).toBe(good)
  })

  test('loadSettings() refuses value and file together, and an empty value (R109, R116)', () => {
    const both = { ...rest, CLIENT_SECRET: good, CLIENT_SECRET_FILE: '/run/secrets/s' }
    expect(problemsOf({ env: both, files: { '/run/secrets/s': good } })).toEqual([
      expect.stringContaining('is given twice'),
    ])
    expect(problemsOf({ env: { ...rest, CLIENT_SECRET: '' } })).toEqual([
      'Cannot read setting "providers[0].client_secret": expected a secret that cannot be guessed',
    ])
  })

  test.each(['-clientSecret', '--clientSecret', '-googleClientSecret'])(
    'loadSettings() warns that %s shows in process lists (R116)',
    (flag) => {
      expect(warningsOf({ argv: ['-clientID=x', `${flag}=${good}`] })).toContainEqual(
        expect.stringContaining('visible to everyone who can list processes'),
      )
    },
  )
})

describe('clients from the start', () => {
  const secret = 'kZ3mT9qW1xR7vB5nY2cL8pD4sF6hJ0gA'
  const entry = {
    client_id: 'inspector',
    client_secret: secret,
    client_name: 'Inspector',
    redirect_uris: ['http://localhost:6274/oauth/callback'],
    scopes: ['openid', 'email'],
  }
  const google = (clients: unknown) => ({
    env: {
      ...blocks.googleCompose,
      OAUTH_DOMAIN: 'oauth.yourdomain.com',
      MCPAUTH_BOOTSTRAP_CLIENTS: JSON.stringify(clients),
    },
  })

  test('loadSettings() takes them over (E23)', () => {
    expect(settingsOf(google([entry])).authorizationServer).toMatchObject({
      issuer: 'https://oauth.yourdomain.com',
      clients: [
        {
          id: 'inspector',
          name: 'Inspector',
          secret,
          authMethod: 'client_secret_basic',
          redirectUris: ['http://localhost:6274/oauth/callback'],
          scopes: ['openid', 'email'],
        },
      ],
    })
    expect(load(google([entry])).warnings).toContainEqual({
      severity: 'notice',
      text: 'MCPAUTH_BOOTSTRAP_CLIENTS is an old name; it is now authorization_server.clients',
    })
  })

  test('loadSettings() takes an empty name and no scopes as not given', () => {
    const clients = [{ ...entry, client_name: '', scopes: [] }]
    expect(settingsOf(google(clients)).authorizationServer?.clients).toMatchObject([
      { name: undefined, scopes: undefined },
    ])
  })

  test.each([
    ['no list', { clients: [] }, 'expected a list of clients in JSON'],
    ['a weak secret', [{ ...entry, client_secret: 'secret' }], 'clients[0].secret'],
    ['no redirect', [{ ...entry, redirect_uris: [] }], 'clients[0].redirect_uris'],
    ['no id', [{ ...entry, client_id: '' }], 'clients[0].id'],
    ['no map', ['inspector'], 'clients[0]" from "MCPAUTH_BOOTSTRAP_CLIENTS": expected a client'],
  ])('loadSettings() refuses %s', (_, clients, problem) => {
    const problems = problemsOf(google(clients))
    expect(problems).toEqual([expect.stringContaining(problem)])
    expect(problems.join()).not.toContain(secret)
  })

  test('loadSettings() starts with a warning where Keycloak issues the tokens', () => {
    const env = { ...blocks.keycloak, MCPAUTH_BOOTSTRAP_CLIENTS: JSON.stringify([entry]) }
    expect(settingsOf({ env }).authorizationServer).toBeUndefined()
    expect(warningsOf({ env })).toContainEqual(
      expect.stringContaining('"authorization_server" has no effect'),
    )
  })
})

describe('what there is no counterpart of', () => {
  test.each(['INTROSPECTION_URL', 'INTROSPECTION_CLIENT_SECRET'])(
    'loadSettings() says that %s is not used',
    (name) => {
      const env = { ...blocks.keycloak, [name]: 'value' }
      expect(problemsOf({ env })).toEqual([])
      expect(warningsOf({ env })).toContain(`${name} is not used by this version`)
    },
  )

  test.each(['-adminUsername=admin', '-adminEmail=a@example.com', '--adminPassword=secret'])(
    'loadSettings() refuses %s (F17)',
    (flag) => {
      expect(problemsOf({ env: blocks.keycloak, argv: [flag] })).toEqual([
        `${flag.split('=')[0]} has no use here: there is no admin UI and no default password`,
      ])
    },
  )

  test('loadSettings() warns when Keycloak variables have no effect', () => {
    const env = { ...blocks.googleCompose, KEYCLOAK_AUTH_HOST: 'kc' }
    expect(warningsOf({ env })).toContain(
      'KEYCLOAK_AUTH_HOST has no effect without PROVIDER=keycloak',
    )
  })

  test('loadSettings() says nothing of edge auth when it is off', () => {
    expect(
      warningsOf({ env: { ...blocks.keycloak, ENABLE_EDGE_AUTH: 'false' } }).join(),
    ).not.toContain('edge auth')
  })
})
