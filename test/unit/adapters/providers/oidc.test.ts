import { expect, test } from 'vitest'
import { problemsOf, warningsOf } from '../../../support/load-configuration.ts'
import { loginAt, tokenAt } from '../../../support/provider-fixture.ts'

const configured = (entry: string, more = '') => ({
  yaml: `public_url: https://auth.example.com\nallow: { anyone: true }\n${more}\nproviders: [{ client_id: x, client_secret: q8Zr2LmN4pXv7TyB, ${entry} }]`,
})

test('createOpenIdProvider() at oidc needs an issuer and a client, nothing else', async () => {
  const { identity, logout } = await loginAt('oidc', { userInfo: null })
  expect(identity).toMatchObject({
    subject: 'alice',
    email: 'alice@example.com',
    preferredUsername: 'alice',
    groups: ['staff'],
  })
  expect(logout?.origin).toBe('https://login.example.com')
})

test('createOpenIdProvider() at oidc accepts no second audience and no object as groups (R37, R49)', async () => {
  const idToken = { aud: ['sallyport', 'other'], azp: 'sallyport' }
  expect((await loginAt('oidc', { idToken })).answer.kind).toBe('refused')
  const roles = await loginAt('oidc', { idToken: { groups: { admin: {} } } })
  expect(roles.identity?.groups).toEqual([])
})

test.each([
  'state',
  'redirect_uri',
  'nonce',
  'code_challenge',
  'scope',
  'client_id',
  'request_uri',
])(
  'loadSettings() lets no parameter %s be set, which the login decides about (R32, R33)',
  (name) => {
    const entry = `issuer: https://login.example.com, authorization_parameters: { ${name}: x }`
    expect(problemsOf(configured(entry))).toEqual([
      expect.stringContaining('providers[0].authorization_parameters'),
    ])
  },
)

test('loadSettings() warns of offline access, which nothing here uses', () => {
  const entry = 'issuer: https://login.example.com, scopes: [offline_access]'
  expect(warningsOf(configured(entry))).toContainEqual(expect.stringContaining('offline_access'))
})

test.each([
  [{ audience_rule: 'audience', audiences: ['https://mcp.example.com/mcp'] }, 'acknowledge_weak'],
  [{ audience_rule: 'audience', acknowledge_weak_audience: true }, 'the values of "aud"'],
  [{ client_ids: ['a'] }, 'only with audience_rule: client-id'],
  [{ acknowledge_weak_audience: true }, 'acknowledges what is not so'],
  [{ audience_rule: 'anything' }, 'one of resource, audience, client-id'],
])('loadSettings() refuses a rule for an unknown provider (%#)', async (issuer, problem) => {
  await expect(tokenAt('oidc', { issuer })).rejects.toThrow(problem)
})

test('authenticate() at oidc wants at+jwt and the URL of the resource (RFC 9068 §4)', async () => {
  expect(await tokenAt('oidc', { type: 'at+jwt' })).toMatchObject({ kind: 'authenticated' })
  expect(await tokenAt('oidc', { type: 'JWT' })).toMatchObject({ reason: 'wrong-type' })
})
