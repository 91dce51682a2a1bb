// Can a code or an error be sent where it was not promised? What others let through, against the real endpoint.

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  type AuthorizationStage,
  issuer,
  redirectUri,
  startAuthorizationStage,
  visitorOf,
} from '../../support/authorization-stage.ts'

const web = 'https://client.example.com/callback'

let stage: AuthorizationStage
let webClient: string
let nativeClient: string

beforeAll(async () => {
  stage = await startAuthorizationStage()
  webClient = String((await stage.register({ redirect_uris: [web] })).json['client_id'])
  nativeClient = String((await stage.register()).json['client_id'])
})
afterAll(() => stage.close())

type Changes = Record<string, string | undefined>
const ask = (clientId: string, changes: Changes) =>
  stage.browser().get(`/authorize?${stage.parameters(clientId, changes)}`)

/** Neither with a question nor with an error, however much else is wrong. */
async function expectNowhere(clientId: string, redirect_uri: string): Promise<void> {
  const spoilt: readonly Changes[] = [
    {},
    { prompt: 'none' },
    { response_type: 'token' },
    { code_challenge: undefined },
    { scope: 'bogus' },
    { resource: 'https://nobody.example/' },
  ]
  for (const changes of spoilt) {
    const answer = await ask(clientId, { ...changes, redirect_uri })
    expect([answer.status, answer.location]).toEqual([400, undefined])
    expect(answer.headers.get('refresh')).toBeNull()
  }
}

describe('GET /authorize leads nowhere (R59, R61) when a web client asks for', () => {
  test.each([
    ['a host of somebody else (CVE-2025-4143, CVE-2020-26877)', 'https://evil.example/callback'],
    ['any address at all (CVE-2026-54072)', 'https://evil.example/'],
    ['another scheme (CVE-2020-26938)', 'javascript://client.example.com/callback'],
    ['plain http', 'http://client.example.com/callback'],
    ['no scheme', '//client.example.com/callback'],
    ['its host as a user name (CVE-2023-6291)', 'https://client.example.com@evil.example/callback'],
    ['its host and port as one', 'https://client.example.com:443@evil.example/callback'],
    ['a user name (GHSA-9h33-g3ww-mqff)', 'https://user@client.example.com/callback'],
    ['a wildcard', 'https://client.example.com/*'],
    ['several user names (CVE-2026-7504)', 'https://a@b@client.example.com/callback'],
    ['its host with a tail', 'https://client.example.com.evil.example/callback'],
    ['a host below its own', 'https://evil.client.example.com/callback'],
    ['what a dot would match (CVE-2024-52289)', 'https://clientXexample.com/callback'],
    ['what begins like it (CVE-2024-52289)', 'https://client.example.com/callback.evil'],
    ['a way up (CVE-2024-1132)', 'https://client.example.com/callback/../admin'],
    ['an encoded way up', 'https://client.example.com/callback/%2e%2e/admin'],
    ['a twice encoded way up (CVE-2022-3782)', 'https://client.example.com/callback/%252e%252e/x'],
    ['a way up with parameters (CVE-2026-3872)', 'https://client.example.com/callback/..;/admin'],
    ['loopback, which it has not registered', 'http://localhost/callback'],
    ['loopback by number', 'http://127.0.0.1/callback'],
    ['a host in capitals (CVE-2020-15234)', 'https://CLIENT.example.com/callback'],
    ['a path in capitals (CVE-2020-15234)', 'https://client.example.com/CALLBACK'],
    ['a scheme in capitals', 'HTTPS://client.example.com/callback'],
    ['a response of its own (CVE-2026-9689)', 'https://client.example.com/callback?code=x&state=y'],
    ['an empty query', 'https://client.example.com/callback?'],
    ['a fragment', 'https://client.example.com/callback#x'],
    ['an empty fragment', 'https://client.example.com/callback#'],
    ['one more slash', 'https://client.example.com/callback/'],
    ['two slashes', 'https://client.example.com//callback'],
    ['the default port', 'https://client.example.com:443/callback'],
    ['another port', 'https://client.example.com:8443/callback'],
    ['a dot after the host', 'https://client.example.com./callback'],
    ['a full-width dot', 'https://client.example。com/callback'],
    ['a backslash', 'https://client.example.com\\@evil.example/callback'],
    ['a slash that is a backslash', 'https:\\\\client.example.com\\callback'],
    ['a space before it', ' https://client.example.com/callback'],
    ['a line end behind it', 'https://client.example.com/callback\n'],
    ['a zero byte behind it', 'https://client.example.com/callback\0'],
    ['an encoded letter', 'https://client.example.com/%63allback'],
    ['two at once', 'https://client.example.com/callback https://evil.example/'],
  ])('%s', (_name, uri) => expectNowhere(webClient, uri))
})

