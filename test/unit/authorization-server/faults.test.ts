// What do clients and people see when something of ours fails? security.md R128, R135, mcp.md AS-41

import { connect } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import type { ArtifactStore } from '../../../src/ports/authorization-store.ts'
import {
  type AuthorizationStage,
  startAuthorizationStage,
} from '../../support/authorization-stage.ts'

let stage: AuthorizationStage | undefined
afterEach(() => stage?.close())

const registered = {
  redirect_uris: ['https://app.example/callback'],
  grant_types: ['authorization_code'],
  response_types: ['code'],
  token_endpoint_auth_method: 'none',
} as const

const failing = async (): Promise<never> => {
  throw new Error('the disk is full at /var/lib/secret-path')
}

const startWithoutKeys = async (): Promise<AuthorizationStage> => {
  stage = await startAuthorizationStage()
  const { authorization } = stage.store
  const signingKeys = { ...authorization.signingKeys, list: failing }
  return startAuthorizationStage({}, { store: { ...authorization, signingKeys } })
}

test('POST /token says that it passes when the store cannot be asked (R135)', async () => {
  stage = await startAuthorizationStage()
  const clientId = String((await stage.register()).json['client_id'])
  const code = await stage.obtainCode(clientId)
  const { authorization } = stage.store
  const broken = await startAuthorizationStage(
    {},
    { store: { ...authorization, clients: { ...authorization.clients, find: failing } } },
  )
  const answer = await broken.redeem(clientId, code)
  expect([answer.status, answer.json]).toEqual([
    503,
    { error: 'temporarily_unavailable', error_description: 'try again in a moment' },
  ])
  expect(answer.headers.get('retry-after')).toBe('5')
  expect(answer.text).not.toContain('secret-path')
  expect(broken.lines.map(({ event }) => event)).toContain('authorization_server.fault')
  await broken.close()
  expect((await stage.redeem(clientId, code)).status).toBe(200)
})

test('GET /authorize shows a page without a detail when the store cannot be asked (R128)', async () => {
  stage = await startAuthorizationStage()
  const { authorization } = stage.store
  const broken = await startAuthorizationStage(
    {},
    { store: { ...authorization, clients: { ...authorization.clients, find: failing } } },
  )
  const answer = await broken.browser().get(`/authorize?${broken.parameters('any')}`)
  expect([answer.status, answer.location]).toEqual([500, undefined])
  expect(answer.text).toContain('server_error')
  expect(answer.text).not.toContain('secret-path')
  await broken.close()
})

const outages: readonly (readonly [string, string, string | null])[] = [
  ['GET', '/jwks', '*'],
  ['GET', '/.well-known/oauth-authorization-server', '*'],
  ['POST', '/token', '*'],
  ['POST', '/introspect', null],
]
test.each(outages)(
  '%s %s says that it passes when the keys cannot be read, and never hangs (R135)',
  async (method, path, readers) => {
    const broken = await startWithoutKeys()
    const answer =
      method === 'GET'
        ? await broken.request(path, { headers: { Origin: 'https://app.example' } })
        : await broken.post(path, { token: 'x', client_id: 'x', client_secret: 'x' })
    await broken.close()
    expect([answer.status, answer.json]).toEqual([
      503,
      { error: 'temporarily_unavailable', error_description: 'try again in a moment' },
    ])
    expect(answer.headers.get('retry-after')).toBe('5')
    expect(answer.headers.get('access-control-allow-origin')).toBe(readers)
    expect(answer.headers.get('cache-control')).toBe('no-store')
  },
)

test.each(['/authorize', '/device', '/session/end'])(
  'GET %s shows a page when the keys cannot be read (R128, R135)',
  async (path) => {
    const broken = await startWithoutKeys()
    const answer = await broken.request(path)
    await broken.close()
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '5'])
    expect(answer.headers.get('content-type')).toContain('text/html')
    expect(answer.headers.get('access-control-allow-origin')).toBeNull()
    expect(answer.text).toContain('temporarily_unavailable')
    expect(answer.text).not.toContain('secret-path')
    const { fields } = broken.lines.find(({ event }) => event.endsWith('.fault')) ?? {}
    expect(answer.text).toContain(String(fields?.['decisionId']))
  },
)

