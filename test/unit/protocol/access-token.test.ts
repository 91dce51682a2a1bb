import { createHmac } from 'node:crypto'
import fc from 'fast-check'
import { createLocalJWKSet, exportJWK, exportSPKI, generateKeyPair, SignJWT } from 'jose'
import { beforeAll, describe, expect, test } from 'vitest'
import {
  type AccessTokenProfile,
  defaultAlgorithms,
  parseAccessToken,
  verifyAccessToken,
} from '../../../src/protocol/access-token.ts'
import { epochSeconds } from '../../../src/protocol/time.ts'

const now = epochSeconds(1_800_000_000)
const issuer = 'https://sso.example.com/realms/home'
const audience = 'https://mcp.example.com/mcp'

const profile: AccessTokenProfile = {
  issuer,
  algorithms: defaultAlgorithms,
  acceptPlainJwtType: false,
  provider: 'home',
  claims: {
    email: ['email'],
    name: ['name'],
    username: ['preferred_username'],
    groups: ['groups', 'realm_access.roles'],
  },
  trustEmailWithoutClaim: false,
  acceptVerifiedAsText: false,
}
const plain: AccessTokenProfile = { ...profile, acceptPlainJwtType: true }

const claims = {
  iss: issuer,
  sub: 'u-1',
  aud: audience,
  iat: now - 10,
  exp: now + 300,
  client_id: 'cli',
  scope: 'mcp:tools openid',
}

type Pair = Awaited<ReturnType<typeof generateKeyPair>>
let rsa: Pair
let pss: Pair
let ec: Pair
let ed: Pair
let other: Pair
let keys: ReturnType<typeof createLocalJWKSet>

beforeAll(async () => {
  const extractable = { extractable: true }
  rsa = await generateKeyPair('RS256', extractable)
  pss = await generateKeyPair('PS256', extractable)
  ec = await generateKeyPair('ES256', extractable)
  ed = await generateKeyPair('EdDSA', extractable)
  other = await generateKeyPair('RS256', extractable)
  keys = createLocalJWKSet({
    keys: [
      { ...(await exportJWK(rsa.publicKey)), kid: 'rsa', alg: 'RS256', use: 'sig' },
      { ...(await exportJWK(pss.publicKey)), kid: 'pss', alg: 'PS256', use: 'sig' },
      { ...(await exportJWK(ec.publicKey)), kid: 'ec' },
      { ...(await exportJWK(ed.publicKey)), kid: 'ed' },
    ],
  })
})

type Header = { alg: string; [name: string]: unknown }

const sign = (payload: object, header: Partial<Header> = {}, key = rsa.privateKey) =>
  new SignJWT({ ...payload })
    .setProtectedHeader({ alg: 'RS256', typ: 'at+jwt', kid: 'rsa', ...header })
    .sign(key)

const encode = (value: unknown) =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')

/** A token put together by hand, for headers that no library would sign. */
const forge = (header: unknown, payload: unknown, signature = 'AAAA') =>
  `${encode(header)}.${encode(payload)}.${signature}`

/** Signs a header that jose would refuse to sign. */
async function signRaw(header: unknown, payload: unknown): Promise<string> {
  const input = `${encode(header)}.${encode(payload)}`
  const data = new TextEncoder().encode(input)
  const signature = await crypto.subtle.sign('RSASSA-PKCS1-v1_5', rsa.privateKey, data)
  return `${input}.${Buffer.from(signature).toString('base64url')}`
}

async function verify(text: string, using = profile, from = keys) {
  const token = parseAccessToken(text)
  return token.kind === 'rejected' ? token : verifyAccessToken(token, using, from, now)
}

async function reason(token: string, using = profile): Promise<string> {
  const result = await verify(token, using)
  return result.kind === 'verified' ? 'verified' : result.reason
}

