// Answers that last: WebSockets and server-sent events.

import { describe, expect, test } from 'vitest'
import { type HeaderLine, headersOf, statusOf } from '../support/http-message.ts'
import { observe, only } from '../support/observe.ts'
import { readUntil, sendAndKeepOpen } from '../support/raw-client.ts'
import { exchangeText, handshakeHeaders } from '../support/websocket.ts'
import type { Traits } from './proxy-traits.ts'
import { appHost, cookieOf, mcpHost, type Setting } from './stage-under-test.ts'

const ownOrigin: HeaderLine = ['Origin', `https://${appHost}`]

export function streamChecks(setting: Setting, traits: Traits): void {
  describe('WebSocket', () => {
    test('opens for a session from a page of the same host, and carries frames', async () => {
      const { stage, alice } = setting()
      const { socket, head } = await sendAndKeepOpen(stage.edge, {
        host: appHost,
        target: '/socket',
        headers: [...handshakeHeaders, ownOrigin, cookieOf(alice)],
      })
      expect(statusOf(head)).toBe(101)
      expect(await exchangeText(socket, 'hello')).toBe('hello')
      expect(await exchangeText(socket, 'again')).toBe('again')
      socket.destroy()
      const request = stage.app.requests.at(-1)
      expect(request && headersOf(request, 'x-forwarded-user')).toEqual(['alice@example.com'])
      expect(request && headersOf(request, 'cookie').join('')).toBe('')
    })

    const refused = [
      ['without a session', false, [ownOrigin]],
      ['from a page elsewhere', true, [['Origin', 'https://evil.example']]],
      // Same site, so SameSite cookies are sent (R15c).
      ['from a page of a sibling host', true, [['Origin', 'https://evil.sep.test']]],
      ['from a page without an origin', true, [['Origin', 'null']]],
    ] as const

    test.each(refused)('stays closed %s (R15c)', async (_case, withSession, origin) => {
      const { stage, alice } = setting()
      const cookie = withSession ? [cookieOf(alice)] : []
      const headers = [...handshakeHeaders, ...origin, ...cookie]
      const seen = await observe(stage, { host: appHost, target: '/socket', headers })
      expect(statusOf(seen.answer)).toBe(401)
      expect(headersOf(seen.answer, 'location')).toEqual([])
      expect(seen.app).toEqual([])
    })

    // Browsers always name the origin of a handshake; this is for programs that have somebody's cookie.
    test.runIf(traits.tellsUpgrades)('stays closed without an origin (R15c)', async () => {
      const { stage, alice } = setting()
      const headers = [...handshakeHeaders, cookieOf(alice)]
      const seen = await observe(stage, { host: appHost, target: '/socket', headers })
      expect(statusOf(seen.answer)).toBe(401)
      expect(seen.app).toEqual([])
    })

    test('is the only upgrade: HTTP/2 over a tunnel would pass every decision by', async () => {
      const { stage, alice } = setting()
      const seen = await observe(stage, {
        host: appHost,
        headers: [
          ['Connection', 'Upgrade, HTTP2-Settings'],
          ['Upgrade', 'h2c'],
          ['HTTP2-Settings', 'AAMAAABkAARAAAAAAAIAAAAA'],
          ownOrigin,
          cookieOf(alice),
        ],
      })
      expect(statusOf(seen.answer)).toBe(200)
      expect(headersOf(only(seen.app), 'upgrade').join('')).toBe('')
      expect(headersOf(only(seen.app), 'connection').join('')).not.toMatch(/upgrade/i)
    })
  })

  describe('request from another origin', () => {
    const cases = [
      ['of the same host', appHost, `https://${appHost}`, 200],
      ['that the rule names', 'api.sep.test', `https://${appHost}`, 200],
      ['of a sibling', appHost, 'https://api.sep.test', 401],
      ['with another scheme', appHost, `http://${appHost}`, 401],
      ['with another port', appHost, `https://${appHost}:8443`, 401],
    ] as const

    test.each(cases)('%s: may use the session or not', async (_which, host, origin, status) => {
      const { stage, alice } = setting()
      const headers: HeaderLine[] = [['Origin', origin], cookieOf(alice)]
      const seen = await observe(stage, { host, method: 'POST', headers, body: 'x' })
      expect(statusOf(seen.answer)).toBe(status)
      expect(seen.app).toHaveLength(status === 200 ? 1 : 0)
    })
  })

  describe('server-sent events', () => {
    test.each([appHost, mcpHost])('of %s arrive one by one as they are sent', async (host) => {
      const { stage, alice } = setting()
      const credential: HeaderLine =
        host === mcpHost
          ? ['Authorization', `Bearer ${await stage.token({})}`]
          : (cookieOf(alice) as HeaderLine)
      const target = host === mcpHost ? '/mcp' : '/events'
      const headers: HeaderLine[] = [credential, ['Accept', 'text/event-stream']]
      const { socket, head, rest } = await sendAndKeepOpen(stage.edge, { host, target, headers })
      expect(statusOf(head)).toBe(200)
      const { sendEvent } = host === mcpHost ? stage.mcp : stage.app
      const arrived = (text: string, event: number) => text.includes(`data: ${event}`)
      if (!arrived(rest, 1))
        await readUntil(socket, (text) => (arrived(rest + text, 1) ? true : undefined))
      // Each is sent when the one before has arrived: whatever were held back would never come.
      for (let event = 2; event <= 10; event += 1) {
        sendEvent()
        await readUntil(socket, (text) => (arrived(text, event) ? true : undefined))
      }
      socket.destroy()
    })

    test('want a session like everything else', async () => {
      const { stage } = setting()
      const headers: HeaderLine[] = [['Accept', 'text/event-stream']]
      const seen = await observe(stage, { host: appHost, target: '/events', headers })
      expect(statusOf(seen.answer)).toBe(401)
      expect(() => only(seen.app)).toThrow()
    })
  })
}
