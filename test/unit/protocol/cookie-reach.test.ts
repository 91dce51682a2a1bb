import { describe, expect, test } from 'vitest'
import { createReach, type ReachSettings } from '../../../src/protocol/cookie-reach.ts'

const own = (audience: string, domain: string | undefined) => ({ kind: 'own', audience, domain })
const loginHost = 'auth.example.com'

const alone: ReachSettings = { loginHost, domain: 'example.com', scope: undefined }
const domains: ReachSettings = {
  loginHost,
  domain: 'example.com',
  scope: { kind: 'domains', domains: ['example.org', 'shop.example.net'] },
}
const isolated: ReachSettings = { loginHost, domain: undefined, scope: { kind: 'every-host' } }

describe('createReach()', () => {
  test.each<[string, ReachSettings, string, object]>([
    ['counts the login cookie everywhere', alone, 'app.example.com', { kind: 'login' }],
    ['counts the login cookie everywhere', alone, 'evil.example', { kind: 'login' }],
    ['gives the own domain the login cookie', domains, 'example.com', { kind: 'login' }],
    ['gives the own domain the login cookie', domains, 'a.b.example.com', { kind: 'login' }],
    ['gives a domain one of its own', domains, 'example.org', own('example.org', 'example.org')],
    ['gives a domain one of its own', domains, 'a.example.org', own('example.org', 'example.org')],
    [
      'gives a domain one of its own',
      domains,
      'x.shop.example.net',
      own('shop.example.net', 'shop.example.net'),
    ],
    ['gives no cookie above a domain', domains, 'example.net', { kind: 'none' }],
    ['matches whole labels (R28)', domains, 'evilexample.org', { kind: 'none' }],
    ['matches whole labels (R28)', domains, 'evilexample.com', { kind: 'none' }],
    ['gives no cookie elsewhere', domains, 'example.org.evil.example', { kind: 'none' }],
    ['gives the login host the login cookie (R24)', isolated, loginHost, { kind: 'login' }],
    ['gives each host its own (R24)', isolated, 'a.example.com', own('a.example.com', undefined)],
    [
      'gives a host below the login host its own (R24)',
      isolated,
      `a.${loginHost}`,
      own(`a.${loginHost}`, undefined),
    ],
  ])('%s: %o, %s', (_, settings, hostname, reach) => {
    expect(createReach(settings)(hostname)).toEqual(reach)
  })

  test('keeps the login cookie on its host when it has no domain, next to other domains', () => {
    const reach = createReach({ ...domains, domain: undefined })
    expect(reach(loginHost)).toEqual({ kind: 'login' })
    expect(reach('app.example.com')).toEqual({ kind: 'none' })
  })
})
