// Clients of the configuration at every other door of the authorization server, through nginx to a resource:
// machines, devices, bound tokens, resource servers, and the FAPI profile. openid-client asks.

import { randomBytes } from 'node:crypto'
import { exportJWK, generateKeyPair } from 'jose'
import * as openid from 'openid-client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type HeaderLine, headerOf, statusOf } from './support/http-message.ts'
import { agreeing } from './support/mcp-stage.ts'
import { startNginx } from './support/nginx.ts'
import { observe, only } from './support/observe.ts'
import { createEdgeFetch, discover, signIn } from './support/openid-app.ts'
import { type Answers, createPerson, type Person } from './support/person.ts'
import type { ConfigurationText } from './support/sallyport.ts'
import { type Stage, startStage } from './support/stage.ts'
import { allowed, resource } from './support/stage-configuration.ts'

const redirectUri = 'https://app.sep.test/public/callback'
const deviceGrant = 'urn:ietf:params:oauth:grant-type:device_code'
const secret = randomBytes(32).toString('base64url')
const parameters = { scope: 'mcp:tools', resource }

const keys = await generateKeyPair('ES256', { extractable: true })
const jwks = { keys: [{ ...(await exportJWK(keys.publicKey)), alg: 'ES256', kid: 'one' }] }
const withKey = openid.PrivateKeyJwt({ key: keys.privateKey, kid: 'one' })

const start = (server: ConfigurationText): Promise<Stage> =>
  startStage(startNginx, {
    allow: [{ emails: allowed }, { clients: ['cron', 'spare'] }],
    resources: [
      { url: resource, scopes: ['mcp:tools'], allow: [{ emails: allowed }, { clients: ['cron'] }] },
    ],
    authorization_server: server,
  })

const personOf = (stage: Stage, more: Answers = []): Person =>
  createPerson(stage.visitor(), [...agreeing, ...more])

/** One request to the MCP server with this credential. */
const ask = (stage: Stage, authorization: string, proof?: string) => {
  const headers: HeaderLine[] = [['Authorization', authorization]]
  if (proof !== undefined) headers.push(['DPoP', proof])
  return observe(stage, { host: 'mcp.sep.test', target: '/mcp', headers })
}

/** A key of the client's, and what it sent to the MCP server last. */
async function bind(stage: Stage, app: openid.Configuration) {
  const handle = openid.getDPoPHandle(app, await openid.randomDPoPKeyPair('ES256'))
  const send = createEdgeFetch(stage.edge)
  let proof = ''
  const use = async (token: string): Promise<Response> => {
    app[openid.customFetch] = (url, options) => {
      if (url === resource) proof = new Headers(options.headers).get('dpop') ?? ''
      return send(url, options)
    }
    const url = new URL(resource)
    return openid.fetchProtectedResource(app, token, url, 'GET', null, undefined, { DPoP: handle })
  }
  return { handle, use, lastProof: () => proof }
}

