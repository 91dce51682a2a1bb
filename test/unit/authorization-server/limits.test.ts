// What does every endpoint refuse before it thinks, and what do its answers never carry? security.md R66-R68, R90, R119-R128

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createEndpointLimits } from '../../../src/adapters/endpoint-limits.ts'
import { endpointAt } from '../../../src/authorization-server/endpoints.ts'
import {
  normaliseBasic,
  normaliseFields,
  parseJsonObject,
} from '../../../src/authorization-server/normalise-request.ts'
import { canonicalResource } from '../../../src/authorization-server/resources.ts'
import { narrowScope } from '../../../src/authorization-server/scopes.ts'
import type { Visitor } from '../../../src/ports/authorization-server.ts'
import type { Artifact, ArtifactStore } from '../../../src/ports/authorization-store.ts'
import {
  type AuthorizationStage,
  resource,
  startAuthorizationStage,
  testSettings,
  visitorOf,
} from '../../support/authorization-stage.ts'

let stage: AuthorizationStage
let clientId: string
beforeAll(async () => {
  stage = await startAuthorizationStage()
  clientId = String((await stage.register()).json['client_id'])
})
afterAll(() => stage.close())

const formType = { 'Content-Type': 'application/x-www-form-urlencoded' }
const send = (
  path: string,
  body: RequestInit['body'],
  headers: Record<string, string> = formType,
) =>
  stage.request(path, {
    method: 'POST',
    body: body ?? null,
    headers,
    duplex: 'half',
  } as RequestInit)

const forms = ['/token', '/revoke', '/introspect', '/request', '/device/auth']

describe.each(forms)('POST %s refuses', (path) => {
  test('more than 32 KiB (R119)', async () => {
    const answer = await send(path, `token=${'x'.repeat(32 * 1024)}`)
    expect([answer.status, answer.json['error']]).toEqual([413, 'invalid_request'])
  })

  test('more than 32 KiB that do not say how much they are (R119, GHSA-92vj-g62v-jqhh)', async () => {
    let sent = 0
    const body = new ReadableStream({
      pull(controller) {
        sent += 1
        if (sent > 2000) controller.close()
        else controller.enqueue(new TextEncoder().encode('x'.repeat(8192)))
      },
    })
    const answer = await send(path, body).catch(() => undefined)
    expect(answer?.status ?? 413).toBe(413)
    expect(sent).toBeLessThan(2000)
  })

  test.each<[string, string, Record<string, string>, number]>([
    ['a compressed body (R119)', 'a=b', { ...formType, 'Content-Encoding': 'gzip' }, 415],
    ['JSON (R90)', '{"token":"x"}', { 'Content-Type': 'application/json' }, 400],
    ['text (R90)', 'token=x', { 'Content-Type': 'text/plain' }, 400],
    ['a form of parts (R90)', 'x', { 'Content-Type': 'multipart/form-data; boundary=x' }, 400],
    ['65 fields (R120)', Array.from({ length: 65 }, (_, at) => `f${at}=`).join('&'), formType, 400],
    ['"token" twice (R66)', 'token=a&token=a', formType, 400],
    ['"client_id" twice (R66)', 'client_id=a&client_id=b', formType, 400],
    ['a field of its own twice (R66)', 'x=1&x=2', formType, 400],
    ['"scope" twice, spelt otherwise (R66)', 'scope=a&%73cope=b', formType, 400],
  ])('%s', async (_name, body, headers, status) => {
    const answer = await send(path, body, headers)
    expect([answer.status, answer.json['error']]).toEqual([status, 'invalid_request'])
  })

  test.each(['GET', 'HEAD', 'PUT', 'DELETE', 'PATCH', 'TRACE'])('%s (R90)', async (method) => {
    if (method === 'TRACE') return expect(endpointAt(path)?.methods).toEqual(['POST'])
    const answer = await stage.request(path, { method })
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'POST, OPTIONS'])
  })

  test('and is never kept by anyone (R90)', async () => {
    const { headers } = await send(path, 'token=x')
    expect(headers.get('cache-control')).toBe('no-store')
    expect(headers.get('pragma')).toBe('no-cache')
  })
})

