import { describe, expect, test } from 'vitest'
import {
  fileWith,
  type Given,
  load,
  problemsOf,
  settingsOf,
  warningsOf,
} from '../../support/load-configuration.ts'

const strong = 'kZ3mT9qW1xR7vB5nY2cL8pD4sF6hJ0gA'
const key = '{ kty: OKP, crv: Ed25519, x: 11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo, kid: one }'

const clients = (list: string): Given => ({
  yaml: fileWith(
    `resources: [{ url: https://mcp.example.com/mcp }]\nauthorization_server: { clients: ${list} }`,
  ),
})

/** One client with a secret and a redirect, and what the test is about. */
const client = (members: string): Given =>
  clients(
    `[{ id: app, secret: ${strong}, redirect_uris: [https://app.example.com/cb], ${members} }]`,
  )

/** A client without secret. */
const open = (members: string): Given =>
  clients(`[{ id: app, redirect_uris: [https://app.example.com/cb], ${members} }]`)

const derived = (given: Given) => settingsOf(given).authorizationServer?.clients
const place = 'authorization_server.clients[0]'

test('loadSettings() reads every member of a client', () => {
  const given = client(`name: My app, auth_method: client_secret_post,
    post_logout_redirect_uris: [https://app.example.com/bye, "http://localhost:3000/bye"],
    backchannel_logout_uri: https://app.example.com/logout,
    grant_types: [authorization_code, client_credentials], scopes: [openid, mcp:tools],
    trusted: true, dpop_required: true`)
  expect(derived(given)).toEqual([
    {
      id: 'app',
      name: 'My app',
      secret: strong,
      jwks: undefined,
      authMethod: 'client_secret_post',
      redirectUris: ['https://app.example.com/cb'],
      postLogoutRedirectUris: ['https://app.example.com/bye', 'http://localhost:3000/bye'],
      backchannelLogoutUri: 'https://app.example.com/logout',
      grantTypes: ['authorization_code', 'client_credentials'],
      scopes: ['openid', 'mcp:tools'],
      trusted: true,
      dpopRequired: true,
    },
  ])
})

test('loadSettings() gives a client of few words what it needs', () => {
  expect(derived(open(''))).toEqual([
    {
      id: 'app',
      name: undefined,
      secret: undefined,
      jwks: undefined,
      authMethod: 'none',
      redirectUris: ['https://app.example.com/cb'],
      postLogoutRedirectUris: [],
      backchannelLogoutUri: undefined,
      grantTypes: ['authorization_code', 'refresh_token'],
      scopes: undefined,
      trusted: false,
      dpopRequired: false,
    },
  ])
})

describe('authentication', () => {
  test.each([
    ['a secret', client(''), 'client_secret_basic'],
    ['keys', open(`jwks: { keys: [${key}] }`), 'private_key_jwt'],
    ['nothing', open(''), 'none'],
    ['a secret in the body', client('auth_method: client_secret_post'), 'client_secret_post'],
  ])('loadSettings() follows from %s (R85)', (_, given, method) => {
    expect(derived(given)?.[0]?.authMethod).toBe(method)
  })

  test.each([
    [
      'client_secret_basic without secret',
      open('auth_method: client_secret_basic'),
      'secret": expected a secret',
    ],
    [
      'client_secret_post without secret',
      open('auth_method: client_secret_post'),
      'secret": expected a secret',
    ],
    [
      'none with a secret',
      client('auth_method: none'),
      'secret" has no meaning with auth_method none',
    ],
    [
      'keys and a secret',
      client(`jwks: { keys: [${key}] }`),
      'secret" has no meaning with auth_method private_key_jwt',
    ],
    [
      'private_key_jwt without keys',
      open('auth_method: private_key_jwt'),
      'jwks": expected the client',
    ],
    [
      'none with keys',
      open(`auth_method: none, jwks: { keys: [${key}] }`),
      'jwks" has no meaning with',
    ],
    ['tls_client_auth', open('auth_method: tls_client_auth'), 'auth_method": expected one of none'],
  ])('loadSettings() refuses %s (R85)', (_, given, problem) => {
    expect(problemsOf(given)).toEqual([expect.stringContaining(`${place}.${problem}`)])
  })
})

