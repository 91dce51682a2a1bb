// Sallyport as OpenID provider of an application that somebody else wrote, through nginx: nothing but a client in the
// configuration, and no resource that wants access tokens.

import { randomBytes } from 'node:crypto'
import { createRemoteJWKSet, customFetch, jwtVerify } from 'jose'
import * as openid from 'openid-client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freePorts } from './support/loopback.ts'
import { agreeing } from './support/mcp-stage.ts'
import { startNginx } from './support/nginx.ts'
import {
  createEdgeFetch,
  discover,
  type LogoutReceiver,
  signIn,
  startLogoutReceiver,
} from './support/openid-app.ts'
import { createPerson, type Person } from './support/person.ts'
import { type Stage, startStage } from './support/stage.ts'

const redirectUri = 'https://app.sep.test/public/callback'
const afterLogout = 'https://app.sep.test/public/bye'
const scope = 'openid profile email groups'
const secret = randomBytes(32).toString('base64url')

let stage: Stage
let receiver: LogoutReceiver
let app: openid.Configuration

beforeAll(async () => {
  const [port = 0] = await freePorts(1)
  const portal = {
    id: 'portal',
    name: 'Portal',
    secret,
    redirect_uris: [redirectUri],
    post_logout_redirect_uris: [afterLogout],
    backchannel_logout_uri: `https://localhost:${port}/logged-out`,
    trusted: true,
  }
  stage = await startStage(startNginx, { authorization_server: { clients: [portal] } })
  receiver = await startLogoutReceiver(port, stage.certificates)
  app = await discover(stage.edge, 'portal', openid.ClientSecretBasic(secret))
})
afterAll(async () => {
  await receiver?.close()
  await stage?.stop()
})

const newPerson = (): Person => createPerson(stage.visitor(), agreeing)
const enter = (person: Person, parameters = {}) =>
  signIn(app, person, { redirectUri, parameters: { scope, ...parameters } })
const subjectOf = ({ tokens }: Awaited<ReturnType<typeof enter>>): string =>
  tokens.claims()?.sub ?? ''

/** Whether the browser gets to an application without a login on the way. */
const isSignedIn = async ({ visitor }: Person): Promise<boolean> => {
  const { trail } = await visitor.open('https://app.sep.test/home')
  return trail.length === 1
}

/** The newest logout token, once there are more than before; checked as OpenID Back-Channel Logout 1.0 §2.6 has it. */
async function readLogout(before: number) {
  await expect.poll(() => receiver.tokens().length, { timeout: 15_000 }).toBeGreaterThan(before)
  const { jwks_uri: keys = '', issuer } = app.serverMetadata()
  const fetched = createEdgeFetch(stage.edge)
  const keySet = createRemoteJWKSet(new URL(keys), {
    [customFetch]: (url, { method, headers }) =>
      fetched(url, {
        method,
        headers: Object.fromEntries(headers),
        body: null,
        redirect: 'manual',
      }),
  })
  const options = { issuer, audience: 'portal', typ: 'logout+jwt' }
  return (await jwtVerify(receiver.tokens().at(-1) ?? '', keySet, options)).payload
}

