import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { compilePolicy } from '../../src/access/rules.ts'
import { hashOf, seal, unseal } from '../../src/adapters/sealing.ts'
import { openStore } from '../../src/adapters/sql/open.ts'
import type { AppParts, Exchange } from '../../src/app/parts.ts'
import { createApp, createPages } from '../../src/app.ts'
import { routes as serverRoutes } from '../../src/authorization-server/provider-configuration.ts'
import { publicListener } from '../../src/http/listeners.ts'
import { createTrustedPeers } from '../../src/http/trusted-peers.ts'
import type { AuthorizationServer } from '../../src/ports/authorization-server.ts'
import type { LogFields } from '../../src/ports/runtime.ts'
import type { Store } from '../../src/ports/store.ts'
import type { LogoutToken } from '../../src/protocol/logout-token.ts'
import { epochSeconds, seconds } from '../../src/protocol/time.ts'
import { silentLog } from '../contract/silent-log.ts'
import { identityOf } from '../support/identity.ts'
import { problemsOf, settingsOf } from '../support/load-configuration.ts'
import { silentProvider } from '../support/login-stage.ts'
import { createOwnAccountsStage } from '../support/own-accounts-stage.ts'
import { sendRaw } from '../support/raw-request.ts'

const configuration = `
public_url: https://auth.example.com
cookie: { domain: example.com }
proxy: { dialect: traefik }
local_accounts: true
allow: { providers: [local] }
branding: { name: Harbour, logo_file: ./logo.svg, accent: "#8a1538" }
rules:
  - { host: app.example.com, path: /admin/, allow: { groups: [admins] } }
  - { host: app.example.com }
providers:
  - { id: home, preset: oidc, issuer: https://sso.example.com, client_id: sallyport }
resources:
  - { url: https://mcp.example.com/mcp, scopes: [mcp:tools], issuers: [https://sso.example.com] }
`
const svg = '<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0h9v9z"/></svg>'
const now = epochSeconds(1_800_000_000)
const lines: [string, LogFields | undefined][] = []
const ready = { value: true }
const sessionId = 'S'.repeat(43)
const cookie = `Cookie: __Secure-sallyport=${sessionId}`

const genuineLogout: LogoutToken = {
  issuer: 'https://sso.example.com',
  tokenId: 'token-1',
  usableUntil: epochSeconds(now + 60),
  about: { kind: 'session', providerSession: 'at-home-1' },
}

let store: Store
let server: Server
let parts: AppParts

beforeAll(async () => {
  const settings = settingsOf({ yaml: configuration, files: { './logo.svg': svg } })
  store = await openStore({ kind: 'memory' }, silentLog)
  const policy = compilePolicy(settings.policy)
  const write = (event: string, fields?: LogFields) => lines.push([event, fields])
  const broken = new Error('canary-secret')
  parts = {
    policy: () => policy,
    store,
    authentication: {
      sessions: store.sessions,
      tokens: { verify: () => ({ kind: 'rejected', reason: 'malformed' }) },
      hashOf,
      idle: seconds(0),
      sessionSeen: () => {},
    },
    peers: createTrustedPeers(['127.0.0.1']),
    providers: [],
    verifyLocal: () => Promise.reject(broken),
    limit: async () => ({ kind: 'ok' }),
    backchannelLogout: {
      verifiers: [
        {
          provider: 'home',
          verify: async (text) =>
            text === 'genuine'
              ? { kind: 'verified', token: genuineLogout }
              : { kind: 'rejected', reason: 'malformed' },
        },
      ],
      countLogout: async () => ({ kind: 'allowed', takeBack: async () => {} }),
    },
    isReady: async () => ready.value,
    now: () => now,
    randomToken: () => 'r'.repeat(43),
    newDecisionId: () => 'abcd2345',
    hashOf,
    seal,
    unseal,
    log: { debug: write, info: write, warn: write, error: write, debugEnabled: false },
  }
  const app = createApp(settings, parts)
  server = createServer(publicListener(app.decision, app.pages))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  await store.sessions.open({
    idHash: hashOf(sessionId),
    identity: identityOf({ provider: 'local' }),
    createdAt: now,
    lastSeenAt: now,
    expiresAt: epochSeconds(now + 1000),
    providerSession: undefined,
    sealedIdToken: undefined,
  })
})
afterAll(async () => {
  server.close()
  await store.close()
})

