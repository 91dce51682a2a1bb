import { createLocalJWKSet, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose'
import { beforeAll, describe, expect, it } from 'vitest'
import { objectToLogoutToken, verifyLogoutToken } from '../../../src/protocol/logout-token.ts'
import { epochSeconds } from '../../../src/protocol/time.ts'

const issuer = 'https://sso.example.com/realms/home'
const profile = { issuer, clientId: 'sallyport', algorithms: ['ES256', 'RS256'] }
const now = epochSeconds(1_800_000_000)
const event = 'http://schemas.openid.net/event/backchannel-logout'

let pair: Awaited<ReturnType<typeof generateKeyPair>>
let other: Awaited<ReturnType<typeof generateKeyPair>>
let published: JWK

beforeAll(async () => {
  pair = await generateKeyPair('ES256', { extractable: true })
  other = await generateKeyPair('ES256')
  published = { ...(await exportJWK(pair.publicKey)), kid: 'one', alg: 'ES256', use: 'sig' }
})

const good = () => ({
  iss: issuer,
  aud: 'sallyport',
  iat: now,
  exp: now + 120,
  jti: 'token-1',
  sid: 'session-1',
  sub: 'mia',
  events: { [event]: {} },
})

/** `undefined` takes a claim away. */
const sign = (claims: object = {}, header: object = {}, key = pair.privateKey) =>
  new SignJWT(JSON.parse(JSON.stringify({ ...good(), ...claims })))
    .setProtectedHeader({ alg: 'ES256', kid: 'one', typ: 'logout+jwt', ...header })
    .sign(key)

const verify = (text: string, at = now) =>
  verifyLogoutToken(text, profile, createLocalJWKSet({ keys: [published] }), at)

const reasonOf = async (text: string) => {
  const judged = await verify(text)
  return judged.kind === 'rejected' ? judged.reason : judged.kind
}

describe('verifyLogoutToken()', () => {
  it('says which session ends, and until when the token would be taken', async () => {
    expect(await verify(await sign())).toEqual({
      kind: 'verified',
      token: {
        issuer,
        tokenId: 'token-1',
        usableUntil: now + 180,
        about: { kind: 'session', providerSession: 'session-1' },
      },
    })
  })

  it('names the subject when the token names no session (§2.4)', async () => {
    expect(await verify(await sign({ sid: undefined }))).toMatchObject({
      token: { about: { kind: 'subject', subject: 'mia' } },
    })
  })

  it.each([
    ['a session without a subject', { sub: undefined }, {}],
    ['typ JWT', {}, { typ: 'JWT' }],
    ['no typ', {}, { typ: undefined }],
    ['the long form of the type', {}, { typ: 'application/logout+jwt' }],
    ['us as the only member of a list', { aud: ['sallyport'] }, {}],
    ['members inside the event', { events: { [event]: { reason: 'x' } } }, {}],
    ['another event beside ours', { events: { [event]: {}, 'https://a.example/e': {} } }, {}],
    ['a clock 60 seconds ahead', { iat: now + 60, exp: now + 180 }, {}],
    ['an end 59 seconds ago', { iat: now - 100, exp: now - 59 }, {}],
  ])('takes a token with %s', async (_, claims, header) => {
    expect(await reasonOf(await sign(claims, header))).toBe('verified')
  })

  it.each([
    ['another issuer', { iss: `${issuer}/` }, {}, 'unknown-issuer'],
    ['no issuer', { iss: undefined }, {}, 'unknown-issuer'],
    ['another audience', { aud: 'grafana' }, {}, 'wrong-audience'],
    ['further audiences (R37)', { aud: ['sallyport', 'grafana'] }, {}, 'wrong-audience'],
    ['no audience', { aud: undefined }, {}, 'wrong-audience'],
    ['a nonce (§2.6 step 7)', { nonce: 'n' }, {}, 'wrong-type'],
    ['an empty nonce', { nonce: '' }, {}, 'wrong-type'],
    ['no events (§2.6 step 6)', { events: undefined }, {}, 'wrong-type'],
    ['another event', { events: { 'https://a.example/e': {} } }, {}, 'wrong-type'],
    ['an event that is no object', { events: { [event]: true } }, {}, 'wrong-type'],
    ['events as a list', { events: [event] }, {}, 'wrong-type'],
    ['the type of an access token', {}, { typ: 'at+jwt' }, 'wrong-type'],
    ['the type of a proof', {}, { typ: 'dpop+jwt' }, 'wrong-type'],
    [
      'no session and no subject (§2.6 step 5)',
      { sid: undefined, sub: undefined },
      {},
      'missing-claim',
    ],
    ['a session that is no text', { sid: 7 }, {}, 'malformed'],
    ['an empty subject beside a session', { sub: '' }, {}, 'malformed'],
    ['an endless session id', { sid: 'x'.repeat(256) }, {}, 'malformed'],
    ['no jti', { jti: undefined }, {}, 'missing-claim'],
    ['a jti that is no text', { jti: 1 }, {}, 'malformed'],
    ['no iat', { iat: undefined }, {}, 'missing-claim'],
    ['no exp', { exp: undefined }, {}, 'missing-claim'],
    ['an exp that is no number', { exp: 'later' }, {}, 'malformed'],
    ['an end 60 seconds ago', { iat: now - 100, exp: now - 60 }, {}, 'expired'],
    ['an age above an hour', { iat: now - 3660, exp: now + 9999 }, {}, 'expired'],
    ['an iat 61 seconds ahead (R137)', { iat: now + 61, exp: now + 200 }, {}, 'issued-in-future'],
    ['an nbf 61 seconds ahead', { nbf: now + 61 }, {}, 'not-yet-valid'],
    ['a key id nobody published', {}, { kid: 'two' }, 'unknown-key'],
    ['a critical header', {}, { crit: ['x'], x: 1 }, 'malformed'],
  ])('refuses a token with %s', async (_, claims, header, reason) => {
    const text = await sign(claims, header).catch(() => undefined)
    // jose signs no unknown critical member: that header is written by hand.
    const [, payload, signature] = (await sign(claims)).split('.')
    const head = Buffer.from(JSON.stringify({ alg: 'ES256', kid: 'one', ...header }))
    expect(await reasonOf(text ?? `${head.toString('base64url')}.${payload}.${signature}`)).toBe(
      reason,
    )
  })

  it('refuses a token that another key signed', async () => {
    expect(await reasonOf(await sign({}, {}, other.privateKey))).toBe('bad-signature')
  })

  it('refuses a token with its own key in the header (R37)', async () => {
    const jwk = await exportJWK(pair.publicKey)
    expect(await reasonOf(await sign({}, { kid: 'x', jwk }))).toBe('unknown-key')
  })

  it('refuses alg none (CVE-2015-9235)', async () => {
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const head = part({ alg: 'none', typ: 'logout+jwt' })
    expect(await reasonOf(`${head}.${part(good())}.`)).toBe('wrong-algorithm')
  })

  it('refuses HS256 with the public key as its secret (CVE-2016-5431)', async () => {
    const secret = new TextEncoder().encode(JSON.stringify(published))
    const text = await new SignJWT(good())
      .setProtectedHeader({ alg: 'HS256', kid: 'one', typ: 'logout+jwt' })
      .sign(secret)
    expect(await reasonOf(text)).toBe('wrong-algorithm')
  })

  it.each(['', 'a.b.c', 'x'.repeat(9000), `${'e30.'.repeat(4)}`])(
    'refuses the text %j without an error',
    async (text) => {
      expect((await verify(text)).kind).toBe('rejected')
    },
  )
})

describe('objectToLogoutToken()', () => {
  it('names a foreign issuer without any key', async () => {
    expect(objectToLogoutToken(await sign({ iss: 'https://evil.example' }), profile)).toBe(
      'unknown-issuer',
    )
    expect(objectToLogoutToken(await sign(), profile)).toBeUndefined()
    expect(objectToLogoutToken('x'.repeat(8193), profile)).toBe('too-long')
  })
})
