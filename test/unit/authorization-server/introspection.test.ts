// Does introspection say what the gate would say? security.md R88, R89

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import {
  type Answer,
  type AuthorizationStage,
  redirectUri,
  resource,
  startAuthorizationStage,
  visitorOf,
} from '../../support/authorization-stage.ts'
import { configuredClient, secretOf } from '../../support/configured-client.ts'

const credentials = (id: string) => ({ client_id: id, client_secret: secretOf(id) })

let stage: AuthorizationStage
let clientId: string

beforeEach(async () => {
  stage = await startAuthorizationStage({
    clients: [
      configuredClient('gate'),
      configuredClient('machine'),
      configuredClient('app', {
        redirectUris: [redirectUri],
        grantTypes: ['authorization_code', 'refresh_token'],
      }),
    ],
  })
  clientId = String((await stage.register()).json['client_id'])
})
afterEach(async () => {
  vi.useRealTimers()
  await stage.close()
})

const tokens = async () => stage.redeem(clientId, await stage.obtainCode(clientId))
const ask = async (token: unknown, who = credentials('gate')) => {
  const { status, json } = await stage.post('/introspect', { token: String(token), ...who })
  return status === 200 ? json : { status }
}
const revoke = (token: unknown, who: Record<string, string>) =>
  stage.post('/revoke', { token: String(token), ...who })
const accessOf = ({ json }: Answer) => json['access_token']
const refreshOf = ({ json }: Answer) => json['refresh_token']

describe('POST /introspect answers "inactive" and nothing else (R89, CVE-2026-8922)', () => {
  test.each<[string, (given: Answer) => unknown]>([
    ['was revoked', async (given) => revoke(accessOf(given), { client_id: clientId })],
    ['went with its refresh token', (given) => revoke(refreshOf(given), { client_id: clientId })],
    [
      'went with the consent',
      async () => {
        const [grant] = await stage.server.listGrants(visitorOf().account)
        await stage.server.endGrant(visitorOf().account, grant?.grantId ?? '')
      },
    ],
    ['has expired', () => void vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 601_000 })],
    ['is of an account that may not sign in any more', () => stage.allow(false)],
  ])('of a token that %s', async (_name, end) => {
    const given = await tokens()
    expect(await ask(accessOf(given))).toMatchObject({ active: true })
    await end(given)
    expect(await ask(accessOf(given))).toEqual({ active: false })
  })

  test('of a token of an application that the operator took away', async () => {
    const { authorization: store } = stage.store
    const { gate, app } = {
      gate: configuredClient('gate'),
      app: configuredClient('app', { redirectUris: [redirectUri] }),
    }
    const before = await startAuthorizationStage({ clients: [gate, app] }, { store })
    const given = await before.redeem('app', await before.obtainCode('app'), credentials('app'))
    await before.close()
    const after = await startAuthorizationStage({ clients: [gate] }, { store })
    const question = { token: String(accessOf(given)), ...credentials('gate') }
    const { status, json } = await after.post('/introspect', question)
    await after.close()
    expect(await ask(accessOf(given))).toMatchObject({ active: true, client_id: 'app' })
    expect([status, json]).toEqual([200, { active: false }])
  })

  test('of a token of a machine that was revoked (CVE-2023-0091)', async () => {
    const form = { grant_type: 'client_credentials', resource }
    const given = await stage.post('/token', { ...form, ...credentials('machine') })
    expect(await ask(accessOf(given))).toMatchObject({ active: true, client_id: 'machine' })
    expect((await revoke(accessOf(given), credentials('machine'))).status).toBe(200)
    expect(await ask(accessOf(given))).toEqual({ active: false })
  })

  test('to a client that registered and was not given it', async () => {
    const { json } = await stage.register({
      redirect_uris: ['https://spy.example.com/cb'],
      token_endpoint_auth_method: 'client_secret_post',
    })
    const spy = {
      client_id: String(json['client_id']),
      client_secret: String(json['client_secret']),
    }
    const given = await tokens()
    for (const token of [accessOf(given), refreshOf(given), 'x'])
      expect(await ask(token, spy)).toEqual({ active: false })
  })

  test('of what is no access or refresh token: a code, a registration token', async () => {
    const registered = await stage.register({ client_name: 'Another' })
    const code = await stage.obtainCode(clientId)
    for (const token of [code, registered.json['registration_access_token'], '__proto__', '%'])
      expect(await ask(token)).toEqual({ active: false })
  })

  test('in the address it answers nothing', async () => {
    const given = await tokens()
    const query = new URLSearchParams({ token: String(accessOf(given)), ...credentials('gate') })
    const answer = await stage.request(`/introspect?${query}`)
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'POST, OPTIONS'])
  })
})

describe('POST /revoke of a foreign client (R88, workers-oauth-provider 188)', () => {
  test('ends nothing, and says no more than to a text that is no token', async () => {
    const given = await tokens()
    const nothing = await revoke('x', credentials('app'))
    for (const token of [accessOf(given), refreshOf(given)]) {
      const answer = await revoke(token, credentials('app'))
      expect([answer.status, answer.text]).toEqual([nothing.status, nothing.text])
    }
    expect(await ask(accessOf(given))).toMatchObject({ active: true })
    const form = { grant_type: 'refresh_token', client_id: clientId }
    const next = await stage.post('/token', { ...form, refresh_token: String(refreshOf(given)) })
    expect(next.status).toBe(200)
  })

  test('without a secret, or with a hint that is wrong, ends nothing either', async () => {
    const given = await tokens()
    for (const who of [{ client_id: 'app' }, {}, { ...credentials('app'), token_type_hint: 'x' }])
      await revoke(accessOf(given), who as Record<string, string>)
    expect(await ask(accessOf(given))).toMatchObject({ active: true })
  })
})
