// What does the token endpoint give, and what does it refuse? security.md R79-R91

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  type AuthorizationStage,
  resource,
  startAuthorizationStage,
  verifier,
} from '../../support/authorization-stage.ts'

let stage: AuthorizationStage
let clientId: string
let otherClient: string

/** Has scopes, and no token needs one. */
const free = 'https://free.example.com/mcp'
const secret = 'a+secret/of:the%operator=32-bytes-long'
const basic = (id: string, value: string) => ({
  Authorization: `Basic ${Buffer.from(`${id}:${value}`).toString('base64')}`,
})

beforeAll(async () => {
  stage = await startAuthorizationStage({
    resources: [
      {
        url: resource,
        audience: undefined,
        name: undefined,
        scopes: ['mcp:tools'],
        scopesSupported: ['mcp:tools', 'mcp:admin'],
        dpopRequired: false,
      },
      {
        url: 'https://other.example.com/mcp',
        audience: undefined,
        name: undefined,
        scopes: [],
        scopesSupported: [],
        dpopRequired: false,
      },
      {
        url: free,
        audience: undefined,
        name: undefined,
        scopes: [],
        scopesSupported: ['notes:write'],
        dpopRequired: false,
      },
    ],
    clients: [
      {
        id: 'machine',
        name: 'A machine',
        secret,
        jwks: undefined,
        authMethod: 'client_secret_basic',
        redirectUris: [],
        postLogoutRedirectUris: [],
        backchannelLogoutUri: undefined,
        grantTypes: ['client_credentials'],
        scopes: undefined,
        trusted: false,
        dpopRequired: false,
      },
    ],
  })
  clientId = String((await stage.register()).json['client_id'])
  otherClient = String((await stage.register({ client_name: 'Another' })).json['client_id'])
})
afterAll(() => stage.close())

const isLive = async (token: unknown): Promise<boolean> => {
  const [, body = ''] = String(token).split('.')
  const { jti } = JSON.parse(Buffer.from(body, 'base64url').toString())
  return stage.server.isLive(jti, 0 as never)
}
const refresh = (token: unknown, changes: Record<string, string> = {}) =>
  stage.post('/token', {
    grant_type: 'refresh_token',
    client_id: clientId,
    refresh_token: String(token),
    ...changes,
  })
const tokens = async (changes: Record<string, string | undefined> = {}) =>
  (await stage.redeem(clientId, await stage.obtainCode(clientId, changes))).json

