// A gateway behind edge auth, a command line that tunnels through it, and the bearer flow of an MCP server beside them, in
// one instance (X3-X11).

import { createLocalJWKSet, jwtVerify } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type HeaderLine, headerOf, headersOf, statusOf } from '../support/http-message.ts'
import { observe, only } from '../support/observe.ts'
import { sendAndKeepOpen } from '../support/raw-client.ts'
import { type Stage, type StartEdge, startStage } from '../support/stage.ts'
import type { Page, Visitor } from '../support/visitor.ts'
import { exchangeText, handshakeHeaders } from '../support/websocket.ts'

export type GatewayEdge = {
  readonly name: string
  readonly dialect: string
  readonly start: StartEdge
  readonly installed: boolean
}

export const gateway = 'gateway.sep.test'
const origin = `https://${gateway}`
const mcpHost = 'mcp.sep.test'
const wish = 'callback_port=9999&code=A7X-3KPX'

/** What the command line was sent, without a browser: the form that a browser without script gets. */
function postedBy(page: Page): { token: string; code: string } {
  const plain = (text = '') => text.replaceAll('&quot;', '"').replaceAll('&amp;', '&')
  const [, name, value] = /name="([^"]*)" value="([^"]*)"/.exec(page.answer.body) ?? []
  return JSON.parse(`${plain(name)}=${plain(value)}`)
}

export function gatewayChecks({ name, dialect, start, installed }: GatewayEdge): void {
  describe.runIf(installed)(`${name}, a gateway behind edge auth`, () => {
    let stage: Stage
    let alice: Visitor
    let cookie: HeaderLine
    let token: string

    beforeAll(async () => {
      stage = await startStage(start, {
        proxy: { dialect },
        edge_auth: { enabled: true, hosts: [gateway] },
      })
      alice = stage.visitor()
      const page = await alice.signIn(`${origin}/auth/connect?${wish}`, 'alice')
      cookie = ['Cookie', `CF_Authorization=${alice.cookies.valueOf('CF_Authorization')}`]
      token = postedBy(await alice.submit(page, { way: 'form' })).token
    })
    afterAll(() => stage?.stop())

    test('the login of command lines passes without a decision, everything else of the gateway does not (X9)', async () => {
      const login = await observe(stage, { host: gateway, target: `/auth/connect?${wish}` })
      expect(statusOf(login.answer)).toBe(307)
      expect(login.decisions).toEqual([])
      const certs = await observe(stage, { host: gateway, target: '/cdn-cgi/access/certs' })
      expect(statusOf(certs.answer)).toBe(200)
      expect(JSON.parse(certs.answer.body).keys).toHaveLength(1)
      for (const target of [
        '/',
        '/_ws_tunnel',
        '/auth/connectx',
        '/auth/connect/../x',
        '/cdn-cgi/x',
      ]) {
        const { answer, app } = await observe(stage, { host: gateway, target })
        expect([400, 401], target).toContain(statusOf(answer))
        expect(app).toEqual([])
      }
    })

    test('the decision about a tunnel answers in the words of mcpauth', async () => {
      const { decisions, answer } = await observe(stage, { host: gateway, target: '/_ws_tunnel' })
      expect(only(decisions).start).toMatch(/^GET \/_ws_tunnel\/\w+ HTTP\/1\.1$/)
      expect(statusOf(answer)).toBe(401)
      expect(headersOf(answer, 'location')).toEqual([])
      // nginx writes the bodies of refusals itself.
      if (dialect !== 'nginx') expect(answer.body).toBe('{"error":"authentication required"}')
    })

    test("a WebSocket goes through for the gateway's own page (X6)", async () => {
      const headers: HeaderLine[] = [...handshakeHeaders, ['Origin', origin], cookie]
      const { socket, head } = await sendAndKeepOpen(stage.edge, {
        host: gateway,
        target: '/_ws_tunnel',
        headers,
      })
      expect(statusOf(head)).toBe(101)
      expect(await exchangeText(socket, 'hello')).toBe('hello')
      socket.destroy()
      const request = stage.app.requests.at(-1)
      expect(request && headersOf(request, 'x-forwarded-user')).toEqual(['alice@example.com'])
      expect(request && headersOf(request, 'cookie').join('')).toBe('')
    })

    test('a WebSocket goes through for a command line, which names no origin and shows its token three times', async () => {
      const { socket, head } = await sendAndKeepOpen(stage.edge, {
        host: gateway,
        target: '/_ws_tunnel',
        headers: [
          ...handshakeHeaders,
          ['Cf-Access-Token', token],
          ['Cf-Access-Jwt-Assertion', token],
          ['Cookie', `CF_Authorization=${token}`],
        ],
      })
      expect(statusOf(head)).toBe(101)
      expect(await exchangeText(socket, 'tunnelled')).toBe('tunnelled')
      socket.destroy()
      const request = stage.app.requests.at(-1)
      expect(request && headersOf(request, 'x-forwarded-user')).toEqual(['alice@example.com'])
      for (const header of ['cookie', 'cf-access-token']) {
        expect(request && headersOf(request, header).join(''), header).toBe('')
      }
      // What the application gets instead verifies by the published keys, for this host, and opens nothing here (R15b).
      const [assertion = '', ...more] = request ? headersOf(request, 'cf-access-jwt-assertion') : []
      expect([more, assertion === token]).toEqual([[], false])
      const certs = await observe(stage, { host: gateway, target: '/cdn-cgi/access/certs' })
      const keys = createLocalJWKSet({ keys: JSON.parse(certs.answer.body).keys })
      const options = { issuer: 'https://auth.sep.test', audience: gateway, algorithms: ['RS256'] }
      const { payload } = await jwtVerify(assertion, keys, options)
      expect(payload['email']).toBe('alice@example.com')
      const shown: HeaderLine[] = [['Cookie', `CF_Authorization=${assertion}`]]
      const spent = await observe(stage, { host: gateway, target: '/', headers: shown })
      expect(statusOf(spent.answer)).toBe(401)
    })

    test.each([
      ['of another site', ['Origin', 'https://evil.example']],
      ['of a sibling', ['Origin', 'https://app.sep.test']],
    ] as const)('a WebSocket stays closed to a page %s (R15c)', async (_which, from) => {
      const headers: HeaderLine[] = [...handshakeHeaders, from, cookie]
      const seen = await observe(stage, { host: gateway, target: '/_ws_tunnel', headers })
      expect(statusOf(seen.answer)).toBe(401)
      expect(seen.app).toEqual([])
    })

    test('a token that somebody made up opens nothing', async () => {
      const made: HeaderLine = ['Cookie', 'CF_Authorization=bad-token']
      const seen = await observe(stage, { host: gateway, target: '/_ws_tunnel', headers: [made] })
      expect(statusOf(seen.answer)).toBe(401)
      expect(seen.app).toEqual([])
    })

    test('headers of who it is are ours alone, and every other cookie passes (R25)', async () => {
      const [, value] = cookie
      const headers: HeaderLine[] = [
        ['Cookie', `theme=dark; ${value}; lang=de`],
        ['X-Forwarded-User', 'mallory'],
        ['Cf-Access-Authenticated-User-Email', 'mallory@example.com'],
      ]
      const { app } = await observe(stage, { host: gateway, target: '/', headers })
      const request = only(app)
      expect(headersOf(request, 'x-forwarded-user')).toEqual(['alice@example.com'])
      expect(headersOf(request, 'cf-access-authenticated-user-email').join('')).toBe('')
      expect(headerOf(request, 'cookie')).toBe('theme=dark; lang=de')
    })

    test('an application beside it never sees the cookie that the domain carries', async () => {
      const own = alice.cookies.headerFor(new URL('https://app.sep.test/'))
      expect(own).toContain('CF_Authorization=')
      await alice.open('https://app.sep.test/')
      const request = stage.app.requests.at(-1)
      expect(request && headersOf(request, 'cookie').join('')).not.toContain('CF_Authorization')
    })

    test('the bearer flow of an MCP server is what it was, in the same instance (X8)', async () => {
      const bearer = await stage.token({})
      const ask = (headers: readonly HeaderLine[]) =>
        observe(stage, { host: mcpHost, target: '/mcp', method: 'POST', headers, body: '{}' })
      const allowed = await ask([['Authorization', `Bearer ${bearer}`]])
      expect(statusOf(allowed.answer)).toBe(200)
      expect(headersOf(only(allowed.mcp), 'x-forwarded-user')).toEqual(['carol@example.com'])
      const none = await ask([])
      expect(statusOf(none.answer)).toBe(401)
      expect(headerOf(none.answer, 'www-authenticate')).toContain('resource_metadata=')
      // A command line's token is for its gateway, and a bearer token for its server.
      expect(statusOf((await ask([['Authorization', `Bearer ${token}`]])).answer)).toBe(401)
      expect(statusOf((await ask([['Cookie', `CF_Authorization=${token}`]])).answer)).toBe(401)
      const crossed = await observe(stage, {
        host: gateway,
        target: '/_ws_tunnel',
        headers: [['Authorization', `Bearer ${bearer}`]],
      })
      expect(statusOf(crossed.answer)).toBe(401)
    })

    test('signing out closes the tunnel for the next handshake', async () => {
      const bob = stage.visitor()
      await bob.signIn(`${origin}/auth/connect?${wish}`, 'bob')
      const own: HeaderLine = [
        'Cookie',
        `CF_Authorization=${bob.cookies.valueOf('CF_Authorization')}`,
      ]
      const status = async () =>
        statusOf((await observe(stage, { host: gateway, target: '/', headers: [own] })).answer)
      expect(await status()).toBe(200)
      const page = await bob.open('https://auth.sep.test/logout')
      await bob.submit(page, {
        csrf: /name="csrf" value="([^"]*)"/.exec(page.answer.body)?.[1] ?? '',
      })
      expect(await status()).toBe(401)
    })

    test('no log has a token, a cookie or a code', () => {
      const logs = stage.logs()
      expect(logs).toContain('relay.token')
      for (const secret of [token, ...stage.secrets()]) expect(logs.includes(secret)).toBe(false)
    })
  })
}
