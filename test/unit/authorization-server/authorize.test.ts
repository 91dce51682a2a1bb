// What does the authorization endpoint refuse, and where does it tell? security.md R59-R70

import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import {
  type AuthorizationStage,
  issuer,
  redirectUri,
  resource,
  startAuthorizationStage,
  visitorOf,
} from '../../support/authorization-stage.ts'

let stage: AuthorizationStage
let clientId: string

beforeAll(async () => {
  stage = await startAuthorizationStage()
  clientId = String((await stage.register()).json['client_id'])
})
afterEach(() => void vi.useRealTimers())
afterAll(() => stage.close())

type Changes = Record<string, string | undefined>
const ask = (changes: Changes = {}, headers: Record<string, string> = {}) =>
  stage.browser().get(`/authorize?${stage.parameters(clientId, changes)}`, headers)

describe('GET /authorize answers with a page and no Location when', () => {
  const pages: readonly (readonly [string, Changes, number])[] = [
    ['the client is unknown (R59)', { client_id: 'nobody' }, 400],
    ['the client is missing (R59)', { client_id: undefined }, 400],
    ['the redirect URI is another one (R59)', { redirect_uri: 'https://evil.example/cb' }, 400],
    ['the redirect URI is missing (R59)', { redirect_uri: undefined }, 400],
    ['the redirect URI has another path (R59)', { redirect_uri: `${redirectUri}/more` }, 400],
    ['the redirect URI has another query (R59)', { redirect_uri: `${redirectUri}?a=b` }, 400],
    [
      'another name of loopback is asked for (R62)',
      { redirect_uri: 'http://localhost:8976/callback' },
      400,
    ],
    [
      'a look-alike of loopback is asked for (R62)',
      { redirect_uri: 'http://127.1:8976/callback' },
      400,
    ],
    [
      'the redirect URI is wrong and something else too (R61)',
      { redirect_uri: 'https://evil.example/', response_type: 'token' },
      400,
    ],
    [
      'prompt is none and the redirect URI is wrong (R61)',
      { redirect_uri: 'https://evil.example/', prompt: 'none' },
      400,
    ],
    ['response_mode is fragment (R64)', { response_mode: 'fragment' }, 400],
    ['response_mode is form_post (R64)', { response_mode: 'form_post' }, 400],
    ['state is longer than 1024 characters (R67)', { state: 'x'.repeat(1025) }, 400],
  ]
  test.each(pages)('%s', async (_name, changes, status) => {
    const answer = await ask(changes)
    expect([answer.status, answer.location]).toEqual([status, undefined])
    expect(answer.headers.get('content-type')).toContain('text/html')
    expect(answer.headers.get('cache-control')).toBe('no-store')
    expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'")
    expect(answer.headers.get('access-control-allow-origin')).toBeNull()
  })

  test.each(['client_id', 'redirect_uri', 'scope', 'state', 'resource'])(
    '"%s" comes twice (R66)',
    async (name) => {
      const parameters = stage.parameters(clientId)
      parameters.append(name, parameters.get(name) ?? '')
      const answer = await stage.browser().get(`/authorize?${parameters}`)
      expect([answer.status, answer.location]).toEqual([400, undefined])
    },
  )
})

describe('GET /authorize tells the client at its redirect URI when', () => {
  const redirects: readonly (readonly [string, Changes, string])[] = [
    ['there is no code challenge (R63)', { code_challenge: undefined }, 'invalid_request'],
    ['the challenge method is plain (R63)', { code_challenge_method: 'plain' }, 'invalid_request'],
    [
      'the challenge method is missing (R63)',
      { code_challenge_method: undefined },
      'invalid_request',
    ],
    ['the challenge is too short (R63)', { code_challenge: 'short' }, 'invalid_request'],
    [
      'the challenge has other characters (R63)',
      { code_challenge: `${'x'.repeat(42)}!` },
      'invalid_request',
    ],
    ['response_type is token (R64)', { response_type: 'token' }, 'unsupported_response_type'],
    [
      'response_type is code id_token (R64)',
      { response_type: 'code id_token' },
      'unsupported_response_type',
    ],
    ['response_type is missing (R64)', { response_type: undefined }, 'invalid_request'],
    ['there is a request object (R64)', { request: 'e30.e30.' }, 'request_not_supported'],
    [
      'request_uri is not ours (R64)',
      { request_uri: 'https://evil.example/r' },
      'request_uri_not_supported',
    ],
    ['there is a registration (R64)', { registration: '{}' }, 'registration_not_supported'],
    [
      'the resource is unknown (R91)',
      { resource: 'https://other.example.com/mcp' },
      'invalid_target',
    ],
    ['the resource is no URL (R91)', { resource: 'tools' }, 'invalid_target'],
    ['the resource has a fragment (R91)', { resource: `${resource}#x` }, 'invalid_target'],
    ['nothing is left of the scopes (R69)', { scope: 'bogus' }, 'invalid_scope'],
    ['prompt is unknown', { prompt: 'create' }, 'invalid_request'],
    ['prompt is none and the person has to agree (R61)', { prompt: 'none' }, 'consent_required'],
  ]
  test.each(redirects)('%s', async (_name, changes, error) => {
    const answer = await ask(changes)
    expect(answer.status).toBe(303)
    expect(`${answer.location?.origin}${answer.location?.pathname}`).toBe(redirectUri)
    // What asks for a token in the fragment is refused in the fragment (RFC 6749 §4.2.2.1).
    const fragment = new URLSearchParams(answer.location?.hash.slice(1))
    const said = Object.fromEntries([...(answer.location?.searchParams ?? []), ...fragment])
    expect(said).toMatchObject({ error, state: 'a-state', iss: issuer })
    expect(said).not.toHaveProperty('code')
  })

  test('prompt is none and nobody is signed in (R61)', async () => {
    stage.signIn(undefined)
    const answer = await ask({ prompt: 'none' })
    stage.signIn(visitorOf())
    expect(answer.location?.searchParams.get('error')).toBe('login_required')
  })

  test('the account may not sign in any more', async () => {
    stage.allow(false)
    const answer = await ask()
    stage.allow(true)
    expect(answer.location?.searchParams.get('error')).toBe('access_denied')
  })
})

