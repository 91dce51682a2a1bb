import { expect, test } from 'vitest'
import { loginAt } from '../../../support/provider-fixture.ts'

test('createOpenIdProvider() at authelia asks for the scope "groups" and finds everything in UserInfo', async () => {
  const { identity, authorization, requests, logout } = await loginAt('authelia')
  expect(authorization?.searchParams.get('scope')).toBe('openid email profile groups')
  expect(requests).toContain('GET https://auth.example.org/api/oidc/userinfo')
  expect(identity).toMatchObject({
    email: 'alice@example.com',
    preferredUsername: 'alice',
    groups: ['admins', 'dev'],
  })
  expect(logout).toBe(undefined)
})

test('createOpenIdProvider() at authelia refuses UserInfo about somebody else (R42)', async () => {
  const { answer } = await loginAt('authelia', { userInfo: { sub: 'mallory', groups: ['admins'] } })
  expect(answer.kind).toBe('refused')
})
