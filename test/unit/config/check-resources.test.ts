import { describe, expect, test } from 'vitest'
import { load, problemsOf, settingsOf, warningsOf } from '../../support/load-configuration.ts'

const providers = `providers:
  - { id: home, preset: keycloak, issuer: https://sso.example.com/realms/home, client_id: x, claims: { groups: roles } }
  - { id: google, preset: google, client_id: g, client_secret: GOCSPX-4f9a8b7c6d5e }`

const resources = (list: string, more = '') => ({
  yaml: `public_url: https://auth.example.com\nallow: { anyone: true }\n${providers}\n${more}\nresources: ${list}`,
})
const sso = 'https://sso.example.com/realms/home'
const one = (members: string) =>
  resources(`[{ url: https://mcp.example.com/mcp, issuers: ${sso}, ${members} }]`)

test('loadSettings() reads every member of a resource', () => {
  const given = one(`scopes: [mcp:tools], implied_scopes: { mcp:admin: [mcp:tools] },
    audiences: [urn:mcp], allow: { groups: [a] }, allow_preflight: true, name: Tools,
    documentation: https://docs.example.com, policy_uri: https://example.com/privacy,
    tos_uri: https://example.com/terms, scopes_supported: [mcp:tools, mcp:admin]`)
  expect(settingsOf(given).policy.resources).toEqual([
    {
      url: 'https://mcp.example.com/mcp',
      scopes: ['mcp:tools'],
      impliedScopes: { 'mcp:admin': ['mcp:tools'] },
      issuers: [sso],
      audiences: ['urn:mcp'],
      audienceRules: [],
      allow: [{ groups: ['a'] }],
      allowPreflight: true,
      name: 'Tools',
      documentation: 'https://docs.example.com',
      policyUri: 'https://example.com/privacy',
      termsUri: 'https://example.com/terms',
      scopesSupported: ['mcp:tools', 'mcp:admin'],
    },
  ])
})

test.each([
  ['https://MCP.Example.com/', 'https://mcp.example.com'],
  ['https://mcp.example.com:443/mcp', 'https://mcp.example.com/mcp'],
  ['https://mcp.example.com/mcp/', 'https://mcp.example.com/mcp/'],
  ['https://mcp.example.com:8443/caf%C3%A9', 'https://mcp.example.com:8443/caf%C3%A9'],
])('loadSettings() writes the resource %s in canonical form (Q9)', (written, url) => {
  const given = resources(`[{ url: "${written}", issuers: ${sso} }]`)
  expect(settingsOf(given).policy.resources[0]?.url).toBe(url)
})

describe('resource URL', () => {
  test.each([
    ['/mcp', 'an absolute https URL'],
    ['mcp.example.com/mcp', 'an absolute https URL'],
    ['https://mcp.example.com/mcp#x', 'an absolute https URL'],
    ['https://mcp.example.com/mcp?x=1', 'an absolute https URL'],
    ['https://u:p@mcp.example.com/mcp', 'an absolute https URL'],
    ['ftp://mcp.example.com', 'an absolute https URL'],
    ['https://mcp.example.com/mcp;v=1', 'an absolute https URL'],
    ['https://mcp.example.com//mcp', 'an absolute https URL'],
    ['https://mcp.example.com/a%2fb', 'an absolute https URL'],
    ['https://mcp.example.com/a%252fb', 'an absolute https URL'],
    ['https://mcp.example.com./mcp', 'an absolute https URL'],
    ['https://-mcp.example.com/mcp', 'an absolute https URL'],
    ['http://mcp.example.com/mcp', 'an https URL (http only in development mode)'],
    ['http://localhost/mcp', 'an https URL (http only in development mode)'],
    ['https://a.*.example.com', 'a host with "*" only as its first label'],
  ])('loadSettings() refuses %s (RFC 8707 §2)', (url, wanted) => {
    expect(problemsOf(resources(`[{ url: "${url}", issuers: ${sso} }]`))).toEqual([
      expect.stringContaining(`"resources[0].url": expected ${wanted}`),
    ])
  })

  test('loadSettings() allows http on this machine in development', () => {
    const yaml = `public_url: http://localhost:11000\ndevelopment: true\nallow: { anyone: true }
resources: [{ url: http://mcp.localhost/mcp, issuers: http://localhost:8080/realms/a }]`
    expect(problemsOf({ yaml })).toEqual([])
  })

  test('loadSettings() refuses the same resource twice', () => {
    const given = resources(
      `[{ url: https://m.example.com, issuers: ${sso} }, { url: https://m.example.com/, issuers: ${sso} }]`,
    )
    expect(problemsOf(given)).toEqual([
      'Settings "resources[0].url" and "resources[1].url" are the same resource',
    ])
  })
})

