// Who has to agree to what, and who may answer? security.md R71-R77

import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { ConsentRequest } from '../../../src/ports/authorization-server.ts'
import { seconds } from '../../../src/protocol/time.ts'
import {
  type AuthorizationStage,
  issuer,
  redirectUri,
  resource,
  startAuthorizationStage,
  testSettings,
  type Visit,
  visitorOf,
} from '../../support/authorization-stage.ts'

const webRedirect = 'https://client.example.com/callback'
const trusted = {
  id: 'our-app',
  name: 'Our app',
  secret: undefined,
  jwks: undefined,
  authMethod: 'none' as const,
  redirectUris: [webRedirect],
  postLogoutRedirectUris: [],
  backchannelLogoutUri: undefined,
  grantTypes: ['authorization_code', 'refresh_token'],
  scopes: undefined,
  trusted: true,
  dpopRequired: false,
}

const ofOurs = { redirect_uri: webRedirect }

let stage: AuthorizationStage
let clientId: string

beforeEach(async () => {
  stage = await startAuthorizationStage({
    clients: [trusted],
    rememberConsent: seconds(86_400),
  })
  const { json } = await stage.register({ redirect_uris: [redirectUri, webRedirect] })
  clientId = String(json['client_id'])
})
afterEach(() => stage.close())

type Changes = Record<string, string | undefined>
const begin = (visit: Visit, changes: Changes = {}, headers: Record<string, string> = {}) =>
  visit.get(`/authorize?${stage.parameters(clientId, changes)}`, headers)

/** Asks the server what the interaction page would show. */
const find = (visit: Visit, path: string): Promise<ConsentRequest | undefined> =>
  stage.findConsent(visit, path)

const resumed = async (visit: Visit, url: string | undefined) =>
  visit.get(new URL(url ?? 'https://nothing.example/').pathname)

describe('findConsent()', () => {
  test('says who wants what, for how long and since when (R72)', async () => {
    const visit = stage.browser()
    const { location } = await begin(visit)
    expect(await find(visit, location?.pathname ?? '')).toEqual({
      uid: location?.pathname.split('/').at(-1),
      step: 'consent',
      client: {
        id: clientId,
        name: 'A test client',
        verified: false,
        documentHost: undefined,
        uri: undefined,
      },
      redirectUri,
      resource: testSettings.resources[0],
      scopes: [{ scope: 'mcp:tools', description: 'Use the tools' }],
      lifetime: testSettings.refreshLifetime,
      mayRemember: false,
      wantsLogin: false,
      startedAt: expect.any(Number),
    })
  })

  test('asks to sign in first when nobody is signed in', async () => {
    stage.signIn(undefined)
    const visit = stage.browser()
    const { location } = await begin(visit)
    expect(await find(visit, location?.pathname ?? '')).toMatchObject({ step: 'login' })
    stage.signIn(visitorOf())
    expect(await find(visit, location?.pathname ?? '')).toMatchObject({ step: 'consent' })
  })

  test('asks to sign in again when the client wants that, until the sign-in is newer', async () => {
    const old = visitorOf()
    stage.signIn({ ...old, signedInAt: (old.signedInAt - 100) as never })
    const visit = stage.browser()
    const { location } = await begin(visit, { prompt: 'login' })
    const path = location?.pathname ?? ''
    expect(await find(visit, path)).toMatchObject({ step: 'login', wantsLogin: true })
    expect(await stage.decide(visit, path)).toBeUndefined()
    stage.signIn({ ...old, signedInAt: (old.signedInAt + 100) as never })
    expect(await find(visit, path)).toMatchObject({ step: 'consent' })
    expect(
      (await resumed(visit, await stage.decide(visit, path))).location?.searchParams.has('code'),
    ).toBe(true)
  })

  test('knows nothing of another browser, of another id, or without cookies (R74)', async () => {
    const visit = stage.browser()
    const { location } = await begin(visit)
    const path = location?.pathname ?? ''
    expect(await find(stage.browser(), path)).toBeUndefined()
    expect(await find(visit, `/interaction/${'x'.repeat(43)}`)).toBeUndefined()
    const thief = stage.browser()
    await begin(thief)
    thief.cookies.set('sallyport-interaction', visit.cookies.get('sallyport-interaction') ?? '')
    expect(await find(thief, path)).toBeUndefined()
  })
})

