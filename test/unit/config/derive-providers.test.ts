import { describe, expect, test } from 'vitest'
import { problemsOf, settingsOf, warningsOf } from '../../support/load-configuration.ts'

const providers = (list: string, more = '') => ({
  yaml: `public_url: https://auth.example.com\nallow: { anyone: true }\n${more}\nproviders: [${list}]`,
})
const secret = 'client_secret: q8Zr2LmN4pXv7TyB1sWd'

test.each([
  [
    `{ preset: google, client_id: g, ${secret} }`,
    {
      id: 'google',
      label: 'Google',
      issuer: 'https://accounts.google.com',
      callbackPath: '/callback/google',
    },
  ],
  [
    '{ preset: keycloak, issuer: https://sso.example.com/realms/a, client_id: k }',
    {
      id: 'keycloak',
      clientSecret: undefined,
      claims: { groups: ['groups', 'realm_access.roles'] },
    },
  ],
  [
    `{ id: work, label: Work, issuer: https://id.example.com/, client_id: o, ${secret}, scopes: [email, groups],
      claims: { email: mail, groups: [roles, realm_access.roles] }, trust_email_without_claim: true,
      accept_verified_as_text: true, callback_path: /cb }`,
    {
      id: 'work',
      preset: 'oidc',
      label: 'Work',
      issuer: 'https://id.example.com/',
      scopes: ['openid', 'email', 'groups'],
      claims: {
        email: ['mail'],
        groups: ['roles', 'realm_access.roles'],
        username: ['preferred_username'],
      },
      trustEmailWithoutClaim: true,
      acceptVerifiedAsText: true,
      callbackPath: '/cb',
    },
  ],
  [
    `{ preset: google, client_id: g, ${secret}, hosted_domain: Example.com }`,
    { hostedDomain: 'example.com' },
  ],
])('loadSettings() fills in what the preset of %s knows', (entry, expected) => {
  expect(settingsOf(providers(entry)).providers).toMatchObject([expected])
})

test("loadSettings() corrects Keycloak's issuer and says so", () => {
  const given = providers('{ preset: keycloak, client_id: k, issuer: https://a.example/realms/b/ }')
  expect(settingsOf(given).providers[0]?.issuer).toBe('https://a.example/realms/b')
  expect(warningsOf(given)).toContain(
    'Setting "providers[0].issuer" was corrected to "https://a.example/realms/b": Keycloak\'s issuer has no slash at its end',
  )
})

describe('problems', () => {
  test.each([
    [`{ id: local, client_id: x, issuer: https://a.example }`, '"providers[0].id"'],
    [`{ id: passkey, client_id: x, issuer: https://a.example }`, '"providers[0].id"'],
    [`{ id: A B, client_id: x, issuer: https://a.example }`, '"providers[0].id"'],
    [
      '{ client_id: x }',
      '"providers[0].issuer": expected the https URL of the provider, got nothing',
    ],
    ['{ issuer: https://a.example }', '"providers[0].client_id": expected the client id'],
    ['{ client_id: x, issuer: http://a.example }', '"providers[0].issuer": expected an https URL'],
    ['{ client_id: x, issuer: http://localhost }', '"providers[0].issuer": expected an https URL'],
    ['{ client_id: x, issuer: "https://a.example?b" }', '"providers[0].issuer"'],
    ['{ client_id: x, issuer: a.example }', '"providers[0].issuer"'],
    [
      '{ preset: google, client_id: x }',
      '"providers[0].client_secret": expected the client secret',
    ],
    [
      `{ preset: google, client_id: x, ${secret}, issuer: https://a.example }`,
      '"providers[0].issuer": expected https://accounts.google.com or nothing',
    ],
    [
      '{ client_id: x, issuer: https://a.example, hosted_domain: a.example }',
      'only for preset google',
    ],
    ['{ preset: clerk, client_id: x }', 'oidc with its issuer is for every other OpenID provider'],
    [
      '{ client_id: x, issuer: https://a.example, claims: { mail: x } }',
      'Unknown setting "providers[0].claims.mail"',
    ],
    ['{ client_id: x, issuer: https://a.example, scopes: ["a b"] }', '"providers[0].scopes[0]"'],
    ...['/login', '/auth', '/auth/x', '/sse', '/.well-known/x'].map((path) => [
      `{ client_id: x, issuer: https://a.example, callback_path: ${path} }`,
      `"providers[0].callback_path": expected a path that is not a page of Sallyport, got "${path}"`,
    ]),
    [
      `{ client_id: x, issuer: https://a.example }, { client_id: y, issuer: https://b.example }`,
      'Settings "providers[0]" and "providers[1]" have the same id "oidc"',
    ],
    [
      `{ id: a, client_id: x, issuer: https://a.example, callback_path: /cb }, { id: b, client_id: y, issuer: https://b.example, callback_path: /cb }`,
      'have the same callback_path "/cb"',
    ],
  ])('loadSettings() refuses %s', (list, problem) => {
    expect(problemsOf(providers(list))).toEqual([expect.stringContaining(problem)])
  })

  test('loadSettings() allows http on this machine in development only', () => {
    const yaml = (issuer: string) =>
      `public_url: http://localhost:1\ndevelopment: true\nallow: { anyone: true }\nproviders: [{ client_id: x, issuer: "${issuer}" }]`
    expect(problemsOf({ yaml: yaml('http://127.0.0.1:8080/a') })).toEqual([])
    expect(problemsOf({ yaml: yaml('http://keycloak:8080/a') })).toHaveLength(1)
  })

  const tenant = 'https://login.microsoftonline.com/8b87af7d-8647-4dc7-8df4-5f69a2011bb5/v2.0'

  test.each([
    ['entra', tenant],
    ['google', 'https://accounts.google.com'],
    ['cognito', 'https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_abc'],
    [undefined, 'https://id.example.com'],
  ])('loadSettings() names the preset %s of an issuer that was given as oidc', (preset, issuer) => {
    const said = warningsOf(providers(`{ client_id: x, issuer: "${issuer}" }`)).join()
    if (preset === undefined) expect(said).not.toContain('use preset')
    else expect(said).toContain(`use preset: ${preset}, which knows`)
    const named = `{ preset: ${preset}, client_id: x, ${secret}, issuer: "${issuer}" }`
    expect(warningsOf(providers(named)).join()).not.toContain('use preset')
  })

  test.each(['upn', 'preferred_username', 'unique_name'])(
    'loadSettings() refuses %s as address from Entra given as oidc too (R47, nOAuth)',
    (claim) => {
      const claims = `claims: { email: ${claim} }`
      const provider = `{ client_id: x, issuer: "${tenant}"`
      expect(problemsOf(providers(`${provider}, ${claims} }`))).toEqual([
        expect.stringContaining(`"providers[0].claims.email" must not hold "${claim}"`),
      ])
      const issuer = `{ issuer: "${tenant}", audiences: [api], accept_plain_audience: true, ${claims} }`
      const { yaml } = providers(`${provider} }`)
      const resource = `resources: [{ url: https://mcp.example.com, issuers: [${issuer}] }]`
      expect(problemsOf({ yaml: `${yaml}\n${resource}` }).join()).toContain(
        `"resources[0].issuers[0].claims.email" must not hold "${claim}"`,
      )
    },
  )

  test("loadSettings() warns of Keycloak's master realm (E12)", () => {
    const list = '{ preset: keycloak, client_id: x, issuer: https://a.example/realms/master }'
    expect(warningsOf(providers(list))).toContainEqual(expect.stringContaining('master realm'))
  })
})