describe('GET /authorize leads nowhere (R62) when a native client asks for', () => {
  test.each([
    ['another query (CVE-2020-15233)', 'http://127.0.0.1:8976/callback?x=1'],
    ['another host at a port (CVE-2020-15233)', 'http://evil.example:8976/callback'],
    ['another host altogether (CVE-2024-8883)', 'https://evil.example/callback'],
    ['what begins like its host (CVE-2024-8883)', 'http://127.0.0.1.evil.example:8976/callback'],
    ['another path', 'http://127.0.0.1:8976/callback2'],
    ['another name of loopback', 'http://localhost:8976/callback'],
    ['loopback of the other kind', 'http://[::1]:8976/callback'],
    ['a neighbour', 'http://127.0.0.2:8976/callback'],
    ['a number for an address', 'http://2130706433:8976/callback'],
    ['a hexadecimal address', 'http://0x7f.0.0.1:8976/callback'],
    ['a mapped address', 'http://[::ffff:127.0.0.1]:8976/callback'],
    ['a user name', 'http://127.0.0.1:8976@evil.example/callback'],
    ['TLS', 'https://127.0.0.1:8976/callback'],
    ['a port that is none', 'http://127.0.0.1:99999/callback'],
    ['a private scheme', 'com.example.app:/callback'],
  ])('%s', (_name, uri) => expectNowhere(nativeClient, uri))
})

describe('Errors without a question (R61, GHSA-2wvm-8mvp-22qv)', () => {
  test('go to the redirect URI that is registered, and only there', async () => {
    const known = await ask(webClient, { redirect_uri: web, prompt: 'none' })
    expect(`${known.location?.origin}${known.location?.pathname}`).toBe(web)
    expect(known.location?.searchParams.get('error')).toBe('consent_required')
    stage.signIn(undefined)
    const evil = { redirect_uri: 'https://evil.example/callback', prompt: 'none' }
    const unknown = await ask(webClient, evil)
    stage.signIn(visitorOf())
    expect([unknown.status, unknown.location]).toEqual([400, undefined])
    expect(unknown.text).not.toContain('evil.example')
  })

  test('do not go to what another client has registered', async () => {
    const { status, location } = await ask(nativeClient, { redirect_uri: web, prompt: 'none' })
    expect([status, location]).toEqual([400, undefined])
  })

  test.each(['HEAD', 'GET'])('go nowhere by %s without a redirect URI', async (method) => {
    const query = stage.parameters(webClient, { redirect_uri: undefined })
    const answer = await stage.request(`/authorize?${query}`, { method })
    expect([answer.status >= 400, answer.location]).toEqual([true, undefined])
  })
})