describe('decideConsent()', () => {
  test('leads to a code only after the click, and only once (R71)', async () => {
    const visit = stage.browser()
    const { location } = await begin(visit)
    const path = location?.pathname ?? ''
    const uid = path.split('/').at(-1)
    // Coming back without having agreed asks again.
    const early = await visit.get(`/authorize/${uid}`)
    expect(early.location?.pathname).toMatch(/^\/interaction\//)
    const second = await begin(visit)
    const resume = await stage.decide(visit, second.location?.pathname ?? '')
    const ended = await resumed(visit, resume)
    expect(ended.location?.searchParams.has('code')).toBe(true)
    const again = await resumed(visit, resume)
    expect([again.status, again.location]).toEqual([400, undefined])
  })

  test('sends a refusal to the client, with state and iss (R77)', async () => {
    const visit = stage.browser()
    const { location } = await begin(visit)
    const resume = await stage.decide(visit, location?.pathname ?? '', { kind: 'deny' })
    const { location: told } = await resumed(visit, resume)
    expect(`${told?.origin}${told?.pathname}`).toBe(redirectUri)
    expect(Object.fromEntries(told?.searchParams ?? [])).toMatchObject({
      error: 'access_denied',
      state: 'a-state',
      iss: issuer,
    })
    expect(await stage.server.listGrants(visitorOf().account)).toEqual([])
  })

  test('gives nothing to another browser that got the link (R74)', async () => {
    const visit = stage.browser()
    const { location } = await begin(visit)
    const resume = await stage.decide(visit, location?.pathname ?? '')
    const thief = stage.browser()
    await begin(thief)
    thief.cookies.set('sallyport-resume', visit.cookies.get('sallyport-resume') ?? '')
    const stolen = await resumed(thief, resume)
    expect([stolen.status, stolen.location]).toEqual([403, undefined])
    expect((await resumed(visit, resume)).location?.searchParams.has('code')).toBe(true)
  })

  test('gives nothing when somebody else is signed in meanwhile (R74)', async () => {
    const visit = stage.browser()
    const { location } = await begin(visit)
    const resume = await stage.decide(visit, location?.pathname ?? '')
    stage.signIn(visitorOf({ subject: 'bob' }))
    expect((await resumed(visit, resume)).status).toBe(403)
  })

  test('lets another account decide than the one that began', async () => {
    const visit = stage.browser()
    const { location } = await begin(visit)
    const bob = visitorOf({ subject: 'bob' })
    stage.signIn(bob)
    const ended = await resumed(visit, await stage.decide(visit, location?.pathname ?? ''))
    expect(ended.location?.searchParams.has('code')).toBe(true)
    expect(await stage.server.listGrants(bob.account)).toHaveLength(1)
  })

  test('takes a second click for the first', async () => {
    const visit = stage.browser()
    const { location } = await begin(visit)
    const path = location?.pathname ?? ''
    expect(await stage.decide(visit, path)).toBe(await stage.decide(visit, path))
    expect(await stage.server.listGrants(visitorOf().account)).toHaveLength(1)
  })
})

describe('a remembered consent', () => {
  const here = { 'Sec-Fetch-Site': 'none' }
  const web = { redirect_uri: webRedirect }
  const remember = async (changes: Changes = web, headers = here) => {
    const visit = stage.browser()
    const { location } = await begin(visit, changes, headers)
    await resumed(visit, await stage.decide(visit, location?.pathname ?? '', { remember: true }))
  }
  const isAsked = async (changes: Changes, headers: Record<string, string> = here) => {
    const { location } = await begin(stage.browser(), changes, headers)
    return location?.pathname.startsWith('/interaction/')
  }

  test('saves the question for the same request (R75)', async () => {
    await remember()
    expect(await isAsked(web)).toBe(false)
  })

  test('is not assumed when the person did not say so (R75)', async () => {
    const visit = stage.browser()
    const { location } = await begin(visit, web, here)
    await resumed(visit, await stage.decide(visit, location?.pathname ?? ''))
    expect(await isAsked(web)).toBe(true)
  })

  const differing: readonly (readonly [string, Changes, Record<string, string>])[] = [
    ['more scopes', { ...web, scope: 'mcp:tools mcp:admin' }, here],
    ['another redirect URI', {}, here],
    ['prompt=consent', { ...web, prompt: 'consent' }, here],
    ['a start on another site', web, { 'Sec-Fetch-Site': 'cross-site' }],
    ['a start that says nothing of its site', web, {}],
  ]
  test.each(differing)('does not count with %s (R75)', async (_name, changes, headers) => {
    await remember()
    expect(await isAsked(changes, headers)).toBe(true)
  })

  test('does not count for another account (R75)', async () => {
    await remember()
    stage.signIn(visitorOf({ subject: 'bob' }))
    expect(await isAsked(web)).toBe(true)
  })

  test('is never kept for a loopback redirect, nor from another site (R75)', async () => {
    await remember({})
    expect(await isAsked({})).toBe(true)
    await remember(web, { 'Sec-Fetch-Site': 'cross-site' })
    expect(await isAsked(web)).toBe(true)
  })

  test('ends with the grant (R77)', async () => {
    await remember()
    const [grant] = await stage.server.listGrants(visitorOf().account)
    await stage.server.endGrant(visitorOf().account, grant?.grantId ?? '')
    expect(await isAsked(web)).toBe(true)
  })
})

describe("an application of the operator's", () => {
  test('gets its code without a question', async () => {
    const { location } = await stage
      .browser()
      .get(`/authorize?${stage.parameters('our-app', ofOurs)}`)
    expect(location?.searchParams.has('code')).toBe(true)
  })

  test('gets its code without a question once somebody has signed in', async () => {
    stage.signIn(undefined)
    const visit = stage.browser()
    const { location } = await visit.get(`/authorize?${stage.parameters('our-app', ofOurs)}`)
    const path = location?.pathname ?? ''
    expect(await find(visit, path)).toMatchObject({ step: 'login' })
    stage.signIn(visitorOf())
    const request = await find(visit, path)
    expect(request?.proceed).toMatch(/^https:\/\/auth\.example\.com\/authorize\//)
    const ended = await resumed(visit, request?.proceed)
    expect(ended.location?.searchParams.has('code')).toBe(true)
  })
})

test.each([
  ['without secret at a loopback redirect', redirectUri, 'none', 'interaction'],
  ['without secret at a scheme of its own', 'com.example.app:/cb', 'none', 'interaction'],
  ['without secret in the web', webRedirect, 'none', 'callback'],
  ['with a secret at a loopback redirect', redirectUri, 'client_secret_basic', 'callback'],
] as const)(
  'a trusted application %s (R75, RFC 8252 §8.6)',
  async (_, redirect, authMethod, leadsTo) => {
    const secret = authMethod === 'none' ? undefined : 'a-secret-with-enough-length-for-a-client'
    const own = await startAuthorizationStage({
      clients: [{ ...trusted, authMethod, secret, redirectUris: [redirect] }],
    })
    const visit = own.browser()
    const query = own.parameters('our-app', { redirect_uri: redirect })
    const { location } = await visit.get(`/authorize?${query}`)
    expect(location?.pathname).toContain(leadsTo)
    if (leadsTo === 'interaction') {
      const asked = await own.findConsent(visit, location?.pathname ?? '')
      expect([asked?.step, asked?.proceed]).toEqual(['consent', undefined])
    }
    await own.close()
  },
)

test('a trusted application that wants a fresh sign-in gets its code after one, without going round', async () => {
  const old = visitorOf()
  stage.signIn({ ...old, signedInAt: (old.signedInAt - 100) as never })
  const visit = stage.browser()
  const { location } = await visit.get(
    `/authorize?${stage.parameters('our-app', { ...ofOurs, prompt: 'login' })}`,
  )
  const path = location?.pathname ?? ''
  expect(await find(visit, path)).toMatchObject({ step: 'login', wantsLogin: true })
  stage.signIn({ ...old, signedInAt: (old.signedInAt + 100) as never })
  const request = await find(visit, path)
  const ended = await resumed(visit, request?.proceed)
  expect(ended.location?.searchParams.has('code')).toBe(true)
})

test.each<[string, Record<string, unknown>]>([
  ['name', { client_name: 'Your bank' }],
  ['page', { client_uri: 'https://bank.example.com/' }],
  ['redirects', { redirect_uris: [redirectUri, 'https://evil.example/'] }],
])('a request ends when its client changes its %s meanwhile (R107)', async (_, change) => {
  const visit = stage.browser()
  const { location } = await begin(visit)
  const path = location?.pathname ?? ''
  expect(await find(visit, path)).toMatchObject({ step: 'consent' })
  const { clients } = stage.store.authorization
  const known: unknown = JSON.parse((await clients.find(clientId))?.metadata ?? '')
  await clients.replaceMetadata(clientId, JSON.stringify(Object.assign({}, known, change)))
  expect(await find(visit, path)).toBeUndefined()
  expect(await stage.decide(visit, path)).toBeUndefined()
})

describe('listGrants() and endGrant()', () => {
  const account = visitorOf().account

  test('show whom a person let in, once for each client and resource, and when it was used (R77)', async () => {
    for (const _ of [1, 2]) {
      await stage.redeem(clientId, await stage.obtainCode(clientId))
    }
    expect(await stage.server.listGrants(account)).toEqual([
      {
        grantId: expect.any(String),
        clientId,
        clientName: 'A test client',
        resource,
        scopes: ['mcp:tools'],
        createdAt: expect.any(Number),
        lastUsedAt: expect.any(Number),
      },
    ])
  })

  test('ends all of a client at once, and nothing of another account (R77)', async () => {
    const first = (await stage.redeem(clientId, await stage.obtainCode(clientId))).json
    const second = (await stage.redeem(clientId, await stage.obtainCode(clientId))).json
    const [grant] = await stage.server.listGrants(account)
    const id = grant?.grantId ?? ''
    expect(await stage.server.endGrant(visitorOf({ subject: 'bob' }).account, id)).toBe('unknown')
    expect(await stage.server.endGrant(account, id)).toBe('ended')
    expect(await stage.server.endGrant(account, id)).toBe('unknown')
    for (const { refresh_token: token } of [first, second]) {
      const form = { grant_type: 'refresh_token', client_id: clientId }
      const answer = await stage.post('/token', { ...form, refresh_token: String(token) })
      expect(answer.json['error']).toBe('invalid_grant')
    }
  })
})
