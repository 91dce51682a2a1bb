// Our own command line at the authorization server: tokens for origins with rules, for nobody else and nothing else.

import { decodeJwt } from 'jose'
import { afterEach, describe, expect, test } from 'vitest'
import { commandLineClient } from '../../../src/config/derive-clients.ts'
import { epochSeconds, seconds } from '../../../src/protocol/time.ts'
import {
  type AuthorizationStage,
  issuer,
  resource,
  startAuthorizationStage,
  visitorOf,
} from '../../support/authorization-stage.ts'

const cli = commandLineClient.id
const origin = 'https://app.example.com'
const redirectUri = 'http://127.0.0.1:50123/callback'
const wanted = { redirect_uri: redirectUri, resource: origin, scope: undefined }

let open: AuthorizationStage | undefined
afterEach(async () => {
  await open?.close()
  open = undefined
})

async function start(known: readonly string[] = [origin]) {
  const hosts = new Set(known)
  const stage = await startAuthorizationStage({
    clients: [commandLineClient, { ...commandLineClient, id: 'tool', scopes: undefined }],
    knowsOrigin: (asked) => hosts.has(asked),
    accessTokenLifetime: seconds(3_600),
    rememberConsent: seconds(86_400),
  })
  stage.signIn(visitorOf())
  open = stage
  return { stage, hosts }
}

/** What an authorization request is refused with, at the redirect URI or on a page. */
async function refusalOf(stage: AuthorizationStage, clientId: string, changes: object) {
  const parameters = stage.parameters(clientId, { ...wanted, ...changes })
  const answer = await stage.browser().get(`/authorize?${parameters}`)
  return answer.location?.searchParams.get('error') ?? answer.text
}

const tokensOf = async (stage: AuthorizationStage) => {
  const code = await stage.obtainCode(cli, wanted)
  const { json } = await stage.redeem(cli, code, { redirect_uri: redirectUri })
  return { access: String(json?.['access_token']), refresh: String(json?.['refresh_token']) }
}

const refresh = (stage: AuthorizationStage, token: string) =>
  stage.post('/token', { grant_type: 'refresh_token', refresh_token: token, client_id: cli })

describe('the command line', () => {
  test('gets a token for the origin alone, of ten minutes at most, without scopes', async () => {
    const { stage } = await start()
    const { access, refresh: kept } = await tokensOf(stage)
    const claims = decodeJwt(access)
    expect(claims).toMatchObject({ iss: issuer, aud: origin, client_id: cli })
    expect(claims['scope']).toBeUndefined()
    expect(Number(claims.exp) - Number(claims.iat)).toBe(600)
    const next = await refresh(stage, kept)
    expect(decodeJwt(String(next.json?.['access_token']))).toMatchObject({ aud: origin })
  })

  test('is shown as ours, and asked about each time', async () => {
    const { stage } = await start()
    for (const _ of [1, 2]) {
      const visit = stage.browser()
      const answer = await visit.get(`/authorize?${stage.parameters(cli, wanted)}`)
      expect(await stage.findConsent(visit, answer.location?.pathname ?? '')).toMatchObject({
        step: 'consent',
        client: { id: cli, name: 'Sallyport command line', verified: true },
        resource: { url: origin },
        scopes: [],
        mayRemember: false,
      })
      await stage.obtainCode(cli, wanted)
    }
  })

  test.each([
    ['an origin without rules', { resource: 'https://other.example.com' }, 'invalid_target'],
    ['a resource', { resource }, 'invalid_target'],
    ['nothing', { resource: undefined }, 'invalid_target'],
    ['the origin with a path', { resource: `${origin}/x` }, 'invalid_target'],
    ['who the person is', { scope: 'openid email' }, 'invalid_scope'],
  ])('gets no token for %s', async (_, changes, error) => {
    const { stage } = await start()
    expect(await refusalOf(stage, cli, changes)).toContain(error)
  })

  test.each([
    'https://evil.example.com/callback',
    'http://127.0.0.1:50123/other',
    'http://localhost:50123/callback',
  ])('is never answered at %s', async (redirect_uri) => {
    const { stage } = await start()
    const parameters = stage.parameters(cli, { ...wanted, redirect_uri })
    const answer = await stage.browser().get(`/authorize?${parameters}`)
    expect(answer.status).toBe(400)
    expect(answer.location).toBeUndefined()
  })

  test('gets nothing more for a host that has lost its rules', async () => {
    const { stage, hosts } = await start()
    const { refresh: kept } = await tokensOf(stage)
    hosts.clear()
    const refused = await refresh(stage, kept)
    expect(refused).toMatchObject({ status: 400, json: { error: 'invalid_target' } })
    hosts.add(origin)
    expect((await refresh(stage, kept)).status).toBe(200)
  })

  test.each(['/request', '/device/auth'])('is nobody at %s when it is off', async (path) => {
    open = await startAuthorizationStage({ knowsOrigin: () => true })
    const form = { client_id: cli, resource: origin, redirect_uri: redirectUri }
    expect((await open.post(path, form)).json).toMatchObject({ error: 'invalid_client' })
  })

  test('alone gets tokens for origins', async () => {
    const { stage } = await start()
    expect(await refusalOf(stage, 'tool', {})).toContain('invalid_target')
  })

  test('ends its access token with its refresh token', async () => {
    const { stage } = await start()
    const { access, refresh: token } = await tokensOf(stage)
    const isLive = async () =>
      stage.server.isLive(String(decodeJwt(access).jti), epochSeconds(Date.now() / 1000))
    expect(await isLive()).toBe(true)
    await stage.post('/revoke', { token, client_id: cli })
    expect(await isLive()).toBe(false)
  })
})
