// A client that asks as Envoy does, with the lists of the files we ship, in front of the real service.

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readEnvoy } from '../support/envoy-files.ts'
import { checkRequest, type Question } from './support/ext-authz-client.ts'
import { startNginx } from './support/nginx.ts'
import { type Stage, startStage } from './support/stage.ts'
import type { Visitor } from './support/visitor.ts'

const shipped = readEnvoy().question
const { path_prefix: prefix, authorization_response: answer } = shipped.http_service

const lists = {
  allowedHeaders: shipped.allowed_headers,
  allowedUpstreamHeaders: answer.allowed_upstream_headers,
  allowedClientHeaders: answer.allowed_client_headers,
}
const forms: readonly (readonly [name: string, form: Omit<Question, 'port'>])[] = [
  ['path_prefix', { ...lists, prefix }],
  ['path_override', { ...lists, path: '/auth/envoy' }],
]

const page = { accept: 'text/html', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }
const app = 'app.sep.test'
const mcp = 'mcp.sep.test'

describe('Envoy ext_authz (contract, no Envoy)', () => {
  let stage: Stage
  let alice: Visitor
  let bob: Visitor
  beforeAll(async () => {
    // People sign in through nginx; the questions go past it.
    stage = await startStage(startNginx)
    alice = stage.visitor()
    bob = stage.visitor()
    await alice.signIn(`https://${app}/`, 'alice')
    await bob.signIn(`https://${app}/`, 'bob')
  })
  afterAll(async () => {
    await stage?.stop()
  })
  const cookieOf = (visitor: Visitor) =>
    `__Secure-sallyport=${visitor.cookies.valueOf('__Secure-sallyport')}`

  describe.each(forms)('%s', (_name, form) => {
    const check = (request: Parameters<typeof checkRequest>[1]) =>
      checkRequest({ ...form, port: stage.decisions.port }, request)

    test.each(['/report?q=a%20b&x=1', '/a/b.c?rd=%2Flogin', '/'])(
      'sends a page load of %s to the login, to come back there',
      async (path) => {
        const verdict = await check({ authority: app, path, headers: page })
        expect(verdict).toMatchObject({ kind: 'denied', status: 302 })
        if (verdict.kind === 'allowed') return
        const location = new URL(verdict.headers['location'] ?? '')
        expect(location.href).toMatch(/^https:\/\/auth\.sep\.test\/login\?/)
        expect(location.searchParams.get('rd')).toBe(`https://${app}${path}`)
      },
    )

    test('lets a session pass, with every identity header and no cookie of ours (R11, R25)', async () => {
      const cookie = `${cookieOf(alice)}; theme=dark`
      const forged = { 'x-forwarded-user': 'forged', 'x-forwarded-groups': 'forged' }
      for (const method of ['GET', 'POST', 'DELETE']) {
        const verdict = await check({
          method,
          authority: app,
          path: '/admin/x',
          headers: { cookie, ...forged },
        })
        expect(verdict).toEqual({
          kind: 'allowed',
          headers: {
            cookie: 'theme=dark',
            'x-forwarded-user': 'alice@example.com',
            'x-forwarded-email': 'alice@example.com',
            'x-forwarded-groups': 'admins,staff',
            'x-forwarded-scopes': '',
            'x-forwarded-preferred-username': 'alice',
          },
        })
      }
    })

    test('leaves nothing of the client where there is nothing to say (CVE-2026-30851)', async () => {
      const forged = Object.fromEntries(
        lists.allowedUpstreamHeaders.map((name) => [name, 'forged']),
      )
      const verdict = await check({
        authority: app,
        path: '/public/',
        headers: { ...forged, cookie: cookieOf(alice) },
      })
      const empty = Object.fromEntries(lists.allowedUpstreamHeaders.map((name) => [name, '']))
      expect(verdict).toEqual({ kind: 'allowed', headers: empty })
    })

    test('shows somebody who may not the page that says so', async () => {
      const headers = { ...page, cookie: cookieOf(bob) }
      const verdict = await check({ authority: app, path: '/admin/', headers })
      expect(verdict).toMatchObject({ kind: 'denied', status: 403 })
      if (verdict.kind === 'allowed') return
      expect(verdict.body).toContain('bob@example.com')
      expect(verdict.headers['content-security-policy']).toContain("default-src 'none'")
      expect(Object.keys(verdict.headers)).not.toContain('x-forwarded-user')
    })

    test('challenges MCP clients, and lets a good token pass', async () => {
      const none = await check({ method: 'POST', authority: mcp, path: '/mcp' })
      expect(none).toMatchObject({ kind: 'denied', status: 401 })
      const few = await check({
        method: 'POST',
        authority: mcp,
        path: '/mcp',
        headers: { authorization: `Bearer ${await stage.token({ scope: 'openid' })}` },
      })
      expect(few).toMatchObject({ kind: 'denied', status: 403 })
      for (const verdict of [none, few]) {
        if (verdict.kind === 'allowed') continue
        expect(verdict.headers['www-authenticate']).toContain(
          'resource_metadata="https://mcp.sep.test/.well-known/oauth-protected-resource/mcp"',
        )
      }
      const good = await check({
        method: 'POST',
        authority: mcp,
        path: '/mcp?x=1',
        headers: { authorization: `Bearer ${await stage.token({})}` },
      })
      expect(good).toMatchObject({
        kind: 'allowed',
        headers: { 'x-forwarded-user': 'carol@example.com', 'x-forwarded-scopes': 'mcp:tools' },
      })
    })

    test.each([
      '/../../health',
      '/../health',
      '/..%2f..%2fhealth',
      '/%2e%2e/%2e%2e/ready',
      '/../../login',
      '/../public/',
      '/admin/../public/',
      '/public/..;/admin/',
      '//public/',
      '/health',
      '/ready',
      '/.well-known/oauth-protected-resource',
    ])('says yes to nobody who asks for %s (proxies.md rule 2)', async (path) => {
      const verdict = await check({ authority: app, path })
      expect(verdict.kind).toBe('denied')
      for (const authority of ['auth.sep.test', '127.0.0.1', 'localhost', 'other.example']) {
        expect(await check({ authority, path })).toMatchObject({ kind: 'denied', status: 403 })
      }
    })
  })

  test('a query of the client does not make a description of its own', async () => {
    const [, override] = forms[1] ?? []
    if (override === undefined) throw new Error('No such form')
    const question = { ...override, port: stage.decisions.port }
    const path = '/admin/?X-Forwarded-Uri=/public/&uri=/public/'
    expect(await checkRequest(question, { authority: app, path })).toMatchObject({
      kind: 'denied',
      status: 401,
    })
  })

  test('with path_prefix a description that a client made up is refused', async () => {
    const question = {
      ...lists,
      prefix,
      allowedHeaders: [...lists.allowedHeaders, 'x-forwarded-uri', 'x-original-url'],
      port: stage.decisions.port,
    }
    for (const name of ['x-forwarded-uri', 'x-original-url']) {
      const headers = { [name]: '/public/' }
      const verdict = await checkRequest(question, { authority: app, path: '/public/', headers })
      expect(verdict).toMatchObject({ kind: 'denied', status: 403 })
    }
  })
})