test('POST /register says what was registered when it cannot be remembered', async () => {
  stage = await startAuthorizationStage(
    {},
    {
      registration: {
        limit: 10,
        admit: async () => ({ kind: 'admitted', metadata: registered, answered: failing }),
      },
    },
  )
  const answer = await stage.register()
  expect([answer.status, answer.json['client_id']]).toEqual([201, expect.any(String)])
  const fault = stage.lines.find(({ event }) => event === 'authorization_server.fault')
  expect(fault?.fields).toEqual({ route: 'registration' })
})

const stepsThatFail: readonly (readonly [string, Partial<ArtifactStore>, string])[] = [
  ['the authorization cannot be found', { find: failing }, '/authorize/x'],
  ['the session cannot be written', { save: failing }, '/session/end'],
]
test.each(stepsThatFail)('A browser sees a page when %s (R128)', async (_name, changes, path) => {
  stage = await startAuthorizationStage()
  const { authorization } = stage.store
  const artifacts = { ...authorization.artifacts, ...changes }
  const broken = await startAuthorizationStage({}, { store: { ...authorization, artifacts } })
  const answer = await broken.request(path)
  await broken.close()
  expect([answer.status, answer.location]).toEqual([500, undefined])
  expect(answer.headers.get('content-type')).toContain('text/html')
  expect(answer.headers.get('x-content-type-options')).toBe('nosniff')
  expect(answer.headers.getSetCookie()).toEqual([])
  expect(answer.text).toContain('server_error')
  expect(answer.text).not.toContain('secret-path')
})

test('A client over its limit waits as long as it is told (R123)', async () => {
  const asked: string[] = []
  stage = await startAuthorizationStage(
    {},
    {
      limits: {
        countAddress: async () => undefined,
        countClient: async (endpoint, { address, clientId }) => {
          asked.push(`${endpoint} ${address} ${clientId}`)
          return { kind: 'limited', retryAfter: 30 as never }
        },
      },
    },
  )
  const answer = await stage.post('/token', { grant_type: 'refresh_token', client_id: 'x' })
  expect([answer.status, answer.json['error']]).toEqual([429, 'temporarily_unavailable'])
  expect(answer.headers.get('retry-after')).toBe('30')
  const page = await stage.browser().get(`/authorize?${stage.parameters('y')}`)
  expect([page.status, page.headers.get('retry-after')]).toEqual([429, '30'])
  expect(asked).toEqual(['token 192.0.2.1 x', 'authorize 192.0.2.1 undefined'])
})

test.each([
  ['the authorization', 'artifacts'],
  ['the client', 'clients'],
] as const)(
  'decideConsent() rejects when %s cannot be looked up, and does not call it gone (R128)',
  async (_, part) => {
    stage = await startAuthorizationStage()
    const { authorization } = stage.store
    let fails = false
    const broken = new Proxy(authorization[part], {
      get: (target, name, all) =>
        fails && name === 'find' ? failing : Reflect.get(target, name, all),
    })
    const store = { ...authorization, [part]: broken }
    const own = await startAuthorizationStage({}, { store })
    const id = String((await own.register()).json['client_id'])
    const visit = own.browser()
    const { location } = await visit.get(`/authorize?${own.parameters(id)}`)
    fails = true
    expect(await own.decide(visit, location?.pathname ?? '')).toContain('the disk is full')
    fails = false
    expect(await own.decide(visit, location?.pathname ?? '')).toContain('/authorize/')
    await own.close()
  },
)

test('A client that goes away in the middle of its request is no fault of ours', async () => {
  stage = await startAuthorizationStage()
  const { lines, base } = stage
  const { hostname, port } = new URL(base)
  const socket = connect(Number(port), hostname)
  const head = ['POST /token HTTP/1.1', 'Host: x', 'Content-Length: 100']
  socket.write(
    `${[...head, 'Content-Type: application/x-www-form-urlencoded'].join('\r\n')}\r\n\r\na=`,
    () => socket.destroy(),
  )
  await expect.poll(() => lines.map(({ event }) => event)).toContain('authorization_server.aborted')
  expect(lines.map(({ event }) => event)).not.toContain('authorization_server.fault')
})
