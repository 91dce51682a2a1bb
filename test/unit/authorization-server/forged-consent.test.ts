// Can a code be had without the click of the person, in the person's browser, on what the page said?

import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { seconds } from '../../../src/protocol/time.ts'
import {
  type AuthorizationStage,
  redirectUri,
  startAuthorizationStage,
  type Visit,
  visitorOf,
} from '../../support/authorization-stage.ts'

const web = 'https://client.example.com/callback'

let stage: AuthorizationStage
let clientId: string

beforeEach(async () => {
  stage = await startAuthorizationStage({ rememberConsent: seconds(86_400) })
  const { json } = await stage.register({ redirect_uris: [redirectUri, web] })
  clientId = String(json['client_id'])
})
afterEach(() => stage.close())

type Form = Record<string, string>
const begin = async (visit: Visit, changes: Form = {}, headers: Form = {}, id = clientId) => {
  const { location } = await visit.get(`/authorize?${stage.parameters(id, changes)}`, headers)
  return location?.pathname ?? ''
}
const resume = (visit: Visit, url: string | undefined) =>
  visit.get(new URL(url ?? 'https://nothing.example/').pathname)
const hasCode = (answer: Awaited<ReturnType<typeof resume>>) =>
  answer.location?.searchParams.has('code') === true
const resumePath = (path: string) => path.replace('/interaction/', '/authorize/')

test('A consent given in one browser yields nothing in another (R74, CVE-2026-27124, GHSA-rww4-4w9c-7733)', async () => {
  const mallory = visitorOf({ subject: 'mallory' })
  stage.signIn(mallory)
  const theirs = stage.browser()
  const agreed = await stage.decide(theirs, await begin(theirs))
  stage.signIn(visitorOf())
  // The victim is signed in, and may have begun something of their own.
  const fresh = stage.browser()
  const busy = stage.browser()
  await begin(busy)
  for (const victim of [fresh, busy]) {
    const answer = await resume(victim, agreed)
    expect([answer.status >= 400, answer.location]).toEqual([true, undefined])
  }
  expect(await stage.server.listGrants(visitorOf().account)).toEqual([])
})

test.each<[string, (own: string) => string]>([
  ['an authorization of its own', (own) => own],
  ['one that there is not', () => 'x'.repeat(43)],
])(
  'A consent of somebody else, planted by a neighbouring host, yields nothing at the end of %s (R74, CVE-2026-27124)',
  async (_name, choose) => {
    const theirs = stage.browser()
    stage.signIn(visitorOf({ subject: 'mallory' }))
    const agreed = await stage.decide(theirs, await begin(theirs))
    stage.signIn(visitorOf())
    const victim = stage.browser()
    const own = (await begin(victim)).split('/').at(-1) ?? ''
    victim.cookies.set('sallyport-resume', new URL(agreed ?? '').pathname.split('/').at(-1) ?? '')
    const answer = await victim.get(`/authorize/${choose(own)}`)
    expect([answer.status, answer.location]).toEqual([403, undefined])
  },
)

