// The edge_auth section, mcpauth's switch for it, and Cloudflare Access as an issuer.

import { describe, expect, test } from 'vitest'
import { fileWith, problemsOf, settingsOf, warningsOf } from '../../support/load-configuration.ts'

const edge = (section: string, more = 'cookie: { domain: example.com }') =>
  fileWith(`${more}\nrules: [{ host: app.example.com }]\nedge_auth: ${section}`)

describe('edge_auth', () => {
  test('loadSettings() leaves it off unless it is switched on', () => {
    expect(settingsOf({ yaml: fileWith('') }).edgeAuth).toBeUndefined()
    expect(settingsOf({ yaml: edge('{ enabled: false }') }).edgeAuth).toBeUndefined()
  })

  test('loadSettings() fills in what is not said', () => {
    expect(settingsOf({ yaml: edge('{ enabled: true }') }).edgeAuth).toEqual({
      hosts: undefined,
      lifetime: 86_400,
      commandLineLifetime: 43_200,
      commandLinePaths: ['/'],
      secret: { kind: 'file', path: 'data/edge-auth.key', readableByOthers: false },
    })
  })

  test('loadSettings() takes what is said', () => {
    const section =
      '{ enabled: true, hosts: [gw.example.com, "*.dev.example.com"], lifetime: 8h, command_line_lifetime: 1h, command_line_paths: [/_ws_tunnel] }'
    expect(settingsOf({ yaml: edge(section) }).edgeAuth).toMatchObject({
      hosts: ['gw.example.com', '*.dev.example.com'],
      lifetime: 28_800,
      commandLineLifetime: 3_600,
      commandLinePaths: ['/_ws_tunnel'],
    })
  })

  test.each([
    [
      'a host that no login reaches',
      '{ enabled: true, hosts: [gw.example.org] }',
      'does not reach',
    ],
    ['a host with a port', '{ enabled: true, hosts: ["gw.example.com:8443"] }', 'host name'],
    ['a cookie of more than a day', '{ enabled: true, lifetime: 25h }', '1m to 24h'],
    [
      'a token of more than 12 hours (R54)',
      '{ enabled: true, command_line_lifetime: 13h }',
      '1m to 12h',
    ],
    ['a weak secret', '{ enabled: true, secret: my-secret-key }', '32 random bytes'],
    ['a setting that is none', '{ enabled: true, host: gw.example.com }', 'host'],
  ])('loadSettings() refuses %s', (_which, section, said) => {
    const problems = problemsOf({ yaml: edge(section) })
    expect(problems).toHaveLength(1)
    expect(problems[0]).toContain(said)
    expect(problems[0]).not.toContain('my-secret-key')
  })

  test('loadSettings() refuses it where nobody can log in', () => {
    const yaml = 'public_url: https://auth.example.com\nedge_auth: { enabled: true }'
    expect(problemsOf({ yaml }).join()).toContain('edge_auth.enabled')
  })

  test('loadSettings() wants its secret on every node of PostgreSQL', () => {
    const yaml = edge('{ enabled: true }', 'database_url: postgres://db/sallyport')
    expect(problemsOf({ yaml }).join()).toContain('"edge_auth.secret" is needed')
  })

  test('loadSettings() takes every host in isolated mode', () => {
    const yaml = edge('{ enabled: true, hosts: [gw.example.org] }', 'cookie: { mode: isolated }')
    expect(settingsOf({ yaml }).edgeAuth?.hosts).toEqual(['gw.example.org'])
  })

  test('loadSettings() warns of members that have no effect', () => {
    const yaml = edge('{ hosts: [gw.example.com] }')
    expect(warningsOf({ yaml }).join()).toContain('no effect without edge_auth.enabled')
  })

  test("loadSettings() takes mcpauth's switch, and every host of its cookie as a gateway", () => {
    const env = {
      ENABLE_EDGE_AUTH: 'true',
      COOKIE_DOMAIN: '.yourdomain.com',
      OAUTH_DOMAIN: 'oauth.yourdomain.com',
      ALLOWED_EMAILS: 'me@yourdomain.com',
    }
    const settings = settingsOf({ env, argv: ['-useInternalAuth'] })
    expect(settings.edgeAuth?.hosts).toEqual([
      'oauth.yourdomain.com',
      'yourdomain.com',
      '*.yourdomain.com',
    ])
    expect(problemsOf({ env: { ...env, ENABLE_EDGE_AUTH: 'perhaps' } }).join()).toContain(
      'ENABLE_EDGE_AUTH',
    )
  })
})

describe('Cloudflare Access as an issuer (X15)', () => {
  const team = 'https://harbour.cloudflareaccess.com'
  const file = (issuer: string) =>
    fileWith(`resources: [{ url: https://mcp.example.com/mcp, issuers: [${issuer}] }]`)
  const tag = 'a'.repeat(64)

  test('loadSettings() knows where its keys are, and wants the audience tag', () => {
    const settings = settingsOf({ yaml: file(`{ issuer: ${team}, audiences: [${tag}] }`) })
    expect(settings.tokenIssuers).toMatchObject([
      {
        issuer: team,
        jwksUri: `${team}/cdn-cgi/access/certs`,
        acceptPlainJwtType: true,
        trustEmailWithoutClaim: true,
      },
    ])
    expect(settings.policy.resources[0]?.audienceRules).toEqual([
      { issuer: team, kind: 'audience', audiences: [tag] },
    ])
    expect(problemsOf({ yaml: file(team) }).join()).toContain('Application Audience (AUD) tag')
  })

  test('loadSettings() believes no other issuer what it believes Cloudflare', () => {
    const settings = settingsOf({ yaml: file('https://harbour.cloudflareaccess.com.evil.example') })
    expect(settings.tokenIssuers).toMatchObject([
      { jwksUri: undefined, trustEmailWithoutClaim: false },
    ])
  })
})
