import { expect, test } from 'vitest'
import { problemsOf } from '../../../support/load-configuration.ts'
import { loginAt, tokenAt } from '../../../support/provider-fixture.ts'

const configured = (entry: string, more = '') => ({
  yaml: `public_url: https://auth.example.com\nallow: { anyone: true }\n${more}\nproviders: [{ client_id: x, client_secret: q8Zr2LmN4pXv7TyB, ${entry} }]`,
})

const weak = { client_ids: ['1example23456789'], acknowledge_weak_audience: true }
const scoped = { scopes: ['https://mcp.example.com/mcp/tools'] }

test('createOpenIdProvider() at cognito reads its own names for groups and user', async () => {
  const { identity } = await loginAt('cognito')
  expect(identity).toMatchObject({
    email: 'alice@example.com',
    preferredUsername: 'alice',
    groups: ['admins'],
  })
})

test('createOpenIdProvider() at cognito takes email_verified as text, as UserInfo has it', async () => {
  const idToken = { email: undefined, email_verified: undefined }
  expect((await loginAt('cognito', { idToken })).identity?.email).toBe('alice@example.com')
  const userInfo = {
    sub: 'aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee',
    email: 'alice@example.com',
    email_verified: 'false',
  }
  const { identity } = await loginAt('cognito', { idToken, userInfo })
  expect(identity).toMatchObject({ email: undefined, unverifiedEmail: 'alice@example.com' })
})

test.each([{}, { end_session_endpoint: undefined }])(
  'createOpenIdProvider() at cognito logs out in a form of its own (%j)',
  async (discovery) => {
    const { logout, logoutOrigin } = await loginAt('cognito', { discovery })
    expect(logout?.href).toBe(
      'https://pool.auth.eu-central-1.amazoncognito.com/logout?client_id=1example23456789&logout_uri=https%3A%2F%2Fauth.example.com%2Fsigned-out',
    )
    expect(logoutOrigin).toBe('https://pool.auth.eu-central-1.amazoncognito.com')
  },
)

test('loadSettings() wants the issuer of the pool, not its domain', () => {
  const entry = 'preset: cognito, issuer: https://pool.auth.eu-central-1.amazoncognito.com'
  expect(problemsOf(configured(entry))).toEqual([expect.stringContaining('https://cognito-idp.')])
})

test('authenticate() at cognito takes access tokens of listed clients, which have no audience', async () => {
  expect(await tokenAt('cognito', { issuer: weak, resource: scoped })).toMatchObject({
    kind: 'authenticated',
    identity: { groups: ['admins'], scopes: ['https://mcp.example.com/mcp/tools'] },
  })
})

test.each([
  ['another client', { client_id: 'another' }, 'wrong-audience'],
  ['no client', { client_id: undefined }, 'wrong-audience'],
  ['an ID token', { token_use: 'id', aud: '1example23456789' }, 'wrong-type'],
  ['no mark', { token_use: undefined }, 'wrong-audience'],
  ['an audience', { aud: '1example23456789' }, 'wrong-audience'],
])('authenticate() at cognito refuses a token of %s', async (_what, claims, reason) => {
  const token = { claims, issuer: weak, resource: scoped }
  expect(await tokenAt('cognito', token)).toMatchObject({ reason })
})

test.each([
  [{ client_ids: ['a'] }, scoped, 'say acknowledge_weak_audience: true'],
  [{ acknowledge_weak_audience: true }, scoped, 'expected the client ids whose tokens count'],
  [weak, {}, 'needs "scopes" on the resource'],
  [{ ...weak, audiences: ['a'] }, scoped, 'has a meaning only with audience_rule: audience'],
])(
  'loadSettings() refuses an incomplete rule for Cognito (%#)',
  async (issuer, resource, problem) => {
    await expect(tokenAt('cognito', { issuer, resource })).rejects.toThrow(problem)
  },
)
