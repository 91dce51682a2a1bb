// Pushed requests, devices, proofs of possession, client assertions: RFC 9126, RFC 8628, RFC 9449, RFC 7523

import { randomUUID } from 'node:crypto'
import {
  calculateJwkThumbprint,
  exportJWK,
  type GenerateKeyPairResult,
  generateKeyPair,
  SignJWT,
} from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ConfiguredClient } from '../../../src/ports/authorization-server.ts'
import {
  type AuthorizationStage,
  issuer,
  resource,
  startAuthorizationStage,
} from '../../support/authorization-stage.ts'

const bound = 'https://bound.example.com/mcp'

let stage: AuthorizationStage
let clientId: string
let key: GenerateKeyPairResult
let holder: GenerateKeyPairResult

beforeAll(async () => {
  key = await generateKeyPair('ES256')
  holder = await generateKeyPair('ES256')
  const machine: ConfiguredClient = {
    id: 'machine',
    name: undefined,
    secret: undefined,
    jwks: { keys: [{ ...(await exportJWK(key.publicKey)), alg: 'ES256' }] },
    authMethod: 'private_key_jwt',
    redirectUris: [],
    postLogoutRedirectUris: [],
    backchannelLogoutUri: undefined,
    grantTypes: ['client_credentials'],
    scopes: undefined,
    trusted: false,
    dpopRequired: false,
  }
  const plain = {
    audience: undefined,
    name: undefined,
    scopes: ['mcp:tools'],
    scopesSupported: ['mcp:tools'],
  }
  stage = await startAuthorizationStage({
    resources: [
      { ...plain, url: resource, dpopRequired: false },
      { ...plain, url: bound, dpopRequired: true },
    ],
    clients: [machine],
  })
  clientId = String((await stage.register()).json['client_id'])
})
afterAll(() => stage.close())

describe('POST /token with a client assertion (R87)', () => {
  type Claims = Record<string, unknown>
  const sign = (changes: Claims = {}) => {
    const now = Math.floor(Date.now() / 1000)
    const claims = {
      iss: 'machine',
      sub: 'machine',
      aud: issuer,
      iat: now,
      exp: now + 60,
      jti: randomUUID(),
    }
    return new SignJWT({ ...claims, ...changes })
      .setProtectedHeader({ alg: 'ES256' })
      .sign(key.privateKey)
  }
  const send = async (assertion: string) =>
    stage.post('/token', {
      grant_type: 'client_credentials',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: assertion,
      resource,
    })

  test.each([
    ['the issuer as audience', {}],
    ['the issuer in an array of one', { aud: [issuer] }],
  ])('takes %s', async (_name, changes) => {
    expect((await send(await sign(changes))).status).toBe(200)
  })

  const faults: readonly (readonly [string, () => Claims])[] = [
    ['the token endpoint as audience', () => ({ aud: `${issuer}/token` })],
    ['the issuer with a slash', () => ({ aud: `${issuer}/` })],
    ['two audiences', () => ({ aud: [issuer, 'https://other.example'] })],
    ['another audience', () => ({ aud: 'https://other.example' })],
    ['an end too far away', () => ({ exp: Math.floor(Date.now() / 1000) + 600 })],
    ['an end in the past', () => ({ exp: Math.floor(Date.now() / 1000) - 60 })],
    ['no end', () => ({ exp: undefined })],
    ['no id', () => ({ jti: undefined })],
    ['another issuer', () => ({ iss: 'other' })],
    ['another subject', () => ({ sub: clientId })],
  ]
  test.each(faults)('refuses %s', async (_name, changes) => {
    const answer = await send(await sign(changes()))
    expect([answer.status, answer.json['error']]).toEqual([401, 'invalid_client'])
  })

  test('refuses the same assertion a second time', async () => {
    const assertion = await sign()
    const answers = await Promise.all([send(assertion), send(assertion), send(assertion)])
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 401, 401])
  })
})

describe('POST /request (RFC 9126)', () => {
  const push = (changes: Record<string, string | undefined> = {}) =>
    stage.post('/request', Object.fromEntries(stage.parameters(clientId, changes)))

  test('keeps a request that /authorize takes once', async () => {
    const pushed = await push()
    expect(pushed.status).toBe(201)
    const uri = String(pushed.json['request_uri'])
    const query = new URLSearchParams({ client_id: clientId, request_uri: uri })
    const visit = stage.browser()
    const began = await visit.get(`/authorize?${query}`)
    const resume = await stage.decide(visit, began.location?.pathname ?? '')
    const ended = await visit.get(new URL(resume ?? issuer).pathname)
    expect(ended.location?.searchParams.has('code')).toBe(true)
    const again = await stage.browser().get(`/authorize?${query}`)
    expect(again.location?.searchParams.has('code')).not.toBe(true)
    expect(again.status).toBe(400)
  })

  const faults: readonly (readonly [string, Record<string, string | undefined>, string])[] = [
    ['another redirect URI', { redirect_uri: 'https://evil.example/' }, 'invalid_request'],
    ['no challenge', { code_challenge: undefined }, 'invalid_request'],
    ['another response mode', { response_mode: 'form_post' }, 'unsupported_response_mode'],
    ['an unknown resource', { resource: 'https://nobody.example/' }, 'invalid_target'],
    ['no scope that is left', { scope: 'bogus' }, 'invalid_scope'],
  ]
  test.each(faults)('refuses %s at once', async (_name, changes, error) => {
    const answer = await push(changes)
    expect([answer.status, answer.json['error']]).toEqual([400, error])
  })
})

