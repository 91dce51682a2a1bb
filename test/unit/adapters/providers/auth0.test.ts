import { expect, test } from 'vitest'
import { problemsOf, warningsOf } from '../../../support/load-configuration.ts'
import { loginAt, tokenAt } from '../../../support/provider-fixture.ts'

const configured = (entry: string, more = '') => ({
  yaml: `public_url: https://auth.example.com\nallow: { anyone: true }\n${more}\nproviders: [{ client_id: x, client_secret: q8Zr2LmN4pXv7TyB, ${entry} }]`,
})

test('createOpenIdProvider() at auth0 keeps the slash of the issuer and reads a claim with a namespace', async () => {
  const entry = { claims: { groups: 'https://example.com/roles' } }
  const { identity, logout } = await loginAt('auth0', { entry })
  expect(identity).toMatchObject({
    issuer: 'https://tenant.eu.auth0.com/',
    subject: 'auth0|6553da60a54af58e29493993',
    preferredUsername: 'alice',
    groups: ['admin', 'editor'],
  })
  expect(logout?.pathname).toBe('/oidc/logout')
})

test('loadSettings() wants the slash, and says that groups need a claim of their own', () => {
  expect(problemsOf(configured('preset: auth0, issuer: https://tenant.eu.auth0.com'))).toEqual([
    expect.stringContaining('expected "https://tenant.eu.auth0.com/" (Auth0\'s issuer ends with'),
  ])
  const rules = 'rules: [{ host: auth.example.com, allow: { groups: [admin] } }]'
  const entry = 'preset: auth0, issuer: https://tenant.eu.auth0.com/'
  expect(warningsOf(configured(entry, rules))).toContainEqual(
    expect.stringContaining('name it under claims.groups'),
  )
  expect(
    warningsOf(configured(`${entry}, claims: { groups: https://example.com/roles }`, rules)),
  ).toEqual([])
})

test('authenticate() at auth0 takes the API identifier as audience beside that of UserInfo', async () => {
  expect(await tokenAt('auth0', { type: 'JWT' })).toMatchObject({ kind: 'authenticated' })
  const claims = { aud: 'https://tenant.eu.auth0.com/userinfo' }
  expect(await tokenAt('auth0', { type: 'JWT', claims })).toMatchObject({
    reason: 'wrong-audience',
  })
})
