import { createHmac } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  createOpenIdProvider,
  type OpenIdProviderSettings,
} from '../../../src/adapters/openid-provider.ts'
import type { Log } from '../../../src/ports/runtime.ts'
import { secret } from '../../../src/protocol/secret.ts'
import { epochSeconds } from '../../../src/protocol/time.ts'
import { type HostileProvider, startHostileProvider } from '../../support/hostile-provider.ts'

const clientSecret = 'a-client-secret-of-32-characters!'
const log: Log = { debug() {}, info() {}, warn() {}, error() {}, debugEnabled: false }
const checks = { state: 'the-state', nonce: 'the-nonce', codeVerifier: 'v'.repeat(43) }
const redirectUri = 'https://auth.example.com/callback/home'

let hostile: HostileProvider
let moment = Math.floor(Date.now() / 1000)

const settings = (changes: Partial<OpenIdProviderSettings> = {}): OpenIdProviderSettings => ({
  id: 'home',
  label: 'Home',
  preset: 'oidc',
  issuer: hostile.issuer,
  clientId: 'sallyport',
  clientSecret: secret(clientSecret),
  scopes: ['openid', 'email', 'profile'],
  claims: {
    email: ['email'],
    name: ['name'],
    username: ['preferred_username'],
    groups: ['groups', 'realm_access.roles'],
  },
  trustEmailWithoutClaim: false,
  acceptVerifiedAsText: false,
  hostedDomain: undefined,
  tenants: [],
  authorizationParameters: {},
  quirks: {},
  allowInsecureHttp: true,
  ...changes,
})

const provider = (changes: Partial<OpenIdProviderSettings> = {}) =>
  createOpenIdProvider(settings(changes), { log, now: () => epochSeconds(moment) })

const callback = (query: Record<string, string> = {}) =>
  new URL(
    `${redirectUri}?${new URLSearchParams({ code: 'c', state: checks.state, iss: hostile.issuer, ...query })}`,
  )

const tokenReply = (idToken: string) =>
  hostile.replies.set('/token', {
    body: { access_token: 'upstream', token_type: 'Bearer', id_token: idToken },
  })

const signIn = async (claims: object, changes: Partial<OpenIdProviderSettings> = {}) => {
  tokenReply(await hostile.sign({ nonce: checks.nonce, groups: [], ...claims }))
  return provider(changes).complete(callback(), checks)
}

beforeAll(async () => {
  hostile = await startHostileProvider('sallyport')
})
afterAll(() => hostile.close())

let proper: ReturnType<typeof hostile.replies.get>
beforeEach(() => {
  proper ??= hostile.replies.get('/.well-known/openid-configuration')
  hostile.replies.set('/.well-known/openid-configuration', proper ?? {})
  hostile.replies.set('/userinfo', { body: { sub: 'mallory' } })
  moment = Math.floor(Date.now() / 1000)
})

