// Is it an OpenID provider for an application of the house? OpenID Connect Core 1.0, RP-Initiated Logout 1.0

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createLocalJWKSet, jwtVerify } from 'jose'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  type AuthorizationStage,
  issuer,
  redirectUri,
  resource,
  startAuthorizationStage,
  visitorOf,
} from '../../support/authorization-stage.ts'

const secret = 'the-secret-of-the-application-with-enough-length'
const id = 'app'
const told: string[] = []

let stage: AuthorizationStage
let close: () => void

beforeAll(async () => {
  const listener = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk) => {
      body += String(chunk)
    })
    request.on('end', () => {
      told.push(body)
      response.end()
    })
  })
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
  const { port } = listener.address() as AddressInfo
  close = () => listener.close()
  stage = await startAuthorizationStage({
    clients: [
      {
        id,
        name: 'An application',
        secret,
        jwks: undefined,
        authMethod: 'client_secret_post',
        redirectUris: [redirectUri],
        postLogoutRedirectUris: ['https://app.example.com/bye'],
        backchannelLogoutUri: `http://127.0.0.1:${port}/logout`,
        grantTypes: ['authorization_code', 'refresh_token'],
        scopes: undefined,
        trusted: false,
        dpopRequired: false,
      },
    ],
  })
})
afterAll(async () => {
  close()
  await stage.close()
})

const openid = { scope: 'openid profile email groups', resource: undefined, nonce: 'a-nonce' }
const tokens = async (changes: Record<string, string | undefined> = openid) =>
  (await stage.redeem(id, await stage.obtainCode(id, changes), { client_secret: secret })).json
const userinfo = (token: unknown, scheme = 'Bearer') =>
  stage.request('/userinfo', { headers: { Authorization: `${scheme} ${String(token)}` } })

test('An ID token says who it is for whom, by an RS256 signature', async () => {
  const { id_token: token } = await tokens()
  const keys = createLocalJWKSet(await stage.server.publicKeys())
  const { payload, protectedHeader } = await jwtVerify(String(token), keys, {
    issuer,
    audience: id,
  })
  expect(protectedHeader.alg).toBe('RS256')
  expect(payload).toMatchObject({ sub: visitorOf().account, nonce: 'a-nonce' })
})

test('GET /userinfo says what the scopes let it', async () => {
  const all = await userinfo((await tokens())['access_token'])
  expect(all.json).toEqual({
    sub: visitorOf().account,
    name: 'Alice',
    preferred_username: 'alice',
    email: 'alice@example.com',
    email_verified: true,
    groups: ['users'],
  })
  const few = await userinfo((await tokens({ ...openid, scope: 'openid' }))['access_token'])
  expect(few.json).toEqual({ sub: visitorOf().account })
})

test('GET /userinfo refuses tokens of a resource, in the address, and none at all (R94)', async () => {
  const { access_token: token } = await tokens({ scope: 'openid mcp:tools', resource })
  const claims = JSON.parse(Buffer.from(String(token).split('.')[1] ?? '', 'base64url').toString())
  for (const text of [token, claims.jti, 'x']) {
    const answer = await userinfo(text)
    expect([answer.status, answer.json['error']]).toBeOneOf([
      [401, 'invalid_token'],
      [403, 'insufficient_scope'],
    ])
  }
  const { access_token: own } = await tokens()
  expect((await stage.request(`/userinfo?access_token=${String(own)}`)).status).toBe(401)
})

test('An ID token is no access token (R92)', async () => {
  const { id_token: token } = await tokens()
  expect((await userinfo(token)).status).toBe(401)
})

test('GET /session/end asks, and then ends our session and the library’s', async () => {
  const visit = stage.browser()
  const { id_token: hint } = await tokens()
  const back = 'https://app.example.com/bye'
  const query = new URLSearchParams({
    id_token_hint: String(hint),
    post_logout_redirect_uri: back,
    state: 's',
  })
  const asked = await visit.get(`/session/end?${query}`)
  expect(asked.status).toBe(200)
  expect(asked.text).toContain('sign-out')
  const token = /"token":"([^"]+)"/.exec(asked.text)?.[1] ?? ''
  const ended = await visit.post('/session/end/confirm', { xsrf: token, logout: 'yes' })
  expect([ended.status, ended.location?.href]).toEqual([303, `${back}?state=s`])
  expect(ended.headers.getSetCookie()).toContain('sallyport=; Path=/; Max-Age=0')
})

test('GET /session/end/success says whether the person stayed signed in', async () => {
  const visit = stage.browser()
  await visit.get(`/authorize?${stage.parameters(id, openid)}`)
  const asked = await visit.get(`/session/end?client_id=${id}`)
  const token = /"token":"([^"]+)"/.exec(asked.text)?.[1] ?? ''
  const stayed = await visit.post('/session/end/confirm', { xsrf: token })
  expect(stayed.headers.getSetCookie()).not.toContain('sallyport=; Path=/; Max-Age=0')
  const success = `${stayed.location?.pathname}${stayed.location?.search}`
  expect((await visit.get(success)).text).toContain('<title>still-signed-in</title>')
  stage.signIn(undefined)
  expect((await visit.get(success)).text).toContain('<title>signed-out</title>')
  stage.signIn(visitorOf())
})

test.each([
  [
    'an address that is not registered',
    { client_id: id, post_logout_redirect_uri: 'https://evil.example/' },
  ],
  ['a hint that is no token', { id_token_hint: 'x' }],
])('GET /session/end refuses %s with a page', async (_name, query) => {
  const answer = await stage.browser().get(`/session/end?${new URLSearchParams(query)}`)
  expect([answer.status, answer.location]).toEqual([400, undefined])
  expect(answer.headers.get('content-type')).toContain('text/html')
})

test('POST /session/end/confirm refuses a form that is not ours', async () => {
  const visit = stage.browser()
  await visit.get('/session/end')
  const answer = await visit.post('/session/end/confirm', { xsrf: 'x', logout: 'yes' })
  expect(answer.status).toBe(400)
  expect(answer.headers.getSetCookie()).not.toContain('sallyport=; Path=/; Max-Age=0')
})

test('noticeOfLogout() resolves and logs when the store cannot be asked', async () => {
  const broken = await startAuthorizationStage()
  await broken.store.close()
  const { account } = visitorOf()
  const tell = await broken.server.noticeOfLogout(account)
  await expect(tell()).resolves.toBeUndefined()
  const events = broken.lines.filter(({ event }) => event === 'client.not_told_of_logout')
  expect(events.map(({ fields }) => fields)).toEqual([
    { account, reason: expect.stringContaining('Error') },
  ])
  await broken.close()
})

test('noticeOfLogout() lets applications be told that want to know, though their grants end', async () => {
  await tokens()
  told.length = 0
  const { account } = visitorOf()
  const tell = await stage.server.noticeOfLogout(account)
  await stage.store.authorization.artifacts.destroyGrantsOf({ account })
  await tell()
  expect(told).toHaveLength(1)
  const logoutToken = new URLSearchParams(told[0]).get('logout_token')
  const keys = createLocalJWKSet(await stage.server.publicKeys())
  const { payload, protectedHeader } = await jwtVerify(logoutToken ?? '', keys, {
    issuer,
    audience: id,
  })
  expect(protectedHeader.typ).toBe('logout+jwt')
  expect(payload).toMatchObject({
    sub: visitorOf().account,
    events: { 'http://schemas.openid.net/event/backchannel-logout': {} },
  })
})
