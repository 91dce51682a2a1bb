// What happens when a part is gone, changes its mind, or talks too much. Run last: it stops things.

import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { headerOf, statusOf } from '../support/http-message.ts'
import { observe } from '../support/observe.ts'
import { allowed } from '../support/stage-configuration.ts'
import { navigation } from '../support/visitor.ts'
import type { Traits } from './proxy-traits.ts'
import { appHost, cookieOf, mcpHost, type Setting } from './stage-under-test.ts'

export function failureChecks(setting: Setting, { whenGone }: Traits): void {
  const statusFor = async (headers = [cookieOf(setting().alice)]) =>
    statusOf((await observe(setting().stage, { host: appHost, headers })).answer)

  describe('when the policy file changes', () => {
    test('somebody taken off the list is refused from then on, session or not (R21)', async () => {
      const { stage, bob } = setting()
      expect(await statusFor([cookieOf(bob)])).toBe(200)
      stage.sallyport.reconfigure({
        allow: { emails: allowed.filter((one) => !one.startsWith('bob')) },
      })
      await expect
        .poll(() => statusFor([cookieOf(bob)]), { timeout: 10_000, interval: 200 })
        .toBe(403)
      expect(await statusFor()).toBe(200)
      stage.sallyport.reconfigure({})
      await expect
        .poll(() => statusFor([cookieOf(bob)]), { timeout: 10_000, interval: 200 })
        .toBe(200)
    })

    test('a file with a mistake changes nothing', async () => {
      const { stage } = setting()
      stage.sallyport.reconfigure({ allow: { emials: ['x@example.com'] } })
      await expect.poll(() => stage.sallyport.output(), { timeout: 10_000 }).toContain('emials')
      expect(await statusFor()).toBe(200)
      stage.sallyport.reconfigure({})
    })
  })

  describe('when the identity provider is gone', () => {
    const expectPage = async () => {
      const started = Date.now()
      const page = await setting().stage.visitor().open(`https://${appHost}/`)
      expect(page.url.hostname).toBe('auth.sep.test')
      expect(page.status).toBe(503)
      expect(page.answer.body).toContain('<h1')
      // The limits end below six seconds; the rest is for a busy machine.
      expect(Date.now() - started).toBeLessThan(8000)
    }

    test('or silent, sessions go on and a login is answered within six seconds', async () => {
      const { stage } = setting()
      stage.provider.pause()
      await sleep(1100)
      expect(await statusFor()).toBe(200)
      await expectPage()
      stage.provider.resume()
      // After a failure the provider is left alone for a moment.
      const signInAgain = async () => {
        const page = await stage.visitor().signIn(`https://${appHost}/back`, 'alice')
        return [page.status, page.url.pathname]
      }
      await expect.poll(signInAgain, { timeout: 15_000, interval: 1000 }).toEqual([200, '/back'])
    })

    test('or dead, it is the same', async () => {
      const { stage } = setting()
      await stage.provider.kill()
      // It is looked at once a second at most.
      await sleep(1100)
      expect(await statusFor()).toBe(200)
      await expectPage()
    })
  })

  describe('when Sallyport is gone', () => {
    test.runIf(whenGone === 503)('or silent, the client is told within five seconds', async () => {
      const { stage, alice } = setting()
      stage.sallyport.pause()
      try {
        const started = Date.now()
        const seen = await observe(stage, { host: appHost, headers: [cookieOf(alice)] })
        expect(statusOf(seen.answer)).toBe(503)
        expect(Date.now() - started).toBeLessThan(5000)
        expect(seen.app).toEqual([])
      } finally {
        stage.sallyport.resume()
      }
      await expect.poll(() => statusFor(), { timeout: 10_000, interval: 200 }).toBe(200)
    })

    test('everything is closed, and sessions outlive a restart', async () => {
      const { stage, alice } = setting()
      await stage.sallyport.kill()
      const requests = [
        { host: appHost, headers: [...navigation, cookieOf(alice)] },
        { host: appHost, target: '/public/', headers: [] },
        { host: mcpHost, target: '/mcp', headers: [['Authorization', 'Bearer x']] },
      ] as const
      for (const request of requests) {
        const seen = await observe(stage, request)
        expect(statusOf(seen.answer)).toBe(whenGone)
        const after = Number(headerOf(seen.answer, 'retry-after') ?? 0)
        expect(after > 0).toBe(whenGone === 503)
        expect([...seen.app, ...seen.mcp]).toEqual([])
      }
      await stage.sallyport.start()
      // The edge may think the service dead for a moment longer.
      await expect.poll(() => statusFor(), { timeout: 15_000, interval: 250 }).toBe(200)
    })
  })

  describe('logs', () => {
    test('hold no cookie, token, code, state or client secret (R143)', async () => {
      const { stage } = setting()
      // What is written late is read too.
      await sleep(300)
      const logs = stage.logs()
      expect(logs).toContain('decision.')
      expect(stage.secrets().length).toBeGreaterThan(20)
      expect(stage.secrets().filter((secret) => logs.includes(secret))).toEqual([])
    })
  })
}
