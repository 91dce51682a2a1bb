import { expect, test } from 'vitest'
import { loginAt } from '../../../support/provider-fixture.ts'

test('createOpenIdProvider() at pocket-id follows the addresses of the document, not the issuer', async () => {
  const { identity, authorization, requests, logout } = await loginAt('pocket-id')
  expect(requests).toContain('GET https://id-internal.example.com/api/oidc/userinfo')
  expect(authorization?.searchParams.get('scope')).toBe('openid email profile groups')
  expect(identity).toMatchObject({ email: 'alice@example.com', groups: ['admins'] })
  expect(logout?.pathname).toBe('/api/oidc/end-session')
})

test('createOpenIdProvider() at pocket-id brings no address for a person who has none', async () => {
  const userInfo = { sub: '4f2d0b1e-0000-4000-8000-000000000002', preferred_username: 'alice' }
  const { identity } = await loginAt('pocket-id', { userInfo })
  expect(identity).toMatchObject({ email: undefined, preferredUsername: 'alice' })
})
