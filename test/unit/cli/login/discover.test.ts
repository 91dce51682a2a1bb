import { describe, expect, test } from 'vitest'
import { discoverIssuer, type Fetch } from '../../../../src/cli/login/discover.ts'

const place = new URL('https://app.example.com/report')

const answering =
  (status: number, headers: Record<string, string>, body = ''): Fetch =>
  async () =>
    new Response(body === '' ? null : body, { status, headers })

const login = 'https://auth.example.com/login?rd=x'
const json = (value: unknown): string => JSON.stringify(value)

describe('discoverIssuer()', () => {
  test.each<[string, Fetch]>([
    ['the header', answering(401, { 'X-Auth-Login': login })],
    ['the body', answering(401, {}, json({ error: 'unauthorized', login_url: login }))],
  ])('takes the origin of the login from %s', async (_, fetch) => {
    expect(await discoverIssuer(place, fetch)).toBe('https://auth.example.com')
  })

  test('asks without credentials, follows no redirect and wants no page', async () => {
    const asked: RequestInit[] = []
    await discoverIssuer(place, async (_, init) => {
      asked.push(init)
      return new Response(null, { status: 401, headers: { 'X-Auth-Login': login } })
    })
    expect(asked).toMatchObject([{ redirect: 'manual', headers: { Accept: 'application/json' } }])
  })

  test('takes plain http on this machine', async () => {
    const fetch = answering(401, { 'X-Auth-Login': 'http://localhost:11000/login' })
    expect(await discoverIssuer(place, fetch)).toBe('http://localhost:11000')
  })

  test.each<[string, Fetch, string]>([
    ['plain http elsewhere', answering(401, { 'X-Auth-Login': 'http://a.example/' }), 'neither'],
    ['another scheme', answering(401, { 'X-Auth-Login': 'file:///etc/passwd' }), 'neither'],
    ['a script', answering(401, {}, json({ login_url: 'javascript:alert(1)' })), 'neither'],
    ['a user', answering(401, { 'X-Auth-Login': 'https://auth.example.com@a.example' }), 'neither'],
    ['no login', answering(401, {}, json({ error: 'unauthorized' })), 'names no login'],
    ['no JSON', answering(401, {}, '<html>'), 'names no login'],
    ['a number', answering(401, {}, json({ login_url: 1 })), 'names no login'],
    ['an endless body', answering(401, {}, `"${'x'.repeat(20_000)}"`), 'names no login'],
    ['an open page', answering(200, { 'X-Auth-Login': login }), 'answers 200'],
    ['a redirect', answering(302, { Location: 'https://b.example/' }), 'only leads to'],
    [
      'a resource',
      answering(401, { 'WWW-Authenticate': 'Bearer resource_metadata="https://a.example/x"' }),
      'is an OAuth resource',
    ],
    [
      'nobody',
      async () => {
        throw new TypeError('fetch failed')
      },
      'Cannot reach "https://app.example.com"',
    ],
  ])('says it in words for %s', async (_, fetch, words) => {
    await expect(discoverIssuer(place, fetch)).rejects.toThrow(words)
  })
})