const get = (
  path: string,
  host = 'auth.example.com',
  headers: readonly string[] = [],
  method = 'GET',
) =>
  sendRaw({ port: (server.address() as AddressInfo).port }, [
    `${method} ${path} HTTP/1.1`,
    `Host: ${host}`,
    ...headers,
  ])

const noServer: AuthorizationServer<Exchange> = {
  owns: () => false,
  handle: async () => {},
  metadata: async () => '{}',
  findConsent: async () => undefined,
  decideConsent: async () => undefined,
  listGrants: async () => [],
  endGrant: async () => 'unknown',
  noticeOfLogout: async () => async () => {},
  isLive: () => false,
  publicKeys: async () => ({ keys: [] }),
  stop: () => {},
}

describe('paths that the operator chooses', () => {
  const files = { './logo.svg': svg }
  const withProvider = (path: string) =>
    configuration.replace('client_id: sallyport', `client_id: sallyport, callback_path: ${path}`)
  /** Every path that is answered, with everything switched on. */
  const mounted = (): readonly string[] => {
    const settings = settingsOf({ yaml: configuration, files })
    const { routes } = createPages(settings, {
      ...parts,
      ...createOwnAccountsStage(store, parts.now),
      providers: [silentProvider('home')],
      authorizationServer: noServer,
    })
    const paths = [...routes.map(({ path }) => path), ...Object.values(serverRoutes)]
    return [...new Set(paths)]
      .filter((path) => path !== '/' && path !== '/*')
      .map((path) => path.replaceAll(/:\w+|\*/g, 'x'))
  }

  test('loadSettings() refuses each of our own as protected_path (R144)', () => {
    const paths = mounted()
    expect(paths).toEqual(expect.arrayContaining(['/ready', '/login/x', '/refused', '/handoff']))
    const accepted = paths.filter(
      (path) => problemsOf({ yaml: `${configuration}protected_path: ${path}`, files }).length === 0,
    )
    expect(accepted).toEqual([])
  })

  test('loadSettings() refuses each of our own below the base path as protected_path', () => {
    const yaml = configuration.replace('auth.example.com', 'auth.example.com/sso')
    for (const path of ['/sso', '/sso/login', '/sso/signed-in', '/.sallyport/start'])
      expect(problemsOf({ yaml: `${yaml}protected_path: ${path}`, files }), path).toHaveLength(1)
    expect(problemsOf({ yaml: `${yaml}protected_path: /sso/sse`, files })).toEqual([])
  })

  test('loadSettings() refuses each of our own as callback_path, but callbacks (R144)', () => {
    const accepted = mounted().filter(
      (path) => problemsOf({ yaml: withProvider(path), files }).length === 0,
    )
    expect(accepted).toEqual(['/callback/home'])
  })
})

describe('createApp() shows its pages', () => {
  test.each([
    ['de-AT,en;q=0.5', 'de', 'Sie sind abgemeldet'],
    ['en', 'en', 'You are signed out'],
  ])('in the language that %s asks for (RFC 9110 §12.5.4)', async (header, tag, title) => {
    const page = await get('/signed-out', undefined, [`Accept-Language: ${header}`])
    expect(page.body).toContain(`<html lang="${tag}">`)
    expect(page.body).toContain(`<h1>${title}</h1>`)
    expect(page.headers['vary']).toEqual(['Accept-Language'])
  })

  test('in that language too when a proxy carries the refusal or a fault is answered', async () => {
    const german = ['Accept: text/html', 'Accept-Language: de']
    const forwarded = ['Proto: https', 'Host: app.example.com', 'Uri: /admin/', 'Method: GET']
    const refusal = await get('/auth/traefik', undefined, [
      ...forwarded.map((one) => `X-Forwarded-${one}`),
      ...german,
      cookie,
    ])
    expect(refusal.status).toBe(403)
    expect(refusal.body).toContain('<html lang="de">')
    expect(refusal.headers['vary']).toEqual(['Accept-Language'])
    expect(Buffer.byteLength(refusal.body)).toBeLessThan(4096)
    const refused = await get('/refused?rd=https%3A%2F%2Fapp.example.com%2Fadmin%2F', undefined, [
      ...german,
      cookie,
    ])
    expect(refused.body).toContain('<h1>Kein Zugang</h1>')
  })

  test('with name, colour and logo of the operator; the logo can do nothing but be seen', async () => {
    const page = await get('/signed-out')
    expect(page.body).toContain('<img src="/logo" alt="">')
    expect(page.body).toContain('<strong>Harbour</strong>')
    expect(page.body).toContain('--main:#8a1538')
    const logo = await get('/logo')
    expect(logo.status).toBe(200)
    expect(logo.body).toBe(svg)
    expect(logo.headers['content-type']).toEqual(['image/svg+xml'])
    expect(logo.headers['content-security-policy']?.[0]).toMatch(/default-src 'none';.* sandbox;/)
    expect(logo.headers['x-content-type-options']).toEqual(['nosniff'])
    expect((await get('/logo', 'app.example.com')).status).toBe(421)
  })
})

