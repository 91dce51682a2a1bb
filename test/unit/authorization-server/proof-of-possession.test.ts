// Does the token endpoint bind tokens to the key of who asks, and to nothing less? RFC 9449, security.md R80, R96-R99

import { createHash, createHmac, randomUUID } from 'node:crypto'
import {
  calculateJwkThumbprint,
  exportJWK,
  type GenerateKeyPairResult,
  generateKeyPair,
  SignJWT,
} from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  type AuthorizationStage,
  issuer,
  redirectUri,
  startAuthorizationStage,
} from '../../support/authorization-stage.ts'
import { configuredClient } from '../../support/configured-client.ts'

type Members = Readonly<Record<string, unknown>>

let stage: AuthorizationStage
let clientId: string
let key: GenerateKeyPairResult
let otherKey: GenerateKeyPairResult

beforeAll(async () => {
  key = await generateKeyPair('ES256', { extractable: true })
  otherKey = await generateKeyPair('ES256')
  stage = await startAuthorizationStage({
    clients: [
      configuredClient('app', {
        authMethod: 'none',
        secret: undefined,
        redirectUris: [redirectUri],
        grantTypes: ['authorization_code'],
      }),
    ],
  })
  clientId = String((await stage.register()).json['client_id'])
})
afterAll(() => stage.close())

const now = () => Math.floor(Date.now() / 1000)
const claimsOf = (claims: Members = {}) => ({
  ...{ htm: 'POST', htu: `${issuer}/token`, iat: now(), jti: randomUUID() },
  ...claims,
})
const prove = async (claims: Members = {}, header: Members = {}, by = key) =>
  new SignJWT(claimsOf(claims))
    .setProtectedHeader({
      ...{ alg: 'ES256', typ: 'dpop+jwt', jwk: await exportJWK(by.publicKey) },
      ...header,
    })
    .sign(by.privateKey)
const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
const redeem = (code: string, proof: string) => stage.redeem(clientId, code, {}, { DPoP: proof })
const thumbprint = async (by = key) => calculateJwkThumbprint(await exportJWK(by.publicKey))

const faults: readonly (readonly [string, () => Promise<string>])[] = [
  ['the way to another endpoint', () => prove({ htu: `${issuer}/revoke` })],
  ['the same way on another host', () => prove({ htu: 'https://evil.example/token' })],
  ['the way in plain http', () => prove({ htu: 'http://auth.example.com/token' })],
  ['another method in small letters', () => prove({ htm: 'post' })],
  ['no method', () => prove({ htm: undefined })],
  ['no way', () => prove({ htu: undefined })],
  ['a time six minutes ago', () => prove({ iat: now() - 360 })],
  ['a time 90 seconds ago', () => prove({ iat: now() - 90 })],
  ['a time 90 seconds ahead', () => prove({ iat: now() + 90 })],
  ['no time', () => prove({ iat: undefined })],
  ['an id that is no text', () => prove({ jti: 7 })],
  ['an id of seven characters', () => prove({ jti: '1234567' })],
  ['an id of 257 characters', () => prove({ jti: 'x'.repeat(257) })],
  ['no key', () => prove({}, { jwk: undefined })],
  ['the key of another', async () => prove({}, { jwk: await exportJWK(otherKey.publicKey) })],
  ['a private key', async () => prove({}, { jwk: await exportJWK(key.privateKey) })],
  ['another type', () => prove({}, { typ: 'at+jwt' })],
  [
    'no signature',
    async () =>
      `${encode({ alg: 'none', typ: 'dpop+jwt', jwk: await exportJWK(key.publicKey) })}.${encode(claimsOf())}.`,
  ],
  [
    'a secret for a key',
    async () => {
      const jwk = { kty: 'oct', k: encode('secret') }
      const text = `${encode({ alg: 'HS256', typ: 'dpop+jwt', jwk })}.${encode(claimsOf())}`
      return `${text}.${createHmac('sha256', '"secret"').update(text).digest('base64url')}`
    },
  ],
  [
    'an algorithm that is not listed',
    async () => {
      const rsa = await generateKeyPair('RS256')
      return prove({}, { alg: 'RS256' }, rsa)
    },
  ],
  ['two proofs', async () => `${await prove()}, ${await prove()}`],
  ['no proof at all', async () => 'x'],
]

