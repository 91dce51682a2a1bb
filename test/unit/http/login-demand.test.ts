import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { LoginDependencies } from '../../../src/http/login-context.ts'
import type { LoginOptions } from '../../../src/ports/identity-provider.ts'
import type { Demand, SignInAssurance } from '../../../src/protocol/assurance.ts'
import { epochSeconds, seconds } from '../../../src/protocol/time.ts'
import type { Browser } from '../../support/browser.ts'
import { identityOf } from '../../support/identity.ts'
import {
  appOrigin,
  authOrigin,
  clientSecret,
  cookieName,
  type LoginStage,
  providerFor,
  silentProvider,
  startLoginStage,
} from '../../support/login-stage.ts'
import {
  type RunningProvider,
  secondFactorContext,
  startOpenIdProvider,
} from '../../support/openid-provider.ts'

const bank = `${appOrigin}/bank?a=%20b`
const plain = `${appOrigin}/plain`
const login = (rd: string, extra = '') => `${authOrigin}/login?rd=${encodeURIComponent(rd)}${extra}`

const twice: Demand = { factor: 2 }
const recent: Demand = { maxAge: seconds(3600) }
const demanding =
  (demand: Demand, methods: readonly string[] = ['GET', 'POST']) =>
  (url: string, method: string) =>
    url === bank && methods.includes(method) ? demand : undefined

let home: RunningProvider
let stage: LoginStage

const start = async (changes: Partial<LoginDependencies>) => {
  stage = await startLoginStage(changes)
  return stage
}
const atHome = (demandOf: LoginDependencies['demandOf']) =>
  start({
    providers: [
      providerFor('home', home.issuer, 'sallyport', {
        secondFactor: { acr: [secondFactorContext] },
      }),
    ],
    ...(demandOf && { demandOf }),
  })
const sessionOf = (browser: Browser) =>
  stage.sessionOf(browser.cookiesFor(`${appOrigin}/`)[cookieName])

beforeAll(async () => {
  home = await startOpenIdProvider({
    clients: [
      { clientId: 'sallyport', clientSecret, redirectUris: [`${authOrigin}/callback/home`] },
    ],
  })
})
afterAll(() => home.close())
afterEach(() => stage.close())

describe('GET /login for a page that wants a second factor', () => {
  test('asks the provider for it at once and keeps that it was shown (RFC 9470 §4)', async () => {
    await atHome(demanding(twice))
    const browser = stage.browser()
    const page = await browser.signIn(login(bank, '&need=factor'), 'alice')
    expect(page.url).toBe(bank)
    expect(await sessionOf(browser)).toMatchObject({ factors: 2, methods: ['pwd', 'otp'] })
  })

  test('sends somebody who is signed in with one factor back to the provider, and ends that session (R20)', async () => {
    await atHome(demanding(twice))
    const browser = stage.browser()
    await browser.signIn(login(plain), 'alice')
    const before = await sessionOf(browser)
    expect(before).toMatchObject({ methods: ['pwd'] })
    expect(before).not.toHaveProperty('factors')
    const page = await browser.signIn(login(bank, '&need=factor'), 'alice')
    expect(page.url).toBe(bank)
    expect(await sessionOf(browser)).toMatchObject({ factors: 2 })
    expect(await stage.store.sessions.find(before?.idHash ?? '')).toBeUndefined()
  })

  test('says so, and sends nobody round, when the provider confirms none', async () => {
    await atHome(demanding(twice))
    const browser = stage.browser()
    const page = await browser.signIn(login(bank, '&need=factor'), 'single')
    expect(page.status).toBe(403)
    expect(page.url).toContain(`${authOrigin}/callback/home`)
    expect(page.text).toContain('The home provider did not confirm one')
    expect(page.text).toContain(`href="${login(bank).replace('?', '?need=factor&amp;')}"`)
    const insufficient = stage.lines.find(({ event }) => event === 'login.insufficient')
    expect(insufficient?.fields).toMatchObject({ provider: 'home', missing: ['factor'] })
    // Signed in all the same, for pages that want no more.
    expect(await sessionOf(browser)).toMatchObject({ methods: ['pwd'] })
    expect((await browser.open(login(plain))).url).toBe(plain)
  })

  test('finds a loop when the application keeps sending back whoever has shown it', async () => {
    await atHome(demanding(twice))
    const browser = stage.browser()
    const pages = [await browser.signIn(login(bank, '&need=factor'), 'alice')]
    for (let count = 0; count < 3; count++) {
      pages.push(await browser.open(login(bank, '&need=factor')))
    }
    expect(pages.map(({ status }) => status)).toEqual([200, 200, 200, 400])
  })

  test('believes the policy and not the address', async () => {
    await atHome(() => undefined)
    const browser = stage.browser()
    await browser.signIn(login(plain), 'alice')
    expect((await browser.open(login(bank, '&need=factor&need=fresh'))).url).toBe(bank)
  })

  test('counts what a form to that address wants, when the gate says so', async () => {
    await atHome(demanding(twice, ['POST']))
    const browser = stage.browser()
    await browser.signIn(login(bank), 'alice')
    expect(await sessionOf(browser)).not.toHaveProperty('factors')
    await browser.signIn(login(bank, '&need=factor'), 'alice')
    expect(await sessionOf(browser)).toMatchObject({ factors: 2 })
  })
})

