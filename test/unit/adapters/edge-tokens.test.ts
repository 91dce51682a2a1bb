import {
  createLocalJWKSet,
  decodeProtectedHeader,
  exportJWK,
  generateKeyPair,
  type JWK,
  jwtVerify,
  SignJWT,
} from 'jose'
import { beforeAll, describe, expect, test } from 'vitest'
import { createEdgeTokens, type EdgeKeys } from '../../../src/adapters/edge-tokens.ts'
import { hashOf } from '../../../src/adapters/sealing.ts'
import { epochSeconds } from '../../../src/protocol/time.ts'

const now = epochSeconds(1_800_000_000)
const issuer = 'https://auth.example.com'

async function makeKeys(kid: string): Promise<EdgeKeys> {
  const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true })
  const own = { kid, alg: 'RS256', use: 'sig' }
  const published = { keys: [{ ...(await exportJWK(publicKey)), ...own }] as never[] }
  return { version: kid, signing: { ...(await exportJWK(privateKey)), ...own }, published }
}

let first: EdgeKeys
let second: EdgeKeys
beforeAll(async () => {
  first = await makeKeys('first')
  second = await makeKeys('second')
})

const request = {
  kind: 'browser',
  subject: 'a'.repeat(43),
  email: 'alice@example.com',
  audience: ['gateway.example.com'],
  session: hashOf('session'),
  id: 'jti',
  expiresAt: epochSeconds(now + 600),
} as const

const tokensOf = (keys: () => EdgeKeys) => createEdgeTokens({ issuer, keys: async () => keys() })

describe('verify()', () => {
  test.each(['browser', 'command-line'] as const)(
    'takes a token of kind %s as that kind',
    async (kind) => {
      const tokens = tokensOf(() => first)
      const text = await tokens.sign({ ...request, kind }, now)
      expect(await tokens.verify(text, now)).toEqual({
        kind: 'verified',
        token: { kind, audience: ['gateway.example.com'], session: request.session },
      })
    },
  )

  test('answers at once for a token that it has just verified, and never past its end', async () => {
    const tokens = tokensOf(() => first)
    const text = await tokens.sign({ ...request, expiresAt: epochSeconds(now + 30) }, now)
    expect(tokens.verify(text, now)).toBeInstanceOf(Promise)
    await tokens.verify(text, now)
    expect(tokens.verify(text, now)).not.toBeInstanceOf(Promise)
    expect(await tokens.verify(text, epochSeconds(now + 30))).toEqual({
      kind: 'rejected',
      reason: 'expired',
    })
  })

  test('takes no token of a dropped key 5 seconds after, though it was verified before (R113)', async () => {
    let keys = first
    const tokens = tokensOf(() => keys)
    const text = await tokens.sign(request, now)
    await tokens.verify(text, now)
    keys = second
    expect(await tokens.verify(text, epochSeconds(now + 5))).toEqual({
      kind: 'rejected',
      reason: 'unknown-key',
    })
  })

  test('goes on with what it has verified while the keys stay the same', async () => {
    let reads = 0
    const tokens = tokensOf(() => {
      reads += 1
      return first
    })
    const text = await tokens.sign(request, now)
    await tokens.verify(text, now)
    reads = 0
    for (const later of [0, 1, 2, 3]) await tokens.verify(text, epochSeconds(now + later))
    expect(reads).toBe(1)
    expect(tokens.verify(text, epochSeconds(now + 3))).not.toBeInstanceOf(Promise)
  })

  const signed =
    (changes: Record<string, unknown>, header: Record<string, unknown> = {}) =>
    async () => {
      const { importJWK } = await import('jose')
      const key = await importJWK(first.signing as JWK, 'RS256')
      const claims = {
        iss: issuer,
        aud: ['gateway.example.com'],
        sid: request.session,
        iat: now,
        exp: now + 600,
        ...changes,
      }
      return new SignJWT(claims)
        .setProtectedHeader({ alg: 'RS256', kid: 'first', typ: 'sallyport-edge+jwt', ...header })
        .sign(key)
    }

  test.each([
    ['an access token', signed({}, { typ: 'at+jwt' }), 'wrong-type'],
    ['a token of no kind', signed({}, { typ: undefined }), 'wrong-type'],
    ['a token of another issuer', signed({ iss: 'https://else.example' }), 'unknown-issuer'],
    ['a token without an audience (mcpauth 2)', signed({ aud: undefined }), 'missing-claim'],
    ['a token whose audience is a text', signed({ aud: 'gateway.example.com' }), 'missing-claim'],
    ['a token without a session', signed({ sid: undefined }), 'missing-claim'],
    ['a token without an end', signed({ exp: undefined }), 'missing-claim'],
    ['a token that has ended', signed({ exp: now }), 'expired'],
    ['a token from the future', signed({ iat: now + 61 }), 'issued-in-future'],
    ['a token of an unknown key', signed({}, { kid: 'other' }), 'unknown-key'],
    ['a token that is too long', async () => 'a'.repeat(8193), 'too-long'],
    ['anything else', async () => 'bad-token', 'malformed'],
  ])('refuses %s', async (_which, make, reason) => {
    const tokens = tokensOf(() => first)
    expect(await tokens.verify(await make(), now)).toEqual({ kind: 'rejected', reason })
  })
})

test('sign() goes on with the new key as soon as there is one', async () => {
  let keys = first
  const tokens = tokensOf(() => keys)
  expect(decodeProtectedHeader(await tokens.sign(request, now)).kid).toBe('first')
  keys = second
  expect(decodeProtectedHeader(await tokens.sign(request, now)).kid).toBe('second')
})

test('assert() says who asks to one host, for a minute, and is nothing at our own doors (R15b)', async () => {
  const tokens = tokensOf(() => first)
  const assertion = {
    subject: 'a'.repeat(43),
    email: 'alice@example.com',
    host: 'gateway.example.com',
  }
  const text = await tokens.assert(assertion, now)
  const keys = createLocalJWKSet(first.published)
  const options = { issuer, audience: 'gateway.example.com', currentDate: new Date(now * 1000) }
  const { payload } = await jwtVerify(text, keys, options)
  expect(payload).toMatchObject({ email: 'alice@example.com', exp: now + 60 })
  expect(await tokens.verify(text, now)).toEqual({ kind: 'rejected', reason: 'wrong-type' })
  expect(await tokens.assert(assertion, epochSeconds(now + 19))).toBe(text)
  expect(await tokens.assert(assertion, epochSeconds(now + 20))).not.toBe(text)
  expect(await tokens.assert({ ...assertion, host: 'other.example.com' }, now)).not.toBe(text)
})

test('assert() hands out nothing that a dropped key signed, 5 seconds after (R113)', async () => {
  let keys = first
  const tokens = tokensOf(() => keys)
  const assertion = { subject: 'a'.repeat(43), email: undefined, host: 'gateway.example.com' }
  expect(decodeProtectedHeader(await tokens.assert(assertion, now)).kid).toBe('first')
  keys = second
  const after = await tokens.assert(assertion, epochSeconds(now + 5))
  expect(decodeProtectedHeader(after).kid).toBe('second')
})

test('certificates() has a PEM for each key', async () => {
  const { keys, public_cert, public_certs } = await tokensOf(() => first).certificates()
  expect(keys).toHaveLength(1)
  expect(public_certs).toEqual([public_cert])
  expect(public_cert.cert).toMatch(/^-----BEGIN PUBLIC KEY-----/)
})
