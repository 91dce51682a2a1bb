import { expect, test } from 'vitest'
import { problemsOf } from '../../../support/load-configuration.ts'
import { loginAt, tokenAt } from '../../../support/provider-fixture.ts'

const configured = (entry: string, more = '') => ({
  yaml: `public_url: https://auth.example.com\nallow: { anyone: true }\n${more}\nproviders: [{ client_id: x, client_secret: q8Zr2LmN4pXv7TyB, ${entry} }]`,
})

test('createOpenIdProvider() at authentik has one issuer for each application, with a slash', async () => {
  const { identity, logout } = await loginAt('authentik')
  expect(identity).toMatchObject({
    issuer: 'https://authentik.example.com/application/o/sallyport/',
    email: 'alice@example.com',
    groups: ['admins', 'staff'],
  })
  expect(logout?.pathname).toBe('/application/o/sallyport/end-session/')
})

test('createOpenIdProvider() at authentik takes no address that newer releases call unverified, trusted or not (R44)', async () => {
  const entry = { trust_email_without_claim: true }
  const { identity } = await loginAt('authentik', { entry, idToken: { email_verified: false } })
  expect(identity).toMatchObject({ email: undefined, unverifiedEmail: 'alice@example.com' })
})

test('loadSettings() wants the slash', () => {
  const entry = 'preset: authentik, issuer: https://authentik.example.com/application/o/sallyport'
  expect(problemsOf(configured(entry))).toEqual([
    expect.stringContaining('/sallyport/" (authentik'),
  ])
})

test('authenticate() at authentik takes tokens of a client once that is acknowledged as weak', async () => {
  const issuer = { audiences: ['mcp-client'], acknowledge_weak_audience: true }
  expect(await tokenAt('authentik', { type: 'JWT', issuer })).toMatchObject({
    kind: 'authenticated',
  })
  const claims = { aud: 'sallyport' }
  expect(await tokenAt('authentik', { type: 'JWT', issuer, claims })).toMatchObject({
    reason: 'wrong-audience',
  })
  await expect(tokenAt('authentik', { issuer: { audiences: ['mcp-client'] } })).rejects.toThrow(
    'say acknowledge_weak_audience: true',
  )
})
