// How does a family of refresh tokens live and end? security.md R81-R86

import { randomUUID } from 'node:crypto'
import { exportJWK, type GenerateKeyPairResult, generateKeyPair, SignJWT } from 'jose'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { epochSeconds } from '../../../src/protocol/time.ts'
import {
  type Answer,
  type AuthorizationStage,
  issuer,
  redirectUri,
  startAuthorizationStage,
  testSettings,
  visitorOf,
} from '../../support/authorization-stage.ts'
import { configuredClient, secretOf } from '../../support/configured-client.ts'

const shop = { client_id: 'shop', client_secret: secretOf('shop') }
const refused = { status: 400, json: { error: 'invalid_grant' } }
const taken = { status: 200 }

let stage: AuthorizationStage
let clientId: string

const start = async (...changes: Parameters<typeof startAuthorizationStage>) => {
  const interactive = {
    redirectUris: [redirectUri],
    grantTypes: ['authorization_code', 'refresh_token'],
  }
  const [settings, own] = changes
  const clients = [configuredClient('shop', interactive)]
  return startAuthorizationStage({ clients, ...settings }, own)
}

beforeEach(async () => {
  stage = await start()
  clientId = String((await stage.register()).json['client_id'])
})
afterEach(async () => {
  vi.useRealTimers()
  await stage.close()
})

/** `seconds` from now on the clock of the server and of the library, which stands still from then on. */
const passes = (seconds: number) =>
  void vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + seconds * 1000 })

type Form = Record<string, string>
const first = async (id = clientId, more: Form = {}, headers: Form = {}) =>
  stage.redeem(id, await stage.obtainCode(id), more, headers)
const refresh = (token: unknown, more: Form = {}, headers: Form = {}, at = stage) => {
  const form = { grant_type: 'refresh_token', client_id: clientId, refresh_token: String(token) }
  return at.post('/token', { ...form, ...more }, headers)
}
const tokenOf = ({ json }: Answer) => json['refresh_token']
const isLive = ({ json }: Answer) => {
  const [, payload = ''] = String(json['access_token']).split('.')
  const { jti } = JSON.parse(Buffer.from(payload, 'base64url').toString())
  return stage.server.isLive(jti, epochSeconds(Date.now() / 1000))
}

describe('POST /token with a refresh token', () => {
  const races =
    'CVE-2026-53517, GHSA-392p-2q2v-4372, CVE-2026-1035, CVE-2026-50631, CVE-2026-126280'
  test(`never forks the family, however many come through two servers (R81, ${races})`, async () => {
    const strict = await start({ refreshRetry: 0 as never }, { store: stage.store.authorization })
    const other = await start({ refreshRetry: 0 as never }, { store: stage.store.authorization })
    const token = tokenOf(await first())
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, at) => refresh(token, {}, {}, at % 2 ? strict : other)),
    )
    const won = answers.filter(({ status }) => status === 200)
    expect(won).toHaveLength(1)
    await Promise.all([strict.close(), other.close()])
  })

  test('gives the successor again within ten seconds, and ends the family after (R82)', async () => {
    passes(0)
    const token = tokenOf(await first())
    const second = await refresh(token)
    passes(9)
    const again = await refresh(token)
    expect(tokenOf(again)).toBe(tokenOf(second))
    passes(2)
    expect(await refresh(token)).toMatchObject(refused)
    expect(await refresh(tokenOf(second))).toMatchObject(refused)
    expect([await isLive(second), await isLive(again)]).toEqual([false, false])
  })

  test('remembers what was used when the server starts again (R83, CVE-2026-9802)', async () => {
    const token = tokenOf(await first())
    const second = await refresh(token)
    passes(60)
    const restarted = await start({}, { store: stage.store.authorization })
    expect(await refresh(token, {}, {}, restarted)).toMatchObject(refused)
    expect(await refresh(tokenOf(second), {}, {}, restarted)).toMatchObject(refused)
    await restarted.close()
  })

  const foreign = 'CVE-2026-32245, GHSA-xg2q-62g2-cvcm, GHSA-xqxv-4jc2-x56x'
  test(`is nothing to another client, used or not, and harms nobody (R84, ${foreign})`, async () => {
    const token = tokenOf(await first())
    expect(await refresh(token, shop)).toMatchObject(refused)
    const second = await refresh(token)
    expect(second).toMatchObject(taken)
    passes(30)
    expect(await refresh(token, shop)).toMatchObject(refused)
    expect(await isLive(second)).toBe(true)
    expect(await refresh(tokenOf(second))).toMatchObject(taken)
  })

  test.each<[string, Form]>([
    ['no secret', { client_id: 'shop' }],
    ['a wrong secret', { client_id: 'shop', client_secret: 'guess' }],
    ['an empty secret', { client_id: 'shop', client_secret: '' }],
    ['no client', { client_id: '' }],
  ])(
    'wants the client to authenticate: not with %s (R85, CVE-2026-53512, GHSA-pw9m-5jxm-xr6h)',
    async (_name, who) => {
      const token = tokenOf(await first('shop', shop))
      const answer = await refresh(token, who)
      expect(answer.status).toBe(who['client_id'] === '' ? 400 : 401)
      expect(answer.json).not.toHaveProperty('access_token')
      expect(await refresh(token, shop)).toMatchObject(taken)
    },
  )

  test('ends after fourteen idle days (R83)', async () => {
    const token = tokenOf(await first())
    passes(14 * 86_400 - 60)
    const second = await refresh(token)
    expect(second).toMatchObject(taken)
    passes(14 * 86_400 + 60)
    expect(await refresh(tokenOf(second))).toMatchObject(refused)
  })

  test('ends thirty days after the consent, however often it was used (R83)', async () => {
    let token = tokenOf(await first())
    for (const days of [10, 10, 9]) {
      passes(days * 86_400)
      const next = await refresh(token)
      expect(next).toMatchObject(taken)
      token = tokenOf(next)
    }
    passes(86_400 + 60)
    expect(await refresh(token)).toMatchObject(refused)
  })
})

