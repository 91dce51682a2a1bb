// What proves who somebody is stops at the edge (R25); what belongs to the application passes unchanged.

import { describe, expect, test } from 'vitest'
import { type HeaderLine, headerOf, headersOf, statusOf } from '../support/http-message.ts'
import { observe, only } from '../support/observe.ts'
import { appHost, cookieOf, mcpHost, type Setting } from './stage-under-test.ts'

const session = '__Secure-sallyport=SESSION'

/** As many logins as one browser can have under way. */
const flows = [1, 2, 3, 4, 5].map((at) => `__Host-sallyport-flow-${at}=x`).join('; ')

/** Cookie header sent and the one that arrives; SESSION stands for a live session's id. */
const jars: readonly (readonly [sent: string, arrives: string])[] = [
  [session, ''],
  [`theme=dark; ${session}`, 'theme=dark'],
  [`${session}; theme=dark`, 'theme=dark'],
  [`a=1; ${session}; b="q; q"; c=a=b==`, 'a=1; b="q; q"; c=a=b=='],
  [`a=1;${session};b=2`, 'a=1;b=2'],
  [`sid=%20%3B; ${session}; __Host-sallyport-login-1=x; lang=de`, 'sid=%20%3B; lang=de'],
  [`${session}; x__Secure-sallyport=1; mysallyport=3`, 'x__Secure-sallyport=1; mysallyport=3'],
  [`raw=\xc3\xbc\xff; ${session}`, 'raw=\xc3\xbc\xff'],
  [`${session}; ${session}; z=1`, 'z=1'],
  [`a=1; CF_Authorization=x.y.z; ${session}; b=2`, 'a=1; b=2'],
  [
    `CF_Authorization=x; ${session}; CF_Authorizations=y; cf_authorization=z`,
    'CF_Authorizations=y; cf_authorization=z',
  ],
  [`a=1; ${session}; ${flows}; __Host-sallyport-csrf=c; __Host-sallyport-loop=1; b=2`, 'a=1; b=2'],
]

export function credentialChecks(setting: Setting): void {
  describe('credentials', () => {
    test.each(jars)('of the Cookie header "%s" only "%s" arrives (R25)', async (sent, arrives) => {
      const { stage, alice } = setting()
      const [, own] = cookieOf(alice)
      const value = own.slice(own.indexOf('=') + 1)
      const headers: HeaderLine[] = [['Cookie', sent.replaceAll('SESSION', value)]]
      const seen = await observe(stage, { host: appHost, headers })
      expect(statusOf(seen.answer)).toBe(200)
      expect(headersOf(only(seen.app), 'cookie').join('')).toBe(arrives)
      expect(JSON.stringify(seen.app)).not.toContain(value)
    })

    test('none of ours arrives when there are more than there can be', async () => {
      const { stage } = setting()
      const ours = Array.from({ length: 10 }, (_, at) => `__Host-sallyport-${at}=secret`)
      const headers: HeaderLine[] = [['Cookie', `a=1; ${ours.join('; ')}; b=2`]]
      const seen = await observe(stage, { host: appHost, target: '/public/', headers })
      // nginx takes away as many as there can be, and then all.
      expect(['', 'a=1; b=2']).toContain(headersOf(only(seen.app), 'cookie').join(''))
    })

    test('two session cookies with different values are nobody (R18)', async () => {
      const { stage, alice } = setting()
      const [, own] = cookieOf(alice)
      const headers: HeaderLine[] = [['Cookie', `${own}; __Secure-sallyport=${'x'.repeat(43)}`]]
      const seen = await observe(stage, { host: appHost, headers })
      expect(statusOf(seen.answer)).toBe(401)
      expect(seen.app).toEqual([])
    })

    test('a bearer token does not reach an application', async () => {
      const { stage } = setting()
      const headers: HeaderLine[] = [
        ['Authorization', 'Bearer abc'],
        ['DPoP', 'proof'],
      ]
      const seen = await observe(stage, { host: appHost, target: '/public/', headers })
      expect(statusOf(seen.answer)).toBe(200)
      expect(headersOf(only(seen.app), 'authorization').join('')).toBe('')
      expect(headersOf(only(seen.app), 'dpop').join('')).toBe('')
    })

    test('a bad bearer token is refused even beside a good session (R94)', async () => {
      const { stage, alice } = setting()
      const headers: HeaderLine[] = [['Authorization', 'Bearer abc'], cookieOf(alice)]
      const seen = await observe(stage, { host: appHost, headers })
      expect(statusOf(seen.answer)).toBe(401)
      expect(headerOf(seen.answer, 'www-authenticate')).toContain('error="invalid_token"')
      expect(seen.app).toEqual([])
    })

    test('token, proof and cookies do not reach the MCP server', async () => {
      const { stage, alice } = setting()
      const token = await stage.token({})
      const seen = await observe(stage, {
        host: mcpHost,
        target: '/mcp',
        headers: [['Authorization', `Bearer ${token}`], cookieOf(alice), ['DPoP', 'proof']],
      })
      expect(statusOf(seen.answer)).toBe(200)
      for (const name of ['authorization', 'cookie', 'dpop']) {
        expect(headersOf(only(seen.mcp), name).join('')).toBe('')
      }
      expect(JSON.stringify(seen.mcp)).not.toContain(token)
    })

    test('cookies that the application sets arrive as it wrote them', async () => {
      const { stage, alice } = setting()
      const target = '/cookies'
      const seen = await observe(stage, { host: appHost, target, headers: [cookieOf(alice)] })
      const own = headersOf(seen.answer, 'set-cookie').filter((one) => !one.includes('sallyport'))
      expect(own).toEqual(['a=1; Path=/', 'b=2; Priority=High'])
    })
  })
}
