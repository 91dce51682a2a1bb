// Who learns what about a token, and who may end it? RFC 7009, RFC 7662, security.md R88, R89

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ConfiguredClient } from '../../../src/ports/authorization-server.ts'
import {
  type AuthorizationStage,
  issuer,
  resource,
  startAuthorizationStage,
  visitorOf,
} from '../../support/authorization-stage.ts'

const configured = (id: string, changes: Partial<ConfiguredClient> = {}): ConfiguredClient => ({
  id,
  name: undefined,
  secret: `the-secret-of-${id}-with-enough-length`,
  jwks: undefined,
  authMethod: 'client_secret_post',
  redirectUris: [],
  postLogoutRedirectUris: [],
  backchannelLogoutUri: undefined,
  grantTypes: ['client_credentials'],
  scopes: undefined,
  trusted: false,
  dpopRequired: false,
  ...changes,
})

let stage: AuthorizationStage
let clientId: string
let confidential: { readonly id: string; readonly secret: string }

beforeAll(async () => {
  stage = await startAuthorizationStage({ clients: [configured('server')] })
  clientId = String((await stage.register()).json['client_id'])
  const { json } = await stage.register({ token_endpoint_auth_method: 'client_secret_post' })
  confidential = { id: String(json['client_id']), secret: String(json['client_secret']) }
})
afterAll(() => stage.close())

const server = { client_id: 'server', client_secret: 'the-secret-of-server-with-enough-length' }
const stranger = () => ({ client_id: confidential.id, client_secret: confidential.secret })
const tokens = async () => (await stage.redeem(clientId, await stage.obtainCode(clientId))).json
const claimsOf = (token: unknown): Record<string, unknown> =>
  JSON.parse(Buffer.from(String(token).split('.')[1] ?? '', 'base64url').toString())
const introspect = (token: unknown, who: Record<string, string> = server) =>
  stage.post('/introspect', { token: String(token), ...who })
const revoke = (token: unknown, who: Record<string, string> = { client_id: clientId }) =>
  stage.post('/revoke', { token: String(token), ...who })
const inactive = { active: false }

