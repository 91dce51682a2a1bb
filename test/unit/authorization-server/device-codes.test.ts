// What must hold before a device code is spent, or a machine gets a token? RFC 8628, RFC 9449, security.md R91

import { randomUUID } from 'node:crypto'
import { exportJWK, type GenerateKeyPairResult, generateKeyPair, SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { deviceGrant } from '../../../src/authorization-server/provider-configuration.ts'
import {
  type AuthorizationStage,
  issuer,
  resource,
  startAuthorizationStage,
} from '../../support/authorization-stage.ts'
import { configuredClient, secretOf } from '../../support/configured-client.ts'

const bound = 'https://bound.example.com/mcp'
const machine = { client_id: 'machine', client_secret: secretOf('machine') }

let stage: AuthorizationStage
let holder: GenerateKeyPairResult

beforeAll(async () => {
  holder = await generateKeyPair('ES256')
  const plain = {
    audience: undefined,
    name: undefined,
    scopes: ['mcp:tools'],
    scopesSupported: ['mcp:tools'],
  }
  const tv = { secret: undefined, authMethod: 'none', grantTypes: [deviceGrant] } as const
  stage = await startAuthorizationStage({
    resources: [
      { ...plain, url: resource, dpopRequired: false },
      { ...plain, url: bound, dpopRequired: true },
    ],
    clients: [configuredClient('tv', tv), configuredClient('machine')],
  })
})
afterAll(() => stage.close())

const prove = async () => {
  const iat = Math.floor(Date.now() / 1000)
  return new SignJWT({ htm: 'POST', htu: `${issuer}/token`, iat, jti: randomUUID() })
    .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk: await exportJWK(holder.publicKey) })
    .sign(holder.privateKey)
}

const tokenOf = (page: string): string => /"token":"([^"]+)"/.exec(page)?.[1] ?? ''

/** A device whose code the person has decided about. */
async function decidedDevice(where: string, kind: 'allow' | 'deny' = 'allow') {
  const { json } = await stage.post('/device/auth', { client_id: 'tv', resource: where })
  const code = { user_code: String(json['user_code']) }
  const visit = stage.browser()
  const asked = await visit.get('/device')
  const compare = await visit.post('/device', { xsrf: tokenOf(asked.text), ...code })
  const form = { xsrf: tokenOf(compare.text), ...code, confirm: 'yes' }
  const sent = await visit.post('/device', form)
  const resume = await stage.decide(visit, sent.location?.pathname ?? '', { kind })
  await visit.get(new URL(resume ?? issuer).pathname)
  const device = {
    grant_type: deviceGrant,
    client_id: 'tv',
    device_code: String(json['device_code']),
  }
  return (more: Record<string, string> = {}, headers: Record<string, string> = {}) =>
    stage.post('/token', { ...device, ...more }, headers)
}

describe('POST /token with a device code', () => {
  test.each([bound, 'https://nobody.example.com/'])(
    'refuses the resource %s that was not granted, and spends nothing (R91)',
    async (other) => {
      const ask = await decidedDevice(resource)
      const refused = await ask({ resource: other }, { DPoP: await prove() })
      expect([refused.status, refused.json['error']]).toEqual([400, 'invalid_target'])
      expect((await ask({ resource })).json).toMatchObject({ token_type: 'Bearer' })
    },
  )

  test('wants a proof for a resource that does, and its lack spends nothing', async () => {
    const ask = await decidedDevice(bound)
    const without = await ask()
    expect([without.status, without.json['error']]).toEqual([400, 'invalid_dpop_proof'])
    expect((await ask({}, { DPoP: await prove() })).json).toMatchObject({ token_type: 'DPoP' })
  })

  test('tells that the person did not agree, whatever resource is named', async () => {
    const ask = await decidedDevice(bound, 'deny')
    expect((await ask({ resource: bound })).json).toMatchObject({ error: 'access_denied' })
  })
})

test('POST /token for a machine wants a proof for a resource that does', async () => {
  const form = { grant_type: 'client_credentials', ...machine, resource: bound }
  const without = await stage.post('/token', form)
  expect([without.status, without.json['error']]).toEqual([400, 'invalid_dpop_proof'])
  const given = await stage.post('/token', form, { DPoP: await prove() })
  expect(given.json).toMatchObject({ token_type: 'DPoP' })
  expect((await stage.post('/token', { ...form, resource })).json).toMatchObject({
    token_type: 'Bearer',
  })
})