test('A remembered consent does not serve who leads the browser here from elsewhere (R75, GHSA-6x8h-498w-gv8c)', async () => {
  const own = stage.browser()
  const here = { 'Sec-Fetch-Site': 'none' }
  const path = await begin(own, { redirect_uri: web }, here)
  await resume(own, await stage.decide(own, path, { remember: true }))
  expect(await begin(own, { redirect_uri: web }, here)).toBe('/callback')
  for (const headers of [{ 'Sec-Fetch-Site': 'cross-site' }, {}]) {
    const asked = await begin(own, { redirect_uri: web }, headers)
    expect(asked).toMatch(/^\/interaction\//)
    expect(hasCode(await own.get(resumePath(asked), headers))).toBe(false)
  }
})

describe('Who has agreed to one client has agreed to no other (R71, cloudflare/ai 51)', () => {
  test('with the same redirect URI, resource and scopes', async () => {
    const visit = stage.browser()
    const here = { 'Sec-Fetch-Site': 'none' }
    const path = await begin(visit, { redirect_uri: web }, here)
    await resume(visit, await stage.decide(visit, path, { remember: true }))
    const { json } = await stage.register({
      client_name: 'Twin',
      redirect_uris: [redirectUri, web],
    })
    const asked = await begin(visit, { redirect_uri: web }, here, String(json['client_id']))
    expect(asked).toMatch(/^\/interaction\//)
    expect(hasCode(await visit.get(resumePath(asked), here))).toBe(false)
    const { location } = await visit.get(
      `/authorize?${stage.parameters(String(json['client_id']), { redirect_uri: web, prompt: 'none' })}`,
      here,
    )
    expect(location?.searchParams.get('error')).toBe('consent_required')
  })

  test('that is removed and registers again under another id', async () => {
    const visit = stage.browser()
    await resume(visit, await stage.decide(visit, await begin(visit)))
    await stage.store.authorization.clients.remove(clientId)
    const answer = await visit.get(`/authorize?${stage.parameters(clientId)}`)
    expect([answer.status, answer.location]).toEqual([400, undefined])
  })
})

describe('The way back gives no code (R70, R71)', () => {
  test('before anything was decided, however often it is tried', async () => {
    const visit = stage.browser()
    let path = await begin(visit)
    for (const _ of [1, 2, 3]) {
      const { location, status } = await visit.get(resumePath(path))
      expect(status).toBe(303)
      expect(location?.pathname).toMatch(/^\/interaction\//)
      path = location?.pathname ?? ''
    }
  })

  test('with a decision in the address', async () => {
    const visit = stage.browser()
    const path = await begin(visit)
    const forged = new URLSearchParams({
      decision: 'allow',
      consent: '{"grantId":"x"}',
      login: `{"accountId":"${visitorOf().account}"}`,
      result: '{"consent":{}}',
    })
    const { location } = await visit.get(`${resumePath(path)}?${forged}`)
    expect(location?.pathname).toMatch(/^\/interaction\//)
  })

  test('when another authorization was agreed to', async () => {
    const visit = stage.browser()
    const wanted = await begin(visit, { scope: 'mcp:admin' })
    const cookie = visit.cookies.get('sallyport-resume') ?? ''
    await stage.decide(visit, await begin(visit))
    expect((await visit.get(resumePath(wanted))).status).toBe(403)
    // A browser keeps one cookie for each path.
    visit.cookies.set('sallyport-resume', cookie)
    expect((await visit.get(resumePath(wanted))).location?.pathname).toMatch(/^\/interaction\//)
  })

  test('to who has denied', async () => {
    const visit = stage.browser()
    const path = await begin(visit)
    const resumed = await stage.decide(visit, path, { kind: 'deny' })
    await stage.decide(visit, path, { kind: 'allow' })
    const { location } = await resume(visit, resumed)
    expect(location?.searchParams.get('error')).toBe('access_denied')
  })

  test.each([
    ['an id that nobody has', 'x'.repeat(43)],
    ['a name of the prototype', '__proto__'],
    ['a way up', '..%2f..%2ftoken'],
    ['nothing', ''],
  ])('for %s', async (_name, uid) => {
    const answer = await stage.browser().get(`/authorize/${uid}`)
    expect([answer.status >= 400, answer.location]).toEqual([true, undefined])
  })
})

test('A code holds what the page said, and no more (R71, R69, CVE-2024-52287)', async () => {
  const visit = stage.browser()
  const path = await begin(visit, { scope: 'mcp:tools bogus openid', redirect_uri: web })
  const shown = await stage.findConsent(visit, path)
  const ended = await resume(visit, await stage.decide(visit, path))
  const { json } = await stage.redeem(clientId, ended.location?.searchParams.get('code') ?? '', {
    redirect_uri: web,
  })
  expect(shown?.redirectUri).toBe(web)
  const promised = shown?.scopes.map(({ scope }) => scope) ?? []
  expect(promised.toSorted()).toEqual(['mcp:tools', 'openid'])
  for (const scope of String(json['scope']).split(' ')) expect(promised).toContain(scope)
})