describe('an OpenID application', () => {
  test('learns who it is, and nobody is asked for consent to an application of the operator', async () => {
    const person = newPerson()
    const entered = await enter(person)
    expect(entered.tokens.claims()).toMatchObject({ iss: 'https://auth.sep.test', aud: 'portal' })
    const told = await openid.fetchUserInfo(app, entered.tokens.access_token, subjectOf(entered))
    expect(told).toEqual({
      sub: subjectOf(entered),
      name: 'Alice Example',
      preferred_username: 'alice',
      email: 'alice@example.com',
      email_verified: true,
      groups: ['admins', 'staff'],
    })
    const asked = person.pages().map(({ answer }) => answer.body)
    expect(asked.filter((body) => body.includes('name="decision"'))).toEqual([])
    expect(stage.sallyport.output()).not.toContain(entered.tokens.access_token)
  })

  test('lets a person in who is signed in already, without a page', async () => {
    const person = newPerson()
    const first = await enter(person)
    const seen = person.pages().length
    const second = await enter(person, { prompt: 'none' })
    expect(subjectOf(second)).toBe(subjectOf(first))
    expect(person.pages().length).toBe(seen + 1)
  })

  test('gets nothing with another redirect URI or a wrong secret (R59, R85)', async () => {
    const { visitor } = newPerson()
    const foreign = openid.buildAuthorizationUrl(app, {
      redirect_uri: 'https://app.sep.test/other',
      scope,
      code_challenge: await openid.calculatePKCECodeChallenge(openid.randomPKCECodeVerifier()),
      code_challenge_method: 'S256',
    })
    const refused = await visitor.open(foreign.href)
    expect([refused.status, refused.url.host]).toEqual([400, 'auth.sep.test'])
    const wrong = openid.ClientSecretPost(`${secret}x`)
    const thief = await discover(stage.edge, 'portal', wrong)
    await expect(
      signIn(thief, newPerson(), { redirectUri, parameters: { scope } }),
    ).rejects.toThrow(expect.objectContaining({ error: 'invalid_client' }))
  })

  test('refreshes, and a refresh token that it ends is good no more (R81, R88)', async () => {
    const entered = await enter(newPerson())
    const first = entered.tokens.refresh_token ?? ''
    const next = await openid.refreshTokenGrant(app, first)
    expect(next.refresh_token).not.toBe(first)
    const told = await openid.fetchUserInfo(app, next.access_token, subjectOf(entered))
    expect(told.email).toBe('alice@example.com')
    await openid.tokenRevocation(app, next.refresh_token ?? '')
    await expect(openid.refreshTokenGrant(app, next.refresh_token ?? '')).rejects.toMatchObject({
      error: 'invalid_grant',
    })
  })

  test('signs the person out here when they sign out there', async () => {
    const person = newPerson()
    const entered = await enter(person)
    expect(await isSignedIn(person)).toBe(true)
    const before = receiver.tokens().length
    const address = openid.buildEndSessionUrl(app, {
      id_token_hint: entered.tokens.id_token ?? '',
      post_logout_redirect_uri: afterLogout,
      state: 'there',
    })
    const page = await person.visitor.open(address.href)
    expect(page.answer.body).toContain('Portal')
    expect(await isSignedIn(person)).toBe(true)
    const { url } = await person.visitor.submit(page, { logout: 'yes' })
    expect(url.href).toBe(`${afterLogout}?state=there`)
    expect(await isSignedIn(person)).toBe(false)
    expect(await readLogout(before)).toMatchObject({ sub: subjectOf(entered) })
  })

  test('may send the browser to the logout with its name alone, as Grafana does', async () => {
    const person = newPerson()
    await enter(person)
    const address = new URL(app.serverMetadata().end_session_endpoint ?? '')
    address.search = `${new URLSearchParams({ client_id: 'portal', post_logout_redirect_uri: afterLogout })}`
    const page = await person.visitor.open(address.href)
    const { url } = await person.visitor.submit(page, { logout: 'yes' })
    expect(url.href).toBe(afterLogout)
    expect(await isSignedIn(person)).toBe(false)
  })

  test('is told when the person signs out here (OpenID Back-Channel Logout 1.0)', async () => {
    const person = newPerson()
    const entered = await enter(person)
    const before = receiver.tokens().length
    const page = await person.visitor.open('https://auth.sep.test/logout')
    await person.visitor.submit(page, { csrf: hiddenValue('csrf', page.answer.body) })
    const claims = await readLogout(before)
    expect(claims).toMatchObject({
      sub: subjectOf(entered),
      events: { 'http://schemas.openid.net/event/backchannel-logout': {} },
    })
    expect(claims).not.toHaveProperty('nonce')
    // What it was given it keeps: it may work while nobody is there.
    const next = await openid.refreshTokenGrant(app, entered.tokens.refresh_token ?? '')
    expect(next.access_token).not.toBe(entered.tokens.access_token)
  })

  test('is the only client: nobody can register or be known by a document', async () => {
    const metadata = app.serverMetadata()
    expect(metadata.registration_endpoint).toBeUndefined()
    expect(metadata['client_id_metadata_document_supported']).toBeUndefined()
  })
})

const hiddenValue = (name: string, body: string): string =>
  new RegExp(`name="${name}" value="([^"]*)"`).exec(body)?.[1] ?? ''
