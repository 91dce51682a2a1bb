import { expect, test } from 'vitest'
import { judgeAuthorization } from '../../../../src/cli/doctor/judge-authorization.ts'
import { settingsOf } from '../../../support/load-configuration.ts'

const [provider] = settingsOf({
  yaml: `public_url: https://auth.example.com
allow: { anyone: true }
providers: [{ id: home, preset: oidc, issuer: 'https://sso.example.com', client_id: sallyport }]`,
}).providers
const redirectUri = 'https://auth.example.com/callback/home'

test.each([
  [200, undefined, 'ok', /takes our client/],
  [302, '/interaction/1', 'ok', /takes our client/],
  [302, `${redirectUri}?error=login_required&state=s`, 'ok', /takes our client/],
  [302, `${redirectUri}?error=invalid_scope&state=s`, 'wrong', /"invalid_scope"/],
  [303, `${redirectUri}?error=unauthorized_client`, 'wrong', /"unauthorized_client"/],
  [400, undefined, 'wrong', /"sallyport" known there, with the redirect URI https:\/\/auth/],
  [404, undefined, 'wrong', /realm/],
  [502, undefined, 'warning', /502/],
])('judgeAuthorization() judges %s to %s as %s (K11)', (status, location, grade, text) => {
  if (provider === undefined) throw new Error('There is no provider')
  expect(judgeAuthorization(provider, { status, location, redirectUri })).toEqual({
    grade,
    text: expect.stringMatching(text),
  })
})
