// The cookie of edge auth at the gate and at the tunnel, over all routes, with a real provider and store (X3-X8, X16).

import { createLocalJWKSet, decodeJwt, importSPKI, jwtVerify, SignJWT } from 'jose'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Browser } from '../../support/browser.ts'
import {
  auth,
  type EdgeStage,
  edgeCookieOf,
  edgeFile,
  gateway,
  other,
  startEdgeStage,
  wish,
} from '../../support/edge-stage.ts'
import { clientSecret } from '../../support/login-stage.ts'
import { type RunningProvider, startOpenIdProvider } from '../../support/openid-provider.ts'

const tunnel = `${gateway}/_ws_tunnel`

let home: RunningProvider
let stage: EdgeStage
let browser: Browser

beforeAll(async () => {
  home = await startOpenIdProvider({
    clients: [
      {
        clientId: 'sallyport',
        clientSecret,
        redirectUris: [`${auth}/callback/home`],
        postLogoutRedirectUris: [`${auth}/signed-out`],
      },
    ],
  })
})
afterAll(() => home.close())
afterEach(() => stage.close())

const start = async (
  ...yaml: Parameters<typeof startEdgeStage> extends [string, ...infer R] ? R : never
) => {
  stage = await startEdgeStage(home.issuer, ...yaml)
  browser = stage.browser()
}

/** The value of the cookie after a sign-in. */
async function signIn(origin = gateway): Promise<string> {
  const page = await stage.connect(browser, origin)
  return /^CF_Authorization=([^;]+)/.exec(edgeCookieOf(page) ?? '')?.[1] ?? ''
}

const cookie = (value: string) => `Cookie: CF_Authorization=${value}`
const handshake = ['Upgrade: websocket', 'Connection: Upgrade']
const own = `Origin: ${gateway}`

describe('the cookie (X3)', () => {
  beforeEach(() => start())

  test('GET /auth/connect sets it as the session cookie is set, and never for longer than the session lives', async () => {
    const page = await stage.connect(browser)
    expect(edgeCookieOf(page)).toMatch(
      /^CF_Authorization=[\w.-]+; Path=\/; Domain=example\.com; Max-Age=(\d+); HttpOnly; Secure; SameSite=Lax$/,
    )
    const age = Number(/Max-Age=(\d+)/.exec(edgeCookieOf(page) ?? '')?.[1])
    expect(age).toBeGreaterThan(11 * 3600)
    expect(age).toBeLessThanOrEqual(12 * 3600)
  })

  test('it names us, the gateways, the person and the session, and nothing secret (mcpauth 2, R23)', async () => {
    const value = await signIn()
    const claims = decodeJwt(value)
    expect(claims).toMatchObject({
      iss: auth,
      aud: ['gateway.example.com', 'other.example.com'],
      email: 'alice@example.com',
      type: 'app',
    })
    expect(value).not.toContain(browser.cookiesFor(gateway)['__Secure-sallyport'])
    expect(claims['sid']).not.toBe(browser.cookiesFor(gateway)['__Secure-sallyport'])
    expect(value.length).toBeLessThanOrEqual(1800)
  })

  test('it lives 24 hours by default where the session lives longer', async () => {
    await stage.close()
    await start({ more: 'session: { lifetime: 7d, idle: 0 }' })
    const { exp = 0, iat = 0 } = decodeJwt(await signIn())
    expect(exp - iat).toBe(24 * 3600)
  })

  test('it is for this host alone where no cookie is shared', async () => {
    await stage.close()
    await start({ cookie: '{ mode: isolated }' })
    const page = await stage.connect(browser)
    expect(edgeCookieOf(page)).not.toContain('Domain=')
    const value = /^CF_Authorization=([^;]+)/.exec(edgeCookieOf(page) ?? '')?.[1] ?? ''
    expect(decodeJwt(value).aud).toEqual(['gateway.example.com'])
    expect((await stage.ask('/_ws_tunnel', tunnel, [cookie(value)])).status).toBe(200)
    const elsewhere = await stage.ask('/_ws_tunnel', `${other}/_ws_tunnel`, [cookie(value)])
    expect(elsewhere.status).toBe(401)
  })
})

