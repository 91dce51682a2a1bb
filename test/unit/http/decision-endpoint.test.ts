import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Policy } from '../../../src/access/policy.ts'
import { compilePolicy } from '../../../src/access/rules.ts'
import {
  createDecisionEndpoint,
  type DecisionEndpoint,
  type DecisionSettings,
} from '../../../src/http/decision-endpoint.ts'
import { createHalfOpenLimit } from '../../../src/http/half-open.ts'
import {
  createDecisionServer,
  createPublicServer,
  decisionListener,
  publicListener,
} from '../../../src/http/listeners.ts'
import { createTrustedPeers } from '../../../src/http/trusted-peers.ts'
import type { LogFields } from '../../../src/ports/runtime.ts'
import type { Session } from '../../../src/ports/store.ts'
import { epochSeconds, seconds } from '../../../src/protocol/time.ts'
import { identityOf } from '../../support/identity.ts'
import { sendRaw } from '../../support/raw-request.ts'

const now = epochSeconds(1_800_000_000)
const sessionId = 'S'.repeat(43)
const policy: Policy = {
  allow: [{ emails: ['@example.com'] }],
  rules: [
    { name: 'public', host: 'app.example.com', path: '/public/', access: 'public' },
    {
      name: 'admin',
      host: 'app.example.com',
      path: '/admin/',
      access: 'required',
      allow: [{ groups: ['admins'] }],
    },
    {
      name: 'app',
      host: 'app.example.com',
      access: 'required',
      origins: ['https://friend.example.com'],
    },
    {
      name: 'own-auth',
      host: 'api.example.com',
      access: 'required',
      applicationAuthorization: true,
    },
  ],
  resources: [
    {
      url: 'https://mcp.example.com/mcp',
      scopes: ['mcp:tools'],
      issuers: ['https://sso.example.com'],
      audiences: [],
    },
  ],
}
const identityNames = ['x-forwarded-user', 'x-forwarded-email', 'x-forwarded-groups']

type World = {
  session: Session | undefined
  fault: Error | undefined
  hang: boolean
  trusted: boolean
  policy: Policy
  reach: DecisionSettings['reach']
  lines: [string, LogFields | undefined][]
  debugLines: [string, LogFields | undefined][]
}
const alice: Session = {
  idHash: 'h',
  identity: identityOf({ groups: ['users'] }),
  createdAt: now,
  lastSeenAt: now,
  expiresAt: epochSeconds(now + 100),
  providerSession: undefined,
  sealedIdToken: undefined,
}
const world: World = {
  session: alice,
  fault: undefined,
  hang: false,
  trusted: true,
  policy,
  reach: () => ({ kind: 'login' }),
  lines: [],
  debugLines: [],
}
beforeEach(() => {
  Object.assign(world, { session: alice, fault: undefined, hang: false, trusted: true, policy })
  world.reach = () => ({ kind: 'login' })
  world.lines = []
  world.debugLines = []
})

function endpoint(): DecisionEndpoint {
  const write = (event: string, fields?: LogFields) => world.lines.push([event, fields])
  const writeDebug = (event: string, fields?: LogFields) => world.debugLines.push([event, fields])
  return createDecisionEndpoint(
    {
      dialect: 'traefik',
      protectedPath: '/sse',
      sessionCookie: '__Secure-s',
      reach: (hostname) => world.reach(hostname),
      publicUrl: 'https://auth.example.com',
      realm: 'sallyport',
      identityHeaders: [
        { name: 'X-Forwarded-User', value: 'user' },
        { name: 'X-Forwarded-Email', value: 'email' },
        { name: 'X-Forwarded-Groups', value: 'groups' },
      ],
      https: true,
      budgetMilliseconds: 100,
      newNonce: () => 'nonce',
      refusalPage: (nonce, content) => `<p nonce="${nonce}">${JSON.stringify(content)}</p>`,
    },
    {
      policy: () => compilePolicy(world.policy),
      authentication: {
        sessions: {
          find: (hash) => {
            if (world.fault) throw world.fault
            if (world.hang) return new Promise(() => {})
            return hash === `hash of ${sessionId}` ? world.session : undefined
          },
        },
        tokens: { verify: () => ({ kind: 'rejected', reason: 'bad-signature' }) },
        hashOf: (value) => `hash of ${value}`,
        idle: seconds(0),
        sessionSeen: () => {},
      },
      isTrustedPeer: () => world.trusted,
      clientAddress: createTrustedPeers(['127.0.0.1']).clientAddress,
      now: () => now,
      log: { debug: writeDebug, info: write, warn: write, error: write, debugEnabled: true },
      newDecisionId: () => 'decision',
    },
  )
}

