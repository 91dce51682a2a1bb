// Does the registration endpoint do, with the library behind it, what the control decides?

import { afterEach, describe, expect, test } from 'vitest'
import {
  createEndpointLimits,
  createRegistrationLimits,
} from '../../../src/adapters/endpoint-limits.ts'
import { randomToken } from '../../../src/adapters/random.ts'
import { hashOf } from '../../../src/adapters/sealing.ts'
import { clientRulesOf } from '../../../src/authorization-server/client-rules.ts'
import { issueInitialAccessToken } from '../../../src/authorization-server/initial-access-token.ts'
import { addManualClient } from '../../../src/authorization-server/manual-client.ts'
import { narrowClientMetadata } from '../../../src/protocol/client-metadata.ts'
import { epochSeconds, seconds } from '../../../src/protocol/time.ts'
import {
  type Answer,
  type AuthorizationStage,
  startAuthorizationStage,
  testSettings,
} from '../../support/authorization-stage.ts'

let stage: AuthorizationStage
afterEach(() => stage.close())

const now = () => epochSeconds(Date.now() / 1000)

const post = (body: string, headers: Readonly<Record<string, string>> = {}) =>
  stage.request('/register', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body,
  })

const manage = (registered: Answer, method: string, body?: unknown) =>
  stage.request(`/register/${registered.json['client_id']}`, {
    method,
    headers: {
      Authorization: `Bearer ${registered.json['registration_access_token']}`,
      ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })

const web = {
  redirect_uris: ['https://app.example/cb'],
  token_endpoint_auth_method: 'client_secret_basic',
}

describe('POST /register in mode open', () => {
  test('answers with what is registered, and survives (AS-53, AS-54, AS-55)', async () => {
    stage = await startAuthorizationStage()
    const answer = await stage.register({ scope: 'mcp:tools admin', software_id: 's', x: { y: 1 } })
    expect(answer.status).toBe(201)
    expect(answer.json).toMatchObject({
      client_id: expect.stringMatching(/^[\w-]{43}$/),
      client_id_issued_at: expect.any(Number),
      redirect_uris: ['http://127.0.0.1:8976/callback'],
      token_endpoint_auth_method: 'none',
      application_type: 'native',
      scope: 'mcp:tools',
    })
    expect(answer.json).not.toHaveProperty('client_secret')
    expect(answer.json).not.toHaveProperty('x')
    const record = await stage.store.authorization.clients.find(String(answer.json['client_id']))
    expect(record?.kind).toBe('dynamic')
    expect(stage.lines.filter(({ event }) => event === 'client.registered')).toHaveLength(1)
  })

  test('takes the scopes a client names for a wish, so that step-up can ask for more (AS-28)', async () => {
    stage = await startAuthorizationStage()
    const registered = await stage.register({ scope: 'mcp:tools' })
    const clientId = String(registered.json['client_id'])
    expect((await manage(registered, 'GET')).json['scope']).toBe('mcp:tools')
    const scope = 'mcp:tools mcp:admin openid offline_access unknown'
    const code = await stage.obtainCode(clientId, { scope, prompt: 'consent' })
    const granted = String((await stage.redeem(clientId, code)).json['scope']).split(' ')
    expect(granted).toEqual(expect.arrayContaining(['mcp:tools', 'mcp:admin']))
    expect(granted).not.toContain('unknown')
  })

  test('tells a secret once and keeps its hash (R130)', async () => {
    stage = await startAuthorizationStage()
    const answer = await stage.register(web)
    const secret = String(answer.json['client_secret'])
    expect(secret).toMatch(/^[\w-]{43}$/)
    expect(answer.json['client_secret_expires_at']).toBe(0)
    const [record] = await stage.store.authorization.clients.list()
    expect(record?.metadata).not.toContain(secret)
    const read = await manage(answer, 'GET')
    expect([read.status, read.json['client_secret']]).toEqual([200, undefined])
    expect(JSON.stringify(stage.lines)).not.toContain(secret)
  })

  test('gives a client that reconnects its id again', async () => {
    stage = await startAuthorizationStage()
    const first = await stage.register()
    const again = await stage.register({ redirect_uris: ['http://127.0.0.1:4000/callback'] })
    expect(again.status).toBe(201)
    expect(again.json).toMatchObject({
      client_id: first.json['client_id'],
      redirect_uris: ['http://127.0.0.1:4000/callback'],
    })
    expect(again.json).not.toHaveProperty('registration_access_token')
    expect((await manage(first, 'GET')).status).toBe(401)
    expect(await stage.store.authorization.clients.list()).toHaveLength(1)
  })

  test('gives it to nobody else when somebody may still manage it', async () => {
    stage = await startAuthorizationStage()
    const first = await stage.register()
    // Exchanges the registration access token for one that was never seen with a registration.
    const updated = await manage(first, 'PUT', {
      client_id: first.json['client_id'],
      client_name: 'A test client',
      redirect_uris: ['http://127.0.0.1:8976/callback'],
      grant_types: ['authorization_code', 'refresh_token'],
      token_endpoint_auth_method: 'none',
    })
    expect(updated.status).toBe(200)
    expect((await stage.register()).json['client_id']).not.toBe(first.json['client_id'])
  })

  test.each([
    ['no JSON', '{', 400],
    ['a list', '[]', 400],
    ['more than 16 KiB (R103)', JSON.stringify({ ...web, x: 'a'.repeat(17_000) }), 413],
    ['too many members (R120)', JSON.stringify({ ...web, x: Array(120).fill(1) }), 400],
    ['a script as redirect', JSON.stringify({ redirect_uris: ['javascript:alert(1)'] }), 400],
  ])('refuses %s', async (_, body, status) => {
    stage = await startAuthorizationStage()
    expect((await post(body)).status).toBe(status)
    expect(await stage.store.authorization.clients.list()).toEqual([])
  })

  test('answers 429 with Retry-After beyond 60 requests a minute, however they end (R123)', async () => {
    stage = await startAuthorizationStage({}, { limits: createEndpointLimits() })
    const statuses = new Set<number>()
    for (let count = 0; count < 60; count++) statuses.add((await post('{')).status)
    const limited = await post('{')
    expect([[...statuses], limited.status]).toEqual([[400], 429])
    expect(Number(limited.headers.get('Retry-After'))).toBeGreaterThan(0)
  })
})

describe('/register/:id', () => {
  test('reads, updates as narrowly as a registration, and deletes (RFC 7592)', async () => {
    stage = await startAuthorizationStage()
    const first = await stage.register(web)
    const client_id = first.json['client_id']
    const update = {
      ...web,
      client_id,
      client_name: 'New',
      scope: 'mcp:tools admin',
      jwks_uri: 'https://a.example',
    }
    const updated = await manage(first, 'PUT', {
      ...update,
      client_secret: first.json['client_secret'],
    })
    expect(updated.status).toBe(200)
    expect(updated.json).toMatchObject({ client_id, client_name: 'New', scope: 'mcp:tools' })
    expect(updated.json).not.toHaveProperty('jwks_uri')
    expect((await manage(first, 'GET')).status).toBe(401)
    const wrong = await manage(updated, 'PUT', { ...update, client_secret: 'wrong' })
    expect(wrong.status).toBe(400)
    const script = { ...update, redirect_uris: ['javascript:alert(1)'] }
    expect((await manage(updated, 'PUT', script)).json['error']).toBe('invalid_redirect_uri')
    expect((await manage(updated, 'DELETE')).status).toBe(204)
    expect(await stage.store.authorization.clients.list()).toEqual([])
    const removed = stage.lines.filter(({ event }) => event === 'client.removed')
    expect(removed).toEqual([
      { event: 'client.removed', fields: { client: client_id, address: '192.0.2.1' } },
    ])
  })

  test('refuses the token of another client', async () => {
    stage = await startAuthorizationStage()
    const [mine, other] = [await stage.register(web), await stage.register(web)]
    const mixed = { ...mine, json: { ...mine.json, client_id: other.json['client_id'] } }
    expect((await manage(mixed, 'DELETE')).status).toBe(401)
    expect(stage.lines.at(-1)).toMatchObject({
      event: 'client.refused',
      fields: { client: other.json['client_id'], reason: 'invalid_token' },
    })
    expect(await stage.store.authorization.clients.list()).toHaveLength(2)
  })
})

describe('POST /register in mode token', () => {
  const issue = (value: string, uses: number) =>
    issueInitialAccessToken(
      { artifacts: stage.store.authorization.artifacts, hashOf },
      { value, uses, lifetime: seconds(600) },
      now(),
    )
  const register = (token: string | undefined, path: string) =>
    post(
      JSON.stringify({ ...web, redirect_uris: [`https://app.example/${path}`] }),
      token === undefined ? {} : { Authorization: `Bearer ${token}` },
    )

  test('takes a token as often as it may be used, and none else (R100)', async () => {
    stage = await startAuthorizationStage({ registration: 'token' })
    const token = randomToken()
    await issue(token, 2)
    expect((await register(undefined, 'a')).status).toBeGreaterThanOrEqual(400)
    expect((await register(randomToken(), 'a')).status).toBe(401)
    expect((await register(token, 'a')).status).toBe(201)
    expect((await register(token, 'b')).status).toBe(201)
    expect((await register(token, 'c')).status).toBe(401)
    expect(await stage.store.authorization.clients.list()).toHaveLength(2)
  })
})

test('POST /register answers 404 and the metadata does not name it when registration is off (R100)', async () => {
  stage = await startAuthorizationStage({ registration: 'off' })
  expect((await stage.register()).status).toBe(404)
  const { json } = await stage.request('/.well-known/oauth-authorization-server')
  expect(json['token_endpoint']).toBe('https://auth.example.com/token')
  expect(json).not.toHaveProperty('registration_endpoint')
})

test('POST /register counts registrations of an address (R103)', async () => {
  const limits = createRegistrationLimits()
  for (let count = 0; count < 10; count++) await limits.count('192.0.2.1')
  const { createRegistrationControl } = await import(
    '../../../src/authorization-server/registration.ts'
  )
  const { openStore } = await import('../../../src/adapters/sql/open.ts')
  const { silentLog } = await import('../../contract/silent-log.ts')
  const store = await openStore({ kind: 'memory' }, silentLog)
  const registration = createRegistrationControl({
    mode: 'open',
    rules: clientRulesOf(testSettings),
    store: store.authorization,
    limits,
    originOf: (address) => address,
    hashOf,
    now,
    log: silentLog,
  })
  stage = await startAuthorizationStage({}, { registration })
  const answer = await stage.register()
  expect([answer.status, Number(answer.headers.get('Retry-After')) > 3000]).toEqual([429, true])
  await store.close()
})

test('a client that the operator added gets tokens whatever the lists for strangers say', async () => {
  stage = await startAuthorizationStage({ redirectHosts: ['listed.example'] })
  const redirects = { hosts: undefined, privateUris: [] }
  const narrowed = narrowClientMetadata({ client_name: 'App', ...web }, 'manual', {
    ...clientRulesOf(testSettings),
    redirects,
  })
  if (narrowed.kind !== 'narrowed') throw new Error(narrowed.description)
  const { clients } = stage.store.authorization
  const added = await addManualClient({ clients, randomToken, hashOf }, narrowed.metadata, now())
  const redirect_uri = 'https://app.example/cb'
  const code = await stage.obtainCode(added.clientId, { redirect_uri })
  const basic = Buffer.from(`${added.clientId}:${added.secret}`).toString('base64')
  const hashed = Buffer.from(
    `${added.clientId}:${JSON.parse((await clients.find(added.clientId))?.metadata ?? '{}').client_secret}`,
  ).toString('base64')
  const redeem = (credentials: string) =>
    stage.redeem(added.clientId, code, { redirect_uri }, { Authorization: `Basic ${credentials}` })
  expect((await redeem(hashed)).json['error']).toBe('invalid_client')
  expect((await redeem(basic)).json['token_type']).toBe('Bearer')
})