describe('An answer to another origin (R68, R131, CVE-2026-54290)', () => {
  const paths: readonly (readonly [string, string, boolean])[] = [
    ['GET', '/authorize', false],
    ['GET', '/authorize/x', false],
    ['POST', '/introspect', false],
    ['POST', '/request', false],
    ['POST', '/device/auth', false],
    ['GET', '/device', false],
    ['GET', '/session/end', false],
    ['POST', '/token', true],
    ['POST', '/revoke', true],
    ['POST', '/register', true],
    ['GET', '/jwks', true],
    ['GET', '/.well-known/oauth-authorization-server', true],
  ]
  test.each(paths)('to %s %s may be read: %s', async (method, path, readable) => {
    for (const asked of [method, 'OPTIONS']) {
      const { headers } = await stage.request(path, {
        method: asked,
        headers: {
          Origin: 'https://evil.example',
          'Access-Control-Request-Method': method,
          'Access-Control-Request-Headers': 'x-evil',
        },
      })
      expect(headers.get('access-control-allow-origin')).toBe(readable ? '*' : null)
      expect(headers.get('access-control-allow-credentials')).toBeNull()
      expect(headers.get('access-control-allow-headers') ?? '').not.toContain('evil')
    }
  })
})

describe('Too many requests (R123)', () => {
  test('of a browser get a page and lead nowhere', async () => {
    const own = await startAuthorizationStage({}, { limits: createEndpointLimits() })
    for (let at = 0; at < 60; at++) await own.request('/authorize')
    const id = String((await own.register()).json['client_id'])
    const answer = await own.request(`/authorize?${own.parameters(id)}`)
    expect([answer.status, answer.location]).toEqual([429, undefined])
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(answer.headers.get('content-type')).toContain('text/html')
    await own.close()
  })

  test.each(['/session/end', '/authorize/abc', '/device/abc'])(
    'for %s, which writes a session of nobody’s, are refused too',
    async (path) => {
      const own = await startAuthorizationStage({}, { limits: createEndpointLimits() })
      const cookie = '__Host-sallyport-server=made-up'
      for (let at = 0; at < 120; at++)
        expect((await own.request(path, { headers: { cookie } })).status).not.toBe(429)
      expect((await own.request(path, { headers: { cookie } })).status).toBe(429)
      await own.close()
    },
  )

  test.each<[string, string, RequestInit, number]>([
    ['with a bad proof', '/token', { method: 'POST', headers: { ...formType, DPoP: 'x' } }, 400],
    ['of another type', '/token', { method: 'POST', body: '{}' }, 400],
    ['by a method that is not allowed', '/token', {}, 405],
    ['with a field twice', '/authorize?scope=a&scope=b', {}, 400],
  ])('%s are counted although they get no further', async (_name, path, init, status) => {
    const own = await startAuthorizationStage({}, { limits: createEndpointLimits() })
    const most = path === '/token' ? 120 : 60
    const statuses = new Set<number>()
    for (let at = 0; at < most; at++) statuses.add((await own.request(path, init)).status)
    expect([[...statuses], (await own.request(path, init)).status]).toEqual([[status], 429])
    await own.close()
  })

  test('are none where a browser asks whether it may send', async () => {
    const own = await startAuthorizationStage({}, { limits: createEndpointLimits() })
    for (let at = 0; at < 130; at++)
      expect((await own.request('/token', { method: 'OPTIONS' })).status).toBe(204)
    expect((await own.post('/token', { client_id: 'x' })).status).not.toBe(429)
    await own.close()
  })

  test('that fail to authenticate are refused after ten, and others go on', async () => {
    const own = await startAuthorizationStage({}, { limits: createEndpointLimits() })
    const id = String((await own.register()).json['client_id'])
    const guess = { grant_type: 'refresh_token', refresh_token: 'x', client_id: id }
    for (let at = 0; at < 10; at++)
      expect((await own.post('/token', { ...guess, client_secret: `${at}` })).status).toBe(401)
    const more = await own.post('/token', { ...guess, client_secret: 'right' })
    expect([more.status, more.json['error']]).toEqual([429, 'temporarily_unavailable'])
    expect(Number(more.headers.get('retry-after'))).toBeGreaterThan(0)
    expect((await own.post('/token', { ...guess, client_id: 'another' })).status).toBe(401)
    await own.close()
  })
})

