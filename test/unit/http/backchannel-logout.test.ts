import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createFailureLimit } from '../../../src/adapters/login-limits.ts'
import { createLogoutVerifier } from '../../../src/adapters/logout-tokens.ts'
import { createGuardedFetch } from '../../../src/adapters/outbound.ts'
import { hashOf } from '../../../src/adapters/sealing.ts'
import { openStore } from '../../../src/adapters/sql/open.ts'
import { createBackchannelLogout } from '../../../src/http/backchannel-logout.ts'
import type { Log, LogFields } from '../../../src/ports/runtime.ts'
import type { Store } from '../../../src/ports/store.ts'
import { epochSeconds, seconds } from '../../../src/protocol/time.ts'
import { session } from '../../contract/store.ts'
import { identityOf } from '../../support/identity.ts'
import { startTokenIssuer, type TestIssuer } from '../../support/token-issuer.ts'

const now = () => epochSeconds(1_800_000_000)
const event = 'http://schemas.openid.net/event/backchannel-logout'
const lines: [string, LogFields | undefined][] = []
const note = (name: string, fields?: LogFields) => void lines.push([name, fields])
const log: Log = { debug: note, info: note, warn: note, error: note, debugEnabled: false }

let provider: TestIssuer
let store: Store
let routes: ReturnType<typeof createBackchannelLogout>

beforeAll(async () => {
  provider = await startTokenIssuer({ now })
  store = await openStore({ kind: 'memory' }, log)
})
afterAll(async () => {
  await provider.close()
  await store.close()
})
beforeEach(() => {
  lines.length = 0
  const verifier = createLogoutVerifier(
    { id: 'home', issuer: provider.issuer, clientId: 'sallyport', algorithms: ['ES256'] },
    { fetch: createGuardedFetch({ allowInsecureLoopback: true }), log, now },
  )
  routes = createBackchannelLogout({
    verifiers: [verifier],
    logouts: store.providerLogouts,
    countLogout: createFailureLimit(5, seconds(60)),
    clientAddress: () => '192.0.2.7',
    now,
    hashOf,
    log,
  })
})

const post = async (body: string, type = 'application/x-www-form-urlencoded', path = 'home') =>
  routes.request(`/backchannel-logout/${path}`, {
    method: 'POST',
    headers: { 'Content-Type': type },
    body,
  })

const send = (token: string) => post(new URLSearchParams({ logout_token: token }).toString())

const sign = (claims: object = {}, header: object = {}) =>
  provider.sign(
    { aud: 'sallyport', jti: randomUUID(), events: { [event]: {} }, ...claims },
    { typ: 'logout+jwt', ...header },
  )

async function signedIn(subject = randomUUID()) {
  const [sid, idHash] = [randomUUID(), randomUUID()]
  await store.sessions.open(
    session({
      idHash,
      identity: identityOf({ issuer: provider.issuer, subject }),
      providerSession: sid,
    }),
  )
  return { sid, subject, isLeft: async () => (await store.sessions.find(idHash)) !== undefined }
}

const reasons = () => lines.flatMap(([, fields]) => fields?.['reason'] ?? [])