describe('POST /token refuses a proof (R96) and gives no bearer token for it (R99):', () => {
  test.each(faults)('%s', async (_name, make) => {
    const code = await stage.obtainCode(clientId)
    const { status, json } = await redeem(code, await make())
    expect([status, json['error']]).toEqual([400, 'invalid_dpop_proof'])
    expect(json).not.toHaveProperty('access_token')
    // Nothing was spent: with a sound proof the code is good.
    expect((await redeem(code, await prove())).json['token_type']).toBe('DPoP')
  })

  test('a second time, whichever server it comes to (R96)', async () => {
    const other = await startAuthorizationStage({}, { store: stage.store.authorization })
    const proof = await prove()
    expect((await redeem(await stage.obtainCode(clientId), proof)).status).toBe(200)
    const code = await stage.obtainCode(clientId)
    const { status, json } = await other.redeem(clientId, code, {}, { DPoP: proof })
    await other.close()
    expect([status, json['access_token']]).toEqual([400, undefined])
  })

  test('without a word of a nonce of the server, which there is none of (R98)', async () => {
    const code = await stage.obtainCode(clientId)
    const answers = [await redeem(code, 'x'), await redeem(code, await prove())]
    expect(answers.map(({ headers }) => headers.get('dpop-nonce'))).toEqual([null, null])
    expect(answers.map(({ status }) => status)).toEqual([400, 200])
  })

  test('not for a query or fragment in its way, which do not count (R96)', async () => {
    const proof = await prove({ htu: `${issuer}/token?a=b#c` })
    expect((await redeem(await stage.obtainCode(clientId), proof)).status).toBe(200)
  })
})

describe('A code that was asked for with a key (R80, R97)', () => {
  test('is good with that key alone', async () => {
    const dpop_jkt = await thumbprint()
    const obtain = () => stage.obtainCode(clientId, { dpop_jkt })
    for (const answer of [
      await stage.redeem(clientId, await obtain()),
      await redeem(await obtain(), await prove({}, {}, otherKey)),
    ]) {
      expect([answer.status, answer.json['error']]).toEqual([400, 'invalid_grant'])
    }
    expect((await redeem(await obtain(), await prove())).json['token_type']).toBe('DPoP')
  })

  test('gives a token that names the key and is no bearer token (R97)', async () => {
    const code = await stage.obtainCode(clientId, { dpop_jkt: await thumbprint() })
    const { json } = await redeem(code, await prove())
    const [, payload = ''] = String(json['access_token']).split('.')
    expect(JSON.parse(Buffer.from(payload, 'base64url').toString()).cnf).toEqual({
      jkt: await thumbprint(),
    })
    expect(json['token_type']).toBe('DPoP')
  })
})

describe.each(['GET', 'POST'])('%s /userinfo with a token that is bound to a key', (method) => {
  const openid = { scope: 'openid', resource: undefined }
  const ask = async (claims: Members, by = key) => {
    const code = await stage.obtainCode('app', openid)
    const { json } = await stage.redeem('app', code, {}, { DPoP: await prove() })
    const token = String(json['access_token'])
    const ath = createHash('sha256').update(token).digest('base64url')
    const made = { htm: method, htu: `${issuer}/userinfo`, ath, ...claims }
    const headers = { Authorization: `DPoP ${token}`, DPoP: await prove(made, {}, by) }
    return stage.request('/userinfo', { method, headers })
  }

  test('answers a sound proof', async () => {
    expect((await ask({})).status).toBe(200)
  })

  test.each<[string, () => Members]>([
    ['a time 90 seconds ago', () => ({ iat: now() - 90 })],
    ['a time 120 seconds ahead', () => ({ iat: now() + 120 })],
    ['an id of seven characters', () => ({ jti: '1234567' })],
    ['another token', () => ({ ath: createHash('sha256').update('x').digest('base64url') })],
    ['no token', () => ({ ath: undefined })],
    ['another endpoint', () => ({ htu: `${issuer}/token` })],
  ])('refuses a proof with %s (R96)', async (_, claims) => {
    const { status, json, headers } = await ask(claims())
    expect([status, json['error']]).toEqual([401, 'invalid_dpop_proof'])
    expect(headers.get('www-authenticate')).toMatch(/^DPoP .*error="invalid_dpop_proof"/)
  })

  test('refuses the proof of another key (R97)', async () => {
    expect((await ask({}, otherKey)).status).toBe(401)
  })
})
