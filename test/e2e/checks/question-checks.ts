// What the edge asks, and what it makes of the application's own answers.

import { connect } from 'node:http2'
import { describe, expect, test } from 'vitest'
import { type HeaderLine, headerOf, headersOf, statusOf } from '../support/http-message.ts'
import { observe, only } from '../support/observe.ts'
import type { Stage } from '../support/stage.ts'
import { navigation } from '../support/visitor.ts'
import type { Traits } from './proxy-traits.ts'
import { appHost, cookieOf, type Setting } from './stage-under-test.ts'

function requestOverHttp2(stage: Stage, headers: Record<string, string>): Promise<number> {
  const session = connect(`https://${appHost}:${stage.edge.port}`, {
    ca: stage.edge.ca,
    host: '127.0.0.1',
    servername: appHost,
  })
  return new Promise<number>((resolve, reject) => {
    session.once('error', reject)
    const stream = session.request({ ':path': '/h2', ':authority': appHost, ...headers })
    stream.once('response', (answer) => resolve(Number(answer[':status'])))
    stream.once('error', reject)
    stream.resume()
    stream.end()
  }).finally(() => session.close())
}

export function questionChecks(setting: Setting, { dialect, namesHeaders }: Traits): void {
  describe('question', () => {
    test('has a constant target, no header that could sway it, and no body', async () => {
      const { stage, alice } = setting()
      const names = new Set<string>()
      for (const target of ['/?a=1', '/x?q=/auth', '/public/']) {
        const seen = await observe(stage, {
          host: appHost,
          target,
          method: 'POST',
          headers: [
            ...navigation,
            cookieOf(alice),
            ['X-Anything', 'from the client'],
            ['Range', 'bytes=0-1'],
            ['If-None-Match', '"x"'],
            ['Expect', '100-continue-not'],
            ['X-Original-URL', 'https://elsewhere.example/'],
          ].filter(([name]) => name !== 'Expect') as HeaderLine[],
          body: 'x=1',
        })
        const decision = only(seen.decisions)
        expect(decision.start).toBe(`GET /auth/${dialect} HTTP/1.1`)
        expect(headerOf(decision, 'x-forwarded-uri')).toBe(target)
        expect(headerOf(decision, 'x-forwarded-method')).toBe('POST')
        expect(headerOf(decision, 'x-forwarded-proto')).toBe('https')
        expect(headerOf(decision, 'x-forwarded-host')).toBe(appHost)
        for (const [name] of decision.headers) names.add(name.toLowerCase())
      }
      const unwanted = /^(content-|transfer-|range|if-|expect|x-anything|x-original-|connection)/
      const left = [...names].filter((name) => unwanted.test(name))
      expect(left).toEqual(namesHeaders ? [] : ['x-anything'])
    })

    test('carries what tells a page from a script', async () => {
      const { stage } = setting()
      const headers: HeaderLine[] = [
        ['Sec-Fetch-Mode', 'cors'],
        ['Origin', 'https://elsewhere.example'],
        ['Access-Control-Request-Method', 'PUT'],
        ['X-Requested-With', 'XMLHttpRequest'],
      ]
      const seen = await observe(stage, { host: appHost, method: 'OPTIONS', headers })
      for (const [name, value] of headers) {
        expect(headerOf(only(seen.decisions), name)).toBe(value)
      }
    })

    test('is asked anew for every request, over connections that stay open', async () => {
      const { stage, alice } = setting()
      const opened = stage.decisions.connections()
      const count = 20
      const asked = stage.decisions.requests.length
      for (let at = 0; at < count; at += 1) {
        await observe(stage, { host: appHost, headers: [cookieOf(alice)] })
      }
      expect(stage.decisions.requests.length - asked).toBe(count)
      expect(stage.decisions.connections() - opened).toBeLessThan(count / 2)
    })

    test('is the same over HTTP/2, where browsers send each cookie by itself', async () => {
      const { stage, alice } = setting()
      expect(await requestOverHttp2(stage, {})).toBe(401)
      const before = stage.app.requests.length
      const [, cookie] = cookieOf(alice)
      expect(await requestOverHttp2(stage, { cookie: `a=1; ${cookie}; b=2` })).toBe(200)
      const request = only(stage.app.requests.slice(before))
      expect(headerOf(request, 'x-forwarded-user')).toBe('alice@example.com')
      expect(headerOf(request, 'cookie')).toBe('a=1; b=2')
    })
  })

  describe("the application's own answer", () => {
    const own = [
      ['/broken', 500, 'the app broke'],
      ['/own-401', 401, 'app says 401'],
      ['/own-403', 403, 'app says 403'],
    ] as const

    test.each(own)('of %s passes as it is', async (target, status, body) => {
      const { stage, alice } = setting()
      const headers = [...navigation, cookieOf(alice)]
      const { answer } = await observe(stage, { host: appHost, target, headers })
      expect([statusOf(answer), answer.body]).toEqual([status, body])
      expect(headersOf(answer, 'location')).toEqual([])
    })

    test('keeps its own challenge', async () => {
      const { stage, alice } = setting()
      const headers = [cookieOf(alice)]
      const { answer } = await observe(stage, { host: appHost, target: '/own-401', headers })
      expect(headerOf(answer, 'www-authenticate')).toBe('Basic realm="the app"')
    })
  })

  describe('preflight', () => {
    const headers: readonly HeaderLine[] = [
      ['Origin', 'https://app.sep.test'],
      ['Access-Control-Request-Method', 'PUT'],
    ]

    test('reaches an application whose rule allows it, without a session (H18)', async () => {
      const { stage } = setting()
      const seen = await observe(stage, { host: 'api.sep.test', method: 'OPTIONS', headers })
      expect(statusOf(seen.answer)).toBe(200)
      expect(only(seen.app).start).toBe('OPTIONS / HTTP/1.1')
    })

    test('reaches no other application', async () => {
      const { stage } = setting()
      const seen = await observe(stage, { host: appHost, method: 'OPTIONS', headers })
      expect(statusOf(seen.answer)).toBe(401)
      expect(seen.app).toEqual([])
    })

    test('needs both of its headers: any other OPTIONS wants a session', async () => {
      const { stage } = setting()
      for (const header of headers) {
        const request = { host: 'api.sep.test', method: 'OPTIONS', headers: [header] }
        const seen = await observe(stage, request)
        expect(statusOf(seen.answer)).toBe(401)
        expect(seen.app).toEqual([])
      }
    })
  })
}