describe('POST /backchannel-logout/<provider>', () => {
  it('ends the named session and no other of the person, and answers 200 without caching', async () => {
    const one = await signedIn()
    const other = await signedIn(one.subject)
    const answer = await send(await sign({ sid: one.sid, sub: one.subject }))
    expect(answer.status).toBe(200)
    expect(answer.headers.get('Cache-Control')).toBe('no-store')
    expect(await answer.text()).toBe('')
    expect([await one.isLeft(), await other.isLeft()]).toEqual([false, true])
    expect(lines).toContainEqual([
      'logout.by_provider',
      { provider: 'home', address: '192.0.2.7', about: 'session', sessions: 1 },
    ])
  })

  it('ends every session of the subject when no session is named (R21, GHSA-3rw9-wmc8-8948)', async () => {
    const one = await signedIn()
    const other = await signedIn(one.subject)
    const stranger = await signedIn()
    expect((await send(await sign({ sub: one.subject }))).status).toBe(200)
    expect([await one.isLeft(), await other.isLeft(), await stranger.isLeft()]).toEqual([
      false,
      false,
      true,
    ])
  })

  it('answers 200 when nobody was signed in', async () => {
    expect((await send(await sign({ sid: 'unknown', sub: undefined }))).status).toBe(200)
  })

  it.each<[string, object, object, string]>([
    ['is for another client', { aud: 'grafana' }, {}, 'wrong-audience'],
    ['has a nonce', { nonce: 'n' }, {}, 'wrong-type'],
    [
      'is an ID token',
      { events: undefined, nonce: 'n', at_hash: 'x' },
      { typ: 'JWT' },
      'wrong-type',
    ],
    ['is an access token', { events: undefined }, { typ: 'at+jwt' }, 'wrong-type'],
    ['comes from another issuer', { iss: 'https://evil.example' }, {}, 'unknown-issuer'],
    ['has expired', { iat: 1_799_999_000, exp: 1_799_999_100 }, {}, 'expired'],
  ])('answers 400 and ends nothing when the token %s', async (_, claims, header, reason) => {
    const person = await signedIn()
    const answer = await send(
      await sign({ sid: person.sid, sub: person.subject, ...claims }, header),
    )
    expect(answer.status).toBe(400)
    expect(answer.headers.get('Cache-Control')).toBe('no-store')
    expect(await answer.json()).toEqual({
      error: 'invalid_request',
      error_description: 'The logout token is not acceptable',
    })
    expect(await person.isLeft()).toBe(true)
    expect(reasons()).toEqual([reason])
  })

  it('answers 400 to an unsigned token and ends nothing (CVE-2015-9235)', async () => {
    const person = await signedIn()
    const [, payload] = (await sign({ sid: person.sid })).split('.')
    const head = Buffer.from(JSON.stringify({ alg: 'none' })).toString('base64url')
    expect((await send(`${head}.${payload}.`)).status).toBe(400)
    expect(await person.isLeft()).toBe(true)
    expect(reasons()).toEqual(['wrong-algorithm'])
  })

  it('answers 400 to a replay, which ends nothing that began after it', async () => {
    const person = await signedIn()
    const token = await sign({ sub: person.subject })
    expect((await send(token)).status).toBe(200)
    const again = await signedIn(person.subject)
    expect((await send(token)).status).toBe(400)
    expect(await again.isLeft()).toBe(true)
    expect(reasons()).toEqual(['already-redeemed'])
  })

  it.each([
    ['no token', 'x=1', undefined, 'no-token'],
    ['two tokens', 'logout_token=a&logout_token=b', undefined, 'repeated-field'],
    ['JSON', '{"logout_token":"a"}', 'application/json', 'not-a-form'],
    ['too much', `logout_token=${'a'.repeat(20_000)}`, undefined, 'too-long'],
  ])('answers 400 to a body with %s (R120)', async (_, body, type, reason) => {
    expect((await post(body, type)).status).toBe(400)
    expect(reasons()).toEqual([reason])
  })

  it('knows no other provider and no other method', async () => {
    expect((await post('logout_token=a', undefined, 'other')).status).toBe(404)
    expect((await routes.request('/backchannel-logout/home')).status).toBe(404)
  })

  it('answers 429 after too many bad tokens, while good ones never count (R123)', async () => {
    for (let count = 0; count < 20; count++) {
      expect((await send(await sign({ sid: 'x' }))).status).toBe(200)
    }
    for (let count = 0; count < 5; count++) expect((await send('bad')).status).toBe(400)
    const answer = await send('bad')
    expect(answer.status).toBe(429)
    expect(Number(answer.headers.get('Retry-After'))).toBeGreaterThan(0)
  })

  it("answers 503 while the provider's keys cannot be had, and writes no token to the log", async () => {
    const person = await signedIn()
    const token = await sign({ sid: person.sid })
    provider.behave('refuse')
    const answer = await send(token)
    provider.behave('none')
    expect(answer.status).toBe(503)
    expect(await person.isLeft()).toBe(true)
    expect(JSON.stringify(lines)).not.toContain(token.slice(-20))
  })
})