describe('POST /introspect', () => {
  test('tells a resource server what the token says (R89)', async () => {
    const { access_token: token } = await tokens()
    const { json } = await introspect(token)
    expect(json).toMatchObject({
      active: true,
      iss: issuer,
      aud: resource,
      sub: visitorOf().account,
      client_id: clientId,
      scope: 'mcp:tools',
      token_type: 'Bearer',
    })
    expect(json['exp']).toBe(claimsOf(token)['exp'])
  })

  const aboutAlice = {
    name: 'Alice',
    preferred_username: 'alice',
    email: 'alice@example.com',
    email_verified: true,
    groups: ['users'],
    idp: 'home',
  }
  type Claim = keyof typeof aboutAlice
  const shown: readonly (readonly [string, readonly Claim[]])[] = [
    ['mcp:tools', []],
    ['mcp:tools openid', []],
    ['mcp:tools email', ['email', 'email_verified']],
    ['mcp:tools openid profile groups', ['name', 'preferred_username', 'groups']],
  ]
  test.each(shown)(
    'and the token tell of the person what %s lets them (R71)',
    async (scope, names) => {
      const code = await stage.obtainCode(clientId, { scope })
      const { access_token: token } = (await stage.redeem(clientId, code)).json
      const expected = Object.fromEntries(names.map((name) => [name, aboutAlice[name]]))
      for (const said of [claimsOf(token), (await introspect(token)).json]) {
        const known = Object.entries(said).filter(([name]) => Object.hasOwn(aboutAlice, name))
        expect(Object.fromEntries(known)).toEqual(expected)
      }
    },
  )

  test('and the token tell no more than a refresh asked for (R71)', async () => {
    const code = await stage.obtainCode(clientId, { scope: 'mcp:tools email' })
    const { refresh_token: refresh } = (await stage.redeem(clientId, code)).json
    const { json } = await stage.post('/token', {
      grant_type: 'refresh_token',
      client_id: clientId,
      refresh_token: String(refresh),
      scope: 'mcp:tools',
    })
    expect(claimsOf(json['access_token'])).not.toHaveProperty('email')
    expect((await introspect(json['access_token'])).json).not.toHaveProperty('email')
  })

  test('tells nothing but "inactive" to a client it was not issued to (R89)', async () => {
    const { access_token: token, refresh_token: refresh } = await tokens()
    expect((await introspect(token, stranger())).json).toEqual(inactive)
    expect((await introspect(refresh, stranger())).json).toEqual(inactive)
  })

  test('tells nothing to a caller that does not authenticate (R89)', async () => {
    const { access_token: token } = await tokens()
    for (const who of [{}, { client_id: clientId }, { client_id: 'nobody' }]) {
      const answer = await introspect(token, who)
      expect([answer.status, answer.json['error']]).toEqual([401, 'invalid_client'])
    }
  })

  const strangers: readonly (readonly [string, (token: string) => string])[] = [
    ['a text that is no token', () => 'x'],
    ['the bare id of a token', (token) => String(claimsOf(token)['jti'])],
    ['a token with another signature', (token) => `${token.slice(0, -20)}${'A'.repeat(20)}`],
    [
      'an unsigned token',
      (token) =>
        `${Buffer.from('{"alg":"none","typ":"at+jwt"}').toString('base64url')}.${token.split('.')[1]}.`,
    ],
  ]
  test.each(strangers)('takes %s for none', async (_name, change) => {
    const { access_token: token } = await tokens()
    const { status, json } = await introspect(change(String(token)))
    expect([status, json]).toEqual([200, inactive])
  })

  test('has no answer for scripts of other origins (R68)', async () => {
    const { access_token: token } = await tokens()
    const answer = await introspect(token)
    expect(answer.headers.get('access-control-allow-origin')).toBeNull()
  })
})

describe('POST /revoke', () => {
  test('ends an access token, and that one alone (R88)', async () => {
    const { access_token: token, refresh_token: refresh } = await tokens()
    const answer = await revoke(token)
    expect([answer.status, answer.text]).toEqual([200, ''])
    expect(stage.server.isLive(String(claimsOf(token)['jti']), visitorOf().signedInAt)).toBe(false)
    expect((await introspect(token)).json).toEqual(inactive)
    expect((await introspect(refresh)).json['active']).toBe(true)
  })

  test('ends everything with a refresh token (R88)', async () => {
    const { access_token: token, refresh_token: refresh } = await tokens()
    expect((await revoke(refresh)).status).toBe(200)
    expect((await introspect(token)).json).toEqual(inactive)
    const grants = await stage.server.listGrants(visitorOf().account)
    expect(JSON.stringify(grants)).not.toContain(String(refresh))
  })

  test('answers 200 for what is no token (R88)', async () => {
    for (const text of ['x', 'a.b.c', 'x'.repeat(43)]) expect((await revoke(text)).status).toBe(200)
  })

  test('ends nothing of another client (R88)', async () => {
    const { access_token: token, refresh_token: refresh } = await tokens()
    for (const text of [token, refresh]) {
      expect((await revoke(text, stranger())).status).toBe(200)
      expect((await introspect(text)).json['active']).toBe(true)
    }
  })

  test('ends nothing for who knows only the id of a token', async () => {
    const { access_token: token } = await tokens()
    await revoke(claimsOf(token)['jti'])
    expect((await introspect(token)).json['active']).toBe(true)
  })

  test('wants the client to authenticate as at the token endpoint (R88)', async () => {
    const { access_token: token } = await tokens()
    expect((await revoke(token, {})).status).toBe(400)
    expect((await revoke(token, { ...server, client_secret: 'wrong' })).status).toBe(401)
  })

  test('may be asked from every origin (R131)', async () => {
    const answer = await revoke('x')
    expect(answer.headers.get('access-control-allow-origin')).toBe('*')
  })
})
