// What can somebody do who registers with bad intent? security.md R60, R76, R101-R104

import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  type AuthorizationStage,
  redirectUri,
  startAuthorizationStage,
} from '../../support/authorization-stage.ts'

let stage: AuthorizationStage
const fetched: string[] = []

beforeEach(async () => {
  fetched.length = 0
  stage = await startAuthorizationStage(
    {},
    {
      fetch: async (url) => {
        fetched.push(String(url))
        return new Response('{}', { headers: { 'Content-Type': 'application/json' } })
      },
    },
  )
})
afterEach(() => stage.close())

const post = (body: string | ReadableStream, more: RequestInit & { duplex?: 'half' } = {}) =>
  stage.request('/register', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body,
    ...more,
  })
const stored = () => stage.store.authorization.clients.list()
const consentOf = async (clientId: unknown) => {
  const visit = stage.browser()
  const { location } = await visit.get(`/authorize?${stage.parameters(String(clientId))}`)
  return stage.findConsent(visit, location?.pathname ?? '')
}

describe('POST /register refuses the redirect URI', () => {
  test.each([
    ['a script (R60, CVE-2026-67333, GHSA-86j7-9j95-vpqj)', 'javascript:alert(1)'],
    ['a script in capitals', 'JaVaScRiPt:alert(1)'],
    ['a script behind a tab', 'java\tscript:alert(1)'],
    ['a script that looks like an address (R60)', 'javascript://client.example.com/%0aalert(1)'],
    ['data', 'data:text/html,<script>alert(1)</script>'],
    ['a file', 'file:///etc/passwd'],
    ['a blob', 'blob:https://client.example.com/1'],
    ['a wildcard for a host (R59, CVE-2024-8883)', 'https://*.example.com/cb'],
    ['a wildcard for a path (R59)', 'https://client.example.com/*'],
    ['a pattern (R59, CVE-2024-52289)', '^https://.*$'],
    ['a user name (R60, GHSA-9h33-g3ww-mqff)', 'https://a@client.example.com/cb'],
    ['a fragment (R60)', 'https://client.example.com/cb#x'],
    ['plain http (R60)', 'http://client.example.com/cb'],
    ['what begins like loopback (R62)', 'http://localhost.evil.example/cb'],
    ['a code in the query (R60, CVE-2026-9689)', 'https://client.example.com/cb?code=x'],
    ['the sender in the query (R60, CVE-2026-9689)', 'https://client.example.com/cb?iss=x'],
    ['a private scheme of nobody known (R60)', 'evil.example.app:/cb'],
    ['a text of 2001 characters (R60)', `https://client.example.com/${'a'.repeat(1974)}`],
  ])('%s', async (_name, uri) => {
    const { status, json, text } = await stage.register({ redirect_uris: [uri] })
    expect([status, json['error']]).toEqual([400, 'invalid_redirect_uri'])
    // Nothing of it is told back: the description is ours.
    expect(text).not.toContain(uri)
    expect(await stored()).toEqual([])
  })

  test('eleven of them (R60)', async () => {
    const redirect_uris = Array.from({ length: 11 }, (_, at) => `https://c.example.com/${at}`)
    expect((await stage.register({ redirect_uris })).status).toBe(400)
    expect(await stored()).toEqual([])
  })

  test('that is bad beside one that is good: the good one alone counts (AS-56)', async () => {
    const { json } = await stage.register({ redirect_uris: ['javascript:x', redirectUri] })
    expect(json['redirect_uris']).toEqual([redirectUri])
  })
})

describe('POST /register takes nothing over (R101, CVE-2021-27582)', () => {
  const privileged = {
    client_id: 'our-app',
    client_secret: 'chosen',
    client_secret_expires_at: 99,
    client_id_issued_at: 1,
    registration_access_token: 'chosen',
    registration_client_uri: 'https://evil.example/',
    trusted: true,
    kind: 'manual',
    verified: true,
    require_consent: false,
    skip_consent: true,
    default_max_age: 1,
    default_acr_values: ['x'],
    initiate_login_uri: 'https://evil.example/',
    request_uris: ['https://evil.example/'],
    sector_identifier_uri: 'https://evil.example/',
    jwks_uri: 'https://evil.example/',
    software_statement: 'e30.e30.',
    backchannel_logout_uri: 'https://evil.example/',
    post_logout_redirect_uris: ['https://evil.example/'],
    subject_type: 'pairwise',
    introspection_signed_response_alg: 'none',
    id_token_signed_response_alg: 'none',
    userinfo_signed_response_alg: 'none',
    token_endpoint_auth_signing_alg: 'none',
    tls_client_auth_subject_dn: 'CN=x',
    narrowed_scope: 'mcp:admin',
    constructor: { prototype: { trusted: true } },
  }

  test('of what only the server or the operator says', async () => {
    const { status, json } = await stage.register(privileged)
    expect(status).toBe(201)
    expect(json['client_id']).not.toBe('our-app')
    expect(json['registration_access_token']).not.toBe('chosen')
    expect(JSON.stringify([json, await stored()])).not.toMatch(/evil\.example|chosen/)
    expect(json).not.toHaveProperty('client_secret')
    for (const name of ['trusted', 'skip_consent', 'kind', 'jwks_uri', 'narrowed_scope'])
      expect(json).not.toHaveProperty(name)
    expect(json['id_token_signed_response_alg'] ?? 'RS256').not.toBe('none')
  })

  test('that would save it the question (R71, R102)', async () => {
    const { json } = await stage.register(privileged)
    expect(await consentOf(json['client_id'])).toMatchObject({
      step: 'consent',
      client: { verified: false },
      mayRemember: false,
    })
  })

  test.each([
    ['"__proto__"', '{"__proto__":{"trusted":true,"redirect_uris":["https://a.example/"]}'],
    ['"constructor"', '{"constructor":{"prototype":{"trusted":true}}'],
    ['"__proto__" in a list', '{"redirect_uris":{"__proto__":["https://a.example/"]}'],
  ])('by %s', async (_name, start) => {
    const text = `${start},"redirect_uris":["${redirectUri}"],"token_endpoint_auth_method":"none"}`
    const { status, json } = await post(text)
    expect(status).toBe(201)
    expect(json['redirect_uris']).toEqual([redirectUri])
    expect(json).not.toHaveProperty('trusted')
    expect(Reflect.get({}, 'trusted')).toBeUndefined()
    expect(await consentOf(json['client_id'])).toMatchObject({ step: 'consent' })
  })

  test('by parameters of an authorization request that only metadata has (CVE-2021-27582)', async () => {
    const { json } = await stage.register()
    const query = stage.parameters(String(json['client_id']), {
      narrowed_scope: 'mcp:admin',
      trusted: 'true',
      client_name: 'Our app',
      redirect_uris: 'https://evil.example/',
      accountId: 'somebody',
      grantId: 'x',
      consent: 'true',
      login: '{"accountId":"somebody"}',
    })
    const visit = stage.browser()
    const { location } = await visit.get(`/authorize?${query}`)
    expect(await stage.findConsent(visit, location?.pathname ?? '')).toMatchObject({
      step: 'consent',
      client: { name: 'A test client', verified: false },
      redirectUri,
      scopes: [{ scope: 'mcp:tools' }],
    })
  })
})

