// The authorization server on the auth host: each endpoint gets what a client sends to it, and the client its answer.

import { describe, expect, test } from 'vitest'
import { type HeaderLine, headerOf, headersOf, statusOf } from '../support/http-message.ts'
import { observe } from '../support/observe.ts'
import type { ConfigurationText } from '../support/sallyport.ts'
import type { Setting } from './stage-under-test.ts'

const secret = 'a secret of 32 bytes and no more'
const callback = 'https://app.sep.test/public/callback'

/** What turns it on without a resource. */
export const serverSettings: ConfigurationText = {
  authorization_server: { clients: [{ id: 'portal', secret, redirect_uris: [callback] }] },
}

const credentials = Buffer.from(`portal:${encodeURIComponent(secret)}`).toString('base64')
const basic: HeaderLine = ['Authorization', `Basic ${credentials}`]
const form: HeaderLine = ['Content-Type', 'application/x-www-form-urlencoded']
const grant = `grant_type=authorization_code&code=none&redirect_uri=${callback}&code_verifier=${'v'.repeat(43)}`

export function serverChecks(setting: Setting): void {
  const ask = (target: string, headers: readonly HeaderLine[] = [], body?: string) =>
    observe(setting().stage, {
      host: 'auth.sep.test',
      target,
      method: body === undefined ? 'GET' : 'POST',
      headers,
      ...(body === undefined ? {} : { body }),
    })

  describe('authorization server', () => {
    test.each(['oauth-authorization-server', 'openid-configuration'])(
      'says at %s where its endpoints are, and each of them answers (RFC 8414 §3)',
      async (name) => {
        const { answer } = await ask(`/.well-known/${name}`)
        const said: unknown = JSON.parse(answer.body)
        expect(said).toMatchObject({ issuer: 'https://auth.sep.test' })
        const endpoints = Object.entries(said ?? {}).flatMap(([member, value]) =>
          /_(?:endpoint|uri)$/.test(member) ? [new URL(String(value))] : [],
        )
        expect(endpoints.length).toBeGreaterThan(8)
        for (const { host, pathname } of endpoints) {
          expect(host).toBe('auth.sep.test')
          const seen = await ask(pathname)
          expect([pathname, statusOf(seen.answer)]).not.toEqual([pathname, 404])
          expect([...seen.app, ...seen.mcp, ...seen.decisions]).toEqual([])
        }
      },
    )

    test('gets the credentials and the form of a client', async () => {
      const good = await ask('/token', [basic, form], grant)
      expect(JSON.parse(good.answer.body)).toMatchObject({ error: 'invalid_grant' })
      const none = await ask('/token', [form], `${grant}&client_id=portal`)
      expect(JSON.parse(none.answer.body)).toMatchObject({ error: 'invalid_client' })
    })

    test('gets the proof of a client, and the token that somebody brings', async () => {
      const proof = await ask('/token', [basic, form, ['DPoP', 'none']], grant)
      expect(JSON.parse(proof.answer.body)).toMatchObject({ error: 'invalid_dpop_proof' })
      const { answer } = await ask('/userinfo', [['Authorization', 'Bearer none']])
      expect(statusOf(answer)).toBe(401)
      expect(headerOf(answer, 'www-authenticate')).toContain('error="invalid_token"')
    })

    test('answers the scripts of every page, without cookies (R131)', async () => {
      const { answer } = await observe(setting().stage, {
        host: 'auth.sep.test',
        target: '/token',
        method: 'OPTIONS',
        headers: [
          ['Origin', 'https://anyone.example'],
          ['Access-Control-Request-Method', 'POST'],
        ],
      })
      expect(headersOf(answer, 'access-control-allow-origin')).toEqual(['*'])
      expect(headersOf(answer, 'access-control-allow-credentials')).toEqual([])
    })
  })
}