describe('verifyAccessToken()', () => {
  test('gives everything the token says when it is genuine (RFC 9068 §4)', async () => {
    const token = await sign({
      ...claims,
      email: 'Me@Example.com',
      email_verified: true,
      name: 'Me',
      preferred_username: 'me',
      realm_access: { roles: ['admins'] },
    })
    expect(await verify(token)).toEqual({
      kind: 'verified',
      token: {
        issuer,
        audience: [audience],
        clientId: 'cli',
        expiresAt: now + 300,
        identity: {
          provider: 'home',
          issuer,
          subject: 'u-1',
          email: 'me@example.com',
          emailDomain: 'example.com',
          unverifiedEmail: undefined,
          name: 'Me',
          preferredUsername: 'me',
          groups: ['admins'],
          scopes: ['mcp:tools', 'openid'],
        },
      },
    })
  })

  test.each([
    ['RS256', 'rsa', () => rsa],
    ['PS256', 'pss', () => pss],
    ['ES256', 'ec', () => ec],
    ['EdDSA', 'ed', () => ed],
  ])('accepts %s by default (R110)', async (alg, kid, pair) => {
    expect(await reason(await sign(claims, { alg, kid }, pair().privateKey))).toBe('verified')
  })

  test('accepts only the algorithms of the list (R110)', async () => {
    const token = await sign(claims, { alg: 'ES256', kid: 'ec' }, ec.privateKey)
    expect(await reason(token, { ...profile, algorithms: ['RS256'] })).toBe('wrong-algorithm')
  })

  test('refuses HS256 with the public key as secret (CVE-2026-22817, CVE-2026-22818, GHSA-869p-cjfg-cm3x)', async () => {
    const pem = await exportSPKI(rsa.publicKey)
    const secrets = [pem, pem.trim(), JSON.stringify(await exportJWK(rsa.publicKey)), '']
    for (const secret of secrets) {
      const input = `${encode({ alg: 'HS256', typ: 'at+jwt', kid: 'rsa' })}.${encode(claims)}`
      const token = `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`
      expect(await reason(token)).toBe('wrong-algorithm')
      // Even an operator who lists it gets no symmetric check against published keys.
      expect(await reason(token, { ...profile, algorithms: ['HS256', 'RS256'] })).not.toBe(
        'verified',
      )
    }
  })

  test.each([
    ['none', ''],
    ['None', ''],
    ['NONE', 'AAAA'],
    ['nOnE', ''],
  ])('refuses alg %s (RFC 8725 §3.2)', async (alg, signature) => {
    const token = forge({ alg, typ: 'at+jwt', kid: 'rsa' }, claims, signature)
    expect(await reason(token)).toBe('wrong-algorithm')
    expect(await reason(token, { ...profile, algorithms: ['none', alg] })).not.toBe('verified')
  })

  test('refuses an algorithm that is not the one of the key (CVE-2026-22817)', async () => {
    const token = await sign(claims, { alg: 'PS256', kid: 'rsa' }, pss.privateKey)
    expect(await reason(token)).toBe('unknown-key')
  })

  test.each([
    ['at+jwt', 'verified', 'verified'],
    ['AT+JWT', 'verified', 'verified'],
    ['application/at+jwt', 'verified', 'verified'],
    ['JWT', 'wrong-type', 'verified'],
    ['jwt', 'wrong-type', 'verified'],
    [undefined, 'wrong-type', 'verified'],
    ['logout+jwt', 'wrong-type', 'wrong-type'],
    ['secevent+jwt', 'wrong-type', 'wrong-type'],
    ['dpop+jwt', 'wrong-type', 'wrong-type'],
    ['oauth-id-jag+jwt', 'wrong-type', 'wrong-type'],
    ['', 'wrong-type', 'wrong-type'],
    ['x/at+jwt', 'wrong-type', 'wrong-type'],
  ])(
    'of typ %s is %s, or %s with plain types (RFC 9068 §4, R92, CVE-2024-47616)',
    async (typ, strict, loose) => {
      const token = await signRaw({ alg: 'RS256', kid: 'rsa', typ }, claims)
      expect([await reason(token), await reason(token, plain)]).toEqual([strict, loose])
    },
  )

  test.each([
    ['Bearer', 'verified'],
    ['bearer', 'verified'],
    ['ID', 'wrong-type'],
    ['Refresh', 'wrong-type'],
    ['Offline', 'wrong-type'],
    ['Logout', 'wrong-type'],
    ['Initial-Access', 'wrong-type'],
    [7, 'wrong-type'],
    [null, 'wrong-type'],
  ])('of a payload typ of %j is %s (Keycloak)', async (typ, expected) => {
    expect(await reason(await sign({ ...claims, typ }, { typ: 'JWT' }), plain)).toBe(expected)
    expect(await reason(await sign({ ...claims, typ }))).toBe(expected)
  })

  test.each([
    { nonce: 'n' },
    { at_hash: 'h' },
    { c_hash: 'h' },
    { s_hash: 'h' },
    { events: {} },
    { token_use: 'id' },
    { stt: 2 },
    { stt: 0 },
  ])('refuses an ID token known by %j (RFC 8725 §3.11, R92)', async (mark) => {
    expect(await reason(await sign({ ...claims, ...mark }, { typ: 'JWT' }), plain)).toBe(
      'wrong-type',
    )
  })

  test.each([
    ['exp now', { exp: now }, 'verified'],
    ['exp 59 s ago', { exp: now - 59 }, 'verified'],
    ['exp 60 s ago', { exp: now - 60 }, 'expired'],
    ['exp 0', { exp: 0 }, 'expired'],
    ['exp negative', { exp: -1 }, 'expired'],
    ['no exp', { exp: undefined }, 'missing-claim'],
    ['exp text', { exp: String(now + 300) }, 'malformed'],
    ['exp null', { exp: null }, 'malformed'],
    ['nbf in 60 s', { nbf: now + 60 }, 'verified'],
    ['nbf in 61 s', { nbf: now + 61 }, 'not-yet-valid'],
    ['nbf text', { nbf: 'now' }, 'malformed'],
    ['iat in 60 s', { iat: now + 60 }, 'verified'],
    ['iat in 61 s', { iat: now + 61 }, 'issued-in-future'],
    ['iat text', { iat: 'now' }, 'malformed'],
    ['no iat', { iat: undefined }, 'verified'],
  ])('of %s is judged with 60 s of skew', async (_, change, expected) => {
    expect(await reason(await sign({ ...claims, ...change }))).toBe(expected)
  })

  test.each([
    [`${issuer}/`, 'unknown-issuer'],
    [issuer.toUpperCase(), 'unknown-issuer'],
    ['https://sso.example.com/realms/home2', 'unknown-issuer'],
    ['https://sso.example.com/realms/hom', 'unknown-issuer'],
    [undefined, 'unknown-issuer'],
    [[issuer], 'unknown-issuer'],
    [{ toString: 'x' }, 'unknown-issuer'],
  ])('refuses the issuer %j (PF11)', async (iss, expected) => {
    expect(await reason(await sign({ ...claims, iss }))).toBe(expected)
  })

  test.each([
    [{ sub: undefined }, 'client:cli'],
    [{ sub: undefined, client_id: undefined, azp: 'web' }, 'client:web'],
    [{ sub: 'cli' }, 'cli'],
  ])('takes the subject of %j as %s (RFC 9068 §5)', async (change, subject) => {
    const result = await verify(await sign({ ...claims, ...change }))
    expect(result).toMatchObject({ token: { identity: { subject } } })
  })

  test.each([
    [{ sub: undefined, client_id: undefined }],
    [{ sub: '' }],
    [{ sub: 7 }],
    [{ sub: null }],
    [{ sub: ['u-1'] }],
  ])('refuses the subject of %j', async (change) => {
    expect(await reason(await sign({ ...claims, ...change }))).toBe('missing-claim')
  })

  test.each([
    [{ scope: 'a b' }, ['a', 'b']],
    [{ scope: undefined, scp: 'a b' }, ['a', 'b']],
    [{ scope: undefined, scp: ['a', 'b'] }, ['a', 'b']],
    [{ scope: undefined, scp: ['a', 7, 'b c'] }, ['a', 'b', 'c']],
    [{ scope: undefined }, []],
    [{ scope: 7 }, []],
    [{ scope: { a: true } }, []],
  ])('reads the scopes of %j', async (change, scopes) => {
    const result = await verify(await sign({ ...claims, ...change }))
    expect(result).toMatchObject({ token: { identity: { scopes } } })
  })

  test.each([
    [{ aud: ['a', 'b'] }, ['a', 'b']],
    [{ aud: 'a' }, ['a']],
    [{ aud: undefined }, []],
    [{ aud: ['a', 7, null] }, ['a']],
    [{ aud: { a: 1 } }, []],
  ])('reads the audience of %j', async (change, audience) => {
    const result = await verify(await sign({ ...claims, ...change }))
    expect(result).toMatchObject({ token: { audience } })
  })

  test.each([
    [{ cnf: { jkt: 'thumbprint' } }],
    [{ cnf: { jkt: 7 } }],
    [{ cnf: { 'x5t#S256': 'thumbprint' } }],
    [{ cnf: { jkt: 'A'.repeat(43), 'x5t#S256': 'thumbprint' } }],
    [{ cnf: {} }],
    [{ cnf: null }],
  ])('refuses a token bound by anything but a DPoP key: %j (R97, RFC 8705 §3)', async (bound) => {
    expect(await reason(await sign({ ...claims, ...bound }))).toBe('sender-constrained')
  })

  test('says which key a token is bound to (R97, RFC 9449 §6)', async () => {
    const boundTo = 'A'.repeat(43)
    const result = await verify(await sign({ ...claims, cnf: { jkt: boundTo } }))
    expect(result).toMatchObject({ kind: 'verified', token: { boundTo } })
  })

  test('refuses a token signed with a key of someone else under a known kid', async () => {
    expect(await reason(await sign(claims, {}, other.privateKey))).toBe('bad-signature')
  })

  test('refuses an unknown kid, and never uses it as a path or key (R111)', async () => {
    for (const kid of ['nope', '../../etc/passwd', "' or 1=1 --", '__proto__', ''])
      expect(await reason(await sign(claims, { kid }))).toBe('unknown-key')
    expect(await reason(await signRaw({ alg: 'RS256', typ: 'at+jwt', kid: 7 }, claims))).not.toBe(
      'verified',
    )
  })

  test('passes over jwk, jku, x5u and x5c of the header (R111)', async () => {
    const jwk = await exportJWK(other.publicKey)
    const smuggled = { jwk, jku: 'http://127.0.0.1:1/', x5u: 'http://127.0.0.1:1/', x5c: ['AA=='] }
    expect(await reason(await sign(claims, smuggled, other.privateKey))).toBe('bad-signature')
    expect(
      await reason(await sign(claims, { ...smuggled, kid: undefined }, other.privateKey)),
    ).toBe('bad-signature')
    expect(await reason(await sign(claims, smuggled))).toBe('verified')
  })

  test.each([
    [{ crit: ['exp'], exp: 1 }],
    [{ crit: ['b64'], b64: false }],
    [{ crit: [] }],
    [{ b64: false }],
    [{ b64: true }],
    [{ zip: 'DEF' }],
  ])('refuses the header %j (RFC 7515 §4.1.11, R111)', async (change) => {
    const token = await signRaw({ alg: 'RS256', typ: 'at+jwt', kid: 'rsa', ...change }, claims)
    expect(await reason(token)).toBe('malformed')
  })

  test('looks at no token of more than 8 KiB (R118)', async () => {
    const fits = await sign({ ...claims, pad: 'x'.repeat(5000) })
    const long = await sign({ ...claims, pad: 'x'.repeat(8000) })
    expect(fits.length).toBeLessThanOrEqual(8192)
    expect([await reason(fits), await reason(long)]).toEqual(['verified', 'too-long'])
    expect(await reason('a'.repeat(8193))).toBe('too-long')
    expect(await reason('a'.repeat(8192))).toBe('malformed')
  })

  test('survives deep nesting and members called __proto__', async () => {
    const deep = `{"iss":"${issuer}","x":${'['.repeat(2500)}${']'.repeat(2500)}}`
    expect(await reason(await signRaw({ alg: 'RS256', typ: 'at+jwt', kid: 'rsa' }, deep))).toBe(
      'missing-claim',
    )
    const polluting = JSON.stringify(claims).replace(
      '{',
      '{"__proto__":{"email":"boss@example.com","email_verified":true,"groups":["admins"]},',
    )
    const result = await verify(
      await signRaw({ alg: 'RS256', typ: 'at+jwt', kid: 'rsa' }, polluting),
    )
    expect(result).toMatchObject({ token: { identity: { email: undefined, groups: [] } } })
    expect({}).not.toHaveProperty('email')
  })

  test.each([
    '',
    '.',
    '..',
    'a.b.c',
    'a.b.c.d.e',
    'Bearer x',
    forge('not json', claims),
    forge({ alg: 'RS256' }, 'not json'),
    forge({ alg: 'RS256' }, '[]'),
    forge({ alg: 'RS256' }, 'null'),
    forge([], claims),
    forge({}, claims),
    forge({ alg: 7 }, claims),
    forge({ alg: 'dir', enc: 'A256GCM' }, claims),
    `${forge({ alg: 'RSA-OAEP', enc: 'A256GCM' }, claims)}.x.y`,
    '\u0000.\u0000.\u0000',
    '💥.💥.💥',
  ])('refuses %j', async (token) => {
    const result = await verify(token)
    expect(result.kind).toBe('rejected')
  })

  test('never throws, whatever the text', async () => {
    const jwtLike = fc
      .tuple(fc.json(), fc.json(), fc.string())
      .map(([header, payload, signature]) => forge(header, payload, signature))
    const header = fc.record({
      alg: fc.constantFrom('RS256', 'ES256', 'none', 'HS256'),
      kid: fc.oneof(fc.constant('rsa'), fc.string(), fc.integer()),
      typ: fc.oneof(fc.constant('at+jwt'), fc.anything()),
      crit: fc.anything(),
    })
    const structured = fc
      .tuple(header, fc.object(), fc.base64String())
      .map(([head, payload, signature]) => forge(head, payload, signature))
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(fc.string({ unit: 'binary' }), jwtLike, structured),
        async (token) => {
          expect((await verify(token)).kind).toBe('rejected')
        },
      ),
      { numRuns: 300 },
    )
  })

  test('never throws and never accepts what is not claimed, whatever a genuine issuer signs', async () => {
    await fc.assert(
      fc.asyncProperty(fc.object(), async (payload) => {
        const token = await signRaw({ alg: 'RS256', typ: 'at+jwt', kid: 'rsa' }, payload)
        expect((await verify(token)).kind).toBe('rejected')
      }),
      { numRuns: 50 },
    )
  })

  test('tries each key that fits when the token names none', async () => {
    const both = createLocalJWKSet({
      keys: [await exportJWK(other.publicKey), await exportJWK(rsa.publicKey)],
    })
    const token = await sign(claims, { kid: undefined })
    expect((await verify(token, profile, both)).kind).toBe('verified')
    const foreign = await sign(claims, { kid: undefined, alg: 'PS256' }, pss.privateKey)
    expect(await verify(foreign, profile, both)).toEqual({
      kind: 'rejected',
      reason: 'bad-signature',
    })
  })

  test('tries eight keys for a token that names none, and no more', async () => {
    const strange = Array.from({ length: 8 }, () => exportJWK(other.publicKey))
    const genuine = await exportJWK(rsa.publicKey)
    const token = await sign(claims, { kid: undefined })
    const [first, ...seven] = await Promise.all(strange)
    if (first === undefined) throw new Error('No key')
    const ninth = createLocalJWKSet({ keys: [first, ...seven, genuine] })
    expect((await verify(token, profile, ninth)).kind).toBe('rejected')
    const eighth = createLocalJWKSet({ keys: [...seven, genuine] })
    expect((await verify(token, profile, eighth)).kind).toBe('verified')
  })

  test('refuses a published RSA key that is too short to verify (RFC 7518 §3.3)', async () => {
    const short = createLocalJWKSet({ keys: [{ kty: 'RSA', n: 'u1W9Bw', e: 'AQAB', kid: 'rsa' }] })
    const result = await verify(await sign(claims), profile, short)
    expect(result).toEqual({ kind: 'rejected', reason: 'unknown-key' })
  })
})

describe('parseAccessToken()', () => {
  test('gives the claims of a JWT, whatever they are', () => {
    const text = forge({}, { iss: 7 })
    expect(parseAccessToken(text)).toEqual({ kind: 'unverified', text, claims: { iss: 7 } })
  })

  test.each([
    ['nonsense', 'malformed'],
    [forge({}, 'x'), 'malformed'],
    [forge({}, 'null'), 'malformed'],
    [forge({}, { pad: 'x'.repeat(8192) }), 'too-long'],
  ])('refuses %.40s as %s', (text, reason) => {
    expect(parseAccessToken(text)).toEqual({ kind: 'rejected', reason })
  })
})