describe('GET /login with several ways to sign in', () => {
  const asked: [id: string, options: LoginOptions][] = []
  const recording = (id: string) =>
    silentProvider(id, {
      begin: async (_uri, _checks, options) => {
        asked.push([id, options])
        return { kind: 'redirect', url: new URL(`https://${id}.example/authorize`) }
      },
    })

  test('keeps what is wanted in the links to all of them', async () => {
    asked.length = 0
    await start({ providers: [recording('one'), recording('two')], demandOf: demanding(twice) })
    const browser = stage.browser()
    const page = await browser.open(login(bank, '&need=factor'))
    const links = [...page.text.matchAll(/href="([^"]*\/login\/two[^"]*)"/g)].map(([, url]) => url)
    expect(links).toHaveLength(1)
    await browser.openOnce((links[0] ?? '').replaceAll('&amp;', '&'))
    expect(asked).toEqual([['two', { selectAccount: false, demand: twice }]])
  })

  test('leads whoever is signed in to their own provider for more', async () => {
    asked.length = 0
    await start({ providers: [recording('one'), recording('two')], demandOf: demanding(twice) })
    const browser = stage.browser()
    const now = stage.deps.now()
    await stage.store.sessions.open({
      idHash: stage.deps.hashOf('cookie'),
      identity: identityOf({ provider: 'two' }),
      createdAt: now,
      lastSeenAt: now,
      expiresAt: epochSeconds(now + 1000),
      providerSession: undefined,
      sealedIdToken: undefined,
    })
    browser.setCookie(authOrigin, cookieName, 'cookie')
    const answer = await browser.openOnce(login(bank, '&need=factor'))
    expect(answer.headers.get('Location')).toBe('https://two.example/authorize')
    expect(asked).toEqual([['two', { selectAccount: false, demand: twice }]])
  })
})

describe('GET /login for a page that wants a recent sign-in', () => {
  const arrive = async (assurance: SignInAssurance | undefined) => {
    const state: { value: string; demand?: Demand | undefined } = { value: '' }
    await start({
      demandOf: demanding(recent),
      providers: [
        silentProvider('fake', {
          begin: async (_uri, checks, { demand }) => {
            Object.assign(state, { value: checks.state, demand })
            return { kind: 'redirect', url: new URL(`${authOrigin}/signed-out`) }
          },
          complete: async () => ({
            kind: 'identity',
            identity: identityOf({ provider: 'fake' }),
            idToken: undefined,
            providerSession: undefined,
            assurance,
          }),
        }),
      ],
    })
    const browser = stage.browser()
    await browser.openOnce(login(bank, '&need=fresh'))
    const page = await browser.open(`${authOrigin}/callback/fake?state=${state.value}&code=x`)
    return { page, demand: state.demand }
  }
  const nowish = Math.floor(Date.now() / 1000)

  test('goes there when the provider says that it was', async () => {
    const { page, demand } = await arrive({ authenticatedAt: epochSeconds(nowish - 3000) })
    expect([page.url, demand]).toEqual([bank, recent])
  })

  test.each([
    ['too long ago', { authenticatedAt: epochSeconds(nowish - 7200) }],
    ['nobody knows when', { factors: 2 as const }],
    ['nothing is known', undefined],
  ])('says so when it was %s', async (_, assurance) => {
    const { page } = await arrive(assurance)
    expect(page.status).toBe(403)
    expect(page.text).toContain('The fake provider did not say when you did')
  })

  test('takes the moment from the ID token of a real provider (OpenID Connect Core 1.0 §2)', async () => {
    await atHome(demanding(recent))
    const browser = stage.browser()
    expect((await browser.signIn(login(bank, '&need=fresh'), 'alice')).url).toBe(bank)
    const since = (await sessionOf(browser))?.authenticatedAt ?? 0
    expect(Math.abs(since - Date.now() / 1000)).toBeLessThan(60)
  })
})

describe('POST /login/local for a page that wants a second factor', () => {
  const typed = async (factors: 1 | 2) => {
    await start({
      demandOf: demanding(twice),
      verifyLocal: async () => ({
        kind: 'identity',
        identity: identityOf({ provider: 'local', name: 'Dora' }),
        assurance: { factors, methods: ['pwd'], authenticatedAt: epochSeconds(1) },
        holds: async () => true,
      }),
    })
    const browser = stage.browser()
    const page = await browser.open(login(bank, '&need=factor'))
    return browser.submit(page, { name: 'dora', password: 'right' })
  }

  test('goes there when it was shown', async () => {
    expect((await typed(2)).url).toBe(bank)
  })

  test('leads to the page of the account when there is none', async () => {
    const page = await typed(1)
    expect([page.status, page.url]).toEqual([403, `${authOrigin}/login/local`])
    expect(page.text).toContain('your account here has none yet')
    expect(page.text).toContain(`href="${authOrigin}/account"`)
  })
})
