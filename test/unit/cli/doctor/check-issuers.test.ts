import { expect, test } from 'vitest'
import type { GuardedFetch } from '../../../../src/adapters/outbound.ts'
import { checkIssuers } from '../../../../src/cli/doctor/check-issuers.ts'
import { formatFinding } from '../../../../src/cli/doctor/finding.ts'
import { epochSeconds } from '../../../../src/protocol/time.ts'
import { settingsOf } from '../../../support/load-configuration.ts'

const issuer = 'https://sso.example.com'
const now = 1_800_000_000
const settings = settingsOf({
  yaml: `public_url: https://auth.example.com
allow: { anyone: true }
providers: [{ id: home, preset: oidc, issuer: '${issuer}', client_id: sallyport }]`,
})

type Answers = Readonly<Record<string, Response | undefined>>

const document = {
  issuer,
  authorization_endpoint: `${issuer}/authorize`,
  token_endpoint: `${issuer}/token`,
  jwks_uri: `${issuer}/keys`,
  response_types_supported: ['code'],
  subject_types_supported: ['public'],
  id_token_signing_alg_values_supported: ['RS256'],
}
const json = (value: unknown, secondsAhead = 0) =>
  new Response(JSON.stringify(value), {
    headers: {
      'Content-Type': 'application/json',
      Date: new Date((now + secondsAhead) * 1000).toUTCString(),
    },
  })
const good = (secondsAhead = 0): Answers => ({
  '/.well-known/openid-configuration': json(document, secondsAhead),
  '/keys': json({ keys: [{ kty: 'RSA' }] }, secondsAhead),
  '/authorize': new Response('login'),
})

const asked: URL[] = []
async function check(answers: Answers) {
  asked.length = 0
  const fetch: GuardedFetch = async (address) => {
    const url = new URL(address)
    asked.push(url)
    const answer = answers[url.pathname]
    if (answer === undefined) throw new Error('connect ECONNREFUSED')
    return answer
  }
  const ports = {
    fetch,
    now: () => epochSeconds(now),
    nowMilliseconds: () => now * 1000,
    randomToken: () => 'r'.repeat(43),
  }
  return (await checkIssuers(settings, ports)).map(formatFinding)
}

test('checkIssuers() finds nothing wrong with a provider that works', async () => {
  expect(await check(good())).toEqual([
    'ok: provider "home": register exactly this redirect URI: https://auth.example.com/callback/home',
    'ok: provider "home": discovery of https://sso.example.com',
    'ok: provider "home": 1 key for signatures',
    'ok: provider "home": its login page takes our client and redirect URI',
    'ok: provider "home": the clocks agree',
  ])
  const login = asked.find(({ pathname }) => pathname === '/authorize')
  expect(Object.fromEntries(login?.searchParams ?? [])).toMatchObject({
    client_id: 'sallyport',
    redirect_uri: 'https://auth.example.com/callback/home',
    code_challenge_method: 'S256',
  })
})

test.each([
  [
    'another issuer',
    { '/.well-known/openid-configuration': json({ ...document, issuer: 'https://x' }) },
    /no login is possible: .*issuer/,
  ],
  [
    'nobody there',
    { '/.well-known/openid-configuration': undefined },
    /no login is possible: .*ECONNREFUSED/,
  ],
  [
    'no document',
    { '/.well-known/openid-configuration': new Response('', { status: 404 }) },
    /no login is possible: .*404/,
  ],
  ['no keys', { '/keys': json({ keys: [] }) }, /no public key for signatures/],
  ['keys that are not there', { '/keys': new Response('', { status: 500 }) }, /answer 500/],
  ['keys that are no JSON', { '/keys': new Response('<html>') }, /cannot be fetched/],
  [
    'another client',
    { '/authorize': new Response('', { status: 400 }) },
    /"sallyport" known there/,
  ],
  ['a realm that is not there', { '/authorize': new Response('', { status: 404 }) }, /realm/],
  ['a login page nobody answers', { '/authorize': undefined }, /login page cannot be reached/],
])('checkIssuers() names %s', async (_, own, text) => {
  const lines = await check({ ...good(), ...own })
  expect(lines.filter((line) => line.startsWith('wrong: '))).toEqual([expect.stringMatching(text)])
})

test.each([
  [30, 'warning'],
  [120, 'wrong'],
  [-3600, 'wrong'],
])('checkIssuers() names a clock that is %s seconds off (C21)', async (ahead, grade) => {
  const lines = await check(good(ahead))
  expect(lines.at(-1)).toMatch(new RegExp(`^${grade}: provider "home": the clock of this machine`))
})
