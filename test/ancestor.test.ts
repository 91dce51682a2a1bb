// What mcpauth, whose deployments move here, got wrong, and its documented edge-auth commands. A test that names a line
// shows that it is not so here; those that need a whole program are in this file.

import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { matchAllow } from '../src/access/policy.ts'
import { readEmail } from '../src/protocol/claims.ts'
import { auth, edgeFile, gateway, startEdgeStage, wish } from './support/edge-stage.ts'
import { freePort } from './support/free-port.ts'
import { identityOf } from './support/identity.ts'
import { clientSecret } from './support/login-stage.ts'
import { startOpenIdProvider } from './support/openid-provider.ts'
import { newDirectory, type Program, run } from './support/program.ts'
import { sendRaw } from './support/raw-request.ts'

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

const lessons: readonly string[] = [
  'a key that everybody knows signed the sessions',
  'the session token named neither issuer nor audience',
  'the session token could not be taken back',
  'the port was written into a script of a page without a policy',
  'X-Forwarded-Host was shown as the name of the gateway',
  'what the command line asked for was in a cookie of the domain',
  'any redirect URI and any client were taken, and unknown ones invented',
  "the client's state was the state at the provider",
  "the provider's code and token were the client's",
  'PKCE plain was offered, and nothing checked',
  'the revocation endpoint was the token endpoint',
  'users, clients and admin pages were open',
  'an error of the query was shown as HTML',
  'every Origin was allowed with credentials',
  'tokens in the query were taken, and logged',
  '401 where 403 is meant',
  'addresses were compared as they came, verified or not',
  'the metadata was made from the Host header',
  'the challenge was not well-formed',
]

const named = globSync('{unit/**/,}*.test.ts', { cwd: import.meta.dirname })
  .map((path) => readFileSync(join(import.meta.dirname, path), 'utf8').replace(/^\s*\/\/.*$/gm, ''))
  .flatMap((text) => text.match(/mcpauth \d+/g) ?? [])

test.each(lessons.map((lesson, at) => [`mcpauth ${at + 1}`, lesson] as const))('%s: %s', (name) =>
  expect(named).toContain(name),
)