describe('POST /token with a code', () => {
  test('answers as RFC 6749 §5.1 wants it (R90)', async () => {
    const answer = await stage.redeem(clientId, await stage.obtainCode(clientId))
    expect(answer.status).toBe(200)
    expect(answer.headers.get('cache-control')).toBe('no-store')
    expect(answer.headers.get('pragma')).toBe('no-cache')
    expect(answer.headers.get('access-control-allow-origin')).toBe('*')
    expect(answer.text).not.toContain('null')
  })

  const refused: readonly (readonly [string, Record<string, string>, string])[] = [
    ['the verifier is wrong (R80)', { code_verifier: 'x'.repeat(43) }, 'invalid_grant'],
    ['the verifier is empty (R63)', { code_verifier: '' }, 'invalid_grant'],
    [
      'the redirect URI is another one (R80)',
      { redirect_uri: 'http://127.0.0.1:1/callback' },
      'invalid_grant',
    ],
    ['the redirect URI is missing', { redirect_uri: '' }, 'invalid_request'],
    ['the code is unknown', { code: 'x'.repeat(43) }, 'invalid_grant'],
    [
      'the resource was not granted (R91)',
      { resource: 'https://other.example.com/mcp' },
      'invalid_target',
    ],
    [
      'the resource is unknown (R91)',
      { resource: 'https://nobody.example.com/' },
      'invalid_target',
    ],
    ['a secret comes from a public client (R85)', { client_secret: 'guess' }, 'invalid_client'],
    ['the client is missing', { client_id: '' }, 'invalid_request'],
    ['the client is unknown (AS-41)', { client_id: 'nobody' }, 'invalid_client'],
  ]
  test.each(refused)('refuses and spends nothing when %s', async (_name, changes, error) => {
    const code = await stage.obtainCode(clientId)
    const answer = await stage.redeem(clientId, code, changes)
    expect([answer.status, answer.json['error']]).toEqual([
      error === 'invalid_client' ? 401 : 400,
      error,
    ])
    expect((await stage.redeem(clientId, code)).status).toBe(200)
  })

  test('refuses a code of another client and changes nothing (R80)', async () => {
    const code = await stage.obtainCode(clientId)
    const answer = await stage.redeem(otherClient, code)
    expect([answer.status, answer.json['error']]).toEqual([400, 'invalid_grant'])
    expect((await stage.redeem(clientId, code)).status).toBe(200)
  })

  test('ends what a code gave when it comes again (R80)', async () => {
    const code = await stage.obtainCode(clientId)
    const first = (await stage.redeem(clientId, code)).json
    expect(await isLive(first['access_token'])).toBe(true)
    const second = await stage.redeem(clientId, code)
    expect([second.status, second.json['error']]).toEqual([400, 'invalid_grant'])
    expect(await isLive(first['access_token'])).toBe(false)
    expect((await refresh(first['refresh_token'])).json['error']).toBe('invalid_grant')
  })

  test('lets a used code of another client end nothing (R80)', async () => {
    const code = await stage.obtainCode(clientId)
    const first = (await stage.redeem(clientId, code)).json
    await stage.redeem(otherClient, code)
    expect(await isLive(first['access_token'])).toBe(true)
  })

  test('answers exactly one of many who come at the same time (R79)', async () => {
    const code = await stage.obtainCode(clientId)
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => stage.redeem(clientId, code)),
    )
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    const errors = new Set(answers.flatMap(({ json }) => json['error'] ?? []))
    expect([...errors]).toEqual(['invalid_grant'])
  })

  test('grants the resource that was asked for in another spelling (AS-31)', async () => {
    const code = await stage.obtainCode(clientId, { resource: 'https://MCP.example.com/mcp' })
    const answer = await stage.redeem(clientId, code, { resource: 'HTTPS://mcp.example.com/mcp' })
    expect(answer.status).toBe(200)
  })

  test('says which scopes were granted, those every token needs when none was asked for (AS-27)', async () => {
    expect(await tokens({ scope: undefined })).toMatchObject({ scope: 'mcp:tools' })
    expect(await tokens({ scope: 'mcp:admin bogus' })).toMatchObject({ scope: 'mcp:admin' })
  })

  test('shows no scope for a resource that knows none', async () => {
    const answer = await tokens({ resource: 'https://other.example.com/mcp', scope: undefined })
    expect(answer).not.toHaveProperty('scope')
    expect(answer['access_token']).toEqual(expect.any(String))
  })

  const wishes = { resource: free, scope: undefined }
  const pushed = async (): Promise<Record<string, string | undefined>> => {
    const asked = stage.parameters(clientId, wishes)
    const { json } = await stage.post('/request', Object.fromEntries(asked))
    const sentAhead = [...asked.keys(), 'scope', 'resource'].map((name) => [name, undefined])
    return {
      ...Object.fromEntries(sentAhead),
      client_id: clientId,
      request_uri: String(json['request_uri']),
    }
  }
  test.each([
    ['asked at once', async () => wishes],
    ['sent ahead', pushed],
  ])('shows no scope for a resource that needs none, %s (AS-27)', async (_name, changes) => {
    const answer = await tokens(await changes())
    expect(answer).not.toHaveProperty('scope')
    expect(await isLive(answer['access_token'])).toBe(true)
  })

  test('gives no refresh token to a client without that grant (AS-39)', async () => {
    const { json } = await stage.register({ grant_types: ['authorization_code'] })
    const id = String(json['client_id'])
    const answer = await stage.redeem(id, await stage.obtainCode(id))
    expect(answer.json).not.toHaveProperty('refresh_token')
  })

  test('refuses when the account is not allowed any more', async () => {
    const code = await stage.obtainCode(clientId)
    stage.allow(false)
    const answer = await stage.redeem(clientId, code)
    stage.allow(true)
    expect(answer.json['error']).toBe('invalid_grant')
  })
})