describe('/_ws_tunnel', () => {
  beforeEach(() => start())

  test('answers in the words of mcpauth (H8-H10)', async () => {
    const none = await stage.ask('/_ws_tunnel', tunnel)
    expect([none.status, none.body]).toEqual([401, '{"error":"authentication required"}'])
    const bad = await stage.ask('/_ws_tunnel', tunnel, [cookie('bad-token')])
    expect([bad.status, bad.body]).toEqual([401, '{"error":"invalid or expired token"}'])
    const good = await stage.ask('/_ws_tunnel', tunnel, [cookie(await signIn())])
    expect(good.status).toBe(200)
    expect(good.headers['x-forwarded-user']).toEqual(['alice@example.com'])
    expect(good.headers['x-forwarded-scopes']).toEqual([''])
  })

  test("opens to a WebSocket of the gateway's own page and of no other (R15c)", async () => {
    const value = await signIn()
    const ask = (...headers: string[]) =>
      stage.ask('/_ws_tunnel', tunnel, [cookie(value), ...handshake, ...headers])
    expect((await ask(own)).status).toBe(200)
    expect((await ask()).status).toBe(401)
    expect((await ask('Origin: https://other.example.com')).status).toBe(401)
    expect((await ask('Origin: null')).status).toBe(401)
  })

  test('dies with the session (mcpauth 3)', async () => {
    const value = await signIn()
    expect((await stage.ask('/_ws_tunnel', tunnel, [cookie(value)])).status).toBe(200)
    await browser.submit(await browser.open(`${auth}/logout`), {})
    const answer = await stage.ask('/_ws_tunnel', tunnel, [cookie(value)])
    expect([answer.status, answer.body]).toEqual([401, '{"error":"invalid or expired token"}'])
  })

  test.each([
    ['idle for too long', 3601],
    ['past its end', 13 * 3600],
  ])('is closed when the session is %s', async (_which, seconds) => {
    const value = await signIn()
    stage.wait(seconds)
    expect((await stage.ask('/_ws_tunnel', tunnel, [cookie(value)])).status).toBe(401)
  })

  test('asks every list each time (X16)', async () => {
    const value = await signIn()
    stage.reload(edgeFile({ allow: '{ emails: [bob@example.com] }' }))
    const everyone = await stage.ask('/_ws_tunnel', tunnel, [cookie(value)])
    expect(everyone.status).toBe(403)
    expect(everyone.headers['x-forwarded-user']).toBeUndefined()
    stage.reload(
      edgeFile({ rules: '[{ host: gateway.example.com, allow: { groups: [operators] } }]' }),
    )
    expect((await stage.ask('/_ws_tunnel', tunnel, [cookie(value)])).status).toBe(403)
    stage.reload(edgeFile())
    expect((await stage.ask('/_ws_tunnel', tunnel, [cookie(value)])).status).toBe(200)
  })

  test('is never open, although a rule says that the pages are', async () => {
    stage.reload(
      edgeFile({
        rules:
          '[{ host: gateway.example.com, path: /_ws_tunnel, access: optional }, { host: gateway.example.com }]',
      }),
    )
    expect((await stage.ask('/_ws_tunnel', tunnel)).status).toBe(401)
  })

  test('takes no session cookie, no bearer token and no host that is no gateway', async () => {
    await signIn()
    const session = browser.cookiesFor(gateway)['__Secure-sallyport'] ?? ''
    const ask = (url: string, ...headers: string[]) => stage.ask('/_ws_tunnel', url, headers)
    expect((await ask(tunnel, `Cookie: __Secure-sallyport=${session}`)).status).toBe(401)
    expect((await ask(tunnel, 'Authorization: Bearer x')).status).toBe(401)
    expect((await ask('https://elsewhere.example.com/')).status).toBe(403)
  })

  test('refuses two cookies that differ (R18)', async () => {
    const value = await signIn()
    const twice = `Cookie: CF_Authorization=${value}; CF_Authorization=other`
    expect((await stage.ask('/_ws_tunnel', tunnel, [twice])).status).toBe(401)
  })
})

describe('/auth', () => {
  beforeEach(() => start())

  test('takes the cookie when nothing else came (X7)', async () => {
    const answer = await stage.ask('/auth', `${gateway}/`, [cookie(await signIn())])
    expect(answer.status).toBe(200)
    expect(answer.headers['x-forwarded-user']).toEqual(['alice@example.com'])
  })

  test('never mixes it with a bearer token, good or bad', async () => {
    const headers = [cookie(await signIn()), 'Authorization: Bearer nothing']
    expect((await stage.ask('/auth', `${gateway}/`, headers)).status).toBe(401)
  })

  test('takes it for no request that a page of another site made', async () => {
    const headers = [cookie(await signIn()), 'Origin: https://other.example.com']
    expect((await stage.ask('/auth', `${gateway}/`, headers)).status).toBe(401)
  })

  test('keeps it from the application (R25)', async () => {
    const headers = [`${cookie(await signIn())}; theme=dark`]
    const answer = await stage.ask('/auth', `${gateway}/`, headers)
    expect(answer.headers['cookie']).toEqual(['theme=dark'])
  })

  const withResource = (edge: string) =>
    start({
      edge,
      more: 'resources: [{ url: https://gateway.example.com/mcp, issuers: [https://issuer.example.com] }]',
    })

  test("takes it for a resource of a named gateway with the page's own origin, or to read (X7)", async () => {
    await stage.close()
    await withResource('{ enabled: true, hosts: [gateway.example.com] }')
    const value = cookie(await signIn())
    const ask = (method: string, ...headers: string[]) =>
      stage.ask('/auth', `${gateway}/mcp`, [value, ...headers], method)
    expect((await ask('POST', own)).status).toBe(200)
    expect((await ask('GET')).status).toBe(200)
    expect((await ask('POST')).status).toBe(401)
    expect((await ask('POST', 'Origin: https://other.example.com')).status).toBe(401)
  })

  test('takes it for no resource of a gateway that nobody named (X7)', async () => {
    await stage.close()
    await withResource('{ enabled: true }')
    const answer = await stage.ask('/auth', `${gateway}/mcp`, [cookie(await signIn()), own], 'POST')
    expect(answer.status).toBe(401)
  })
})

