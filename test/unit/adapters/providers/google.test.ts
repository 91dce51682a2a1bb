import { expect, test } from 'vitest'
import { problemsOf, warningsOf } from '../../../support/load-configuration.ts'
import { loginAt } from '../../../support/provider-fixture.ts'

const configured = (entry: string, more = '') => ({
  yaml: `public_url: https://auth.example.com\nallow: { anyone: true }\n${more}\nproviders: [{ client_id: x, client_secret: q8Zr2LmN4pXv7TyB, ${entry} }]`,
})

test('createOpenIdProvider() at google vouches for the domain of the Workspace that "hd" names (R47)', async () => {
  const { identity, authorization, requests } = await loginAt('google')
  expect(identity).toEqual({
    provider: 'it',
    issuer: 'https://accounts.google.com',
    subject: '110169484474386276334',
    email: 'wendy@example.com',
    emailDomain: 'example.com',
    unverifiedEmail: undefined,
    name: 'Wendy Workspace',
    preferredUsername: undefined,
    groups: [],
    scopes: [],
  })
  expect(authorization?.searchParams.get('scope')).toBe('openid email profile')
  expect(authorization?.searchParams.has('access_type')).toBe(false)
  // The ID token says it all: one call less.
  expect(requests.join()).not.toContain('userinfo')
})

test.each([
  ['another Workspace', { hd: 'elsewhere.example' }, 'wendy@example.com', undefined],
  ['no Workspace', { hd: undefined }, 'wendy@example.com', undefined],
  ['Google itself', { hd: undefined, email: 'w@gmail.com' }, 'w@gmail.com', 'gmail.com'],
])(
  'createOpenIdProvider() at google vouches for no domain when the account is of %s (R47)',
  async (...row) => {
    const [, idToken, email, emailDomain] = row
    const { identity } = await loginAt('google', { idToken })
    expect(identity).toMatchObject({ email })
    expect(identity?.emailDomain).toBe(emailDomain)
  },
)

test('createOpenIdProvider() at google takes no address that is not verified (R44)', async () => {
  const unverified = { email_verified: false }
  const { identity } = await loginAt('google', { idToken: unverified, userInfo: null })
  expect(identity).toBe(undefined)
  const both = await loginAt('google', {
    idToken: unverified,
    userInfo: { sub: '110169484474386276334', email: 'wendy@example.com', email_verified: 'true' },
  })
  expect(both.identity).toMatchObject({ email: undefined, unverifiedEmail: 'wendy@example.com' })
})

test('createOpenIdProvider() at google asks for offline access only by parameters, and has no logout', async () => {
  const parameters = { access_type: 'offline', prompt: 'consent' }
  const entry = { authorization_parameters: parameters }
  const { authorization, logout } = await loginAt('google', { entry })
  expect(Object.fromEntries(authorization?.searchParams ?? [])).toMatchObject(parameters)
  expect(logout).toBe(undefined)
  expect(problemsOf(configured('preset: google, scopes: [email, offline_access]'))).toEqual([
    expect.stringContaining('Google knows no such scope; authorization_parameters: { access_type'),
  ])
})

test('loadSettings() says that Google has no groups and no tokens for a resource', () => {
  const rules = 'rules: [{ host: auth.example.com, allow: { groups: [staff] } }]'
  expect(warningsOf(configured('preset: google', rules))).toContainEqual(
    'Provider "google" brings nobody in by groups, which "allow" asks for: Google tells applications no groups',
  )
  const resources =
    'resources: [{ url: https://mcp.example.com, issuers: https://accounts.google.com }]'
  expect(problemsOf(configured('preset: google', resources))).toEqual([
    'Setting "resources[0].issuers[0]": Google issues no access tokens for a resource; name another issuer',
  ])
})
