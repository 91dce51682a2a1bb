import { expect, test } from 'vitest'
import { settingsOf, warningsOf } from '../../../support/load-configuration.ts'
import { loginAt, tokenAt } from '../../../support/provider-fixture.ts'

const configured = (entry: string, more = '') => ({
  yaml: `public_url: https://auth.example.com\nallow: { anyone: true }\n${more}\nproviders: [{ client_id: x, client_secret: q8Zr2LmN4pXv7TyB, ${entry} }]`,
})

const home = 'https://sso.example.com/realms/home'

test('createOpenIdProvider() at keycloak keeps groups as the full paths that Keycloak writes', async () => {
  const { identity, logout, answer } = await loginAt('keycloak')
  expect(identity).toMatchObject({
    email: 'alice@example.com',
    preferredUsername: 'alice',
    groups: ['/staff', '/staff/admins'],
  })
  expect(answer).toMatchObject({ providerSession: '3b1c9d0a-7b44-4a0e-8c4e-5f1f8f0a9d21' })
  expect(logout?.pathname).toBe('/realms/home/protocol/openid-connect/logout')
  expect([...(logout?.searchParams.keys() ?? [])].sort()).toEqual([
    'client_id',
    'id_token_hint',
    'post_logout_redirect_uri',
  ])
})

test('createOpenIdProvider() at keycloak takes realm roles when no groups mapper is there, client roles on request', async () => {
  const idToken = { groups: undefined }
  const byRealm = await loginAt('keycloak', { idToken })
  expect(byRealm.identity?.groups).toEqual(['default-roles-home', 'mcp-user'])
  const entry = { claims: { groups: 'resource_access.sallyport.roles' } }
  expect((await loginAt('keycloak', { entry })).identity?.groups).toEqual(['operator'])
})

test('createOpenIdProvider() at keycloak lets in a person without an address, as one without an address', async () => {
  const { identity } = await loginAt('keycloak', {
    idToken: { email: undefined, email_verified: undefined },
    userInfo: { sub: '7f2b0a2e-5f0c-4a51-9b0e-0d6f5a5c1e11', email_verified: false },
  })
  expect(identity).toMatchObject({ email: undefined, preferredUsername: 'alice' })
})

test('loadSettings() corrects the slash after the issuer of Keycloak, and warns of the master realm', () => {
  const corrected = configured(`preset: keycloak, issuer: ${home}/`)
  expect(settingsOf(corrected).providers[0]?.issuer).toBe(home)
  expect(warningsOf(corrected)).toContainEqual(expect.stringContaining(home))
  const master = 'preset: keycloak, issuer: https://sso.example.com/realms/master'
  expect(warningsOf(configured(master))).toContainEqual(expect.stringContaining('master realm'))
})

test('authenticate() at keycloak takes a plain JWT of type Bearer with the audience of the mapper, no other', async () => {
  expect(await tokenAt('keycloak', { type: 'JWT' })).toMatchObject({ kind: 'authenticated' })
  expect(await tokenAt('keycloak', { type: 'JWT', claims: { aud: 'account' } })).toMatchObject({
    reason: 'wrong-audience',
  })
  expect(await tokenAt('keycloak', { type: 'JWT', claims: { typ: 'ID' } })).toMatchObject({
    reason: 'wrong-type',
  })
})