describe('a token of another making', () => {
  beforeEach(() => start())

  const forge = async (
    key: Uint8Array | CryptoKey,
    changes: Record<string, unknown> = {},
    typ = 'sallyport-edge+jwt',
    alg = 'HS256',
  ) => {
    const claims = decodeJwt(await signIn())
    return new SignJWT({ ...claims, ...changes }).setProtectedHeader({ alg, typ }).sign(key)
  }

  test('is refused when it is signed with the key of mcpauth (mcpauth 1)', async () => {
    const value = await forge(new TextEncoder().encode('my-secret-key'))
    expect((await stage.ask('/_ws_tunnel', tunnel, [cookie(value)])).status).toBe(401)
  })

  test('is refused when the public key served as its secret', async () => {
    const page = await browser.openOnce(`${gateway}/cdn-cgi/access/certs`)
    const { public_cert } = JSON.parse(page.text)
    const value = await forge(new TextEncoder().encode(public_cert.cert))
    expect((await stage.ask('/_ws_tunnel', tunnel, [cookie(value)])).status).toBe(401)
  })

  test('is refused without a signature', async () => {
    const [, payload] = (await signIn()).split('.')
    const header = Buffer.from('{"alg":"none","typ":"sallyport-edge+jwt"}').toString('base64url')
    expect((await stage.ask('/_ws_tunnel', tunnel, [cookie(`${header}.${payload}.`)])).status).toBe(
      401,
    )
  })
})

describe('/cdn-cgi/access/certs', () => {
  beforeEach(() => start())

  test('has the keys by which an application verifies as it does behind Cloudflare Access', async () => {
    const value = await signIn()
    const page = await browser.openOnce(`${gateway}/cdn-cgi/access/certs`)
    expect(page.headers.get('Access-Control-Allow-Origin')).toBe('*')
    const certs = JSON.parse(page.text)
    const verified = await jwtVerify(value, createLocalJWKSet({ keys: certs.keys }), {
      issuer: auth,
      audience: 'gateway.example.com',
    })
    expect(verified.payload['email']).toBe('alice@example.com')
    const pem = await importSPKI(certs.public_certs[0].cert, 'RS256')
    expect((await jwtVerify(value, pem)).payload.iss).toBe(auth)
    expect(certs.public_cert.kid).toBe(verified.protectedHeader.kid)
  })

  test('shows no private part, and no key of anything else', async () => {
    const page = await browser.openOnce(`${auth}/cdn-cgi/access/certs`)
    const { keys } = JSON.parse(page.text)
    expect(keys).toHaveLength(1)
    expect(Object.keys(keys[0]).sort()).toEqual(['alg', 'e', 'kid', 'kty', 'n', 'use'])
  })
})

describe('when it is off', () => {
  beforeEach(() => start({ edge: '{ enabled: false }' }))

  test.each([
    '/auth/connect?callback_port=9999&code=TEST-1234',
    '/cdn-cgi/access/certs',
    '/_ws_tunnel',
  ])('%s is 404 on our host and on a gateway', async (path) => {
    expect((await browser.openOnce(`${auth}${path}`)).status).toBe(404)
    expect(await stage.direct('gateway.example.com', path)).toBe(404)
  })

  test('/_ws_tunnel is 404 for a proxy that asks, and /auth knows no such cookie', async () => {
    await stage.close()
    await start()
    const value = await signIn()
    await stage.close()
    await start({ edge: '{ enabled: false }' })
    expect((await stage.ask('/_ws_tunnel', tunnel, [cookie(value)])).status).toBe(404)
    expect((await stage.ask('/auth', `${gateway}/`, [cookie(value)])).status).toBe(401)
  })
})

test('a command line and a browser of one person use one login (X8)', async () => {
  await start()
  const page = await stage.connect(browser)
  const token = JSON.parse((await stage.click(browser, page)).text).token
  expect((await stage.ask('/_ws_tunnel', tunnel, [cookie(token)])).status).toBe(200)
  const again = await browser.open(`${gateway}/auth/connect?${wish}`)
  expect(again.status).toBe(200)
  expect((await stage.store.sessions.listOf(home.issuer, 'alice')).length).toBe(2)
})