describe('createApp()', () => {
  test.each<[string, string, number]>([
    ['/health', '10.0.0.7:11000', 200],
    ['/ready', 'anything', 200],
    ['/login', 'auth.example.com', 200],
    ['/login', 'AUTH.example.com:443', 200],
    ['/login', 'app.example.com', 421],
    ['/login', 'evil.example', 421],
    ['/login', '127.0.0.1', 421],
    ['/login', 'auth.example.com@evil.example', 400],
    ['/', 'auth.example.com', 302],
    ['/.well-known/oauth-protected-resource/mcp', 'mcp.example.com', 200],
    ['/.well-known/oauth-protected-resource', 'mcp.example.com', 200],
    ['/.well-known/oauth-protected-resource/other', 'mcp.example.com', 404],
    ['/.well-known/oauth-protected-resource/mcp', 'evil.example', 421],
    ['/.well-known/openid-configuration', 'auth.example.com', 404],
    ['/nothing', 'auth.example.com', 404],
    ['/users', 'auth.example.com', 404],
    ['/admin', 'auth.example.com', 404],
  ])('answers %s on %s with %i (R10)', async (path, host, status) => {
    const answer = await get(path, host)
    expect(answer.status).toBe(status)
    if (status === 404 || status === 421) {
      expect(answer.headers['content-type']?.[0]).toContain('application/json')
    }
  })

  const rebinding = 'CVE-2025-49596, CVE-2025-66414, CVE-2025-66416, CVE-2026-34742, CVE-2026-42559'
  test.each(['evil.example', 'localhost', '127.0.0.1', '[::1]', '0.0.0.0', '10.0.0.7:11000'])(
    `answers 421 to %s, a name that somebody pointed here (R10, ${rebinding})`,
    async (host) => {
      for (const path of ['/', '/login', '/token', '/register', '/account', '/interaction/x'])
        expect([path, (await get(path, host)).status]).toEqual([path, 421])
    },
  )

  test('believes a proxy, and nobody else, about the host of a metadata request (Q4, R2)', async () => {
    const { port } = server.address() as AddressInfo
    const askFrom = (localAddress: string, path: string, forwarded: string) =>
      sendRaw({ port, localAddress }, [
        `GET ${path} HTTP/1.1`,
        'Host: sallyport:11000',
        `X-Forwarded-Host: ${forwarded}`,
      ])
    const path = '/.well-known/oauth-protected-resource/mcp'
    const known = await askFrom('127.0.0.1', path, 'mcp.example.com')
    expect(known.status).toBe(200)
    expect(JSON.parse(known.body)).toMatchObject({ resource: 'https://mcp.example.com/mcp' })
    expect((await askFrom('127.0.0.2', path, 'mcp.example.com')).status).toBe(421)
    expect((await askFrom('127.0.0.1', path, 'evil.example')).status).toBe(421)
    expect((await askFrom('127.0.0.1', '/login', 'auth.example.com')).status).toBe(421)
  })

  test('is not ready while it stops or the store fails', async () => {
    ready.value = false
    expect((await get('/ready')).status).toBe(503)
    expect((await get('/health')).status).toBe(200)
    ready.value = true
  })

  test('answers a fault with a number and no detail, on a page and in JSON (R128)', async () => {
    const login = await get('/login')
    const csrf = /name="csrf" value="([^"]+)"/.exec(login.body)?.[1] ?? ''
    const cookies = (login.headers['set-cookie'] ?? []).map((line) => line.split(';')[0]).join('; ')
    const form = `csrf=${encodeURIComponent(csrf)}&name=a&password=b&rd=`
    const send = (accept: string) =>
      sendRaw(
        { port: (server.address() as AddressInfo).port },
        [
          'POST /login/local HTTP/1.1',
          'Host: auth.example.com',
          'Origin: https://auth.example.com',
          'Content-Type: application/x-www-form-urlencoded',
          `Content-Length: ${form.length}`,
          `Cookie: ${cookies}`,
          `Accept: ${accept}`,
        ],
        form,
      )
    const page = await send('text/html')
    expect(page.status).toBe(503)
    expect(page.headers['content-type']?.[0]).toContain('text/html')
    expect(page.body).toContain('abcd2345')
    const program = await send('*/*')
    expect(JSON.parse(program.body)).toEqual({ error: 'temporarily_unavailable', id: 'abcd2345' })
    expect(page.body + program.body).not.toContain('canary-secret')
    expect(lines.some(([event]) => event === 'request.fault')).toBe(true)
  })

  test('logs a request without its query', async () => {
    lines.length = 0
    await get('/nothing?code=canary', 'auth.example.com', ['X-Forwarded-For: 192.0.2.7'])
    expect(lines).toContainEqual([
      'request',
      expect.objectContaining({ path: '/nothing', status: 404, client: '192.0.2.7' }),
    ])
    expect(JSON.stringify(lines)).not.toContain('canary')
  })

  test('logs no id of an authorization that waits for a person', async () => {
    lines.length = 0
    await get('/interaction/canary', 'auth.example.com')
    const path = '/interaction/[redacted]'
    expect(lines).toContainEqual(['request', expect.objectContaining({ path, status: 404 })])
    expect(JSON.stringify(lines)).not.toContain('canary')
  })

  test('explains a refusal to the person whom it was for (rule 10)', async () => {
    const admin = encodeURIComponent('https://app.example.com/admin/')
    const refused = await get(`/refused?id=wxyz6789&rd=${admin}`, 'auth.example.com', [cookie])
    expect(refused.status).toBe(403)
    expect(refused.body).toContain('alice@example.com')
    expect(refused.body).toContain('wxyz6789')
    const stranger = await get(`/refused?id=wxyz6789&rd=${admin}`)
    expect(stranger.headers['location']?.[0]).toBe(`https://auth.example.com/login?rd=${admin}`)
    const allowed = encodeURIComponent('https://app.example.com/')
    const again = await get(`/refused?rd=${allowed}`, 'auth.example.com', [cookie])
    expect(again.headers['location']?.[0]).toBe('https://app.example.com/')
  })

  test('shows nothing of a forged refusal address', async () => {
    const forged = '/refused?id=%3Cscript%3E&rd=https%3A%2F%2Fevil.example%2F'
    const answer = await get(forged, 'auth.example.com', [cookie])
    expect(answer.headers['location']?.[0]).toBe('https://auth.example.com/signed-in')
    const admin = encodeURIComponent('https://app.example.com/admin/')
    const page = await get(`/refused?id=%3Cscript%3E&rd=${admin}`, 'auth.example.com', [cookie])
    expect(page.body).not.toContain('<script')
    expect(page.body).toContain('abcd2345')
  })

  // The pages of people, and the answers around them.
  const signedIn = [cookie]
  test.each<[string, number, readonly string[]]>([
    ['/login', 200, []],
    ['/login?rd=https%3A%2F%2Fapp.example.com%2F', 200, []],
    ['/login/nobody', 404, []],
    ['/signed-in', 200, []],
    ['/signed-in', 200, signedIn],
    ['/signed-out', 200, []],
    ['/logout', 200, signedIn],
    ['/refused?rd=https%3A%2F%2Fapp.example.com%2Fadmin%2F', 403, signedIn],
  ])(
    'sends the page %s (%i) with every header that guards it (R78, R129, GHSA-6wqw-2p9w-4vw4)',
    async (path, status, headers) => {
      const answer = await get(path, 'auth.example.com', headers)
      expect(answer.status).toBe(status)
      const [, nonce] =
        /style-src 'nonce-([\w-]{22})'/.exec(
          answer.headers['content-security-policy']?.[0] ?? '',
        ) ?? []
      expect(answer.body).toContain(`<style nonce="${nonce}"`)
      expect(answer.headers).toMatchObject({
        'cache-control': ['no-store'],
        'content-type': ['text/html; charset=utf-8'],
        'x-frame-options': ['DENY'],
        'x-content-type-options': ['nosniff'],
        'referrer-policy': ['no-referrer'],
        'cross-origin-opener-policy': ['same-origin'],
        'cross-origin-resource-policy': ['same-origin'],
        'permissions-policy': [expect.stringContaining('camera=()')],
        'strict-transport-security': ['max-age=31536000'],
      })
      const policy = answer.headers['content-security-policy']?.[0]?.split('; ') ?? []
      expect(policy.filter((part) => !/^(style-src|form-action) /.test(part))).toEqual([
        "default-src 'none'",
        "img-src 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
      ])
      expect(policy.find((part) => part.startsWith('form-action'))).toMatch(
        /^form-action 'self'(?: https:\/\/(?:app|sso)\.example\.com)?$/,
      )
      expect(answer.body).not.toMatch(/<script|\son\w+=|javascript:/i)
    },
  )

  test.each(['/', '/login?rd=%2Fsigned-in', '/refused', '/logout'])(
    'takes scheme and host of every address from the configuration: %s (R30, CVE-2024-21499, GHSA-vj36-3ccr-6563)',
    async (path) => {
      const spoofed = [
        'X-Forwarded-Host: evil.example',
        'X-Forwarded-Proto: http',
        'X-Forwarded-Port: 8080',
        'X-Forwarded-Prefix: /evil',
        'Forwarded: host=evil.example;proto=http',
      ]
      const answer = await get(path, 'auth.example.com', spoofed)
      const addresses = [
        ...(answer.headers['location'] ?? []),
        ...[...answer.body.matchAll(/(?:href|action)="([^"]+)"/g)].map(([, url = '']) => url),
      ]
      expect(addresses.length).toBeGreaterThan(0)
      for (const address of addresses) expect(address).toMatch(/^https:\/\/auth\.example\.com\//)
    },
  )

  test('sends no CORS headers with pages (R68, CVE-2026-54290) and lets every origin read the metadata (R131)', async () => {
    const origin = ['Origin: https://evil.example']
    const login = await get('/login', 'auth.example.com', origin)
    expect(Object.keys(login.headers).join()).not.toContain('access-control')
    const metadata = await get(
      '/.well-known/oauth-protected-resource/mcp',
      'mcp.example.com',
      origin,
    )
    expect(metadata.headers['access-control-allow-origin']).toEqual(['*'])
    expect(metadata.headers['access-control-allow-credentials']).toBeUndefined()
  })

  test("ends a provider's sessions by whatever name the provider calls us, and no longer answers their cookie", async () => {
    const id = 'L'.repeat(43)
    await store.sessions.open({
      idHash: hashOf(id),
      identity: identityOf(),
      createdAt: now,
      lastSeenAt: now,
      expiresAt: epochSeconds(now + 1000),
      providerSession: 'at-home-1',
      sealedIdToken: undefined,
    })
    const form = 'logout_token=genuine'
    const call = (path: string) =>
      sendRaw(
        { port: (server.address() as AddressInfo).port },
        [
          `POST ${path} HTTP/1.1`,
          'Host: sallyport:11000',
          'Content-Type: application/x-www-form-urlencoded',
          `Content-Length: ${form.length}`,
        ],
        form,
      )
    const signedIn = async () => {
      const answer = await get('/signed-in', 'auth.example.com', [
        `Cookie: __Secure-sallyport=${id}`,
      ])
      return answer.body.includes('alice@example.com')
    }
    expect(await signedIn()).toBe(true)
    expect((await call('/backchannel-logout/other')).status).toBe(421)
    expect(await signedIn()).toBe(true)
    const answer = await call('/backchannel-logout/home')
    expect([answer.status, answer.headers['cache-control']]).toEqual([200, ['no-store']])
    expect(await signedIn()).toBe(false)
  })
})
