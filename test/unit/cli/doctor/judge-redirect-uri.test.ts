import { expect, test } from 'vitest'
import { judgeRedirectUri } from '../../../../src/cli/doctor/judge-redirect-uri.ts'
import { settingsOf } from '../../../support/load-configuration.ts'

const [provider] = settingsOf({
  yaml: `public_url: https://auth.example.com
allow: { anyone: true }
providers: [{ id: home, preset: oidc, issuer: 'https://sso.example.com', client_id: sallyport }]`,
}).providers

const publicUrl = (href: string) => {
  const { origin, hostname, pathname } = new URL(href)
  return { href, origin, hostname, basePath: pathname === '/' ? '' : pathname }
}

test.each([
  ['https://auth.example.com', 'oidc', 'ok', 'https://auth.example.com/callback/home'],
  ['https://app.example.com/_auth', 'oidc', 'ok', 'https://app.example.com/_auth/callback/home'],
  ['http://auth.example.com', 'oidc', 'wrong', 'expected https'],
  ['http://localhost:11000', 'oidc', 'ok', 'http://localhost:11000/callback/home'],
  ['http://localhost:11000', 'google', 'ok', 'http://localhost:11000/callback/home'],
  ['https://192.0.2.7', 'oidc', 'warning', 'IP address'],
  ['https://192.0.2.7', 'google', 'wrong', 'public name'],
  ['https://gateway', 'google', 'wrong', 'public name'],
  ['https://auth.home.local', 'google', 'wrong', 'public domains'],
  ['https://auth.example.com', 'google', 'ok', 'https://auth.example.com/callback/home'],
] as const)('judgeRedirectUri() judges %s at %s as %s', (href, preset, grade, text) => {
  if (provider === undefined) throw new Error('There is no provider')
  expect(judgeRedirectUri({ ...provider, preset }, publicUrl(href))).toEqual({
    grade,
    text: expect.stringContaining(text),
  })
})
