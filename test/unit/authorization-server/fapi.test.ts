// Does the switch for the FAPI 2.0 profile close what the profile closes?

import { exportJWK, generateKeyPair } from 'jose'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  type AuthorizationStage,
  redirectUri,
  startAuthorizationStage,
} from '../../support/authorization-stage.ts'

let stage: AuthorizationStage

beforeAll(async () => {
  const { publicKey } = await generateKeyPair('ES256')
  stage = await startAuthorizationStage({
    fapi: true,
    registration: 'off',
    clients: [
      {
        id: 'bank',
        name: undefined,
        secret: undefined,
        jwks: { keys: [{ ...(await exportJWK(publicKey)), alg: 'ES256' }] },
        authMethod: 'private_key_jwt',
        redirectUris: [redirectUri],
        postLogoutRedirectUris: [],
        backchannelLogoutUri: undefined,
        grantTypes: ['authorization_code'],
        scopes: undefined,
        trusted: false,
        dpopRequired: true,
      },
    ],
  })
})
afterAll(() => stage.close())

test('metadata() names what FAPI 2.0 allows, and nothing else', async () => {
  const document = JSON.parse(await stage.server.metadata())
  expect(document).toMatchObject({
    require_pushed_authorization_requests: true,
    token_endpoint_auth_methods_supported: ['private_key_jwt'],
  })
  const algorithms = document.id_token_signing_alg_values_supported
  expect([...algorithms].sort()).toEqual(['ES256', 'EdDSA'])
})

test('GET /authorize wants the request to be pushed', async () => {
  const answer = await stage.browser().get(`/authorize?${stage.parameters('bank')}`)
  expect(answer.location?.searchParams.has('code')).not.toBe(true)
  expect(answer.location?.pathname ?? '').not.toMatch(/^\/interaction/)
})

test('POST /request wants the client to prove itself', async () => {
  const answer = await stage.post('/request', Object.fromEntries(stage.parameters('bank')))
  expect([answer.status, answer.json['error']]).toEqual([401, 'invalid_client'])
})
