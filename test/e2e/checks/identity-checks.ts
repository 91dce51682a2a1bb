// The application learns who it is from Sallyport and from nobody else.

import { describe, expect, test } from 'vitest'
import { type HeaderLine, headerOf, headersOf, statusOf } from '../support/http-message.ts'
import { observe, only } from '../support/observe.ts'
import { appHost, cookieOf, identityNames, type Setting } from './stage-under-test.ts'

const forged = 'forged-by-client'

const claims = [
  ...identityNames,
  'x-forwarded-user',
  'X-FORWARDED-USER',
  'X-Forwarded-Method',
  'X-Forwarded-Uri',
  'X-Forwarded-Prefix',
  'X-Forwarded-Server',
  'X-Forwarded-For',
  'X-Forwarded-Host',
  'X-Forwarded-Port',
  'X-Forwarded-Proto',
  'X-Real-IP',
  'Forwarded',
  'X-Original-URI',
  'X-Original-URL',
  'X-Original-Method',
  'X-Rewrite-URL',
  'X-HTTP-Method-Override',
  'X-HTTP-Method',
  'X-Method-Override',
  'Remote-User',
  'Remote-Groups',
  'X-Auth-Request-User',
  'X-Auth-Redirect',
  'Cf-Access-Jwt-Assertion',
]

// Application servers that build variables from header names cannot tell these from the real ones
// (CVE-2026-39858, CVE-2026-54763, CVE-2026-88011).
const aliases = [
  'X_Forwarded_User',
  'X_Forwarded-User',
  'X-Forwarded_User',
  'X.Forwarded.User',
  'X-Forwarded.User',
  'X!Forwarded!User',
  'X-Forwarded-User_',
  'X_Forwarded_Email',
  'X_Forwarded_Groups',
  'X.Forwarded.Groups',
  'X_Forwarded_Host',
  'X_Forwarded_Proto',
  'X_Original_URL',
  'Remote_User',
]

/** Of edge auth and Cloudflare Access; they stop at the gate like any token. */
const credentials: readonly string[] = ['Cf-Access-Jwt-Assertion', 'Cf-Access-Token']

export function identityChecks(setting: Setting): void {
  describe('identity', () => {
    test('arrives at the application, each header once (R11)', async () => {
      const { stage, alice } = setting()
      const { app } = await observe(stage, { host: appHost, headers: [cookieOf(alice)] })
      const request = only(app)
      expect(headersOf(request, 'x-forwarded-user')).toEqual(['alice@example.com'])
      expect(headersOf(request, 'x-forwarded-email')).toEqual(['alice@example.com'])
      expect(headersOf(request, 'x-forwarded-groups')).toEqual(['admins,staff'])
      expect(headersOf(request, 'x-forwarded-preferred-username')).toEqual(['alice'])
    })

    test.each([...claims, ...aliases])(
      'never takes %s from a client (CVE-2026-33433, CVE-2026-39858, CVE-2026-54763, GHSA-f59h-q822-g45g)',
      async (name) => {
        const { stage, alice } = setting()
        const lines: HeaderLine[] = [[name, forged], cookieOf(alice), [name.toLowerCase(), forged]]
        const seen = await observe(stage, { host: appHost, headers: lines })
        expect(statusOf(seen.answer)).toBe(200)
        expect(JSON.stringify(seen.app)).not.toContain(forged)
        // Where a credential may stand, Sallyport judges it; it says nothing by itself.
        if (!credentials.includes(name)) {
          expect(JSON.stringify(seen.decisions)).not.toContain(forged)
        }
        expect(headerOf(only(seen.app), 'x-forwarded-user')).toBe('alice@example.com')
      },
    )

    test.each([...claims, ...aliases])(
      'never lets %s through where nobody signs in',
      async (name) => {
        const { stage } = setting()
        const headers: HeaderLine[] = [[name, forged]]
        const seen = await observe(stage, { host: appHost, target: '/public/page', headers })
        expect(statusOf(seen.answer)).toBe(200)
        expect(JSON.stringify(seen.app)).not.toContain(forged)
        for (const identity of identityNames) {
          expect(headersOf(only(seen.app), identity).join('')).toBe('')
        }
      },
    )

    test.each(['close, X-Forwarded-User', 'X-Forwarded-User, X-Forwarded-Email'])(
      'arrives although the client sends "Connection: %s"',
      async (connection) => {
        const { stage, alice } = setting()
        const headers: HeaderLine[] = [['Connection', connection], cookieOf(alice)]
        const { app } = await observe(stage, { host: appHost, headers })
        expect(headerOf(only(app), 'x-forwarded-user')).toBe('alice@example.com')
        expect(headersOf(only(app), 'connection').join()).not.toMatch(/forwarded/i)
      },
    )

    test('has no empty place that a client could fill', async () => {
      const { stage } = setting()
      const carol = stage.visitor()
      await carol.signIn(`https://${appHost}/`, 'carol')
      const headers: HeaderLine[] = [['X-Forwarded-Groups', 'admins'], cookieOf(carol)]
      const { app } = await observe(stage, { host: appHost, headers })
      expect(headerOf(only(app), 'x-forwarded-user')).toBe('carol@example.com')
      expect(headersOf(only(app), 'x-forwarded-groups').join('')).toBe('')
    })

    test('of an optional page is there with a session and absent without', async () => {
      const { stage, alice } = setting()
      const target = '/optional'
      const known = await observe(stage, { host: appHost, target, headers: [cookieOf(alice)] })
      expect(headerOf(only(known.app), 'x-forwarded-user')).toBe('alice@example.com')
      const unknown = await observe(stage, { host: appHost, target })
      expect(statusOf(unknown.answer)).toBe(200)
      expect(headersOf(only(unknown.app), 'x-forwarded-user').join('')).toBe('')
    })
  })
}
