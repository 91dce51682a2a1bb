import { expect, test } from 'vitest'
import { problemsOf } from '../../../support/load-configuration.ts'
import { loginAt, tokenAt } from '../../../support/provider-fixture.ts'

const configured = (entry: string, more = '') => ({
  yaml: `public_url: https://auth.example.com\nallow: { anyone: true }\n${more}\nproviders: [{ client_id: x, client_secret: q8Zr2LmN4pXv7TyB, ${entry} }]`,
})

test('createOpenIdProvider() at okta asks for no scope "groups", and UserInfo for what the ID token leaves out', async () => {
  const { identity, authorization, requests, logout } = await loginAt('okta')
  expect(authorization?.searchParams.get('scope')).toBe('openid email profile')
  expect(requests).toContain('GET https://org.okta.com/oauth2/default/v1/userinfo')
  expect(identity).toMatchObject({
    subject: '00uid4BxXw6I6TV4m0g3',
    email: 'alice@example.com',
    groups: ['Everyone', 'Admins'],
  })
  expect(logout?.pathname).toBe('/oauth2/default/v1/logout')
})

test("loadSettings() refuses the address of Okta's console", () => {
  const entry = 'preset: okta, issuer: https://org-admin.okta.com/oauth2/default'
  expect(problemsOf(configured(entry))).toEqual([expect.stringContaining('without "-admin"')])
})

test('authenticate() at okta reads scopes from a list under "scp" of a token without a type', async () => {
  expect(await tokenAt('okta')).toMatchObject({
    kind: 'authenticated',
    identity: { scopes: ['openid', 'mcp:tools'] },
  })
  const usual = { aud: 'api://default' }
  expect(await tokenAt('okta', { claims: usual })).toMatchObject({ reason: 'wrong-audience' })
})