describe('POST /token looks again at every refresh (R86)', () => {
  test('at the account (CVE-2026-43983, GHSA-w6p7-2fxx-4f44, CVE-2023-22492)', async () => {
    const answer = await first()
    stage.allow(false)
    expect(await refresh(tokenOf(answer))).toMatchObject(refused)
  })

  test('at what is known of the person by now: groups, name (CVE-2023-22492)', async () => {
    const code = await stage.obtainCode(clientId, { scope: 'mcp:tools profile groups' })
    const answer = await stage.redeem(clientId, code)
    stage.signIn(undefined)
    const later = visitorOf({ groups: ['other'], name: 'Alice B.' })
    await stage.store.authorization.snapshots.remember({
      account: later.account,
      identity: later.identity,
      seenAt: later.signedInAt,
    })
    const { json } = await refresh(tokenOf(answer))
    const [, payload = ''] = String(json['access_token']).split('.')
    expect(JSON.parse(Buffer.from(payload, 'base64url').toString())).toMatchObject({
      groups: ['other'],
      name: 'Alice B.',
    })
  })

  test('at the consent (R77, CVE-2026-43983)', async () => {
    const answer = await first()
    const { account } = visitorOf()
    const [grant] = await stage.server.listGrants(account)
    await stage.server.endGrant(account, grant?.grantId ?? '')
    expect(await refresh(tokenOf(answer))).toMatchObject(refused)
    expect(await isLive(answer)).toBe(false)
  })

  test('at the client: one that was removed has none', async () => {
    const answer = await first()
    await stage.store.authorization.clients.remove(clientId)
    expect(await refresh(tokenOf(answer))).toMatchObject({
      status: 401,
      json: { error: 'invalid_client' },
    })
  })

  test('at the resource: one that is not configured any more gets nothing', async () => {
    const answer = await first()
    const [resource] = testSettings.resources
    if (resource === undefined) throw new Error('No resource')
    const moved = { resources: [{ ...resource, url: 'https://new.example.com/mcp' }] }
    const changed = await start(moved, { store: stage.store.authorization })
    const { status, json } = await refresh(tokenOf(answer), {}, {}, changed)
    expect(status).toBe(400)
    expect(json).not.toHaveProperty('access_token')
    await changed.close()
  })

  test('at the scopes: those that a configured client may not have any more are gone', async () => {
    const before = await stage.redeem(
      'shop',
      await stage.obtainCode('shop', { scope: 'mcp:tools mcp:admin' }),
      shop,
    )
    expect(before.json['scope']).toBe('mcp:tools mcp:admin')
    const interactive = {
      redirectUris: [redirectUri],
      grantTypes: ['authorization_code', 'refresh_token'],
      scopes: ['mcp:tools'],
    }
    const clients = [configuredClient('shop', interactive)]
    const changed = await startAuthorizationStage({ clients }, { store: stage.store.authorization })
    const { json } = await refresh(tokenOf(before), shop, {}, changed)
    expect(json['scope']).toBe('mcp:tools')
    await changed.close()
  })
})