describe('GET /authorize asks the person when', () => {
  const accepted: readonly (readonly [string, Changes])[] = [
    [
      'the port of a loopback redirect is another one (R62, AS-15)',
      { redirect_uri: 'http://127.0.0.1:1/callback' },
    ],
    ['the resource is missing (AS-32)', { resource: undefined }],
    ['the resource is in upper case (AS-31)', { resource: 'HTTPS://MCP.example.com/mcp' }],
    ['the resource is the bare origin (AS-33)', { resource: 'https://mcp.example.com' }],
    ['the resource is the origin with a slash (AS-33)', { resource: 'https://mcp.example.com/' }],
    ['the scope is missing (AS-27)', { scope: undefined }],
    ['the scope is empty (AS-55)', { scope: '' }],
    ['unknown scopes come along (AS-28)', { scope: 'mcp:tools bogus' }],
    ['only scopes about the person come (AS-28)', { scope: 'openid email profile' }],
    [
      'prompt=consent comes with offline_access (AS-29)',
      { scope: 'mcp:tools offline_access', prompt: 'consent' },
    ],
    ['a nonce comes without openid', { nonce: 'n' }],
    ['response_mode is query (R64)', { response_mode: 'query' }],
    ['there is no state (R67)', { state: undefined }],
  ]
  test.each(accepted)('%s', async (_name, changes) => {
    const answer = await ask(changes)
    expect([answer.status, answer.location?.pathname]).toEqual([
      303,
      expect.stringMatching(/^\/interaction\/[\w-]{43}$/),
    ])
  })
})

test('GET /authorize ties the browser by a cookie of this host alone (R74)', async () => {
  const answer = await ask()
  const line = answer.headers
    .getSetCookie()
    .find((one) => one.startsWith('__Host-sallyport-consent='))
  const attributes = line?.toLowerCase().split('; ').slice(1)
  expect(attributes).toEqual(
    expect.arrayContaining(['path=/', 'secure', 'httponly', 'samesite=lax']),
  )
  expect(line).not.toMatch(/domain=/i)
})

test('GET /authorize answers with the state unchanged, with iss, and with nothing else (R65, R67)', async () => {
  const state = 'ö &=%20+"<>'
  const visit = stage.browser()
  const began = await visit.get(`/authorize?${stage.parameters(clientId, { state })}`)
  const resume = await stage.decide(visit, began.location?.pathname ?? '')
  const ended = await visit.get(new URL(resume ?? '').pathname)
  expect(ended.status).toBe(303)
  expect(Object.fromEntries(ended.location?.searchParams ?? [])).toEqual({
    code: expect.stringMatching(/^[\w-]{43}$/),
    state,
    iss: issuer,
  })
  expect(ended.location?.hash).toBe('')
})

test.each(['POST', 'PUT', 'DELETE'])('%s /authorize is not allowed (R90)', async (method) => {
  const answer = await stage.request('/authorize', { method, body: '' })
  expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET, OPTIONS'])
})

test('OPTIONS /authorize says nothing about other origins (R68)', async () => {
  const answer = await stage.request('/authorize', {
    method: 'OPTIONS',
    headers: { Origin: 'https://evil.example', 'Access-Control-Request-Method': 'GET' },
  })
  const names = [...answer.headers.keys()].filter((name) => name.startsWith('access-control-'))
  expect(names).toEqual([])
})

test('GET /authorize drops the oldest that wait for a person, and nothing else (R124)', async () => {
  const { authorization } = stage.store
  const { artifacts } = authorization
  // Ten stand for ten thousand.
  const dropOldestPending: typeof artifacts.dropOldestPending = (kept, limit) =>
    artifacts.dropOldestPending(kept - 9_990, limit)
  const few = { ...authorization, artifacts: { ...artifacts, dropOldestPending } }
  const small = await startAuthorizationStage({}, { store: few })
  const begin = async () => {
    const visit = small.browser()
    const { location } = await visit.get(`/authorize?${stage.parameters(clientId)}`)
    return { visit, path: location?.pathname ?? '' }
  }
  const tokens = await stage.redeem(clientId, await stage.obtainCode(clientId))
  const first = await begin()
  expect(await small.findConsent(first.visit, first.path)).toBeDefined()
  // Created within one second they are all as old.
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 2000 })
  for (let count = 0; count < 99; count += 1) await begin()
  const last = await begin()
  vi.useRealTimers()
  expect(await small.findConsent(first.visit, first.path)).toBeUndefined()
  expect(await small.findConsent(last.visit, last.path)).toBeDefined()
  const form = { grant_type: 'refresh_token', client_id: clientId }
  const refresh_token = String(tokens.json['refresh_token'])
  expect(await small.post('/token', { ...form, refresh_token })).toMatchObject({ status: 200 })
  await small.close()
})
