// Is a code good once, for a minute, for the client that it was made for? security.md R79, R80

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { hashOf } from '../../../src/adapters/sealing.ts'
import { epochSeconds } from '../../../src/protocol/time.ts'
import {
  type Answer,
  type AuthorizationStage,
  redirectUri,
  startAuthorizationStage,
  visitorOf,
} from '../../support/authorization-stage.ts'
import { configuredClient, secretOf } from '../../support/configured-client.ts'

const thief = { client_id: 'thief', client_secret: secretOf('thief') }

let stage: AuthorizationStage
let clientId: string

beforeEach(async () => {
  const interactive = {
    redirectUris: [redirectUri],
    grantTypes: ['authorization_code', 'refresh_token'],
  }
  stage = await startAuthorizationStage({ clients: [configuredClient('thief', interactive)] })
  clientId = String((await stage.register()).json['client_id'])
})
afterEach(async () => {
  vi.useRealTimers()
  await stage.close()
})

/** `seconds` from now on the clock of the server and of the library, which stands still from then on. */
const passes = (seconds: number) =>
  void vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + seconds * 1000 })

const idOf = (token: unknown): string =>
  JSON.parse(Buffer.from(String(token).split('.')[1] ?? '', 'base64url').toString()).jti
const isLive = async ({ json }: Answer) =>
  stage.server.isLive(idOf(json['access_token']), epochSeconds(Date.now() / 1000))
const refresh = ({ json }: Answer) =>
  stage.post('/token', {
    grant_type: 'refresh_token',
    client_id: clientId,
    refresh_token: String(json['refresh_token']),
  })
const refused = { status: 400, json: { error: 'invalid_grant' } }

describe('POST /token with a code', () => {
  test('takes it 59 seconds after it was made and not 61 (R79, CVE-2026-26232)', async () => {
    passes(0)
    const [early, late] = [await stage.obtainCode(clientId), await stage.obtainCode(clientId)]
    passes(59)
    expect(await stage.redeem(clientId, early)).toMatchObject({ status: 200 })
    passes(2)
    expect(await stage.redeem(clientId, late)).toMatchObject(refused)
  })

  test('takes it once, however long ago that was (R79, CVE-2026-26232)', async () => {
    const code = await stage.obtainCode(clientId)
    expect(await stage.redeem(clientId, code)).toMatchObject({ status: 200 })
    for (const seconds of [0, 30, 31, 600]) {
      passes(seconds)
      expect(await stage.redeem(clientId, code)).toMatchObject(refused)
    }
  })

  test('gives tokens to one of thirty, through two servers (R79, GHSA-7w99-5wm4-3g79)', async () => {
    const other = await startAuthorizationStage({}, { store: stage.store.authorization })
    const code = await stage.obtainCode(clientId)
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, at) => (at % 2 === 0 ? stage : other).redeem(clientId, code)),
    )
    await other.close()
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
  })

  test('ends the tokens of the first when the right client comes again (R80)', async () => {
    const code = await stage.obtainCode(clientId)
    const first = await stage.redeem(clientId, code)
    const second = await refresh(first)
    expect(await stage.redeem(clientId, code)).toMatchObject(refused)
    expect(await Promise.all([isLive(first), isLive(second)])).toEqual([false, false])
    expect(await refresh(second)).toMatchObject(refused)
    const grants = stage.lines.filter(({ event }) => event === 'grant.ended')
    expect(grants.length).toBeGreaterThan(0)
  })

  const foreign = 'CVE-2026-32245, GHSA-xg2q-62g2-cvcm, GHSA-xqxv-4jc2-x56x'
  test(`gives nothing to another client, and harms nobody (R80, ${foreign})`, async () => {
    const code = await stage.obtainCode(clientId)
    expect(await stage.redeem('thief', code, thief)).toMatchObject(refused)
    const first = await stage.redeem(clientId, code)
    expect(first.status).toBe(200)
    expect(await stage.redeem('thief', code, thief)).toMatchObject(refused)
    expect(await isLive(first)).toBe(true)
    expect(await refresh(first)).toMatchObject({ status: 200 })
  })

  test.each<[string, (code: string) => string]>([
    ['its beginning', (code) => code.slice(0, -1)],
    ['more behind it', (code) => `${code}x`],
    ['another last letter', (code) => code.slice(0, -1) + (code.endsWith('A') ? 'B' : 'A')],
    ['other capitals', (code) => code.toLowerCase()],
    ['a wildcard', () => '%'],
    ['the name of a member', () => '__proto__'],
    ['its hash, as the store has it', (code) => hashOf(code)],
  ])('does not take %s for it (R79, workers-oauth-provider 225)', async (_name, change) => {
    const code = await stage.obtainCode(clientId)
    expect(await stage.redeem(clientId, change(code))).toMatchObject(refused)
    expect(await stage.redeem(clientId, code)).toMatchObject({ status: 200 })
  })

  test('takes none when consent was withdrawn meanwhile (R77, R86)', async () => {
    const code = await stage.obtainCode(clientId)
    const { account } = visitorOf()
    const [grant] = await stage.server.listGrants(account)
    expect(await stage.server.endGrant(account, grant?.grantId ?? '')).toBe('ended')
    expect(await stage.redeem(clientId, code)).toMatchObject(refused)
  })

  test('takes a refresh token or an access token for no code (R92)', async () => {
    const first = await stage.redeem(clientId, await stage.obtainCode(clientId))
    for (const name of ['refresh_token', 'access_token'])
      expect(await stage.redeem(clientId, String(first.json[name]))).toMatchObject(refused)
    expect(await refresh(first)).toMatchObject({ status: 200 })
  })
})