describe('The way back', () => {
  test('cannot be changed at the end: what was asked for is kept here (R70, CVE-2026-7571)', async () => {
    const visit = stage.browser()
    const began = await visit.get(
      `/authorize?${stage.parameters(webClient, { redirect_uri: web })}`,
    )
    const resume = await stage.decide(visit, began.location?.pathname ?? '')
    const other = new URLSearchParams({
      redirect_uri: 'https://evil.example/',
      response_type: 'token id_token',
      response_mode: 'fragment',
      client_id: nativeClient,
      scope: 'mcp:admin',
      state: 'other',
    })
    const { status, location } = await visit.get(`${new URL(resume ?? '').pathname}?${other}`)
    expect(status).toBe(303)
    expect(`${location?.origin}${location?.pathname}${location?.hash}`).toBe(web)
    expect([...(location?.searchParams.keys() ?? [])].toSorted()).toEqual(['code', 'iss', 'state'])
    expect(location?.searchParams.get('state')).toBe('a-state')
    const code = location?.searchParams.get('code') ?? ''
    const { json } = await stage.redeem(webClient, code, { redirect_uri: web })
    expect(json['scope']).toBe('mcp:tools')
  })

  test('carries a code and never a token, and is a 303 (R31, R67, CVE-2026-34969)', async () => {
    const visit = stage.browser()
    const answers = [await visit.get(`/authorize?${stage.parameters(nativeClient)}`)]
    const resume = await stage.decide(visit, answers[0]?.location?.pathname ?? '')
    answers.push(await visit.get(new URL(resume ?? '').pathname))
    expect(answers.map(({ status }) => status)).toEqual([303, 303])
    const code = answers[1]?.location?.searchParams.get('code') ?? ''
    const { json } = await stage.redeem(nativeClient, code)
    for (const { location, text } of answers)
      for (const name of ['access_token', 'refresh_token', 'id_token']) {
        expect(`${location} ${text}`).not.toContain(name)
        expect(`${location} ${text}`).not.toContain(String(json[name]))
      }
  })

  test.each([
    ['spaces and signs', 'a b+c%20d&e=f#g?h/i"<>'],
    ['other scripts', 'zażółć 状態 🦊'],
    ['a line end', 'a\r\nSet-Cookie: x=y'],
    ['1024 characters', 'x'.repeat(1024)],
  ])('has the state as it was, with %s, also with an error (R67)', async (_name, state) => {
    const query = stage.parameters(nativeClient, { state, scope: 'bogus' })
    const { location, headers } = await stage.browser().get(`/authorize?${query}`)
    expect(location?.href.startsWith(redirectUri)).toBe(true)
    expect(location?.searchParams.get('state')).toBe(state)
    expect(location?.searchParams.get('iss')).toBe(issuer)
    expect(headers.get('set-cookie') ?? '').not.toContain('x=y')
  })

  test('has no state when there was none, and iss with an error too (R65, R67)', async () => {
    const { location } = await ask(nativeClient, { state: undefined, scope: 'bogus' })
    expect(location?.searchParams.get('iss')).toBe(issuer)
    expect(location?.searchParams.has('error')).toBe(true)
    expect(location?.searchParams.has('state')).toBe(false)
  })
})

describe('What an authorization request may not bring along (R64)', () => {
  test.each<[string, Changes, string]>([
    ['a request object', { request: 'e30.e30.' }, 'request_not_supported'],
    ['an address of one', { request_uri: 'https://evil.example/r' }, 'request_uri_not_supported'],
    ['metadata of a client', { registration: '{}' }, 'registration_not_supported'],
  ])('%s is refused and never fetched', async (_name, changes, error) => {
    const asked: string[] = []
    const fetched = async (url: string | URL) => {
      asked.push(String(url))
      return new Response('{}')
    }
    const own = await startAuthorizationStage({}, { fetch: fetched })
    const id = String((await own.register()).json['client_id'])
    const answer = await own.browser().get(`/authorize?${own.parameters(id, changes)}`)
    expect([answer.location?.searchParams.get('error'), asked]).toEqual([error, []])
    await own.close()
  })

  test.each(['id_token', 'code token', 'code id_token token', 'none', 'CODE'])(
    'response_type "%s"',
    async (response_type) => {
      const { location } = await ask(nativeClient, { response_type })
      expect(location?.href.startsWith(redirectUri)).toBe(true)
      expect(location?.href).toContain('error=unsupported_response_type')
    },
  )

  test.each(['web_message', 'jwt', 'query.jwt', 'okp', 'QUERY'])(
    'response_mode "%s"',
    async (response_mode) => {
      const answer = await ask(nativeClient, { response_mode })
      expect([answer.status, answer.location]).toEqual([400, undefined])
    },
  )
})
