// Rules that want a second factor and a recent sign-in, behind a real nginx on the shipped files, with a provider that
// shows a second factor only to whoever asks for it.

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { headerOf, statusOf } from './support/http-message.ts'
import { nginxVersion, startNginx } from './support/nginx.ts'
import { observe, only } from './support/observe.ts'
import { type Stage, startStage } from './support/stage.ts'
import { allowed, resource } from './support/stage-configuration.ts'

const host = 'app.sep.test'
const bank = `https://${host}/bank/?q=a%20b`
const script = [['Sec-Fetch-Mode', 'cors'] as const, ['Sec-Fetch-Site', 'same-origin'] as const]

describe(`${nginxVersion()}, rules that want a surer sign-in`, () => {
  let stage: Stage
  beforeAll(async () => {
    stage = await startStage(startNginx, (tokenIssuer) => ({
      allow: { emails: [...allowed, 'single@example.com'] },
      rules: [{ host, path: '/bank/', factor: 2, max_age: '1h' }, { host }],
      resources: [{ url: resource, issuers: [tokenIssuer], factor: 2, max_age: '5m' }],
    }))
  })
  afterAll(async () => {
    await stage?.stop()
  })

  const cookieOf = (visitor: ReturnType<Stage['visitor']>) =>
    ['Cookie', visitor.cookies.headerFor(new URL(bank))] as const

  test('a stranger is asked for it at once and comes back to the exact address', async () => {
    const page = await stage.visitor().signIn(bank, 'alice')
    expect([page.status, page.url.href]).toEqual([200, bank])
    expect(page.trail[1]).toBe(
      `https://auth.sep.test/login?rd=${encodeURIComponent(bank)}&need=factor&need=fresh`,
    )
  })

  test('whoever signed in with one factor is asked for the other, and a script is told so', async () => {
    const visitor = stage.visitor()
    await visitor.signIn(`https://${host}/`, 'bob')
    const before = visitor.cookies.headerFor(new URL(bank))

    const target = '/bank/'
    const refused = await observe(stage, { host, target, headers: [cookieOf(visitor), ...script] })
    expect([statusOf(refused.answer), refused.app]).toEqual([401, []])
    expect(headerOf(refused.answer, 'www-authenticate')).toBe(
      'Bearer realm="sallyport", error="insufficient_user_authentication", max_age="3600"',
    )
    const login = headerOf(refused.answer, 'x-auth-login') ?? ''
    // This provider says when somebody signed in to those alone who ask for a limit.
    expect(new URL(login).searchParams.getAll('need')).toEqual(['factor', 'fresh'])

    const page = await visitor.signIn(bank, 'bob')
    expect([page.status, page.url.href]).toEqual([200, bank])
    const asked = page.trail.find((address) => address.startsWith(stage.provider.issuer)) ?? ''
    expect(Object.fromEntries(new URL(asked).searchParams)).toMatchObject({
      acr_values: 'urn:test:2fa',
      max_age: '3600',
      prompt: 'login',
    })
    expect(visitor.cookies.headerFor(new URL(bank))).not.toBe(before)
    const passed = await observe(stage, { host, target, headers: [cookieOf(visitor), ...script] })
    expect(statusOf(passed.answer)).toBe(200)
    expect(headerOf(only(passed.app), 'x-forwarded-user')).toBe('bob@example.com')
  })

  test('whoever has none gets a page that says so, no loop, and everything else', async () => {
    const visitor = stage.visitor()
    const page = await visitor.signIn(bank, 'single')
    expect([page.status, page.url.pathname]).toEqual([403, '/callback/home'])
    expect(page.answer.body).toContain('Home did not confirm one')
    expect((await visitor.open(`https://${host}/other`)).status).toBe(200)
    const again = await visitor.open(bank)
    expect(again.url.pathname).toMatch(/^\/interaction\//)
  })

  test.each([
    ['says nothing of its person', {}],
    ['is of one factor', { amr: ['pwd'], auth_time: 'now' }],
    ['is of an old sign-in', { amr: ['pwd', 'otp'], auth_time: 1_700_000_000 }],
  ] as const)(
    'a token that %s is refused with what is missing (RFC 9470 §3)',
    async (_, claims) => {
      const seen = await observe(stage, await withToken(claims))
      expect([statusOf(seen.answer), seen.mcp]).toEqual([401, []])
      expect(headerOf(seen.answer, 'www-authenticate')).toContain(
        'error="insufficient_user_authentication", max_age="300", resource_metadata=',
      )
    },
  )

  test('a token that shows both is let through', async () => {
    const seen = await observe(stage, await withToken({ amr: ['mfa'], auth_time: 'now' }))
    expect(statusOf(seen.answer)).toBe(200)
    expect(only(seen.mcp).start).toContain('/mcp')
  })

  async function withToken(claims: Readonly<Record<string, unknown>>) {
    const now = Math.floor(Date.now() / 1000)
    const at = claims['auth_time'] === 'now' ? { auth_time: now } : {}
    const authorization = `Bearer ${await stage.token({ ...claims, ...at })}`
    const headers = [['Authorization', authorization] as const]
    return { host: 'mcp.sep.test', target: '/mcp', headers }
  }
})