describe('secret', () => {
  const withSecret = (secret: string) =>
    clients(`[{ id: app, secret: "${secret}", redirect_uris: [https://app.example.com/cb] }]`)

  test.each(['short', 'my-secret-key', 'changeme'.repeat(4), 'x'.repeat(40), strong.slice(1), ''])(
    'loadSettings() refuses "%s" and does not show it (R85, R109)',
    (secret) => {
      expect(problemsOf(withSecret(secret))).toEqual([
        `Cannot read setting "${place}.secret": expected at least 32 random bytes; "openssl rand -base64 48" prints some`,
      ])
    },
  )

  test('loadSettings() reads it from a file', () => {
    const given = {
      ...clients('[{ id: app, secret_file: ./s, redirect_uris: [https://app.example.com/cb] }]'),
      files: { './s': `${strong}\n` },
    }
    expect(derived(given)).toMatchObject([{ secret: strong, authMethod: 'client_secret_basic' }])
    expect(problemsOf({ ...given, files: {} })).toEqual([
      expect.stringContaining(`"${place}.secret_file": the file "./s" does not exist`),
    ])
  })

  test('loadSettings() never prints one, whatever is wrong with it', () => {
    for (const list of [
      `[{ id: app, secret: [${strong}] }]`,
      `[{ id: app, secret: { a: ${strong} } }]`,
      `[[{ id: app, secret: ${strong} }]]`,
      `{ id: app, secret: ${strong} }`,
    ]) {
      const given = clients(list)
      expect(load(given).kind).toBe('problems')
      expect(JSON.stringify(load(given))).not.toContain(strong)
    }
  })
})

describe('keys', () => {
  const withKeys = (keys: string) => open(`jwks: { keys: [${keys}] }`)

  test('loadSettings() keeps public keys as they are', () => {
    expect(derived(withKeys(key))).toMatchObject([
      { jwks: { keys: [{ kty: 'OKP', crv: 'Ed25519', kid: 'one' }] } },
    ])
  })

  test.each([
    ['a private key', '{ kty: OKP, crv: Ed25519, x: a, d: verysecretvalue }', 'has private parts'],
    ['a private RSA key', '{ kty: RSA, n: a, e: AQAB, p: verysecretvalue }', 'has private parts'],
    ['a symmetric key', '{ kty: oct, k: verysecretvalue }', 'has private parts'],
    ['an RSA key without numbers', '{ kty: RSA, e: AQAB }', 'a public key with kty RSA, EC or OKP'],
    ['a key of no type', '{ x: a }', 'a public key with kty RSA, EC or OKP'],
    ['no key', '', 'expected 1 to 5 keys'],
    ['six keys', Array.from({ length: 6 }, () => key).join(), 'expected 1 to 5 keys'],
    ['a text', 'verysecretvalue', 'expected a JSON Web Key'],
  ])('loadSettings() refuses %s and does not show it (R104)', (_, keys, problem) => {
    const problems = problemsOf(withKeys(keys))
    expect(problems).toEqual([expect.stringContaining(problem)])
    expect(problems.join()).not.toContain('verysecretvalue')
  })
})

describe('redirect URIs', () => {
  const redirect = (uri: string) => clients(`[{ id: app, redirect_uris: ["${uri}"] }]`)

  test.each([
    'https://app.example.com/cb',
    'http://localhost/cb',
    'http://127.0.0.1:8080/cb',
    'com.example.app:/cb',
    'cursor://anysphere.cursor-mcp/oauth/callback',
  ])('loadSettings() takes %s (R60)', (uri) => {
    expect(derived(redirect(uri))?.[0]?.redirectUris).toEqual([uri])
  })

  test.each([
    ['http://app.example.com/cb', 'is http for another host'],
    ['https://app.example.com/cb#a', 'has a fragment'],
    ['https://*.example.com/cb', 'has a wildcard'],
    ['https://u@app.example.com/cb', 'has a user name'],
    ['https://app.example.com/cb?code=1', 'belongs to the authorization response'],
    ['javascript:alert(1)', 'has a scheme that runs'],
    ['data:text/html,x', 'has a scheme that runs'],
    ['/cb', 'expected an absolute URI'],
  ])('loadSettings() refuses %s (R60)', (uri, problem) => {
    expect(problemsOf(redirect(uri))).toEqual([expect.stringContaining(problem)])
    expect(problemsOf(redirect(uri))).toEqual([
      expect.stringContaining(`"${place}.redirect_uris[0]"`),
    ])
  })

  test('loadSettings() refuses eleven (R60)', () => {
    const uris = Array.from({ length: 11 }, (_, at) => `https://a.example/${at}`)
    expect(problemsOf(clients(`[{ id: app, redirect_uris: [${uris.join()}] }]`))).toEqual([
      `Cannot read setting "${place}.redirect_uris": expected at most 10, got 11`,
    ])
  })

  test.each([
    'backchannel_logout_uri: "http://app.example.com/out"',
    'backchannel_logout_uri: "http://localhost:3000/out"',
    'backchannel_logout_uri: "https://app.example.com/out#a"',
    'backchannel_logout_uri: "app:/out"',
    'post_logout_redirect_uris: ["http://app.example.com/bye"]',
    'post_logout_redirect_uris: ["https://u:p@app.example.com/bye"]',
  ])('loadSettings() refuses %s', (members) => {
    expect(problemsOf(client(members))).toEqual([
      expect.stringContaining('expected an https URL without user name and fragment'),
    ])
  })
})