describe('begin()', () => {
  test('asks with code flow, PKCE S256, state and nonce (R32)', async () => {
    const started = await provider().begin(redirectUri, checks, { selectAccount: true })
    if (started.kind !== 'redirect') throw new Error(started.reason)
    expect(Object.fromEntries(started.url.searchParams)).toEqual({
      client_id: 'sallyport',
      response_type: 'code',
      redirect_uri: redirectUri,
      scope: 'openid email profile',
      state: checks.state,
      nonce: checks.nonce,
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge_method: 'S256',
      prompt: 'select_account',
    })
    expect(started.url.searchParams.get('code_challenge')).not.toBe(checks.codeVerifier)
  })

  test.each<[string, Record<string, string | undefined>]>([
    ['another issuer', { issuer: 'http://127.0.0.1:1' }],
    ['an issuer with a slash more', { issuer: 'SLASH' }],
    ['a plain http endpoint elsewhere', { token_endpoint: 'http://idp.example/token' }],
    ['no key set', { jwks_uri: undefined }],
  ])('answers unavailable when discovery names %s (R38)', async (_what, change) => {
    const { issuer: named } = change
    const issuer = named === 'SLASH' ? `${hostile.issuer}/` : named
    const document = { ...Object(proper?.body), ...change, ...(issuer ? { issuer } : {}) }
    hostile.replies.set('/.well-known/openid-configuration', { body: document })
    expect(await provider().begin(redirectUri, checks, { selectAccount: false })).toMatchObject({
      kind: 'unavailable',
    })
  })

  test('answers unavailable when discovery redirects (R38)', async () => {
    hostile.replies.set('/elsewhere', proper ?? {})
    hostile.replies.set('/.well-known/openid-configuration', {
      status: 302,
      headers: { Location: `${hostile.issuer}/elsewhere` },
    })
    const before = hostile.requests.length
    expect(await provider().begin(redirectUri, checks, { selectAccount: false })).toMatchObject({
      kind: 'unavailable',
    })
    expect(hostile.requests.slice(before)).toEqual(['GET /.well-known/openid-configuration'])
  })

  test('answers unavailable when the document is longer than 256 KiB (R38)', async () => {
    const body = { ...Object(proper?.body), padding: 'x'.repeat(300_000) }
    hostile.replies.set('/.well-known/openid-configuration', { body })
    expect(await provider().begin(redirectUri, checks, { selectAccount: false })).toMatchObject({
      kind: 'unavailable',
    })
  })

  test('asks once for many, pauses after a failure, then recovers', async () => {
    hostile.replies.set('/.well-known/openid-configuration', { status: 500 })
    const subject = provider()
    const begin = () => subject.begin(redirectUri, checks, { selectAccount: false })
    const before = hostile.requests.length
    await Promise.all([begin(), begin(), begin()])
    expect(await begin()).toMatchObject({ kind: 'unavailable' })
    expect(hostile.requests.length - before).toBe(1)
    hostile.replies.set('/.well-known/openid-configuration', proper ?? {})
    moment += 2
    expect(await begin()).toMatchObject({ kind: 'redirect' })
    expect(await begin()).toMatchObject({ kind: 'redirect' })
    expect(hostile.requests.length - before).toBe(2)
  })

  test('answers unavailable within six seconds when the provider hangs (R136)', async () => {
    hostile.replies.set('/.well-known/openid-configuration', { ...proper, delay: 20_000 })
    const start = performance.now()
    expect(await provider().begin(redirectUri, checks, { selectAccount: false })).toMatchObject({
      kind: 'unavailable',
    })
    // Five seconds are the limit of a call; the rest is for a busy machine.
    expect(performance.now() - start).toBeLessThan(8000)
  }, 30_000)
})