describe('A session of the library’s', () => {
  const savedBy = async (path: string, visitor?: Visitor) => {
    const saved: Artifact[] = []
    const { artifacts } = stage.store.authorization
    const save: ArtifactStore['save'] = (artifact, now) => {
      saved.push(artifact)
      return artifacts.save(artifact, now)
    }
    const store = { ...stage.store.authorization, artifacts: { ...artifacts, save } }
    const own = await startAuthorizationStage({}, { store })
    own.signIn(visitor)
    await own.request(path, { headers: { cookie: '__Host-sallyport-server=made-up' } })
    await own.close()
    const now = Date.now() / 1000
    return saved
      .filter(({ kind }) => kind === 'Session')
      .map(({ expiresAt }) => Math.round((expiresAt ?? 0) - now))
  }

  test.each(['/session/end', '/device', '/authorize/abc'])(
    'that is nobody’s lives for ten minutes when %s makes it',
    async (path) => {
      const lifetimes = await savedBy(path)
      expect(lifetimes.length).toBeGreaterThan(0)
      for (const lifetime of lifetimes) expect(lifetime).toBeLessThanOrEqual(600)
    },
  )

  test('of a person lives for a month', async () => {
    const [lifetime] = await savedBy('/session/end', visitorOf())
    expect(lifetime).toBeGreaterThan(29 * 86_400)
  })
})

describe('A fault of ours (R128, R135)', () => {
  const canary = 'CANARY select * from /srv/data at line 42'
  const failing = async () => {
    throw new Error(canary)
  }

  test('is told as a passing one, without what happened', async () => {
    const { authorization } = stage.store
    const artifacts = { ...authorization.artifacts, find: failing }
    const own = await startAuthorizationStage({}, { store: { ...authorization, artifacts } })
    const { status, json, text, headers } = await own.redeem(clientId, 'x')
    await own.close()
    expect([status, json['error']]).toEqual([503, 'temporarily_unavailable'])
    expect(headers.get('retry-after')).toBe('5')
    expect(text).not.toContain('CANARY')
  })

  test('leads a browser nowhere when the client cannot be looked up', async () => {
    const { authorization } = stage.store
    const clients = { ...authorization.clients, find: failing }
    const own = await startAuthorizationStage({}, { store: { ...authorization, clients } })
    const answer = await own.request(`/authorize?${own.parameters(clientId)}`)
    await own.close()
    expect([answer.status >= 500, answer.location]).toEqual([true, undefined])
    expect(answer.text).not.toContain('CANARY')
  })
})

describe('Hostile text takes linear time (R121, CVE-2026-0621)', () => {
  const size = 64 * 1024
  const texts: readonly (readonly [string, string])[] = [
    ['one letter', 'a'.repeat(size)],
    ['spaces', ' '.repeat(size)],
    ['percent signs', '%'.repeat(size)],
    ['encoded bytes', '%2e'.repeat(size / 3)],
    ['slashes', 'https://'.repeat(size / 8)],
    ['colons', ':'.repeat(size)],
    ['signs of Base64', 'Basic '.repeat(size / 6)],
    ['brackets', '['.repeat(size)],
    ['dots', 'https://a.'.repeat(size / 10)],
  ]
  const wild = {
    ...testSettings,
    resources: testSettings.resources.map((one) => ({ ...one, url: 'https://*.example.com' })),
  }
  const token = endpointAt('/token')
  const readers: readonly (readonly [string, (text: string) => unknown])[] = [
    ['normaliseBasic()', (text) => normaliseBasic(`Basic ${text}`)],
    ['parseJsonObject()', parseJsonObject],
    ['canonicalResource()', (text) => canonicalResource(text, wild)],
    ['narrowScope()', (text) => narrowScope({ clientId, scope: text, resource }, testSettings)],
    [
      'normaliseFields()',
      (text) => token && normaliseFields(`scope=${text}&state=${text}`, token, testSettings),
    ],
  ]
  const fastestOf = (read: () => unknown): number => {
    const times = Array.from({ length: 5 }, () => {
      const start = performance.now()
      read()
      return performance.now() - start
    })
    return Math.min(...times)
  }

  test.each(readers)('in %s', (_name, read) => {
    // Quadratic time would be seconds.
    for (const [kind, text] of texts)
      expect([kind, fastestOf(() => read(text)) < 250]).toEqual([kind, true])
  })
})