describe('POST /token with a refresh token', () => {
  test('rotates and keeps resource and scope (R81)', async () => {
    const first = await tokens()
    const second = await refresh(first['refresh_token'])
    expect(second.json).toMatchObject({ token_type: 'Bearer', scope: 'mcp:tools' })
    expect(second.json['refresh_token']).not.toBe(first['refresh_token'])
    expect((await refresh(second.json['refresh_token'])).status).toBe(200)
  })

  test('gives the same successor to who repeats at once (R82, AS-38)', async () => {
    const first = await tokens()
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => refresh(first['refresh_token'])),
    )
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
    expect(new Set(answers.map(({ json }) => json['refresh_token'])).size).toBe(1)
  })

  test('ends the family when a token comes again after its successor was used (R82)', async () => {
    const first = await tokens()
    const second = (await refresh(first['refresh_token'])).json
    const third = (await refresh(second['refresh_token'])).json
    const again = await refresh(first['refresh_token'])
    expect([again.status, again.json['error']]).toEqual([400, 'invalid_grant'])
    expect(await isLive(third['access_token'])).toBe(false)
    expect((await refresh(third['refresh_token'])).json['error']).toBe('invalid_grant')
  })

  test('refuses a token of another client and changes nothing (R84)', async () => {
    const first = await tokens()
    const foreign = await refresh(first['refresh_token'], { client_id: otherClient })
    expect([foreign.status, foreign.json['error']]).toEqual([400, 'invalid_grant'])
    expect((await refresh(first['refresh_token'])).status).toBe(200)
  })

  test('refuses when the account is not allowed any more, and spends nothing (R86)', async () => {
    const first = await tokens()
    stage.allow(false)
    const answer = await refresh(first['refresh_token'])
    stage.allow(true)
    expect(answer.json['error']).toBe('invalid_grant')
    expect((await refresh(first['refresh_token'])).status).toBe(200)
  })

  test('refuses another resource and spends nothing (R91)', async () => {
    const first = await tokens()
    const answer = await refresh(first['refresh_token'], {
      resource: 'https://other.example.com/mcp',
    })
    expect([answer.status, answer.json['error']]).toEqual([400, 'invalid_target'])
    expect((await refresh(first['refresh_token'])).status).toBe(200)
  })

  test('narrows to scopes of the grant, and drops those it does not have (R86, AS-28)', async () => {
    const first = await tokens({ scope: 'mcp:tools mcp:admin' })
    const answer = await refresh(first['refresh_token'], { scope: 'mcp:tools bogus' })
    expect(answer.json).toMatchObject({ scope: 'mcp:tools' })
  })

  test('gives no more than was granted (R86)', async () => {
    const first = await tokens({ scope: 'mcp:tools' })
    const answer = await refresh(first['refresh_token'], { scope: 'mcp:admin' })
    expect([answer.status, answer.json['error']]).toEqual([400, 'invalid_scope'])
  })
})

test('POST /token ends the family on the second use when there is no retry (R82)', async () => {
  const strict = await startAuthorizationStage({ refreshRetry: 0 as never })
  const id = String((await strict.register()).json['client_id'])
  const first = (await strict.redeem(id, await strict.obtainCode(id))).json
  const form = {
    grant_type: 'refresh_token',
    client_id: id,
    refresh_token: String(first['refresh_token']),
  }
  const second = await strict.post('/token', form)
  expect(second.status).toBe(200)
  expect((await strict.post('/token', form)).json['error']).toBe('invalid_grant')
  const successor = { ...form, refresh_token: String(second.json['refresh_token']) }
  expect((await strict.post('/token', successor)).json['error']).toBe('invalid_grant')
  await strict.close()
})

describe('POST /token for a client of its own', () => {
  const form = { grant_type: 'client_credentials', resource }

  test.each([
    ['as it is', basic('machine', secret)],
    ['percent-encoded', basic('machine', encodeURIComponent(secret))],
  ])('takes Basic credentials %s (AS-42)', async (_name, headers) => {
    const answer = await stage.post('/token', form, headers)
    expect(answer.json).toMatchObject({ token_type: 'Bearer', expires_in: 600, scope: 'mcp:tools' })
    expect(answer.json).not.toHaveProperty('refresh_token')
    expect(await isLive(answer.json['access_token'])).toBe(true)
  })

  test('refuses a wrong secret with a Basic challenge (R85)', async () => {
    const answer = await stage.post('/token', form, basic('machine', 'wrong'))
    expect([answer.status, answer.json['error']]).toEqual([401, 'invalid_client'])
    expect(answer.headers.get('www-authenticate')).toMatch(/^Basic realm=/)
  })

  const misfits: readonly (readonly [
    string,
    Record<string, string>,
    Record<string, string>,
    string,
  ])[] = [
    [
      'two methods at once (R85)',
      { ...form, client_secret: secret },
      basic('machine', secret),
      'invalid_request',
    ],
    ['no secret (R85)', { ...form, client_id: 'machine' }, {}, 'invalid_client'],
    [
      'a grant that is not registered (R90)',
      { ...form, client_id: 'PUBLIC' },
      {},
      'unauthorized_client',
    ],
    [
      'an unknown grant (R90)',
      { grant_type: 'password', username: 'a', password: 'b' },
      basic('machine', secret),
      'unsupported_grant_type',
    ],
    [
      'the implicit grant (R90)',
      { grant_type: 'implicit' },
      basic('machine', secret),
      'unsupported_grant_type',
    ],
    ['no grant type', { resource }, basic('machine', secret), 'invalid_request'],
    [
      'an unknown resource',
      { ...form, resource: 'https://nobody.example' },
      basic('machine', secret),
      'invalid_target',
    ],
    ['unknown scopes only', { ...form, scope: 'bogus' }, basic('machine', secret), 'invalid_scope'],
  ]
  test.each(misfits)('refuses %s', async (_name, fields, headers, error) => {
    const sent = { ...fields, ...(fields['client_id'] === 'PUBLIC' ? { client_id: clientId } : {}) }
    const answer = await stage.post('/token', sent, headers)
    expect(answer.json['error']).toBe(error)
  })
})