let publicServer: Server
let decisionServer: Server
const portOf = (server: Server): number => (server.address() as AddressInfo).port
const listen = (server: Server) =>
  new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))

beforeAll(async () => {
  publicServer = createPublicServer(
    publicListener(endpoint(), (incoming, outgoing) => outgoing.end(`page ${incoming.url}`)),
    createHalfOpenLimit({ isTrusted: () => true, keyOf: (address) => address }),
  )
  decisionServer = createDecisionServer(decisionListener(endpoint()), 'port')
  await Promise.all([listen(publicServer), listen(decisionServer)])
})
afterAll(() => {
  publicServer.close()
  decisionServer.close()
})

const cookie = `Cookie: __Secure-s=${sessionId}`
type Ask = {
  path?: string
  url?: string
  method?: string
  headers?: readonly string[]
  /** What the proxy asks with. */
  asked?: string
}

function ask({
  path = '/auth/traefik',
  url = 'https://app.example.com/',
  method = 'GET',
  headers = [],
  asked = 'GET',
}: Ask) {
  const [, proto, host, target] = /^(\w+):\/\/([^/]*)(.*)$/.exec(url) ?? []
  return sendRaw({ port: portOf(decisionServer) }, [
    `${asked} ${path} HTTP/1.1`,
    'Host: 127.0.0.1',
    `X-Forwarded-Method: ${method}`,
    `X-Forwarded-Proto: ${proto}`,
    `X-Forwarded-Host: ${host}`,
    `X-Forwarded-Uri: ${target}`,
    ...headers,
  ])
}
const navigate = ['Sec-Fetch-Mode: navigate', 'Sec-Fetch-Dest: document', 'Accept: text/html']
const identityOfAnswer = (headers: Readonly<Record<string, readonly string[]>>) =>
  identityNames.map((name) => headers[name])

const own = (audience: string) => ({ kind: 'own', audience, domain: undefined }) as const