describe('the commands of its README', () => {
  let program: Program
  let port: number
  let password: string
  const directory = newDirectory()
  const at = (path: string) => `http://localhost:${port}${path}`
  const get = (path: string, headers: Record<string, string> = {}) =>
    fetch(at(path), { headers, redirect: 'manual' })

  beforeAll(async () => {
    port = await freePort()
    program = run(
      directory.path,
      `-devMode -useInternalAuth -enableEdgeAuth -port ${port} -oauthDomain localhost:${port}`.split(
        ' ',
      ),
      { SALLYPORT_ALLOW: '[{ users: [dev] }]' },
    )
    await program.says('shown this once')
    password = /Password: +(\S+)/.exec(program.output())?.[1] ?? ''
  })
  afterAll(async () => {
    program.process.kill('SIGKILL')
    await program.ended
    directory.remove()
  })

  const cookies = new Map<string, string>()
  const keep = (response: Response) => {
    for (const line of response.headers.getSetCookie()) {
      const [name = '', value = ''] = (line.split(';')[0] ?? '').split('=')
      cookies.set(name, value)
    }
    return response
  }
  const cookie = () => [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')

  /** From the first redirect over the form to the page that asks, as a browser would. */
  async function signIn(): Promise<string> {
    const first = keep(await get(`/auth/connect?${wish}`))
    const login = new URL(first.headers.get('location') ?? '')
    const form = keep(await fetch(login, { headers: { Cookie: cookie() } }))
    const text = await form.text()
    const field = (name: string) =>
      new RegExp(`name="${name}" value="([^"]*)"`).exec(text)?.[1]?.replaceAll('&amp;', '&') ?? ''
    const sent = keep(
      await fetch(at('/login/local'), {
        method: 'POST',
        redirect: 'manual',
        headers: { Cookie: cookie(), Origin: at('') },
        body: new URLSearchParams({ csrf: field('csrf'), rd: field('rd'), name: 'dev', password }),
      }),
    )
    const back = sent.headers.get('location') ?? ''
    const page = keep(await fetch(back, { headers: { Cookie: cookie() } }))
    expect(page.status).toBe(200)
    return cookies.get('CF_Authorization') ?? ''
  }

  test('1: /auth/connect without a cookie is a 307 to the login', async () => {
    const answer = await get('/auth/connect?callback_port=9999&code=TEST-1234')
    expect(answer.status).toBe(307)
    expect(answer.headers.get('location')).toMatch(new RegExp(`^http://localhost:${port}/login\\?`))
  })

  test('2: /_ws_tunnel without a cookie is 401', async () => {
    const answer = await get('/_ws_tunnel')
    expect(answer.status).toBe(401)
    expect(await answer.text()).toBe('{"error":"authentication required"}')
  })

  test('3 and 4: /_ws_tunnel and /auth with the cookie of a login are 200 with X-Forwarded-User', async () => {
    const value = await signIn()
    for (const path of ['/_ws_tunnel', '/auth']) {
      const answer = await get(path, { Cookie: `CF_Authorization=${value}` })
      expect(answer.status, path).toBe(200)
      expect(answer.headers.get('x-forwarded-user')).toBe('dev@sallyport.test')
      expect(answer.headers.get('x-forwarded-scopes')).toBe('')
    }
  })

  test('5: /_ws_tunnel with another cookie is 401', async () => {
    const answer = await get('/_ws_tunnel', { Cookie: 'CF_Authorization=bad-token' })
    expect(answer.status).toBe(401)
    expect(await answer.text()).toBe('{"error":"invalid or expired token"}')
  })

  const metadata = async () =>
    (await (await get('/.well-known/oauth-authorization-server')).json()) as Record<string, unknown>
  const register = async () => {
    const answer = await fetch(at('/register'), {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({
        client_name: 'A client',
        redirect_uris: ['http://127.0.0.1:9876/callback'],
        token_endpoint_auth_method: 'none',
      }),
    })
    return (await answer.json()) as { client_id: string }
  }
  const authorize = (changes: Record<string, string>) =>
    get(
      `/authorize?${new URLSearchParams({
        response_type: 'code',
        redirect_uri: 'http://127.0.0.1:9876/callback',
        code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
        code_challenge_method: 'S256',
        state: 's',
        ...changes,
      })}`,
    )

  test('/authorize leads to no address that was not registered, and /token invents no client (mcpauth 7)', async () => {
    const { client_id } = await register()
    const elsewhere = await authorize({ client_id, redirect_uri: 'https://evil.example/callback' })
    expect([elsewhere.status, elsewhere.headers.get('location')]).toEqual([400, null])
    const unknown = await authorize({ client_id: 'whoever' })
    expect([unknown.status, unknown.headers.get('location')]).toEqual([400, null])
    const token = await fetch(at('/token'), {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'authorization_code',
        client_id: 'whoever',
        code: 'x',
      }),
    })
    expect(token.status).toBe(401)
    expect(await token.json()).toMatchObject({ error: 'invalid_client' })
  })

  test('PKCE is S256, offered as such and asked for (mcpauth 10)', async () => {
    expect((await metadata())['code_challenge_methods_supported']).toEqual(['S256'])
    const { client_id } = await register()
    for (const changes of [{ code_challenge_method: 'plain' }, { code_challenge: '' }]) {
      const answer = await authorize({ client_id, ...changes })
      const location = answer.headers.get('location') ?? ''
      expect(location.includes('code=')).toBe(false)
      expect(answer.status === 400 || location.includes('error=')).toBe(true)
    }
  })

  test('the revocation endpoint is one of its own (mcpauth 11)', async () => {
    const { revocation_endpoint: revocation, token_endpoint: token } = await metadata()
    expect(revocation).not.toBe(token)
    const answer = await fetch(String(revocation), {
      method: 'POST',
      body: new URLSearchParams({ token: 'x' }),
    })
    expect(answer.status).not.toBe(404)
  })

  test.each(['/users', '/clients', '/admin', '/admin/users'])(
    "%s is nobody's (mcpauth 12)",
    async (path) => {
      const answer = await get(path)
      expect(answer.status).toBe(404)
      expect(await answer.text()).toBe('{"error":"not_found"}')
    },
  )

  test.each(['/callback', '/login', '/authorize', '/auth/connect'])(
    '%s shows no error of its query (mcpauth 13)',
    async (path) => {
      const answer = await get(
        `${path}?error=%3Cimg+src%3Dx%3E&error_description=%3Cimg+src%3Dy%3E`,
      )
      expect(await answer.text()).not.toContain('<img')
    },
  )

  test.each([
    '/auth',
    '/_ws_tunnel',
    '/auth/connect',
    '/cdn-cgi/access/certs',
    '/token',
    '/jwks',
    '/.well-known/oauth-protected-resource',
    '/.well-known/oauth-authorization-server',
    '/login',
  ])('%s allows no origin by its name, and none with credentials (mcpauth 14)', async (path) => {
    for (const method of ['GET', 'OPTIONS']) {
      const headers = { Origin: 'https://evil.example', 'Access-Control-Request-Method': 'POST' }
      const answer = await fetch(at(path), { method, headers, redirect: 'manual' })
      expect([null, '*']).toContain(answer.headers.get('access-control-allow-origin'))
      expect(answer.headers.get('access-control-allow-credentials')).toBeNull()
    }
  })

  test('a token in the query counts for nothing and is in no log (mcpauth 15)', async () => {
    const value = cookies.get('CF_Authorization') ?? (await signIn())
    for (const path of ['/auth', '/_ws_tunnel']) {
      const answer = await get(`${path}?access_token=${value}&token=${value}`)
      expect(answer.status, path).toBe(401)
    }
    expect(program.output()).not.toContain(value)
    expect(program.output()).not.toContain('access_token=')
  })

  test('the metadata is that of the configuration, whatever the Host says (mcpauth 18)', async () => {
    const answer = await sendRaw({ port }, [
      'GET /.well-known/oauth-protected-resource HTTP/1.1',
      'Host: evil.example',
    ])
    expect(answer.status).toBe(421)
    expect(answer.body).not.toContain('evil')
    const forwarded = await sendRaw({ port }, [
      'GET /.well-known/oauth-authorization-server HTTP/1.1',
      `Host: localhost:${port}`,
      'X-Forwarded-Host: evil.example',
    ])
    expect(forwarded.status).toBe(200)
    expect(forwarded.body).not.toContain('evil')
  })

  test('the challenge is one scheme with quoted parameters (mcpauth 19)', async () => {
    const parameter = '[a-z_]+="[^"\\\\%]*"'
    const challenge = (await get('/auth')).headers.get('www-authenticate') ?? ''
    expect(challenge).toMatch(new RegExp(`^Bearer ${parameter}(, ${parameter})*$`))
    expect(challenge).toContain('resource_metadata="http://localhost:')
  })
})