describe('POST /token as a request', () => {
  const raw = (body: string, headers: Record<string, string> = {}) =>
    stage.request('/token', {
      method: 'POST',
      body,
      headers: { 'Content-Type': 'application/x-www-form-urlencoded', ...headers },
    })

  test.each(['grant_type', 'client_id', 'code', 'code_verifier', 'resource'])(
    'refuses "%s" twice (R66)',
    async (name) => {
      const answer = await raw(`grant_type=authorization_code&${name}=a&${name}=b`)
      expect([answer.status, answer.json['error']]).toEqual([
        400,
        expect.stringMatching(/^invalid_(request|target)$/),
      ])
    },
  )

  const bodies: readonly (readonly [string, string, Record<string, string>, number])[] = [
    ['JSON (R90)', '{}', { 'Content-Type': 'application/json' }, 400],
    ['more than 32 KiB (R119)', `a=${'x'.repeat(33 * 1024)}`, {}, 413],
    ['a compressed body (R119)', 'a=b', { 'Content-Encoding': 'gzip' }, 415],
    [
      'more than 64 fields (R120)',
      Array.from({ length: 65 }, (_, at) => `f${at}=1`).join('&'),
      {},
      400,
    ],
  ]
  test.each(bodies)('refuses %s', async (_name, body, headers, status) => {
    const answer = await raw(body, headers)
    expect([answer.status, answer.json['error']]).toEqual([status, 'invalid_request'])
  })

  test('ignores a secret in the address (R85)', async () => {
    const answer = await stage.post(`/token?client_id=machine&client_secret=${secret}`, {
      grant_type: 'client_credentials',
      resource,
    })
    expect(answer.status).toBe(400)
  })

  test('is POST only, and says so (R90)', async () => {
    const answer = await stage.request('/token')
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'POST, OPTIONS'])
  })

  test('may be asked from every origin, never with credentials (R131)', async () => {
    const answer = await stage.request('/token', {
      method: 'OPTIONS',
      headers: { Origin: 'https://inspector.example', 'Access-Control-Request-Method': 'POST' },
    })
    expect(answer.status).toBe(204)
    expect(answer.headers.get('access-control-allow-origin')).toBe('*')
    expect(answer.headers.get('access-control-allow-headers')).toBe(
      'Authorization, Content-Type, DPoP, MCP-Protocol-Version',
    )
    expect(answer.headers.get('access-control-allow-credentials')).toBeNull()
  })

  test('never answers with HTML, whatever the client accepts', async () => {
    const answer = await raw('grant_type=x&client_id=nobody', { Accept: 'text/html' })
    expect(answer.headers.get('content-type')).toContain('application/json')
    expect(answer.json['error']).toBe('invalid_client')
  })
})

test('The log says what was issued and refused, and never a value (R126, R127)', async () => {
  const code = await stage.obtainCode(clientId)
  const issued = (await stage.redeem(clientId, code)).json
  const text = JSON.stringify(stage.lines)
  for (const value of [code, verifier, issued['access_token'], issued['refresh_token'], secret])
    expect(text).not.toContain(String(value))
  const events = new Set(stage.lines.map(({ event }) => event))
  for (const event of [
    'authorization.granted',
    'consent.given',
    'token.issued',
    'token.refused',
    'grant.ended',
  ])
    expect(events).toContain(event)
})
