import { describe, expect, test } from 'vitest'
import type { ResourcePolicy } from '../../../src/access/policy.ts'
import { createWellKnownRoutes } from '../../../src/http/well-known.ts'
import {
  metadataPath,
  parseResource,
  protectedResourceMetadataUrl,
} from '../../../src/protocol/resource.ts'

const resource = (url: string, change: Partial<ResourcePolicy> = {}): ResourcePolicy => ({
  url,
  scopes: ['mcp:tools'],
  issuers: ['https://sso.example.com/realms/home'],
  audiences: [],
  ...change,
})

const configured = [
  resource('https://one.example.com/mcp'),
  resource('https://root.example.com'),
  resource('https://root.example.com/mcp'),
  resource('https://many.example.com/a'),
  resource('https://many.example.com/b/'),
  resource('https://many.example.com/a%2Fb'),
  resource('https://port.example.com:8443/mcp'),
  resource('https://*.apps.example.com/mcp'),
  resource('https://named.apps.example.com/mcp', { name: 'Named' }),
  resource('https://query.example.com/mcp?tenant=1'),
]

const routes = createWellKnownRoutes({
  resources: () => configured,
  requestHosts: (c) => c.req.header('x-test-host')?.split(' ') ?? [],
  ownHost: 'auth.example.com',
})

const ask = (host: string | undefined, path: string, init: RequestInit = {}) =>
  routes.request(`http://127.0.0.1:8080${path}`, {
    ...init,
    headers: host === undefined ? {} : { 'x-test-host': host },
  })

async function resourceAt(host: string | undefined, path: string): Promise<string | number> {
  const answer = await ask(host, path)
  const document = await answer.json()
  return answer.status === 200 ? document.resource : answer.status
}

describe('createWellKnownRoutes()', () => {
  test.each([
    ['one.example.com', '', 'https://one.example.com/mcp'],
    ['one.example.com', '/', 'https://one.example.com/mcp'],
    ['one.example.com', '/mcp', 'https://one.example.com/mcp'],
    ['one.example.com', '/mcp/', 404],
    ['one.example.com', '/mcp/tools', 404],
    ['one.example.com', '/mc', 404],
    ['one.example.com', '/MCP', 404],
    ['one.example.com', '/mcp?x=1', 404],
    ['one.example.com', '-other', 404],
    ['root.example.com', '', 'https://root.example.com'],
    ['root.example.com', '/mcp', 'https://root.example.com/mcp'],
    ['many.example.com', '', 404],
    ['many.example.com', '/a', 'https://many.example.com/a'],
    ['many.example.com', '/b/', 'https://many.example.com/b/'],
    ['many.example.com', '/b', 404],
    ['many.example.com', '/a%2Fb', 'https://many.example.com/a%2Fb'],
    ['many.example.com', '/a/b', 404],
    ['port.example.com:8443', '/mcp', 'https://port.example.com:8443/mcp'],
    ['port.example.com', '/mcp', 404],
    ['x.apps.example.com', '/mcp', 'https://x.apps.example.com/mcp'],
    ['x.apps.example.com', '', 'https://x.apps.example.com/mcp'],
    ['a.b.apps.example.com', '/mcp', 404],
    ['apps.example.com', '/mcp', 404],
    ['.apps.example.com', '/mcp', 404],
    ['named.apps.example.com', '/mcp', 'https://named.apps.example.com/mcp'],
    ['named.apps.example.com', '', 'https://named.apps.example.com/mcp'],
    ['query.example.com', '/mcp?tenant=1', 'https://query.example.com/mcp?tenant=1'],
    ['query.example.com', '/mcp', 404],
    ['elsewhere.example.com', '', 404],
    ['', '', 404],
    [undefined, '', 404],
  ])(
    'for host %s and path "%s" describes %s (RFC 9728 §3.1, §3.3)',
    async (host, path, expected) => {
      expect(await resourceAt(host, `${metadataPath}${path}`)).toBe(expected)
    },
  )

  test.each([
    ['/one.example.com/mcp', 'https://one.example.com/mcp'],
    ['/one.example.com', 'https://one.example.com/mcp'],
    ['/x.apps.example.com/mcp', 'https://x.apps.example.com/mcp'],
    ['/elsewhere.example.com/mcp', 404],
    ['/a', 'https://many.example.com/a'],
    ['/mcp?tenant=1', 'https://query.example.com/mcp?tenant=1'],
    // Which of them was asked got lost on the way.
    ['/mcp', 404],
    ['', 404],
  ])('for "%s" redirected to the host of the login describes %s (Q4)', async (path, expected) => {
    expect(await resourceAt('auth.example.com', `${metadataPath}${path}`)).toBe(expected)
    const asSecond = await resourceAt('sallyport auth.example.com', `${metadataPath}${path}`)
    expect(asSecond).toBe(expected)
  })

  test.each([
    ['/mcp', 'https://one.example.com/mcp'],
    ['', 'https://one.example.com/mcp'],
    ['/sse', 404],
  ])(
    'for "%s" redirected there describes %s, the only one there is (Q4)',
    async (path, expected) => {
      const single = createWellKnownRoutes({
        resources: () => [resource('https://one.example.com/mcp')],
        requestHosts: () => ['auth.example.com'],
        ownHost: 'auth.example.com',
      })
      const answer = await single.request(`http://127.0.0.1${metadataPath}${path}`)
      const document = await answer.json()
      expect(answer.status === 200 ? document.resource : answer.status).toBe(expected)
    },
  )

  test('prefers the host that was asked over the one a proxy names', async () => {
    const path = `${metadataPath}/mcp`
    const both = await resourceAt('one.example.com root.example.com', path)
    expect(both).toBe('https://one.example.com/mcp')
    expect(await resourceAt('sallyport root.example.com', path)).toBe(
      'https://root.example.com/mcp',
    )
  })

  test('serves every resource where the challenge says it is (RS-3, RS-6)', async () => {
    for (const { url } of configured) {
      const name = parseResource(url.replace('*', 'x'))
      if (name === undefined) throw new Error(`Refused: ${url}`)
      const address = new URL(protectedResourceMetadataUrl(name))
      expect(await resourceAt(address.host, `${address.pathname}${address.search}`)).toBe(name)
    }
  })

  test('prefers what is configured for the host to a wildcard', async () => {
    const answer = await ask('named.apps.example.com', `${metadataPath}/mcp`)
    expect(await answer.json()).toMatchObject({ resource_name: 'Named' })
  })

  test('sends JSON that every origin may read and keep for five minutes (R131, mcp.md 6.5)', async () => {
    const answer = await ask('one.example.com', metadataPath)
    expect(answer.status).toBe(200)
    expect(answer.headers.get('Content-Type')).toBe('application/json')
    expect(answer.headers.get('Cache-Control')).toBe('public, max-age=300')
    expect(answer.headers.get('Access-Control-Allow-Origin')).toBe('*')
    expect(answer.headers.has('Access-Control-Allow-Credentials')).toBe(false)
    expect(await answer.json()).toEqual({
      resource: 'https://one.example.com/mcp',
      authorization_servers: ['https://sso.example.com/realms/home'],
      scopes_supported: ['mcp:tools'],
      bearer_methods_supported: ['header'],
      dpop_signing_alg_values_supported: ['ES256', 'EdDSA', 'Ed25519'],
    })
  })

  test('answers HEAD as GET without a body, and a preflight', async () => {
    const head = await ask('one.example.com', metadataPath, { method: 'HEAD' })
    expect([head.status, await head.text()]).toEqual([200, ''])
    expect(head.headers.get('Cache-Control')).toBe('public, max-age=300')
    const preflight = await ask('one.example.com', `${metadataPath}/mcp`, { method: 'OPTIONS' })
    expect([preflight.status, await preflight.text()]).toEqual([204, ''])
    expect(preflight.headers.get('Access-Control-Allow-Headers')).toContain('MCP-Protocol-Version')
    expect(preflight.headers.get('Access-Control-Allow-Methods')).toContain('GET')
  })

  test.each(['POST', 'PUT', 'DELETE', 'PATCH'])('answers %s with 405 in JSON', async (method) => {
    const answer = await ask('one.example.com', metadataPath, { method })
    expect(answer.status).toBe(405)
    expect(answer.headers.get('Allow')).toBe('GET, HEAD, OPTIONS')
    expect(await answer.json()).toEqual({ error: 'method_not_allowed' })
  })

  test.each([
    '/.well-known/',
    '/.well-known/oauth-authorization-server',
    '/.well-known/openid-configuration/mcp',
    '/.well-known/<script>',
    `${metadataPath}/%ZZ`,
    `${metadataPath}/..%2f`,
  ])('answers %s with 404 in JSON and echoes nothing (RS-13)', async (path) => {
    const answer = await ask('one.example.com', path)
    expect(answer.status).toBe(404)
    expect(answer.headers.get('Content-Type')).toBe('application/json')
    expect(answer.headers.get('Cache-Control')).toBe('no-store')
    expect(answer.headers.get('Access-Control-Allow-Origin')).toBe('*')
    expect(await answer.text()).toBe('{"error":"not_found"}')
  })

  test('describes the resources of the moment', async () => {
    let current: readonly ResourcePolicy[] = []
    const live = createWellKnownRoutes({
      resources: () => current,
      requestHosts: () => ['h.example'],
      ownHost: 'auth.example.com',
    })
    expect((await live.request(metadataPath)).status).toBe(404)
    current = [resource('https://h.example')]
    expect((await live.request(metadataPath)).status).toBe(200)
  })
})