describe('the decision endpoint', () => {
  test('allows with exactly 200, no body, every identity header once, for no cache (rules 1 and 7, R11, GHSA-6wqw-2p9w-4vw4)', async () => {
    const answer = await ask({ headers: [cookie] })
    expect(answer.status).toBe(200)
    expect(answer.body).toBe('')
    expect(answer.headers['content-length']).toEqual(['0'])
    expect(answer.headers['set-cookie']).toBeUndefined()
    expect(answer.headers['etag']).toBeUndefined()
    expect(answer.headers['cache-control']).toEqual(['no-store'])
    expect(identityOfAnswer(answer.headers)).toEqual([
      ['alice@example.com'],
      ['alice@example.com'],
      ['users'],
    ])
  })

  test('sends empty identity headers on a public rule, so that a forged one is replaced (CVE-2026-30851)', async () => {
    const answer = await ask({
      url: 'https://app.example.com/public/x',
      headers: [cookie, 'X-Forwarded-User: root'],
    })
    expect(answer.status).toBe(200)
    expect(identityOfAnswer(answer.headers)).toEqual([[''], [''], ['']])
  })

  test.each<[string, Ask, readonly string[] | undefined]>([
    ['ours alone', { headers: [cookie] }, ['']],
    ['none', { url: 'https://app.example.com/public/' }, undefined],
    [
      'ours among the application\u2019s',
      { headers: [`${cookie}; theme=dark; __Host-sallyport-flow-1=x;  a="b=c"`] },
      ['theme=dark;  a="b=c"'],
    ],
    [
      'the one of edge auth, used or not',
      { headers: [`${cookie}; CF_Authorization=x.y.z; CF_Authorizations=1`] },
      ['CF_Authorizations=1'],
    ],
    ['ours in a second line', { headers: ['Cookie: a=1', cookie] }, ['a=1']],
    [
      'ours on a public rule',
      { url: 'https://app.example.com/public/', headers: [`Cookie: a=1; __Secure-s=${sessionId}`] },
      ['a=1'],
    ],
    ['ours behind Caddy', { path: '/auth/caddy', headers: [`${cookie}; a=1`] }, ['a=1']],
    ['ours behind Envoy', { path: '/auth/envoy', headers: [`${cookie}; a=1`] }, ['a=1']],
    ['ours behind nginx', { path: '/auth/nginx', headers: [`${cookie}; a=1`] }, undefined],
    ['ours on a refusal', { headers: ['Cookie: __Secure-s=unknown; a=1'] }, undefined],
  ])(
    'hands the proxy the application\u2019s cookies without ours when it is sent %s (R25)',
    async (_, question, expected) => {
      expect((await ask(question)).headers['cookie']).toEqual(expected)
    },
  )

  test.each<[string, Ask, number]>([
    ['a page load', { headers: navigate }, 302],
    ['a page load that posts', { method: 'POST', headers: navigate }, 303],
    ['a fetch', { headers: ['Sec-Fetch-Mode: cors'] }, 401],
    ['curl', { headers: ['Accept: */*'] }, 401],
    [
      'a health checker by its User-Agent (CVE-2026-34457)',
      { headers: ['User-Agent: kube-probe/1.30'] },
      401,
    ],
    ['a page load of a resource', { url: 'https://mcp.example.com/mcp', headers: navigate }, 401],
    [
      'a bad token',
      { url: 'https://mcp.example.com/mcp', headers: ['Authorization: Bearer x'] },
      401,
    ],
    ['a cookie on a resource', { url: 'https://mcp.example.com/mcp', headers: [cookie] }, 401],
    [
      'a token on a rule next to a good cookie (R94)',
      { headers: [cookie, 'Authorization: Bearer x'] },
      401,
    ],
    ['a malformed cookie (CVE-2026-25748)', { headers: ['Cookie: __Secure-s=%00%ff'] }, 401],
    [
      'two session cookies (R18)',
      { headers: [`${cookie}; __Secure-s=${'T'.repeat(43)}`, ...navigate] },
      401,
    ],
    ['an unknown session', { headers: [`Cookie: __Secure-s=${'T'.repeat(43)}`] }, 401],
    [
      'a person without the group (R50, GHSA-652x-m2gr-hppm)',
      { url: 'https://app.example.com/admin/', headers: [cookie] },
      403,
    ],
    [
      'the same with a capital letter in the host (CVE-2026-48794)',
      { url: 'https://APP.example.com/admin/', headers: [cookie] },
      403,
    ],
    [
      'the same with an encoded letter',
      { url: 'https://app.example.com/%61dmin/', headers: [cookie] },
      403,
    ],
    ['an unknown host', { url: 'https://x.example.org/', headers: [cookie] }, 403],
    ['an unknown scheme', { url: 'ftp://app.example.com/', headers: [cookie] }, 403],
    [
      'a public path with something climbing out of it',
      { url: 'https://app.example.com/public/../admin/' },
      403,
    ],
    [
      'a public path with a fragment (CVE-2026-41059)',
      { url: 'https://app.example.com/admin/#/public/' },
      403,
    ],
    [
      'a public path in the query (CVE-2025-54576)',
      { url: 'https://app.example.com/x?/public/' },
      401,
    ],
    ['two forwarded URIs', { headers: [cookie, 'X-Forwarded-Uri: /public/'] }, 403],
    [
      'forwarded headers of two proxies',
      { headers: [cookie, 'X-Original-URL: https://app.example.com/public/'] },
      403,
    ],
    ['an underscore alias (CVE-2025-64484)', { headers: ['X_Forwarded_Uri: /public/'] }, 401],
    ['a method override', { headers: [cookie, 'X-HTTP-Method-Override: DELETE'] }, 200],
    ['a foreign Origin (rule 15)', { headers: [cookie, 'Origin: https://evil.example.com'] }, 401],
    ['the null Origin', { headers: [cookie, 'Origin: null'] }, 401],
    ['its own Origin', { headers: [cookie, 'Origin: https://app.example.com'] }, 200],
    ['a listed Origin', { headers: [cookie, 'Origin: https://friend.example.com'] }, 200],
    [
      'a WebSocket of its own (R15c)',
      { headers: [cookie, 'Origin: https://app.example.com', 'Upgrade: websocket'] },
      200,
    ],
    [
      'a WebSocket of a sibling (R15c)',
      { headers: [cookie, 'Origin: https://evil.example.com', 'Upgrade: websocket'] },
      401,
    ],
    ['a WebSocket without Origin (R15c)', { headers: [cookie, 'Upgrade: websocket'] }, 401],
    ['ws as scheme (rule 6)', { url: 'wss://app.example.com/', headers: [cookie] }, 200],
    [
      'an application’s own Authorization',
      { url: 'https://api.example.com/', headers: [cookie, 'Authorization: Token 1'] },
      200,
    ],
    [
      'an application’s own Authorization without a session',
      { url: 'https://api.example.com/', headers: ['Authorization: Token 1'] },
      401,
    ],
    [
      'an application’s own Authorization of an old browser without a session',
      {
        url: 'https://api.example.com/',
        headers: ['Authorization: Basic YTpi', 'Accept: text/html'],
      },
      401,
    ],
    [
      'a page load with an application’s own Authorization and without a session',
      { url: 'https://api.example.com/', headers: ['Authorization: Basic YTpi', ...navigate] },
      302,
    ],
    [
      'a page load with an Authorization that is for us',
      { headers: ['Authorization: Basic YTpi', ...navigate] },
      401,
    ],
    [
      'a range, an Expect and conditions (rule 14)',
      { headers: [cookie, 'Range: bytes=0-1', 'If-None-Match: *'] },
      200,
    ],
  ])('answers %s', async (_, question, status) => {
    const answer = await ask(question)
    expect(answer.status).toBe(status)
    if (status !== 200) {
      for (const name of identityNames) expect(answer.headers[name]).toBeUndefined()
      expect(answer.headers['set-cookie']).toBeUndefined()
      expect(answer.body.length).toBeLessThan(4096)
    }
  })

  test('sends a page load to the login with its URL byte for byte', async () => {
    const url = 'https://app.example.com/a%20b?q=1&x=%2F&y=\'<>"|{}'
    const answer = await ask({ url, headers: navigate })
    const location = new URL(answer.headers['location']?.[0] ?? '')
    expect(location.origin + location.pathname).toBe('https://auth.example.com/login')
    expect(location.searchParams.get('rd')).toBe(url)
  })

  test('tells an API client of a rule where a person could sign in', async () => {
    const answer = await ask({})
    expect(JSON.parse(answer.body)).toEqual({
      error: 'unauthorized',
      login_url: 'https://auth.example.com/login?rd=https%3A%2F%2Fapp.example.com%2F',
    })
    expect(answer.headers['www-authenticate']).toEqual(['Bearer realm="sallyport"'])
  })

  test('challenges an MCP client with metadata and scope, and no error without a token (RS-5, RS-7, RS-11)', async () => {
    const answer = await ask({ url: 'https://mcp.example.com/mcp?x=1' })
    expect(answer.headers['www-authenticate']).toEqual([
      'Bearer realm="sallyport", scope="mcp:tools", ' +
        'resource_metadata="https://mcp.example.com/.well-known/oauth-protected-resource/mcp"',
    ])
  })

  test('says invalid_token for a bad one, and nothing about why (H4)', async () => {
    const answer = await ask({
      url: 'https://mcp.example.com/mcp',
      headers: ['Authorization: Bearer x'],
    })
    expect(answer.headers['www-authenticate']?.[0]).toContain('error="invalid_token"')
    expect(answer.body).toBe('{"error":"invalid_token"}')
  })

  test('answers Basic with Basic', async () => {
    const answer = await ask({ headers: ['Authorization: Basic YTpi'] })
    expect(answer.headers['www-authenticate']).toEqual(['Basic realm="sallyport"'])
  })

  test('shows a refused person a page with account, reason and decision id', async () => {
    const answer = await ask({
      url: 'https://app.example.com/admin/',
      headers: [cookie, ...navigate],
    })
    expect(answer.headers['content-type']).toEqual(['text/html; charset=utf-8'])
    expect(answer.headers['content-security-policy']?.[0]).toContain("default-src 'none'")
    expect(answer.body).toContain('alice@example.com')
    expect(answer.body).toContain('decision')
  })

  test('gives a refused API client JSON with the decision id that the log has', async () => {
    const answer = await ask({ url: 'https://app.example.com/admin/', headers: [cookie] })
    expect(JSON.parse(answer.body)).toEqual({
      error: 'forbidden',
      reason: 'not-on-list',
      decision_id: 'decision',
    })
    expect(world.lines).toContainEqual([
      'decision.forbid',
      expect.objectContaining({ decisionId: 'decision', rule: 'admin', account: 'alice-1' }),
    ])
  })

  test.each<[string, string | undefined, ReturnType<DecisionSettings['reach']>, number]>([
    ['its own host', 'app.example.com', own('app.example.com'), 200],
    ['another host', 'api.example.com', own('app.example.com'), 401],
    ['the login host', 'app.example.com', { kind: 'login' }, 401],
    ['a host of its own, being that of the login', undefined, own('app.example.com'), 401],
    ['a host no cookie is for', undefined, { kind: 'none' }, 401],
    ['a host no cookie is for', 'app.example.com', { kind: 'none' }, 401],
  ])('takes a session to %s as what it is for: %s (R24)', async (_, audience, reach, status) => {
    world.reach = () => reach
    world.session =
      audience === undefined ? alice : { ...alice, handedOff: { login: 'login', audience } }
    expect((await ask({ headers: [cookie] })).status).toBe(status)
  })

  test('looks at the policy again on every request: taken off the list is 403 (R21)', async () => {
    expect((await ask({ headers: [cookie] })).status).toBe(200)
    world.policy = { ...policy, allow: [{ emails: ['bob@example.com'] }] }
    expect((await ask({ headers: [cookie] })).status).toBe(403)
  })

  test.each(['nginx', 'haproxy'])(
    '%s gets nothing but 200, 401, 403 (rule 10)',
    async (dialect) => {
      const path = `/auth/${dialect}`
      const login = await ask({ path, headers: navigate })
      expect(login.status).toBe(401)
      expect(login.headers['location']).toBeUndefined()
      expect(login.headers['x-auth-redirect']?.[0]).toContain('https://auth.example.com/login?rd=')
      const fetched = await ask({ path, headers: ['Sec-Fetch-Mode: cors'] })
      expect(fetched.status).toBe(401)
      expect(fetched.headers['x-auth-redirect']).toBeUndefined()
      const forbidden = await ask({
        path,
        url: 'https://app.example.com/admin/',
        headers: [cookie, ...navigate],
      })
      expect(forbidden.status).toBe(403)
      expect(forbidden.headers['x-auth-redirect']?.[0]).toBe(
        'https://auth.example.com/refused?id=decision&rd=https%3A%2F%2Fapp.example.com%2Fadmin%2F',
      )
    },
  )

  const startPage = encodeURIComponent('https://app.example.com/')
  type Long = { headers?: readonly string[]; host?: string; above?: string }
  test.each<[string, Long, number, string]>([
    ['a login', { headers: navigate }, 401, startPage],
    ['a wrong credential', { headers: ['Authorization: Bearer wrong'] }, 401, startPage],
    ['a fetch', { headers: ['Sec-Fetch-Mode: cors'] }, 401, startPage],
    ['a forbidden page', { headers: [cookie, ...navigate], above: 'admin/' }, 403, startPage],
    ['a forbidden fetch', { headers: [cookie], above: 'admin/' }, 403, ''],
    ['an unknown host', { host: 'elsewhere.example' }, 403, ''],
  ])('keeps the headers of the refusal of %s below 4 KiB for nginx (rule 12)', async (...row) => {
    const [, { headers = [], host = 'app.example.com', above = '' }, status, place] = row
    for (const character of ['&', 'x']) {
      const url = `https://${host}/${above}?`.padEnd(2048, character)
      const answer = await ask({ path: '/auth/nginx', url, headers })
      const fields = Object.entries(answer.headers).flatMap(([name, values]) =>
        values.map((value) => `${name}: ${value}\r\n`),
      )
      expect(answer.status).toBe(status)
      expect(`HTTP/1.1 401 Unauthorized\r\n${fields.join('')}\r\n`.length).toBeLessThan(4096)
      expect(answer.body.length).toBeLessThan(4096)
      const wanted = character === '&' || place === '' ? place : encodeURIComponent(url)
      expect(fields.join('')).toContain(wanted)
    }
  })

  test('refuses a peer that is no proxy of ours, whatever it says (R3, CVE-2026-40575)', async () => {
    world.trusted = false
    const answer = await ask({ url: 'https://app.example.com/public/x', headers: [cookie] })
    expect(answer.status).toBe(403)
    expect(world.lines).toContainEqual([
      'decision.refused',
      expect.objectContaining({ reason: 'untrusted-peer', peer: '127.0.0.1' }),
    ])
  })

  test.each([
    [
      'no rule is for',
      { url: 'https://elsewhere.example/some/page?token=canary', method: 'POST' },
      {
        reason: 'no-rule',
        method: 'POST',
        host: 'elsewhere.example',
        path: '/some/page',
        hint: expect.stringContaining('no rule or resource'),
      },
    ],
    [
      'applications may read in two ways',
      { url: 'https://app.example.com/public%2fx' },
      {
        reason: 'ambiguous-path',
        method: 'GET',
        host: 'app.example.com',
        path: '/public/x',
        hint: expect.stringContaining('different ways'),
      },
    ],
    [
      'the proxy describes twice',
      { headers: ['X-Forwarded-Host: app.example.com'] },
      { reason: 'repeated-forwarding-header', hint: expect.stringContaining('replace') },
    ],
    [
      'the proxy asks with the wrong method',
      { asked: 'POST', path: '/auth/nginx' },
      { reason: 'wrong-decision-method', hint: expect.stringContaining('GET') },
    ],
  ])('logs what was asked and a hint for a request that %s', async (_name, asking, fields) => {
    await ask(asking)
    expect(world.lines).toEqual([['decision.refused', expect.objectContaining(fields)]])
    expect(JSON.stringify(world.lines)).not.toContain('canary')
  })

  test.each([
    ['decision.challenge', 'https://app.example.com/', '203.0.113.7'],
    ['decision.refused', 'https://elsewhere.example/', '203.0.113.7'],
    ['decision.challenge', 'https://app.example.com/', '198.51.100.9, 203.0.113.7'],
  ])('logs %s for %s with the address of the client, for who watches the log', async (...row) => {
    const [event, url, forwardedFor] = row
    const headers = [`X-Forwarded-For: ${forwardedFor}`, 'Authorization: Bearer wrong']
    await ask({ url, headers })
    const address = '203.0.113.7'
    expect(world.lines).toContainEqual([event, expect.objectContaining({ address })])
  })

  test.each([
    ['a login', navigate, 302],
    ['a challenge', [], 401],
  ])('writes no more than a debug line for %s of somebody who showed nothing', async (...row) => {
    const [what, headers, status] = row
    expect((await ask({ url: 'https://app.example.com/', headers })).status).toBe(status)
    expect(world.lines).toEqual([])
    const event = `decision.${what.replace('a ', '')}`
    expect(world.debugLines).toEqual([[event, expect.objectContaining({ reason: 'anonymous' })]])
  })

  test.each(['/auth', '/sse', '/auth?x=/public/', '/auth/caddy'])(
    'decides at %s too',
    async (path) => {
      expect((await ask({ path, headers: [cookie] })).status).toBe(200)
      expect((await ask({ path })).status).toBe(401)
    },
  )

  // Each: what a client may add without changing the answer (R4).
  test.each([
    ['X-Forwarded-Prefix: /public/', 'CVE-2026-35051'],
    ['X-Forwarded-Port: 8443', 'CVE-2026-54764'],
    ['X-Forwarded-Server: evil.example', 'R4'],
    ['X-Forwarded-User: root', 'R4'],
    ['X-Forwarded-Groups: admins', 'R4'],
    ['X.Forwarded.Uri: /public/', 'CVE-2026-33433'],
    ['X_Forwarded_Host: evil.example', 'GHSA-f59h-q822-g45g'],
    ['X-Rewrite-URL: /public/', 'R4'],
    ['Forwarded: host=evil.example;proto=http', 'R4'],
    ['X-Real-IP: 127.0.0.1', 'R13'],
    ['Connection: X-Forwarded-Uri, Cookie', 'CVE-2025-48865'],
  ])('answers the same with "%s" (%s)', async (header) => {
    for (const headers of [navigate, [cookie], [...navigate, cookie]]) {
      const url = 'https://app.example.com/admin/'
      const { headers: before, ...plain } = await ask({ url, headers })
      const { headers: after, ...spoofed } = await ask({ url, headers: [header, ...headers] })
      const { date: _, ...told } = before
      const { date: __, ...toldNow } = after
      expect([spoofed, toldNow]).toEqual([plain, told])
    }
  })

  test('sees a second forwarded URI behind two thousand other headers (R5)', async () => {
    const many = Array.from({ length: 2_100 }, () => 'a:')
    const url = 'https://app.example.com/public/x'
    const answer = await ask({ url, headers: [...many, 'X-Forwarded-Uri: /admin/'] })
    expect([403, 431]).toContain(answer.status)
  })

  test('is 503 when the store fails, with the fault in the log and not in the answer (R14)', async () => {
    world.fault = new Error('disk on fire')
    const answer = await ask({ headers: [cookie] })
    expect(answer.status).toBe(503)
    expect(answer.headers['retry-after']).toEqual(['5'])
    expect(answer.body).toBe('{"error":"temporarily_unavailable"}')
    expect(world.lines.map(([event]) => event)).toContain('decision.fault')
  })

  test('is 503 when the store does not answer in time (R14)', async () => {
    world.hang = true
    expect((await ask({ headers: [cookie] })).status).toBe(503)
  })

  test('never reads a body, and answers at once when one is announced', async () => {
    const answer = await sendRaw({ port: portOf(decisionServer) }, [
      'POST /auth/traefik HTTP/1.1',
      'Host: x',
      'Content-Length: 1000000',
      'Expect: 100-continue',
      'X-Forwarded-Method: POST',
    ])
    expect(answer.status).toBe(403)
  })

  // Each: the expectation, on which listener, what the one answer to a decision is.
  test.each([
    ['100-continue', 'private'],
    ['100-continue', 'public'],
    ['200-ok', 'private'],
    ['200-ok', 'public'],
  ])(
    'gives one answer, a decision, to Expect: %s on the %s listener (rule 13)',
    async (expectation, door) => {
      const server = door === 'public' ? publicServer : decisionServer
      const answer = await sendRaw({ port: portOf(server) }, [
        'GET /auth/nginx HTTP/1.1',
        'Host: x',
        `Expect: ${expectation}`,
        'X-Forwarded-Method: GET',
        'X-Forwarded-Proto: https',
        'X-Forwarded-Host: app.example.com',
        'X-Forwarded-Uri: /',
      ])
      expect(answer.status).toBe(401)
    },
  )

  test('lets the sender of a form go on when it asks with Expect', async () => {
    const answer = await sendRaw({ port: portOf(publicServer) }, [
      'POST /login/local HTTP/1.1',
      'Host: auth.example.com',
      'Content-Length: 0',
      'Expect: 100-continue',
    ])
    expect(answer.status).toBe(100)
    expect(answer.body).toContain('page /login/local')
  })

  test.each([
    '/',
    '/health',
    '/login',
    '/auth/direct',
    '/auth/nginx/../../health',
    '/auth/envoy/../../health',
    '//auth',
    '/auth/',
    '/AUTH',
    '/%61uth',
    'http://127.0.0.1/health',
  ])('has nothing but decisions on its private listener: %s (rule 2)', async (path) => {
    const answer = await sendRaw({ port: portOf(decisionServer) }, [
      `GET ${path} HTTP/1.1`,
      'Host: app.example.com',
      'X-Forwarded-Proto: https',
    ])
    expect([403, 404]).toContain(answer.status)
  })

  test('knows no dialect without a proxy unless that is configured (R1)', async () => {
    for (const server of [publicServer, decisionServer]) {
      const lines = ['GET /auth/direct HTTP/1.1', 'Host: app.example.com', cookie]
      const answer = await sendRaw({ port: portOf(server) }, lines)
      expect(answer.headers['x-forwarded-user']).toBeUndefined()
    }
  })

  test.each([
    ['/health', 200],
    ['/login?rd=x', 200],
    ['/', 200],
    ['/auth/nginx/../../health', 404],
    ['/auth/envoy/../../health', 403],
    ['//health', 404],
    ['/health/', 404],
    ['/./health', 404],
    ['/%68ealth', 404],
    ['/health%2f', 404],
    ['/health;x', 404],
    ['/health\\', 404],
    ['http://127.0.0.1/health', 404],
    [`/${'a'.repeat(8200)}`, 414],
  ])(
    'leads only canonical paths to a page: %s is %i (R9, R118, CVE-2026-29087, CVE-2026-39406, CVE-2026-47676)',
    async (path, status) => {
      const answer = await sendRaw({ port: portOf(publicServer) }, [
        `GET ${path} HTTP/1.1`,
        'Host: app.example.com',
        'X-Forwarded-Proto: https',
      ])
      expect(answer.status).toBe(status)
    },
  )

  test('never answers 2xx or 5xx to a stranger, whatever the bytes of the forwarded headers (CVE-2023-33189)', async () => {
    const odd = ['\u00ff', '%', '%00', ' ', '\t', ',', '/a, /b', '"', '{{7*7}}', 'a'.repeat(9000)]
    const names = ['X-Forwarded-Method', 'X-Forwarded-Proto', 'X-Forwarded-Host', 'X-Forwarded-Uri']
    for (const name of names) {
      for (const value of odd) {
        const headers = names.map((each) => `${each}: ${each === name ? value : '/public/x'}`)
        const answer = await sendRaw({ port: portOf(decisionServer) }, [
          'GET /auth/traefik HTTP/1.1',
          'Host: x',
          ...headers,
          cookie,
        ])
        expect([400, 401, 403]).toContain(answer.status)
      }
    }
  })
})
