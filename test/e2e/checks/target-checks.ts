// One request means one thing to the edge, the service and the application, or it is refused.

import { once } from 'node:events'
import { get } from 'node:http'
import { describe, expect, test } from 'vitest'
import { type HeaderLine, headerOf, statusOf } from '../support/http-message.ts'
import { observe, observeBytes, only } from '../support/observe.ts'
import type { Traits } from './proxy-traits.ts'
import { appHost, cookieOf, type Setting } from './stage-under-test.ts'

// Every one of them could be read as /public/... by one and as /admin/... by another.
const hostilePaths = [
  '/public/../admin/',
  '/public/./../admin/',
  '/public/%2e%2e/admin/',
  '/public/%2E%2e%2fadmin/',
  '/public/..%2fadmin/',
  '/public/..;/admin/',
  '/public/%252e%252e/admin/',
  '/public/%252fadmin/',
  '/public/..%5cadmin/',
  '/public/..\\admin/',
  '/public//../admin/',
  '//public/admin/',
  '/public/x%00/../../admin/',
  '/public/#/../../admin/',
  '/public/%23/../admin/',
  '/public/x%3b/../admin',
]

const honestPaths = [
  '/',
  '/a/b.c/d-e_f~g/',
  '/sch%C3%B6n/%e2%9c%93',
  "/x!$&'()*+,=:@y",
  '/search?q=../../etc&x=%2e%2e%2f&y=//&z=a;b',
]