describe('complete()', () => {
  test('keeps no access or refresh token of the provider to hand on (R90a)', async () => {
    const idToken = await hostile.sign({ nonce: checks.nonce, groups: [] })
    const canaries = {
      access_token: 'upstream-access-token',
      refresh_token: 'upstream-refresh-token',
    }
    hostile.replies.set('/token', {
      body: { ...canaries, token_type: 'Bearer', id_token: idToken },
    })
    const completed = await provider().complete(callback(), checks)
    expect(completed.kind).toBe('identity')
    expect(JSON.stringify(completed)).not.toMatch(/upstream-(access|refresh)-token/)
  })

  test('answers the identity when everything is right', async () => {
    const answer = await signIn({
      email: 'Me@Example.com',
      email_verified: true,
      name: 'Me\u202e\u0007',
      preferred_username: 'me',
      groups: ['a', 'b'],
      sid: 's1',
    })
    expect(answer).toEqual({
      kind: 'identity',
      identity: {
        provider: 'home',
        issuer: hostile.issuer,
        subject: 'mallory',
        email: 'me@example.com',
        emailDomain: 'example.com',
        unverifiedEmail: undefined,
        name: 'Me',
        preferredUsername: 'me',
        groups: ['a', 'b'],
        scopes: [],
      },
      idToken: expect.any(String),
      providerSession: 's1',
    })
  })

  const forgeries: [string, () => Promise<string> | string][] = [
    ['alg none', () => hostile.forge({ alg: 'none' }, { nonce: checks.nonce }, new Uint8Array())],
    [
      'HS256 with the client secret',
      () => {
        const unsigned = hostile.forge({ alg: 'HS256' }, { nonce: checks.nonce }, new Uint8Array())
        const mac = createHmac('sha256', clientSecret).update(unsigned.slice(0, -1)).digest()
        return unsigned + mac.toString('base64url')
      },
    ],
    [
      'a bad signature',
      () =>
        hostile.forge({ alg: 'RS256', kid: 'k1' }, { nonce: checks.nonce }, Buffer.alloc(256, 7)),
    ],
    [
      'a key it brings itself',
      () =>
        hostile.forge(
          { alg: 'RS256', kid: 'k2', jku: `${hostile.issuer}/jwks` },
          { nonce: checks.nonce },
          Buffer.alloc(256, 7),
        ),
    ],
    ['another audience', () => hostile.sign({ nonce: checks.nonce, aud: 'other' })],
    ['an extra audience', () => hostile.sign({ nonce: checks.nonce, aud: ['sallyport', 'other'] })],
    [
      'an extra audience and our azp',
      () => hostile.sign({ nonce: checks.nonce, aud: ['sallyport', 'other'], azp: 'sallyport' }),
    ],
    ['another azp', () => hostile.sign({ nonce: checks.nonce, azp: 'other' })],
    ['another nonce', () => hostile.sign({ nonce: 'another' })],
    ['no nonce', () => hostile.sign({})],
    ['another issuer', () => hostile.sign({ nonce: checks.nonce, iss: 'https://evil.example' })],
    ['an end in the past', () => hostile.sign({ nonce: checks.nonce, exp: moment - 120 })],
    ['a start in the future', () => hostile.sign({ nonce: checks.nonce, nbf: moment + 120 })],
    ['an issue in the future', () => hostile.sign({ nonce: checks.nonce, iat: moment + 120 })],
    [
      'another at_hash',
      () => hostile.sign({ nonce: checks.nonce, at_hash: 'AAAAAAAAAAAAAAAAAAAAAA' }),
    ],
    ['an empty subject', () => hostile.sign({ nonce: checks.nonce, sub: '' })],
  ]
  test.each(forgeries)('refuses an ID token with %s (R37)', async (_what, make) => {
    tokenReply(await make())
    const answer = await provider().complete(callback(), checks)
    expect(answer).toMatchObject({ kind: 'refused', cancelled: false })
    expect(JSON.stringify(answer)).not.toContain('upstream')
  })

  test.each([
    ['names another issuer', { iss: 'https://honest.example' }],
    ['has another state', { state: 'other' }],
  ])('sends the code nowhere when the answer %s (R36, RFC 9207)', async (_what, query) => {
    const subject = provider()
    await subject.warmUp()
    const before = hostile.requests.length
    expect(await subject.complete(callback(query), checks)).toMatchObject({ kind: 'refused' })
    expect(hostile.requests.length).toBe(before)
  })

  test('sends the code nowhere when the advertised issuer is missing (R36)', async () => {
    const subject = provider()
    await subject.warmUp()
    const before = hostile.requests.length
    const url = new URL(`${redirectUri}?code=c&state=${checks.state}`)
    expect(await subject.complete(url, checks)).toMatchObject({ kind: 'refused' })
    expect(hostile.requests.length).toBe(before)
  })

  test('says cancelled when the person declined', async () => {
    const url = callback({ error: 'access_denied', error_description: 'no' })
    expect(await provider().complete(url, checks)).toEqual({
      kind: 'refused',
      reason: 'provider answered "access_denied"',
      cancelled: true,
    })
  })

  test('limits and cleans the text of a provider (R42)', async () => {
    const url = callback({ error: `x\r\n\u001b[31m${'y'.repeat(500)}` })
    const answer = await provider().complete(url, checks)
    if (answer.kind !== 'refused') throw new Error('expected a refusal')
    expect(answer.reason).toMatch(/^[ -~]{1,250}$/)
  })

  test.each([
    ['the token endpoint is down', '/token', { status: 503 }, 'unavailable'],
    ['UserInfo names another subject (R42)', '/userinfo', { body: { sub: 'eve' } }, 'refused'],
    ['UserInfo is down', '/userinfo', { status: 502 }, 'unavailable'],
    ['the code is refused', '/token', { status: 400, body: { error: 'invalid_grant' } }, 'refused'],
  ])('answers when %s', async (_what, path, reply, kind) => {
    tokenReply(await hostile.sign({ nonce: checks.nonce }))
    hostile.replies.set(path, reply)
    expect(await provider().complete(callback(), checks)).toMatchObject({ kind })
  })

  test('asks UserInfo only when the ID token lacks something', async () => {
    const asked = () => hostile.requests.filter((line) => line.endsWith('/userinfo')).length
    const before = asked()
    await signIn({ email: 'me@example.com', email_verified: true, groups: [] })
    expect(asked()).toBe(before)
    hostile.replies.set('/userinfo', {
      body: { sub: 'mallory', email: 'me@example.com', email_verified: true, groups: 'one' },
    })
    expect(await signIn({ groups: undefined })).toMatchObject({
      identity: { email: 'me@example.com', groups: ['one'] },
    })
    expect(asked()).toBe(before + 1)
  })

  test('takes e-mail and its verification from one document (R44, FusionAuth issue 2542)', async () => {
    hostile.replies.set('/userinfo', { body: { sub: 'mallory', email: 'victim@example.com' } })
    expect(await signIn({ email_verified: true })).toMatchObject({
      identity: { email: undefined, unverifiedEmail: 'victim@example.com' },
    })
  })

  const me = { email: 'me@example.com' }
  test.each<[string, object, Partial<OpenIdProviderSettings>, string | undefined]>([
    ['true', { ...me, email_verified: true }, {}, 'me@example.com'],
    ['false', { ...me, email_verified: false }, {}, undefined],
    ['absent', me, {}, undefined],
    ['the text "true"', { ...me, email_verified: 'true' }, {}, undefined],
    ['1', { ...me, email_verified: 1 }, {}, undefined],
    ['text, accepted', { ...me, email_verified: 'true' }, { acceptVerifiedAsText: true }, me.email],
    ['absent, trusted', me, { trustEmailWithoutClaim: true }, me.email],
    [
      'false, trusted',
      { ...me, email_verified: false },
      { trustEmailWithoutClaim: true },
      undefined,
    ],
    ['true, but two @', { email: 'x@evil@company.com', email_verified: true }, {}, undefined],
  ])(
    'judges the e-mail address when email_verified is %s (R44, R45)',
    async (_what, claims, changes, email) => {
      expect(await signIn(claims, changes)).toMatchObject({ kind: 'identity', identity: { email } })
    },
  )

  test('does not take a verified "email" for another address claim (nOAuth)', async () => {
    const claims = { ...settings().claims, email: ['upn', 'email'] }
    const tokens = { ...me, email_verified: true, upn: 'victim@example.com' }
    expect(await signIn(tokens, { claims })).toMatchObject({
      identity: { email: 'me@example.com' },
    })
  })

  test.each([
    ['a list of texts', { groups: ['a', 'b'] }, ['a', 'b']],
    ['one text', { groups: 'a' }, ['a']],
    ['a list with a number', { groups: ['a', 1] }, []],
    ['an object', { groups: { a: true } }, []],
    ['a path', { groups: undefined, realm_access: { roles: ['r'] } }, ['r']],
    [
      'too many',
      { groups: Array.from({ length: 1500 }, (_, n) => `g${n}`) },
      expect.objectContaining({ length: 1000 }),
    ],
  ])('reads groups when the claim is %s (R49)', async (_what, claims, groups) => {
    const answer = await signIn({ ...me, email_verified: true, ...claims })
    expect(answer).toMatchObject({ identity: { groups } })
  })

  const google = { preset: 'google' as const }
  test.each<[string, object, string | undefined]>([
    ['hd is the domain', { email: 'a@corp.example', hd: 'corp.example' }, 'corp.example'],
    ['hd is missing', { email: 'a@corp.example' }, undefined],
    ['hd is another domain', { email: 'a@corp.example', hd: 'evil.example' }, undefined],
    ['it is a Gmail address', { email: 'a@gmail.com' }, 'gmail.com'],
    ['a Gmail address has an hd', { email: 'a@gmail.com', hd: 'evil.example' }, undefined],
  ])(
    'vouches for a Google domain only when right: %s (R47)',
    async (_what, claims, emailDomain) => {
      const answer = await signIn({ email_verified: true, ...claims }, google)
      expect(answer).toMatchObject({ kind: 'identity', identity: { emailDomain } })
    },
  )

  test('refuses an account outside the Workspace domain when one is set (R47)', async () => {
    const changes = { ...google, hostedDomain: 'corp.example' }
    const tokens = { email: 'a@corp.example', email_verified: true }
    expect(await signIn(tokens, changes)).toMatchObject({ kind: 'refused' })
    expect(await signIn({ ...tokens, hd: 'corp.example' }, changes)).toMatchObject({
      kind: 'identity',
    })
  })
})