describe('a client of the configuration', () => {
  let stage: Stage
  beforeAll(async () => {
    stage = await start({
      clients: [
        { id: 'cron', jwks, grant_types: ['client_credentials'] },
        { id: 'spare', secret, grant_types: ['client_credentials'] },
        { id: 'tool', name: 'Tool', redirect_uris: [redirectUri] },
        { id: 'bound', name: 'Bound', redirect_uris: [redirectUri], dpop_required: true },
        { id: 'tv', name: 'Television', grant_types: [deviceGrant, 'refresh_token'] },
      ],
    })
  })
  afterAll(async () => {
    await stage?.stop()
  })

  test('acts for itself with a key, and the server learns which one it is', async () => {
    const cron = await discover(stage.edge, 'cron', withKey)
    const { access_token: token } = await openid.clientCredentialsGrant(cron, parameters)
    const seen = await ask(stage, `Bearer ${token}`)
    expect(statusOf(seen.answer)).toBe(200)
    expect(headerOf(only(seen.mcp), 'x-forwarded-user')).toBe('cron')
    expect(headerOf(only(seen.mcp), 'x-forwarded-scopes')).toBe('mcp:tools')
  })

  test('acts for itself where the resource lists it, and nowhere else', async () => {
    const spare = await discover(stage.edge, 'spare', openid.ClientSecretBasic(secret))
    const { access_token: token } = await openid.clientCredentialsGrant(spare, parameters)
    const seen = await ask(stage, `Bearer ${token}`)
    expect(statusOf(seen.answer)).toBe(403)
    expect(seen.mcp).toEqual([])
  })

  test('is refused with the key of another (RFC 7523 §3)', async () => {
    const other = await generateKeyPair('ES256')
    const forged = openid.PrivateKeyJwt({ key: other.privateKey, kid: 'one' })
    const cron = await discover(stage.edge, 'cron', forged)
    await expect(openid.clientCredentialsGrant(cron, parameters)).rejects.toMatchObject({
      error: 'invalid_client',
    })
  })

  test('uses a bound token with a proof for the public URL, once (RFC 9449 §4.3, §7)', async () => {
    const app = await discover(stage.edge, 'bound', openid.None())
    const { handle, use, lastProof } = await bind(stage, app)
    const signedIn = { redirectUri, parameters, dpop: handle }
    const { tokens } = await signIn(app, personOf(stage), signedIn)
    expect(tokens.token_type).toBe('dpop')
    const token = tokens.access_token
    expect((await use(token)).status).toBe(200)
    expect(headerOf(stage.mcp.requests.at(-1) ?? only([]), 'x-forwarded-user')).toBe(
      'alice@example.com',
    )
    const refused = [
      await ask(stage, `DPoP ${token}`, lastProof()),
      await ask(stage, `DPoP ${token}`),
      await ask(stage, `Bearer ${token}`),
    ]
    for (const { answer, mcp } of refused) {
      expect(statusOf(answer)).toBe(401)
      expect(mcp).toEqual([])
    }
    const stranger = await bind(stage, app)
    await expect(stranger.use(token)).rejects.toMatchObject({ status: 401 })
    expect((await use(token)).status).toBe(200)
  })

  test('gets no token without a proof when its tokens have to be bound', async () => {
    const app = await discover(stage.edge, 'bound', openid.None())
    await expect(signIn(app, personOf(stage), { redirectUri, parameters })).rejects.toMatchObject({
      error: 'invalid_grant',
    })
  })

  test('sends its request ahead, and the browser with a reference (RFC 9126)', async () => {
    const app = await discover(stage.edge, 'tool', openid.None())
    const person = personOf(stage)
    const wanted = { redirectUri, parameters, isPushed: true }
    const { address, tokens } = await signIn(app, person, wanted)
    expect(address.searchParams.has('redirect_uri')).toBe(false)
    expect(person.pages().map(({ answer }) => answer.body)).toContainEqual(
      expect.stringContaining('name="decision"'),
    )
    expect(statusOf((await ask(stage, `Bearer ${tokens.access_token}`)).answer)).toBe(200)
  })

  test('without a browser gets there with the code that its person enters (RFC 8628)', async () => {
    const app = await discover(stage.edge, 'tv', openid.None())
    const begun = await openid.initiateDeviceAuthorization(app, parameters)
    expect(begun.verification_uri).toBe('https://auth.sep.test/device')
    const polled = openid.pollDeviceAuthorizationGrant(app, { ...begun, interval: 1 })
    const answers = [{ confirm: 'yes' }, { user_code: begun.user_code }]
    const person = personOf(stage, answers)
    await person.authorize(begun.verification_uri)
    const pages = person.pages().map(({ answer }) => answer.body)
    expect(pages).toContainEqual(expect.stringContaining('Television'))
    const tokens = await polled
    const seen = await ask(stage, `Bearer ${tokens.access_token}`)
    expect(headerOf(only(seen.mcp), 'x-forwarded-user')).toBe('alice@example.com')
  })

  test('learns as resource server what became of a token, as the gate does (RFC 7662)', async () => {
    const app = await discover(stage.edge, 'tool', openid.None())
    const server = await discover(stage.edge, 'spare', openid.ClientSecretBasic(secret))
    const { tokens } = await signIn(app, personOf(stage), { redirectUri, parameters })
    const token = tokens.access_token
    expect(await openid.tokenIntrospection(server, token)).toMatchObject({
      active: true,
      client_id: 'tool',
      aud: resource,
      scope: 'mcp:tools',
      iss: 'https://auth.sep.test',
    })
    expect(statusOf((await ask(stage, `Bearer ${token}`)).answer)).toBe(200)
    await openid.tokenRevocation(app, token)
    expect(await openid.tokenIntrospection(server, token)).toEqual({ active: false })
    expect(statusOf((await ask(stage, `Bearer ${token}`)).answer)).toBe(401)
    await expect(openid.tokenIntrospection(app, token)).rejects.toThrow()
  })
})

describe('with fapi: true, a client of the configuration', () => {
  let stage: Stage
  beforeAll(async () => {
    stage = await start({
      fapi: true,
      clients: [{ id: 'bank', name: 'Bank', jwks, redirect_uris: [redirectUri] }],
    })
  })
  afterAll(async () => {
    await stage?.stop()
  })

  test('gets a bound token with its key and a request sent ahead (FAPI 2.0 §5.3.2)', async () => {
    const app = await discover(stage.edge, 'bank', withKey)
    expect(app.serverMetadata()).toMatchObject({
      require_pushed_authorization_requests: true,
      token_endpoint_auth_methods_supported: ['private_key_jwt'],
    })
    const { handle, use } = await bind(stage, app)
    const wanted = { scope: 'openid mcp:tools', resource }
    const person = personOf(stage)
    const { tokens } = await signIn(app, person, {
      redirectUri,
      parameters: wanted,
      dpop: handle,
      isPushed: true,
    })
    expect(tokens.token_type).toBe('dpop')
    expect(tokens.claims()?.aud).toBe('bank')
    expect((await use(tokens.access_token)).status).toBe(200)
    expect(statusOf((await ask(stage, `Bearer ${tokens.access_token}`)).answer)).toBe(401)
  })

  test('gets no further when the browser carries the request', async () => {
    const app = await discover(stage.edge, 'bank', withKey)
    await expect(signIn(app, personOf(stage), { redirectUri, parameters })).rejects.toMatchObject({
      error: 'invalid_request',
    })
  })
})