/** Nothing an application could read as another path than the one that was decided about. */
const isPlain = (target: string): boolean =>
  !/^[^?]*(\/\/|\/\.\.?(\/|$)|\\|#|;|%(2e|2f|5c|00|23|3b|25))/i.test(target)

export function targetChecks(setting: Setting, { cleans, cleaned }: Traits): void {
  describe('request target', () => {
    test.each(hostilePaths)('%s reaches neither service nor application', async (target) => {
      const { stage, alice } = setting()
      const seen = await observe(stage, { host: appHost, target, headers: [cookieOf(alice)] })
      if (cleans && statusOf(seen.answer) === 200) {
        // Made plain, it is decided about and served as the same path.
        const about = headerOf(only(seen.decisions), 'x-forwarded-uri') ?? ''
        expect(only(seen.app).start).toBe(`GET ${about} HTTP/1.1`)
        expect([about, isPlain(about)]).toEqual([about, true])
        return
      }
      if (cleans && statusOf(seen.answer) === 403) return expect(seen.app).toEqual([])
      expect(statusOf(seen.answer)).toBe(400)
      expect([...seen.app, ...seen.decisions]).toEqual([])
    })

    test.each(honestPaths)('%s is the same to everybody', async (target) => {
      const { stage, alice } = setting()
      const seen = await observe(stage, { host: appHost, target, headers: [cookieOf(alice)] })
      expect(statusOf(seen.answer)).toBe(200)
      expect(headerOf(only(seen.decisions), 'x-forwarded-uri')).toBe(cleaned(target))
      expect(only(seen.app).start).toBe(`GET ${cleaned(target)} HTTP/1.1`)
    })

    test.runIf(!cleans)(
      'an encoded slash reaches an application whose host is listed for it, and no other',
      async () => {
        const { stage, alice } = setting()
        const target = '/group%2Fproject/a%2fb'
        const headers = [cookieOf(alice)]
        const listed = await observe(stage, { host: 'api.sep.test', target, headers })
        expect(statusOf(listed.answer)).toBe(200)
        expect(only(listed.app).start).toBe(`GET ${target} HTTP/1.1`)
        const other = await observe(stage, { host: appHost, target, headers })
        expect(statusOf(other.answer)).toBe(400)
        const both = '/group%2Fproject/%2e%2e/'
        const climbing = await observe(stage, { host: 'api.sep.test', target: both, headers })
        expect(statusOf(climbing.answer)).toBe(400)
      },
    )

    test.each(['/PUBLIC/page', '/publicx', '/public-page', '/admin/public/'])(
      '%s is not covered by the public rule of /public/',
      async (target) => {
        const { stage } = setting()
        const seen = await observe(stage, { host: appHost, target })
        expect(statusOf(seen.answer)).toBe(401)
        expect(seen.app).toEqual([])
      },
    )

    test('a body reaches the application once and the service never', async () => {
      const { stage, alice } = setting()
      const body = 'field=value'.repeat(100)
      const headers = [cookieOf(alice)]
      const seen = await observe(stage, { host: appHost, method: 'POST', headers, body })
      expect(statusOf(seen.answer)).toBe(200)
      expect(only(seen.app).body).toBe(body)
      expect(only(seen.decisions).body).toBe('')
    })

    test('a chunked body is no obstacle', async () => {
      const { stage, alice } = setting()
      const [name, cookie] = cookieOf(alice)
      const head = `POST /upload HTTP/1.1\r\nHost: ${appHost}\r\n${name}: ${cookie}\r\n`
      const body = 'Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n'
      const seen = await observeBytes(stage, appHost, head + body)
      expect(statusOf(seen.answer)).toBe(200)
      expect(only(seen.app).body).toBe('hello world')
    })
  })

  describe('host', () => {
    test('that nobody configured is refused', async () => {
      const { stage, alice } = setting()
      const [name, cookie] = cookieOf(alice)
      const bytes = `GET / HTTP/1.1\r\nHost: other.sep.test\r\n${name}: ${cookie}\r\n\r\n`
      const seen = await observeBytes(stage, appHost, bytes)
      expect([404, 421]).toContain(statusOf(seen.answer))
      expect([...seen.app, ...seen.decisions]).toEqual([])
    })

    const tricks = [
      ['a host with a user name', 'GET / HTTP/1.1\r\nHost: app.sep.test@auth.sep.test\r\n'],
      ['two hosts', 'GET / HTTP/1.1\r\nHost: app.sep.test\r\nHost: auth.sep.test\r\n'],
      ['no host', 'GET / HTTP/1.1\r\n'],
      ['a host with a slash', 'GET / HTTP/1.1\r\nHost: app.sep.test/x\r\n'],
      ['an empty host', 'GET / HTTP/1.1\r\nHost: \r\n'],
    ] as const

    test.each(tricks)('%s is refused', async (_what, head) => {
      const { stage, alice } = setting()
      const [name, cookie] = cookieOf(alice)
      const seen = await observeBytes(stage, appHost, `${head}${name}: ${cookie}\r\n\r\n`)
      expect(statusOf(seen.answer)).toBeGreaterThanOrEqual(400)
      expect(statusOf(seen.answer)).toBeLessThan(500)
      expect([...seen.app, ...seen.decisions]).toEqual([])
    })

    test('in the request target wins, and the service is asked about that one', async () => {
      const { stage, bob } = setting()
      const [name, cookie] = cookieOf(bob)
      // Asking about api.sep.test while the application serves app.sep.test would pass the wrong rule.
      const bytes = `GET http://app.sep.test/admin/ HTTP/1.1\r\nHost: api.sep.test\r\n${name}: ${cookie}\r\n\r\n`
      const seen = await observeBytes(stage, appHost, bytes)
      expect(statusOf(seen.answer)).toBeGreaterThanOrEqual(400)
      expect(seen.app).toEqual([])
      for (const decision of seen.decisions) {
        expect(headerOf(decision, 'x-forwarded-host')).toBe('app.sep.test')
      }
    })

    test('asked for over plain http is asked for again over https', async () => {
      const { stage } = setting()
      const options = { port: stage.plainPort, path: '/a?b=c%20d', headers: { Host: appHost } }
      const [answer] = await once(get({ host: '127.0.0.1', ...options }), 'response')
      answer.resume()
      expect([301, 308]).toContain(answer.statusCode)
      expect(answer.headers.location).toBe(`https://${appHost}/a?b=c%20d`)
    })

    const spellings = [
      ['in capitals', 'APP.SEP.TEST', [200]],
      ['with the port', 'app.sep.test:443', [200]],
      // Caddy knows no such name.
      ['with a dot at the end', 'app.sep.test.', [200, 421]],
    ] as const

    test.each(spellings)('%s is the same host', async (_how, host, statuses) => {
      const { stage, alice, bob } = setting()
      for (const visitor of [alice, bob]) {
        const [name, cookie] = cookieOf(visitor)
        const head = `Host: ${host}\r\n${name}: ${cookie}\r\n\r\n`
        const seen = await observeBytes(stage, appHost, `GET / HTTP/1.1\r\n${head}`)
        expect(statuses).toContain(statusOf(seen.answer))
        const closed = await observeBytes(stage, appHost, `GET /admin/ HTTP/1.1\r\n${head}`)
        expect(closed.app).toHaveLength(visitor === alice ? seen.app.length : 0)
      }
    })
  })

  describe('decision route', () => {
    const forgery: readonly HeaderLine[] = [
      ['X-Forwarded-Method', 'GET'],
      ['X-Forwarded-Proto', 'https'],
      ['X-Forwarded-Host', appHost],
      ['X-Forwarded-Uri', '/public/'],
      ['X-Original-URL', `https://${appHost}/public/`],
      ['X-Original-Method', 'GET'],
    ]
    const routes = ['/auth', '/auth/nginx', '/auth/traefik', '/auth/envoy/public/', '/sse']

    test.each(routes)('%s of the auth host says yes to nobody outside', async (target) => {
      const { stage, alice } = setting()
      const headers = [...forgery, cookieOf(alice)]
      const seen = await observe(stage, { host: 'auth.sep.test', target, headers })
      expect(statusOf(seen.answer)).toBeGreaterThanOrEqual(400)
      expect(seen.answer.headers.map(([name]) => name.toLowerCase())).not.toContain(
        'x-forwarded-user',
      )
    })

    const inside = ['/__sallyport', '/auth', '/auth/nginx', '/auth/caddy', '/auth/haproxy']

    test.each(inside)('%s of an application is a path like others', async (target) => {
      const { stage, alice } = setting()
      const headers = [...forgery, cookieOf(alice)]
      const seen = await observe(stage, { host: appHost, target, headers })
      // The edge may keep a path to itself; else it is asked about, and the application's.
      const kept = statusOf(seen.answer) === 404
      expect(seen.app.map(({ start }) => start)).toEqual(kept ? [] : [`GET ${target} HTTP/1.1`])
      const about = seen.decisions.map((decision) => headerOf(decision, 'x-forwarded-uri'))
      expect(about).toEqual(kept ? [] : [target])
      const open = await observe(stage, { host: appHost, target, headers: [...forgery] })
      expect([401, 404]).toContain(statusOf(open.answer))
    })
  })
}
