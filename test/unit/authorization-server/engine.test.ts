// Does an MCP client get from nothing to a token and back?

import { createLocalJWKSet, jwtVerify } from 'jose'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  type AuthorizationStage,
  issuer,
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
afterAll(() => stage.close())

test('createAuthorizationServer() leads a registered client to a signed token when the person agrees (R92)', async () => {
  const code = await stage.obtainCode(clientId)
  const answer = await stage.redeem(clientId, code)
  expect(answer.json).toEqual({
    access_token: expect.any(String),
    refresh_token: expect.any(String),
    token_type: 'Bearer',
    expires_in: 600,
    scope: 'mcp:tools',
  })
  const keys = createLocalJWKSet(await stage.server.publicKeys())
  const { payload, protectedHeader } = await jwtVerify(String(answer.json['access_token']), keys)
  expect(protectedHeader).toMatchObject({ typ: 'at+jwt', alg: 'EdDSA' })
  // Nothing about the person but who it is: the client did not ask, and nobody agreed.
  expect(payload).toEqual({
    iss: issuer,
    aud: resource,
    sub: visitorOf().account,
    client_id: clientId,
    scope: 'mcp:tools',
    iat: expect.any(Number),
    exp: expect.any(Number),
    jti: expect.any(String),
  })
  expect(stage.server.isLive(String(payload.jti), stageNow())).toBe(true)
})

const stageNow = () => visitorOf().signedInAt
