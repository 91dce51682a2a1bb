import { expect, test } from 'vitest'
import { problemsOf } from '../../../support/load-configuration.ts'
import { loginAt } from '../../../support/provider-fixture.ts'

const configured = (entry: string, more = '') => ({
  yaml: `public_url: https://auth.example.com\nallow: { anyone: true }\n${more}\nproviders: [{ client_id: x, client_secret: q8Zr2LmN4pXv7TyB, ${entry} }]`,
})

test('createOpenIdProvider() at dex asks for the scope "groups" and keeps the prefix of the connector', async () => {
  const { identity, authorization, logout } = await loginAt('dex')
  expect(authorization?.searchParams.get('scope')).toBe('openid email profile groups')
  expect(identity).toMatchObject({
    issuer: 'https://sso.example.net/dex',
    subject: 'CgR0ZXN0EgRsZGFw',
    groups: ['acme:admins'],
  })
  expect(logout).toBe(undefined)
})

test('loadSettings() refuses access tokens of Dex, which look like ID tokens', () => {
  const resources =
    'resources: [{ url: https://mcp.example.com, issuers: https://sso.example.net/dex }]'
  const entry = 'preset: dex, issuer: https://sso.example.net/dex'
  expect(problemsOf(configured(entry, resources))).toEqual([
    expect.stringContaining('cannot be told from its ID tokens'),
  ])
})
