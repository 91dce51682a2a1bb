import { expect, test } from 'vitest'
import { problemsOf } from '../../../support/load-configuration.ts'
import { loginAt, tokenAt } from '../../../support/provider-fixture.ts'

const configured = (entry: string, more = '') => ({
  yaml: `public_url: https://auth.example.com\nallow: { anyone: true }\n${more}\nproviders: [{ client_id: x, client_secret: q8Zr2LmN4pXv7TyB, ${entry} }]`,
})

test('createOpenIdProvider() at logto accepts ES384, which others are refused, and reads "username" and "roles"', async () => {
  const { identity, authorization, logout } = await loginAt('logto')
  expect(authorization?.searchParams.get('scope')).toBe('openid email profile roles')
  expect(identity).toMatchObject({ preferredUsername: 'alice', groups: ['admin'] })
  expect(logout?.pathname).toBe('/oidc/session/end')
  const elsewhere = await loginAt('logto', { entry: { preset: 'oidc' } })
  expect(elsewhere.answer.kind).toBe('refused')
})

test('createOpenIdProvider() at logto compares at_hash with SHA-384 (OpenID Connect Core 1.0 §3.1.3.6)', async () => {
  const { answer } = await loginAt('logto', { idToken: { at_hash: 'AAAA' } })
  expect(answer).toMatchObject({ kind: 'refused', reason: 'ID token for another access token' })
})

test('loadSettings() wants the issuer with "/oidc"', () => {
  const entry = 'preset: logto, issuer: https://tenant.logto.app'
  expect(problemsOf(configured(entry))).toEqual([expect.stringContaining('/oidc')])
})

test('authenticate() at logto takes at+jwt with ES384 for the API resource', async () => {
  expect(await tokenAt('logto', { type: 'at+jwt' })).toMatchObject({ kind: 'authenticated' })
  expect(await tokenAt('logto', { type: 'JWT' })).toMatchObject({ reason: 'wrong-type' })
})
