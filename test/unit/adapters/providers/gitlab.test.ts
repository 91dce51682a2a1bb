import { expect, test } from 'vitest'
import { problemsOf, settingsOf } from '../../../support/load-configuration.ts'
import { loginAt } from '../../../support/provider-fixture.ts'

const configured = (entry: string, more = '') => ({
  yaml: `public_url: https://auth.example.com\nallow: { anyone: true }\n${more}\nproviders: [{ client_id: x, client_secret: q8Zr2LmN4pXv7TyB, ${entry} }]`,
})

test('createOpenIdProvider() at gitlab asks UserInfo for groups, inherited ones included', async () => {
  const { identity, logout, authorization } = await loginAt('gitlab')
  expect(identity).toMatchObject({
    issuer: 'https://gitlab.com',
    email: 'alice@example.com',
    preferredUsername: 'alice',
    groups: ['acme', 'acme/platform'],
  })
  // Never what the document lists: administrators' scopes are among them.
  expect(authorization?.searchParams.get('scope')).toBe('openid email profile')
  expect(logout).toBe(undefined)
})

test("loadSettings() takes gitlab.com when no issuer is named, and an instance of one's own", () => {
  const [usual] = settingsOf(configured('preset: gitlab')).providers
  expect(usual?.issuer).toBe('https://gitlab.com')
  const own = settingsOf(configured('preset: gitlab, issuer: https://git.example.com'))
  expect(own.providers[0]?.issuer).toBe('https://git.example.com')
})

test.each(['https://gitlab.com', 'https://git.example.com'])(
  'loadSettings() refuses tokens of GitLab at %s for a resource',
  (issuer) => {
    const resources = `resources: [{ url: https://mcp.example.com, issuers: ${issuer} }]`
    const entry = 'preset: gitlab, issuer: https://git.example.com'
    expect(problemsOf(configured(entry, resources))).toEqual([
      expect.stringContaining('GitLab issues no access tokens for a resource'),
    ])
  },
)