test('Nothing that a client names is ever fetched (R104, CVE-2021-26715, CVE-2026-1180)', async () => {
  const evil = 'http://169.254.169.254/latest/meta-data'
  const web = { redirect_uris: [redirectUri] }
  const answers = [
    await stage.register({
      ...web,
      logo_uri: evil,
      client_uri: evil,
      policy_uri: evil,
      tos_uri: evil,
    }),
    await stage.register({ ...web, jwks_uri: evil, sector_identifier_uri: evil }),
    await stage.register({ ...web, software_statement: 'e30.e30.', request_uris: [evil] }),
    await stage.register({ ...web, token_endpoint_auth_method: 'private_key_jwt', jwks_uri: evil }),
  ]
  for (const { json } of answers)
    if (json['client_id'] !== undefined) {
      await consentOf(json['client_id'])
      await stage.redeem(String(json['client_id']), 'x', {
        client_assertion: 'e30.eyJzdWIiOiJ4In0.x',
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      })
    }
  expect(fetched).toEqual([])
  expect(answers.at(-1)?.status).toBe(400)
})

describe('The name of a client (R76)', () => {
  test.each([
    ['turns the text around', 'evil\u202Etxt.exe', 'eviltxt.exe'],
    ['hides characters', 'Cl\u200Baude\uFEFF', 'Claude'],
    ['has line ends', 'Claude\r\n\u0000verified', 'Claudeverified'],
    ['is long', 'x'.repeat(200), 'x'.repeat(80)],
  ])('that %s is harmless on the consent page and in the answer', async (_name, given, shown) => {
    const { json } = await stage.register({ client_name: given })
    const consent = await consentOf(json['client_id'])
    expect(consent?.client.name).toBe(shown)
    expect(json['client_name']).toBe(shown)
  })

  test.each([
    ['too long', 'x'.repeat(257)],
    ['no text', { toString: 'x' }],
    ['a list', ['x']],
  ])('that is %s is refused', async (_name, client_name) => {
    expect((await stage.register({ client_name })).json['error']).toBe('invalid_client_metadata')
  })
})

describe('POST /register stops reading (R103, R119)', () => {
  const megabytes = JSON.stringify({ redirect_uris: [redirectUri], x: 'a'.repeat(10_000_000) })

  test('10 MB that say how much they are', async () => {
    // The connection may end before all is sent.
    const answer = await post(megabytes).catch(() => undefined)
    expect(answer?.status ?? 413).toBe(413)
    expect(await stored()).toEqual([])
  })

  test('10 MB in pieces that do not', async () => {
    let sent = 0
    const body = new ReadableStream({
      pull(controller) {
        sent += 1
        if (sent > 1000) controller.close()
        else controller.enqueue(new TextEncoder().encode('a'.repeat(10_000)))
      },
    })
    const answer = await post(body, { duplex: 'half' }).catch(() => undefined)
    expect(answer?.status ?? 413).toBe(413)
    expect(sent).toBeLessThan(1000)
    expect(await stored()).toEqual([])
  })

  test.each([
    ['nested fifty deep', `{"x":${'['.repeat(50)}${']'.repeat(50)}}`],
    [
      'of 101 members',
      JSON.stringify(
        Object.fromEntries(
          Array(101)
            .fill(0)
            .map((_, at) => [at, 0]),
        ),
      ),
    ],
    ['that is a number', '1'],
    ['that is null', 'null'],
    ['that is cut off', '{"redirect_uris":["'],
    ['that is empty', ''],
  ])('JSON %s', async (_name, text) => {
    const { status, json } = await post(text)
    expect([status, json['error']]).toEqual([400, 'invalid_client_metadata'])
  })

  test.each(['text/plain', 'application/x-www-form-urlencoded', 'application/json5'])(
    'the type %s',
    async (type) => {
      const body = JSON.stringify({ redirect_uris: [redirectUri] })
      const answer = await post(body, { headers: { 'Content-Type': type } })
      expect(answer.status).toBe(400)
      expect(await stored()).toEqual([])
    },
  )
})
