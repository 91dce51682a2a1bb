// Who is sent to the login, and where the login comes back to.

import { describe, expect, test } from 'vitest'
import { headerOf, headersOf, statusOf } from '../support/http-message.ts'
import { observe, only } from '../support/observe.ts'
import { navigation } from '../support/visitor.ts'
import type { Traits } from './proxy-traits.ts'
import { appHost, cookieOf, type Setting, sessionCookie } from './stage-under-test.ts'

const targets = [
  '/',
  '/report?q=a%20b+c&x=%2F..%2f&empty=&=&flag&a=1&a=2',
  "/deep/path's/?url=https%3A%2F%2Felsewhere.example%2F%3Fy%3D1%26z&t=~!*()",
  '/sch%C3%B6n?name=%E2%9C%93&mixed=%e2%9c%93',
  '/search?q=a;b;c&rd=%2Flogin',
]

/** Ids in the log lines of refusals. */
const decisionIds = (log: string): readonly string[] =>
  [...log.matchAll(/"decisionId":"([\w-]{4,})"/g)].map(([, id = '']) => id)

export function loginChecks(setting: Setting, { redirects, cleaned }: Traits): void {
  describe('login', () => {
    test('sends a page load without a session to the login and not to the application', async () => {
      const { stage } = setting()
      const target = '/report?q=a%20b&x=1'
      const seen = await observe(stage, { host: appHost, target, headers: navigation })
      expect(statusOf(seen.answer)).toBe(302)
      const location = new URL(headerOf(seen.answer, 'location') ?? '')
      expect(location.origin + location.pathname).toBe('https://auth.sep.test/login')
      expect(location.searchParams.get('rd')).toBe(`https://${appHost}${target}`)
      expect(headerOf(seen.answer, 'cache-control')).toBe('no-store')
      expect(seen.app).toEqual([])
    })

    test.each(targets)('comes back to the exact address %s', async (target) => {
      const { stage } = setting()
      const visitor = stage.visitor()
      const before = stage.app.requests.length
      const page = await visitor.signIn(`https://${appHost}${target}`, 'alice')
      expect(page.status).toBe(200)
      expect(page.trail.at(-1)).toBe(`https://${appHost}${cleaned(target)}`)
      const arrived = stage.app.requests.slice(before)
      expect(arrived.map(({ start }) => start)).toEqual([`GET ${cleaned(target)} HTTP/1.1`])
    })

    test('sets one session cookie for the whole domain, out of reach of scripts (R16)', async () => {
      const { stage } = setting()
      const visitor = stage.visitor()
      const form = await visitor.open(`https://${appHost}/`)
      const page = await visitor.submit(form, { login: 'alice' })
      const ours = page.setCookies.filter((value) => value.startsWith(`${sessionCookie}=`))
      expect(ours).toHaveLength(1)
      const [, ...attributes] = (ours[0] ?? '').split('; ')
      expect(attributes).toEqual(
        expect.arrayContaining(['Path=/', 'Domain=sep.test', 'HttpOnly', 'Secure', 'SameSite=Lax']),
      )
    })

    const notPages = [
      [
        'a script of a page',
        'GET',
        [
          ['Accept', 'text/html'],
          ['Sec-Fetch-Mode', 'cors'],
        ],
      ],
      ['an API client', 'GET', [['Accept', '*/*']]],
      ['an API client that posts', 'POST', [['Accept', 'application/json']]],
      [
        'an XMLHttpRequest',
        'GET',
        [
          ['Accept', 'text/html'],
          ['X-Requested-With', 'XMLHttpRequest'],
        ],
      ],
    ] as const

    test.each(notPages)(
      'answers %s with a challenge, not a redirect',
      async (_who, method, headers) => {
        const { stage } = setting()
        const body = method === 'POST' ? { body: '{"a":1}' } : {}
        const seen = await observe(stage, { host: appHost, method, headers, ...body })
        expect(statusOf(seen.answer)).toBe(401)
        expect(headersOf(seen.answer, 'location')).toEqual([])
        expect(headerOf(seen.answer, 'www-authenticate')).toMatch(/^Bearer /)
        expect(JSON.parse(seen.answer.body)).toMatchObject({ error: 'unauthorized' })
        expect(headerOf(seen.answer, 'x-auth-login')).toMatch(
          /^https:\/\/auth\.sep\.test\/login\?rd=/,
        )
        expect(seen.app).toEqual([])
      },
    )

    test('one login is good for every application of the domain', async () => {
      const { stage, alice } = setting()
      const seen = await observe(stage, { host: 'api.sep.test', headers: [cookieOf(alice)] })
      expect(statusOf(seen.answer)).toBe(200)
      expect(headerOf(only(seen.app), 'x-forwarded-email')).toBe('alice@example.com')
    })

    test('shows somebody who may not a page that names the decision', async () => {
      const { stage, bob } = setting()
      const before = stage.app.requests.length
      const page = await bob.open(`https://${appHost}/admin/users`)
      expect(page.status).toBe(403)
      // A proxy that cannot pass a page on sends the browser to it.
      const there = redirects ? 'https://auth.sep.test/refused' : `https://${appHost}/admin/users`
      expect(page.url.origin + page.url.pathname).toBe(there)
      expect(page.answer.body).toContain('bob@example.com')
      // Lines are written a moment later.
      const shown = () =>
        decisionIds(stage.sallyport.output()).filter((id) => page.answer.body.includes(id))
      await expect.poll(shown, { timeout: 15_000 }).toHaveLength(1)
      expect(stage.app.requests).toHaveLength(before)
    })

    test('tells a script that may not so, without a redirect', async () => {
      const { stage, bob } = setting()
      const seen = await observe(stage, {
        host: appHost,
        target: '/admin/users',
        headers: [cookieOf(bob), ['Sec-Fetch-Mode', 'cors']],
      })
      expect(statusOf(seen.answer)).toBe(403)
      expect(headersOf(seen.answer, 'location')).toEqual([])
      const body: unknown = JSON.parse(seen.answer.body)
      expect(body).toMatchObject({
        error: 'forbidden',
        decision_id: expect.stringMatching(/^\w{4,}$/),
      })
      const { decision_id: id } = body as { decision_id: string }
      await expect.poll(stage.sallyport.output, { timeout: 15_000 }).toContain(id)
      expect(seen.app).toEqual([])
    })
  })
}