describe('grants', () => {
  const device = 'urn:ietf:params:oauth:grant-type:device_code'

  test.each([
    ['a machine', `[{ id: a, secret: ${strong}, grant_types: [client_credentials] }]`],
    ['a device', `[{ id: a, grant_types: ["${device}", refresh_token] }]`],
  ])('loadSettings() lets %s go without redirects', (_, list) => {
    expect(problemsOf(clients(list))).toEqual([])
  })

  test.each([
    [
      'client_credentials without authentication',
      '{ id: a, grant_types: [client_credentials] }',
      'needs a client with "secret" or "jwks" (RFC 6749 §4.4)',
    ],
    [
      'authorization_code without redirects',
      '{ id: a }',
      'expected at least one, for authorization_code',
    ],
    [
      'redirects without authorization_code',
      `{ id: a, redirect_uris: [https://a.example/], grant_types: ["${device}"] }`,
      'has no meaning without authorization_code',
    ],
    ['refresh_token alone', '{ id: a, grant_types: [refresh_token] }', 'comes only with'],
    [
      'the implicit grant',
      '{ id: a, redirect_uris: [https://a.example/], grant_types: [implicit] }',
      'grant_types[0]": expected one of',
    ],
    [
      'the password grant',
      '{ id: a, redirect_uris: [https://a.example/], grant_types: [password] }',
      'grant_types[0]": expected one of',
    ],
    [
      'no grant',
      '{ id: a, redirect_uris: [https://a.example/], grant_types: [] }',
      'expected at least one grant type',
    ],
  ])('loadSettings() refuses %s', (_, entry, problem) => {
    expect(problemsOf(clients(`[${entry}]`))).toEqual([expect.stringContaining(problem)])
  })
})

describe('trusted', () => {
  const loopback = 'http://127.0.0.1:8976/callback'
  test.each([
    ['a public client at a loopback redirect', `redirect_uris: ["${loopback}"]`, [loopback]],
    [
      'a public client at an application’s own scheme',
      'redirect_uris: ["https://a.example/", "com.example.app:/cb"]',
      ['com.example.app:/cb'],
    ],
    ['a public client of the web', 'redirect_uris: [https://a.example/]', []],
    ['a client with a secret', `secret: ${strong}, redirect_uris: ["${loopback}"]`, []],
  ])('loadSettings() says where it leaves nothing out, for %s', (_, members, uris) => {
    const told = warningsOf(clients(`[{ id: a, trusted: true, ${members} }]`))
    expect(told.filter((text) => text.includes('RFC 8252 §8.6'))).toEqual(
      uris.map((uri) =>
        expect.stringContaining(`"${place}.trusted" leaves nothing out at "${uri}"`),
      ),
    )
  })
})

describe('ids', () => {
  test('loadSettings() refuses the same one twice', () => {
    const entry = '{ id: a, redirect_uris: [https://a.example/] }'
    expect(problemsOf(clients(`[${entry}, ${entry}]`))).toEqual([
      'Settings "authorization_server.clients[0].id" and "authorization_server.clients[1].id" are the same client',
    ])
  })

  test.each(['https://claude.ai/client', 'a b', '', 'ä'])('loadSettings() refuses "%s"', (id) => {
    expect(problemsOf(clients(`[{ id: "${id}", redirect_uris: [https://a.example/] }]`))).toEqual([
      expect.stringContaining(`"${place}.id": expected a client id`),
    ])
  })

  test('loadSettings() names a misspelt member', () => {
    expect(problemsOf(open('redirect_uri: a'))).toEqual([
      expect.stringContaining(
        `Unknown setting "${place}.redirect_uri"; did you mean "redirect_uris"`,
      ),
    ])
  })
})