describe('createWellKnownRoutes() with an authorization server of our own', () => {
  const issuer = 'https://auth.example.com'
  const ours = createWellKnownRoutes({
    resources: () => [
      resource('https://own.example.com/mcp', { issuers: [issuer] }),
      resource('https://foreign.example.com/mcp'),
    ],
    requestHosts: (c) => c.req.header('x-test-host')?.split(' ') ?? [],
    ownHost: 'auth.example.com',
    server: {
      metadata: async () => JSON.stringify({ issuer }),
      isOurs: ({ issuers }) => issuers.includes(issuer),
    },
  })
  const askFor = (host: string, path: string, method = 'GET') =>
    ours.request(`http://127.0.0.1:8080${path}`, { method, headers: { 'x-test-host': host } })

  test.each([
    '/.well-known/oauth-authorization-server',
    '/.well-known/oauth-authorization-server/mcp',
    '/.well-known/openid-configuration',
    '/.well-known/openid-configuration/mcp',
  ])('answers %s on the host of a resource of ours, to every origin (M6, AS-11)', async (path) => {
    const answer = await askFor('own.example.com', path)
    expect([answer.status, await answer.json()]).toEqual([200, { issuer }])
    expect(answer.headers.get('access-control-allow-origin')).toBe('*')
    expect((await askFor('own.example.com', path, 'OPTIONS')).status).toBe(204)
    expect((await askFor('own.example.com', path, 'POST')).status).toBe(405)
  })

  test.each([
    ['foreign.example.com', '/.well-known/oauth-authorization-server'],
    ['elsewhere.example.com', '/.well-known/oauth-authorization-server'],
    ['own.example.com', '/.well-known/oauth-authorization-servers'],
    ['own.example.com', '/.well-known/openid-federation'],
  ])('knows nothing of it at %s%s', async (host, path) => {
    expect((await askFor(host, path)).status).toBe(404)
  })
})