describe('issuers', () => {
  test('loadSettings() refuses an empty list', () => {
    expect(problemsOf(resources('[{ url: https://m.example.com, issuers: [] }]'))).toEqual([
      'Cannot read setting "resources[0].issuers": expected at least one issuer; leave the setting out to have Sallyport issue the tokens, got an empty list',
    ])
  })

  const issued = (issuers: string) =>
    resources(`[{ url: https://m.example.com, issuers: ${issuers} }]`)

  test('loadSettings() refuses an issuer that differs from a provider by its last slash', () => {
    const yaml = issued('https://id.example.com').yaml.replace(
      'providers:',
      'providers:\n  - { id: work, issuer: https://id.example.com/, client_id: w }',
    )
    expect(problemsOf({ yaml })).toEqual([
      expect.stringContaining('expected "https://id.example.com/" (the slash at the end counts)'),
    ])
  })

  test.each([
    [`${sso}/`, sso],
    ['https://other.example.com/sso/realms/x//', 'https://other.example.com/sso/realms/x'],
  ])('loadSettings() corrects the realm %s and says so', (issuer, right) => {
    const { policy, tokenIssuers } = settingsOf(issued(issuer))
    expect(policy.resources.map(({ issuers }) => issuers)).toEqual([[right]])
    expect(tokenIssuers.map((one) => one.issuer)).toEqual([right])
    expect(warningsOf(issued(issuer))).toEqual([
      `Setting "resources[0].issuers[0]" was corrected to "${right}": Keycloak's issuer has no slash at its end`,
    ])
  })

  test.each([
    ['http://sso.example.com', 'issuers[0].issuer": expected an https URL'],
    ['http://localhost:8080', 'issuers[0].issuer": expected an https URL'],
    ['{ issuer: https://a.example, jwks_uri: http://a.example/k }', 'issuers[0].jwks_uri"'],
    ['https://accounts.google.com', 'Google issues no access tokens'],
    [
      '{ issuer: https://login.microsoftonline.com/common/v2.0, audiences: [a] }',
      "each tenant's own issuer",
    ],
    [
      '{ issuer: https://sts.windows.net/x/, audiences: [a], claims: { email: upn } }',
      'no address',
    ],
    [
      'https://a.example?x',
      'issuers": expected an https URL without user name, query and fragment, or "self", got "https://a.example?x"',
    ],
    ['{ issuer: https://a.example, algorithms: [HS256] }', 'issuers.algorithms[0]'],
    ['{ issuer: https://a.example, algorithms: [none] }', 'issuers.algorithms[0]'],
    ['{ issuer: https://a.example, algorithms: [] }', 'issuers.algorithms'],
    ['{ jwks_uri: https://a.example }', 'issuers.issuer'],
    ['[{ issuer: https://a.example, typ: JWT }]', 'Unknown setting "resources[0].issuers[0].typ"'],
  ])('loadSettings() refuses the issuer %s', (issuers, problem) => {
    expect(problemsOf(issued(issuers))).toEqual([expect.stringContaining(problem)])
  })

  test('loadSettings() gives an issuer the id and claims of the provider that it is', () => {
    expect(settingsOf(issued(sso)).tokenIssuers).toEqual([
      {
        issuer: sso,
        jwksUri: undefined,
        algorithms: ['RS256', 'PS256', 'ES256', 'EdDSA', 'Ed25519'],
        acceptPlainJwtType: true,
        claims: {
          email: ['email'],
          name: ['name'],
          username: ['preferred_username'],
          groups: ['roles'],
        },
        provider: 'home',
        trustEmailWithoutClaim: false,
        acceptVerifiedAsText: false,
        secondFactor: { acr: ['2'] },
        quirks: {},
      },
    ])
  })

  test('loadSettings() is strict about the type of tokens of other issuers (RFC 9068 §4)', () => {
    expect(settingsOf(issued('https://id.example.com')).tokenIssuers).toMatchObject([
      { provider: '', acceptPlainJwtType: false },
    ])
    expect(
      settingsOf(issued('{ issuer: https://id.example.com, accept_jwt_type: true }')).tokenIssuers,
    ).toMatchObject([{ acceptPlainJwtType: true }])
    expect(
      settingsOf(issued(`{ issuer: ${sso}, accept_jwt_type: false }`)).tokenIssuers,
    ).toMatchObject([{ acceptPlainJwtType: false }])
  })

  test('loadSettings() keeps one description of an issuer that several resources name', () => {
    const described = '{ issuer: https://id.example.com, jwks_uri: https://id.example.com/k }'
    const given = (second: string) =>
      resources(`[{ url: https://a.example.com, issuers: https://id.example.com },
        { url: https://b.example.com, issuers: [${described}] },
        { url: https://c.example.com, issuers: [${second}] }]`)
    expect(settingsOf(given(described)).tokenIssuers).toMatchObject([
      { issuer: 'https://id.example.com', jwksUri: 'https://id.example.com/k' },
    ])
    expect(problemsOf(given('{ issuer: https://id.example.com, accept_jwt_type: true }'))).toEqual([
      'Issuer "https://id.example.com" is described in two ways under "resources"',
    ])
  })
})