describe('A refresh token of a client with a key (R97)', () => {
  const prove = async ({ privateKey, publicKey }: GenerateKeyPairResult) => ({
    DPoP: await new SignJWT({ htm: 'POST', htu: `${issuer}/token`, jti: randomUUID() })
      .setIssuedAt()
      .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk: await exportJWK(publicKey) })
      .sign(privateKey),
  })
  const newKey = () => generateKeyPair('ES256')

  test('is refused with another key or none, and stays good (R84)', async () => {
    const key = await newKey()
    const token = tokenOf(await first(clientId, {}, await prove(key)))
    expect(await refresh(token, {}, await prove(await newKey()))).toMatchObject(refused)
    expect(await refresh(token)).toMatchObject(refused)
    expect(await refresh(token, {}, await prove(key))).toMatchObject(taken)
  })

  test.each<[string, () => Promise<Form>]>([
    ['another key', async () => prove(await newKey())],
    ['no key', async () => ({})],
  ])(
    'ends its family when it comes again with %s, within the window too (R82)',
    async (_, other) => {
      const key = await newKey()
      const token = tokenOf(await first(clientId, {}, await prove(key)))
      const second = await refresh(token, {}, await prove(key))
      expect(second).toMatchObject(taken)
      expect(await refresh(token, {}, await other())).toMatchObject(refused)
      expect(await isLive(second)).toBe(false)
      expect(await refresh(tokenOf(second), {}, await prove(key))).toMatchObject(refused)
    },
  )

  describe('that could be bound to none, since it authenticates (R82)', () => {
    const obtain = async () => tokenOf(await first('shop', shop))
    const use = async (token: unknown, key: GenerateKeyPairResult | undefined) =>
      refresh(token, shop, key === undefined ? {} : await prove(key))

    test('gives the successor again to the same key', async () => {
      passes(0)
      const [token, key] = [await obtain(), await newKey()]
      const second = await use(token, key)
      const again = await use(token, key)
      expect([second.json['token_type'], again.json['token_type']]).toEqual(['DPoP', 'DPoP'])
      expect(tokenOf(again)).toBe(tokenOf(second))
    })

    test.each([
      ['another key', true, true],
      ['no key', true, false],
      ['a key after none', false, true],
    ])('ends its family when it comes again with %s', async (_, before, after) => {
      const token = await obtain()
      const second = await use(token, before ? await newKey() : undefined)
      expect(second).toMatchObject(taken)
      expect(await use(token, after ? await newKey() : undefined)).toMatchObject(refused)
      expect(await isLive(second)).toBe(false)
      expect(await use(tokenOf(second), undefined)).toMatchObject(refused)
    })

    test('gives one of two keys that race each other nothing', async () => {
      const token = await obtain()
      const answers = await Promise.all([use(token, await newKey()), use(token, await newKey())])
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 400])
    })
  })

  test('is nothing to another client, used or not, whatever key that has (R84)', async () => {
    const key = await newKey()
    const token = tokenOf(await first(clientId, {}, await prove(key)))
    const second = await refresh(token, {}, await prove(key))
    expect(await refresh(token, shop, await prove(await newKey()))).toMatchObject(refused)
    expect(await isLive(second)).toBe(true)
    expect(await refresh(tokenOf(second), {}, await prove(key))).toMatchObject(taken)
  })

  test('has a successor that is bound to the same key', async () => {
    const key = await newKey()
    const token = tokenOf(await first(clientId, {}, await prove(key)))
    const second = await refresh(token, {}, await prove(key))
    expect(second.json['token_type']).toBe('DPoP')
    expect(await refresh(tokenOf(second), {}, await prove(await newKey()))).toMatchObject(refused)
    expect(await refresh(tokenOf(second), {}, await prove(key))).toMatchObject(taken)
  })
})
