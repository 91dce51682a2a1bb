// An MCP server behind the edge: challenges, scopes, metadata and CORS.

import { describe, expect, test } from 'vitest'
import { type HeaderLine, headerOf, headersOf, statusOf } from '../support/http-message.ts'
import { observe, only } from '../support/observe.ts'
import { resource } from '../support/stage-configuration.ts'
import { navigation } from '../support/visitor.ts'
import { cookieOf, mcpHost, type Setting } from './stage-under-test.ts'

const inspector = 'https://inspector.sep.test'
const metadataUrl = 'https://mcp.sep.test/.well-known/oauth-protected-resource/mcp'
const bearer = (token: string): HeaderLine => ['Authorization', `Bearer ${token}`]
const initialize = '{"jsonrpc":"2.0","id":1,"method":"initialize"}'

export function mcpChecks(setting: Setting): void {
  const ask = (headers: readonly HeaderLine[], method = 'POST', target = '/mcp') => {
    const body = method === 'POST' ? { body: initialize } : {}
    return observe(setting().stage, { host: mcpHost, target, method, headers, ...body })
  }

  describe('MCP server', () => {
    test.each([
      ['a client without a token', []],
      ['a browser', navigation],
    ] as const)(
      'challenges %s and says where to read on (RFC 9728 §5.1)',
      async (_who, headers) => {
        const seen = await ask(headers)
        expect(statusOf(seen.answer)).toBe(401)
        const challenge = headerOf(seen.answer, 'www-authenticate')
        expect(challenge).toMatch(/^Bearer /)
        expect(challenge).toContain(`resource_metadata="${metadataUrl}"`)
        expect(challenge).toContain('scope="mcp:tools"')
        expect(challenge).not.toContain('error=')
        expect(headersOf(seen.answer, 'location')).toEqual([])
        expect(seen.mcp).toEqual([])
      },
    )

    test('answers a good token, and the server learns who it is', async () => {
      const seen = await ask([bearer(await setting().stage.token({}))])
      expect(statusOf(seen.answer)).toBe(200)
      const request = only(seen.mcp)
      expect(request.body).toBe(initialize)
      expect(headerOf(request, 'x-forwarded-user')).toBe('carol@example.com')
      expect(headerOf(request, 'x-forwarded-scopes')).toBe('mcp:tools')
    })

    test('names every scope that is needed in a 403 (insufficient_scope)', async () => {
      const seen = await ask([bearer(await setting().stage.token({ scope: 'openid' }))])
      expect(statusOf(seen.answer)).toBe(403)
      const challenge = headerOf(seen.answer, 'www-authenticate')
      expect(challenge).toContain('error="insufficient_scope"')
      expect(challenge).toContain('scope="')
      expect(challenge).toContain('mcp:tools')
      expect(challenge).toContain(`resource_metadata="${metadataUrl}"`)
      expect(seen.mcp).toEqual([])
    })

    const bad = [
      ['of another audience', { aud: 'https://other.sep.test/mcp' }],
      ['without an audience', { aud: undefined }],
      ['that has expired', { exp: 1 }],
      ['that is not valid yet', { nbf: 4_000_000_000 }],
      ['of an issuer nobody named', { iss: 'https://issuer.example' }],
    ] as const

    test.each(bad)('refuses a token %s', async (_which, claims) => {
      const seen = await ask([bearer(await setting().stage.token(claims))])
      expect(statusOf(seen.answer)).toBe(401)
      expect(headerOf(seen.answer, 'www-authenticate')).toContain('error="invalid_token"')
      expect(seen.mcp).toEqual([])
    })

    test('refuses an ID token and a changed token', async () => {
      const { stage } = setting()
      const idToken = await stage.tokenIssuer.issue(
        { aud: resource, sub: 'carol', nonce: 'n' },
        { typ: 'JWT' },
      )
      const good = await stage.token({})
      const changed = `${good.slice(0, -4)}${good.endsWith('AAAA') ? 'BBBB' : 'AAAA'}`
      for (const token of [idToken, changed]) {
        const seen = await ask([bearer(token)])
        expect(statusOf(seen.answer)).toBe(401)
        expect(seen.mcp).toEqual([])
      }
    })

    test('refuses the token of somebody who is not on the list', async () => {
      const token = await setting().stage.token({ sub: 'mallory', email: 'mallory@example.com' })
      const seen = await ask([bearer(token)])
      expect(statusOf(seen.answer)).toBe(403)
      expect(seen.mcp).toEqual([])
    })

    test('does not take a browser session for a token', async () => {
      const seen = await ask([cookieOf(setting().alice)])
      expect(statusOf(seen.answer)).toBe(401)
      expect(seen.mcp).toEqual([])
    })

    test('does not take a token in the query, and does not log it (RFC 6750 §5.3)', async () => {
      const { stage } = setting()
      const claims = { sub: 'carol', aud: resource, scope: 'mcp:tools', email_verified: true }
      const token = await stage.tokenIssuer.issue({ ...claims, email: 'carol@example.com' })
      expect(statusOf((await ask([bearer(token)])).answer)).toBe(200)
      const seen = await ask([], 'GET', `/mcp?access_token=${token}`)
      expect(statusOf(seen.answer)).toBe(401)
      expect(seen.mcp).toEqual([])
      expect(stage.sallyport.output()).not.toContain(token)
    })
  })

  describe('MCP server called by a web page', () => {
    const preflight: readonly HeaderLine[] = [
      ['Origin', inspector],
      ['Access-Control-Request-Method', 'POST'],
      ['Access-Control-Request-Headers', 'authorization, content-type, mcp-protocol-version'],
    ]

    test('answers the preflight at the edge (H17, H18)', async () => {
      const seen = await ask(preflight, 'OPTIONS')
      expect([200, 204]).toContain(statusOf(seen.answer))
      expect(headerOf(seen.answer, 'access-control-allow-origin')).toBe(inspector)
      const allowed = headerOf(seen.answer, 'access-control-allow-headers')?.toLowerCase()
      for (const name of [
        'authorization',
        'content-type',
        'mcp-protocol-version',
        'mcp-session-id',
        'last-event-id',
        'dpop',
      ]) {
        expect(allowed).toContain(name)
      }
      expect(headerOf(seen.answer, 'access-control-allow-methods')).toContain('DELETE')
      expect([...seen.mcp, ...seen.decisions]).toEqual([])
    })

    test('gives other origins nothing', async () => {
      const foreign: HeaderLine[] = [['Origin', 'https://evil.example'], ...preflight.slice(1)]
      const seen = await ask(foreign, 'OPTIONS')
      expect(headersOf(seen.answer, 'access-control-allow-origin').join('')).toBe('')
      expect(seen.mcp).toEqual([])
    })

    test('any other OPTIONS is decided', async () => {
      const seen = await ask([], 'OPTIONS')
      expect(statusOf(seen.answer)).toBe(401)
      expect(seen.mcp).toEqual([])
    })

    test('lets the page read challenges and answers', async () => {
      const { stage } = setting()
      const origin: HeaderLine = ['Origin', inspector]
      const none = await ask([origin])
      const few = await ask([origin, bearer(await stage.token({ scope: 'openid' }))])
      const good = await ask([origin, bearer(await stage.token({}))])
      expect([none, few, good].map((seen) => statusOf(seen.answer))).toEqual([401, 403, 200])
      for (const { answer } of [none, few, good]) {
        expect(headerOf(answer, 'access-control-allow-origin')).toBe(inspector)
        expect(headerOf(answer, 'access-control-expose-headers')).toContain('WWW-Authenticate')
        expect(headersOf(answer, 'access-control-allow-credentials')).toEqual([])
      }
    })
  })

  describe('protected-resource metadata', () => {
    test('is open to everybody on the host of the resource (RFC 9728 §3)', async () => {
      const target = '/.well-known/oauth-protected-resource/mcp'
      const seen = await ask([['Origin', 'https://anyone.example']], 'GET', target)
      expect(statusOf(seen.answer)).toBe(200)
      expect(headerOf(seen.answer, 'access-control-allow-origin')).toBe('*')
      expect(JSON.parse(seen.answer.body)).toMatchObject({
        resource: 'https://mcp.sep.test/mcp',
        authorization_servers: [setting().stage.tokenIssuer.issuer],
        scopes_supported: ['mcp:tools'],
      })
      expect([...seen.mcp, ...seen.decisions]).toEqual([])
    })

    test.each([
      '/.well-known/oauth-authorization-server',
      '/.well-known/oauth-authorization-server/mcp',
      '/.well-known/openid-configuration',
    ])('%s is asked of us, without a decision (M6)', async (target) => {
      const seen = await ask([], 'GET', target)
      // The tokens of this stage are of another issuer, which has its documents on a host of its own.
      expect([statusOf(seen.answer), seen.answer.body]).toEqual([404, '{"error":"not_found"}'])
      expect([...seen.mcp, ...seen.decisions]).toEqual([])
    })

    test('of a resource that is not there is 404', async () => {
      const seen = await ask([], 'GET', '/.well-known/oauth-protected-resource/other')
      expect(statusOf(seen.answer)).toBe(404)
    })
  })
}