describe('audiences', () => {
  test('loadSettings() wants one for a wildcard host', () => {
    const wild = (members: string) =>
      resources(`[{ url: "https://*.example.com", issuers: ${sso}${members} }]`)
    expect(problemsOf(wild(''))).toEqual([
      expect.stringContaining('"resources[0].audiences": expected at least one'),
    ])
    const given = wild(', audiences: [https://auth.example.com]')
    expect(problemsOf(given)).toEqual([])
    expect(warningsOf(given)).toEqual([expect.stringContaining('All hosts of resource')])
  })

  test('loadSettings() takes a plain text only when an issuer is said to use them', () => {
    const plain = (issuer: string) =>
      resources(`[{ url: https://m.example.com, audiences: [client-1], issuers: [${issuer}] }]`)
    expect(problemsOf(plain(sso))).toEqual([
      expect.stringContaining('"resources[0].audiences[0]": expected a URI'),
    ])
    expect(problemsOf(plain(`{ issuer: ${sso}, accept_plain_audience: true }`))).toEqual([])
  })

  test.each(['urn:example:mcp', 'api://0000-1111', 'https://other.example.com'])(
    'loadSettings() takes the URI %s',
    (audience) => {
      expect(settingsOf(one(`audiences: ["${audience}"]`)).policy.resources[0]?.audiences).toEqual([
        audience,
      ])
    },
  )

  test('loadSettings() warns when two resources share what an issuer fixes', () => {
    const issuer = `{ issuer: https://login.microsoftonline.com/x/v2.0, audiences: [app] }`
    const given = resources(`[{ url: https://a.example.com, issuers: [${issuer}] },
      { url: https://b.example.com, issuers: [${issuer}] }]`)
    expect(warningsOf(given)).toEqual([
      'Resources https://a.example.com, https://b.example.com share the audience "app": a token for one opens the others',
    ])
  })

  test('loadSettings() wants none for a wildcard host when every issuer has a rule of its own', () => {
    const issuer = `{ issuer: https://login.microsoftonline.com/x/v2.0, audiences: [app] }`
    const given = resources(`[{ url: "https://*.example.com", issuers: [${issuer}] }]`)
    expect(problemsOf(given)).toEqual([])
    expect(settingsOf(given).policy.resources[0]?.audienceRules).toEqual([
      {
        issuer: 'https://login.microsoftonline.com/x/v2.0',
        kind: 'audience',
        audiences: ['app'],
      },
    ])
  })

  test('loadSettings() warns when two resources share an audience (Q2)', () => {
    const shared = resources(`[
      { url: https://a.example.com, issuers: ${sso}, audiences: [https://b.example.com/] },
      { url: https://b.example.com, issuers: ${sso} }]`)
    expect(warningsOf(shared)).toEqual([
      'Resources https://a.example.com, https://b.example.com share the audience "https://b.example.com": a token for one opens the others',
    ])
    const apart = resources(
      `[{ url: https://a.example.com, issuers: ${sso} }, { url: https://b.example.com, issuers: ${sso} }]`,
    )
    expect(load(apart).warnings).toEqual([])
  })
})