describe('createOpenIdProvider()', () => {
  test('keeps the keys of a provider over several logins', async () => {
    const subject = provider()
    const asked = () => hostile.requests.filter((line) => line.endsWith('/jwks')).length
    const before = asked()
    for (const second of [0, 5, 10]) {
      moment += second
      await subject.begin(redirectUri, checks, { selectAccount: false })
      tokenReply(await hostile.sign({ nonce: checks.nonce }))
      expect(await subject.complete(callback(), checks)).toMatchObject({ kind: 'identity' })
    }
    expect(asked()).toBe(before + 1)
  })

  test('tells at the next login that the provider went away, and finishes those under way', async () => {
    const subject = provider()
    await subject.warmUp()
    hostile.replies.set('/.well-known/openid-configuration', { status: 503 })
    moment += 1
    const begun = await subject.begin(redirectUri, checks, { selectAccount: false })
    expect(begun).toMatchObject({ kind: 'unavailable' })
    tokenReply(await hostile.sign({ nonce: checks.nonce }))
    expect(await subject.complete(callback(), checks)).toMatchObject({ kind: 'identity' })
  })
})

describe('logoutUrl()', () => {
  test('is undefined when the provider has no end-session endpoint or was never reached', async () => {
    const subject = provider()
    expect(subject.logoutUrl(undefined, 'https://auth.example.com/signed-out')).toBeUndefined()
    await subject.warmUp()
    expect(subject.logoutUrl(undefined, 'https://auth.example.com/signed-out')).toBeUndefined()
    expect(subject.logoutOrigin()).toBeUndefined()
  })

  test('names token, client and return address when there is an endpoint', async () => {
    const body = { ...Object(proper?.body), end_session_endpoint: `${hostile.issuer}/end` }
    hostile.replies.set('/.well-known/openid-configuration', { body })
    const subject = provider()
    await subject.warmUp()
    const url = subject.logoutUrl('the.id.token', 'https://auth.example.com/signed-out')
    expect(Object.fromEntries(url?.searchParams ?? [])).toEqual({
      client_id: 'sallyport',
      id_token_hint: 'the.id.token',
      post_logout_redirect_uri: 'https://auth.example.com/signed-out',
    })
    expect(subject.logoutOrigin()).toBe(hostile.issuer)
  })
})