describe('DPoP (RFC 9449)', () => {
  const prove = async (
    changes: Record<string, unknown> = {},
    header: Record<string, unknown> = {},
  ) => {
    const claims = {
      htm: 'POST',
      htu: `${issuer}/token`,
      iat: Math.floor(Date.now() / 1000),
      jti: randomUUID(),
    }
    return new SignJWT({ ...claims, ...changes })
      .setProtectedHeader({
        alg: 'ES256',
        typ: 'dpop+jwt',
        jwk: await exportJWK(holder.publicKey),
        ...header,
      })
      .sign(holder.privateKey)
  }
  const redeem = async (proof: string | undefined, where = resource) => {
    const code = await stage.obtainCode(clientId, { resource: where })
    return stage.redeem(clientId, code, {}, proof === undefined ? {} : { DPoP: proof })
  }

  test('binds tokens to the key, and the refresh token of a public client too (R97)', async () => {
    const { json } = await redeem(await prove())
    expect(json['token_type']).toBe('DPoP')
    const claims = JSON.parse(
      Buffer.from(String(json['access_token']).split('.')[1] ?? '', 'base64url').toString(),
    )
    expect(claims.cnf).toEqual({
      jkt: await calculateJwkThumbprint(await exportJWK(holder.publicKey)),
    })
    const form = {
      grant_type: 'refresh_token',
      client_id: clientId,
      refresh_token: String(json['refresh_token']),
    }
    expect((await stage.post('/token', form)).json['error']).toBe('invalid_grant')
    expect((await stage.post('/token', form, { DPoP: await prove() })).status).toBe(200)
  })

  const faults: readonly (readonly [string, Record<string, unknown>, Record<string, unknown>])[] = [
    ['another method', { htm: 'GET' }, {}],
    ['another address', { htu: 'https://evil.example/token' }, {}],
    ['an old one', { iat: Math.floor(Date.now() / 1000) - 600 }, {}],
    ['no id', { jti: undefined }, {}],
    ['another type', {}, { typ: 'JWT' }],
  ]
  test.each(faults)(
    'refuses a proof with %s, and never falls back (R96, R99)',
    async (_name, claims, header) => {
      const answer = await redeem(await prove(claims, header))
      expect([answer.status, answer.json['error']]).toEqual([400, 'invalid_dpop_proof'])
    },
  )

  test('refuses a proof that was shown before (R96)', async () => {
    const proof = await prove()
    expect((await redeem(proof)).status).toBe(200)
    expect((await redeem(proof)).status).toBe(400)
  })

  test('is a must for a resource that wants it, and its lack spends nothing', async () => {
    const code = await stage.obtainCode(clientId, { resource: bound })
    const without = await stage.redeem(clientId, code)
    expect([without.status, without.json['error']]).toEqual([400, 'invalid_dpop_proof'])
    const answer = await stage.redeem(clientId, code, {}, { DPoP: await prove() })
    expect(answer.json['token_type']).toBe('DPoP')
  })
})

describe('The device flow (RFC 8628)', () => {
  test('gives a token once the person has compared the code and agreed', async () => {
    const grant = 'urn:ietf:params:oauth:grant-type:device_code'
    const own = await startAuthorizationStage({
      clients: [
        {
          id: 'tv',
          name: 'A television',
          secret: undefined,
          jwks: undefined,
          authMethod: 'none',
          redirectUris: [],
          postLogoutRedirectUris: [],
          backchannelLogoutUri: undefined,
          grantTypes: [grant, 'refresh_token'],
          scopes: undefined,
          trusted: false,
          dpopRequired: false,
        },
      ],
    })
    const begun = await own.post('/device/auth', { client_id: 'tv' })
    expect(begun.json).toMatchObject({ verification_uri: `${issuer}/device`, expires_in: 600 })
    const device = {
      grant_type: grant,
      client_id: 'tv',
      device_code: String(begun.json['device_code']),
    }
    expect((await own.post('/token', device)).json['error']).toBe('authorization_pending')

    const visit = own.browser()
    const complete = new URL(String(begun.json['verification_uri_complete']))
    const page = await visit.get(complete.pathname + complete.search)
    expect(page.text).toContain('device-code')
    expect(page.text).toContain(String(begun.json['user_code']))
    expect(page.text).not.toContain('<script')
    const token = /"token":"([^"]+)"/.exec(page.text)?.[1] ?? ''
    const wrong = await visit.post('/device', { xsrf: token, user_code: 'BCDF-BCDF' })
    expect(wrong.text).toContain('unknown-code')
    const next = /"token":"([^"]+)"/.exec(wrong.text)?.[1] ?? ''
    const code = String(begun.json['user_code'])
    const compare = await visit.post('/device', { xsrf: next, user_code: code })
    expect(compare.text).toContain('device-confirmation')
    expect(compare.text).toContain('A television')
    const confirm = /"token":"([^"]+)"/.exec(compare.text)?.[1] ?? ''
    const sent = await visit.post('/device', { xsrf: confirm, user_code: code, confirm: 'yes' })
    const resume = await own.decide(visit, sent.location?.pathname ?? '')
    const done = await visit.get(new URL(resume ?? issuer).pathname)
    expect(done.text).toContain('device-done')

    const answer = await own.post('/token', device)
    expect(answer.json).toMatchObject({ token_type: 'Bearer', scope: 'mcp:tools' })
    expect((await own.post('/token', device)).json['error']).toBe('invalid_grant')
    await own.close()
  })
})