describe('the login at a provider', () => {
  test("never has a client's state, and nobody else gets its code (mcpauth 8, mcpauth 9)", async () => {
    const home = await startOpenIdProvider({
      clients: [
        {
          clientId: 'sallyport',
          clientSecret,
          redirectUris: [`${auth}/callback/home`],
          postLogoutRedirectUris: [`${auth}/signed-out`],
        },
      ],
    })
    const stage = await startEdgeStage(home.issuer)
    try {
      const browser = stage.browser()
      const begun = await browser.openOnce(`${auth}/login?state=chosen-by-a-client`)
      const upstream = new URL(begun.headers.get('Location') ?? '')
      expect(upstream.searchParams.get('state')).toMatch(/^[\w-]{43}$/)
      const page = await stage.connect(stage.browser())
      const callback = page.trail.find((url) => url.startsWith(`${auth}/callback/`)) ?? ''
      const code = new URL(callback).searchParams.get('code') ?? ''
      expect(code).not.toBe('')
      expect(page.trail.filter((url) => url.includes(code))).toEqual([callback])
      expect(page.text).not.toContain(code)
      expect(page.setCookies.join()).not.toContain(code)
    } finally {
      await stage.close()
      await home.close()
    }
  })

  test('a person who is known and not on the list is 403, and is not asked for again (mcpauth 16)', async () => {
    const home = await startOpenIdProvider({
      clients: [
        {
          clientId: 'sallyport',
          clientSecret,
          redirectUris: [`${auth}/callback/home`],
          postLogoutRedirectUris: [`${auth}/signed-out`],
        },
      ],
    })
    const stage = await startEdgeStage(home.issuer)
    try {
      const browser = stage.browser()
      await stage.connect(browser)
      stage.reload(edgeFile({ allow: '{ emails: [bob@example.com] }' }))
      const value = browser.cookiesFor(gateway)['CF_Authorization']
      for (const path of ['/auth', '/_ws_tunnel'] as const) {
        const answer = await stage.ask(path, `${gateway}/`, [`Cookie: CF_Authorization=${value}`])
        expect([answer.status, answer.headers['www-authenticate']]).toEqual([403, undefined])
      }
    } finally {
      await stage.close()
      await home.close()
    }
  })

  const rules = {
    claims: {
      email: ['email'],
      name: ['name'],
      username: ['preferred_username'],
      groups: ['groups'],
    },
    trustEmailWithoutClaim: false,
    acceptVerifiedAsText: false,
  }

  test('an address counts in canonical form, and only when it is verified (mcpauth 17)', () => {
    const list = [{ emails: ['alice@example.com'] }]
    const judge = (claims: Record<string, unknown>) => {
      const { email } = readEmail(claims, rules)
      return matchAllow(list, identityOf({ email, emailDomain: undefined }))
    }
    expect(judge({ email: 'Alice@Example.COM', email_verified: true })).toBeUndefined()
    expect(judge({ email: 'alice@example.com' })).toBe('not-on-list')
    expect(judge({ email: 'alice@example.com', email_verified: false })).toBe('not-on-list')
    expect(judge({ email: 'alice@example.com.evil.example', email_verified: true })).toBe(
      'not-on-list',
    )
    expect(judge({ preferred_username: 'alice@example.com', email_verified: true })).toBe(
      'not-on-list',
    )
  })
})
