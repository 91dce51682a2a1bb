import { Hono } from 'hono'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openingsOf } from '../../../src/access/openings.ts'
import { compilePolicy } from '../../../src/access/rules.ts'
import { createAccountRoutes } from '../../../src/http/account.ts'
import { createReachSection } from '../../../src/http/account-reach.ts'
import { createSessionsRoutes, createSessionsSection } from '../../../src/http/account-sessions.ts'
import { signIn } from '../../../src/http/sign-in.ts'
import type { Hash } from '../../../src/ports/store.ts'
import { accountIdOf } from '../../../src/protocol/account-id.ts'
import type { SignInAssurance } from '../../../src/protocol/assurance.ts'
import { later, seconds } from '../../../src/protocol/time.ts'
import { artifact } from '../../contract/authorization-samples.ts'
import { type Browser, createBrowser, findForm, type Page } from '../../support/browser.ts'
import { identityOf } from '../../support/identity.ts'
import {
  authOrigin,
  cookieName,
  type LoginStage,
  silentProvider,
  startLoginStage,
} from '../../support/login-stage.ts'

const accountUrl = `${authOrigin}/account`
const endUrl = `${accountUrl}/sessions/end`
const endAllUrl = `${accountUrl}/sessions/end-all`
const firefox = 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0'
const safari = 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0) Version/18 Safari/605.1'
const alice = identityOf()
const bob = identityOf({ subject: 'bob', email: 'bob@example.com', name: 'Bob' })

let stage: LoginStage
let routes: Hono
let told: string[]

beforeEach(async () => {
  told = []
  stage = await startLoginStage({
    providers: [silentProvider('home')],
    session: { lifetime: seconds(43_200), idle: seconds(3600) },
    noticeOfLogout: async (account) => {
      const grants = await stage.store.authorization.artifacts.listGrants(account, stage.deps.now())
      return async () => void told.push(...grants.map(({ clientId }) => clientId))
    },
  })
  const login = stage.deps
  const openings = (identity: typeof alice) =>
    openingsOf(
      compilePolicy({
        allow: [{ emails: ['@example.com'] }],
        rules: [
          { name: 'Wiki', host: 'wiki.example.com', access: 'required' },
          {
            name: '<b>Bank</b>',
            host: 'bank.example.com',
            path: '/pay/',
            access: 'required',
            allow: [{ groups: ['users', 'admins'], providers: ['home'] }],
            demand: { factor: 2, maxAge: seconds(3600) },
          },
        ],
        resources: [],
      }),
      identity,
    )
  const sessions = { login, tokens: stage.store.personalTokens }
  const sections = [createSessionsSection(sessions), createReachSection(openings, login)]
  routes = new Hono()
    .route(
      '/',
      createAccountRoutes({ login, server: undefined, describeScope: () => '', sections }),
    )
    .route('/', createSessionsRoutes(sessions))
    .all('*', (c) => stage.handle(c.req.raw))
})
afterEach(() => stage.close())

async function signedIn(
  identity = alice,
  userAgent: string | undefined = firefox,
  assurance?: SignInAssurance,
): Promise<{ readonly browser: Browser; readonly id: string }> {
  const browser = createBrowser({ [authOrigin]: (request) => routes.fetch(request) })
  const signed = await signIn(
    { identity, idToken: undefined, providerSession: undefined, assurance },
    { previousId: undefined, userAgent },
    { ...stage.deps, lifetime: stage.deps.session.lifetime },
  )
  if (signed.kind !== 'signed-in') throw new Error('Nobody was signed in')
  browser.setCookie(authOrigin, cookieName, signed.sessionId)
  return { browser, id: signed.sessionId }
}

const endForm = (page: Page) => findForm(page, ['csrf', 'session']).fields
const everywhereForm = (page: Page) => {
  const [form = ''] = page.text.match(/<form[^>]*end-all"[\s\S]*?<\/form>/) ?? []
  return { csrf: /name="csrf" value="([^"]+)"/.exec(form)?.[1] ?? '' }
}
const post = (browser: Browser, url: string, fields: Record<string, string>, headers = {}) =>
  browser.openOnce(url, { method: 'POST', body: new URLSearchParams(fields), headers })
const isThere = async (id: string) => (await stage.sessionOf(id)) !== undefined
const statusAndPlace = (page: Page) => [page.status, page.headers.get('Location')]

describe('GET /account with sessions', () => {
  test('shows the sessions that live, and says which one this is', async () => {
    await signedIn(alice, safari, { factors: 2, methods: ['pwd', 'otp'] })
    stage.wait(60)
    const { browser } = await signedIn()
    await signedIn(bob)
    const page = await browser.open(accountUrl)
    const titles = [...page.text.matchAll(/<h3[^>]*><strong>([^<]*)<\/strong>/g)].map(
      ([, title]) => title,
    )
    expect(titles.slice(0, 2)).toEqual(['Firefox, Linux (this one)', 'Safari, iPhone'])
    expect(page.text).toContain('two factors <code>pwd</code> <code>otp</code>')
    expect(page.text.match(/ UTC<\/dd>/g)).toHaveLength(4)
    // Signing out of this one is a link that also knows the way to the provider.
    expect(page.text.match(/name="session"/g)).toHaveLength(1)
    expect(page.text).toContain('aria-describedby="session-2">End this session</button>')
  })

  test('shows hosts with a session of their own, and nothing that is over', async () => {
    const { browser: idle } = await signedIn(alice, safari)
    expect((await idle.open(accountUrl)).text).toContain('Safari, iPhone (this one)')
    stage.wait(3600)
    const { browser, id } = await signedIn(alice, '')
    await stage.store.sessions.openForHost({
      idHash: stage.deps.hashOf('other'),
      login: stage.deps.hashOf(id),
      audience: 'app.example.org',
      now: stage.deps.now(),
    })
    const page = await browser.open(accountUrl)
    expect(page.text).toContain('<li><code>app.example.org</code></li>')
    expect(page.text).toContain('Unknown browser (this one)')
    expect(page.text).not.toContain('Safari')
    expect(page.text).not.toContain('name="session"')
  })
})

describe('POST /account/sessions/end', () => {
  test('ends the other session and says so', async () => {
    const other = await signedIn(alice, safari)
    const { browser, id } = await signedIn()
    const answer = await post(browser, endUrl, endForm(await browser.open(accountUrl)))
    expect(statusAndPlace(answer)).toEqual([303, `${accountUrl}?session=ended`])
    expect([await isThere(other.id), await isThere(id)]).toEqual([false, true])
    expect((await browser.open(`${accountUrl}?session=ended`)).text).toContain(
      'That session has ended.',
    )
    expect(stage.lines.map(({ event }) => event)).toContain('session.ended')
  })

  test('says that it had ended when the form comes again', async () => {
    await signedIn(alice, safari)
    const { browser } = await signedIn()
    const fields = endForm(await browser.open(accountUrl))
    await post(browser, endUrl, fields)
    const answer = await post(browser, endUrl, fields)
    expect(statusAndPlace(answer)).toEqual([303, `${accountUrl}?session=unknown`])
  })

  test.each([
    [
      'of another site (R22)',
      (fields: Record<string, string>) => fields,
      { 'Sec-Fetch-Site': 'cross-site' },
    ],
    ['without its token (R22)', ({ session = '' }) => ({ session }), {}],
    [
      'for a session that it was not shown for (R73)',
      (fields: Record<string, string>) => ({ ...fields, session: 'another' }),
      {},
    ],
  ])('changes nothing by a form %s', async (_, change, headers) => {
    const other = await signedIn(alice, safari)
    const { browser } = await signedIn()
    const fields = endForm(await browser.open(accountUrl))
    const answer = await post(browser, endUrl, change(fields), headers)
    expect(answer.status).toBe(403)
    expect(await isThere(other.id)).toBe(true)
  })

  test("ends nobody else's session, even with a token for it", async () => {
    const victim = await signedIn(bob)
    const { browser, id } = await signedIn()
    const session = stage.deps.hashOf(victim.id)
    // What the page of this session would hold, had it listed that one.
    const csrf = stage.deps.hashOf(`end-session:${JSON.stringify([session, id])}`)
    const answer = await post(browser, endUrl, { session, csrf })
    expect(statusAndPlace(answer)).toEqual([303, `${accountUrl}?session=unknown`])
    expect(await isThere(victim.id)).toBe(true)
  })

  test('leads to the login when nobody is signed in', async () => {
    const browser = createBrowser({ [authOrigin]: (request) => routes.fetch(request) })
    const answer = await post(browser, endUrl, { session: 'x', csrf: 'y' })
    expect(answer.headers.get('Location')).toContain(`${authOrigin}/login?rd=`)
  })
})

describe('POST /account/sessions/end-all', () => {
  test('ends all sessions of the account and what was granted to applications', async () => {
    const { artifacts } = stage.store.authorization
    const now = stage.deps.now()
    const grant = artifact('Grant', {
      grantId: 'grant',
      clientId: 'client',
      account: accountIdOf(alice),
      expiresAt: later(now, seconds(1000)),
    })
    expect(await artifacts.save(grant, now)).toBe('saved')
    expect(await artifacts.listGrants(accountIdOf(alice), now)).toHaveLength(1)
    const others = [await signedIn(alice, safari), await signedIn(alice)]
    const victim = await signedIn(bob)
    const { browser, id } = await signedIn()
    const form = everywhereForm(await browser.open(accountUrl))
    const answer = await post(browser, endAllUrl, form)
    expect(statusAndPlace(answer)).toEqual([303, `${authOrigin}/signed-out`])
    expect(answer.setCookies.join()).toContain(`${cookieName}=;`)
    for (const one of [...others, { id }]) expect(await isThere(one.id)).toBe(false)
    expect(await isThere(victim.id)).toBe(true)
    expect(await artifacts.listGrants(accountIdOf(alice), now)).toEqual([])
    expect(told).toEqual(['client'])
    const line = stage.lines.find(({ event }) => event === 'logout.everywhere')
    expect(line?.fields).toMatchObject({ sessions: 3, grants: 1 })
  })

  const makeToken = async (identity: typeof alice): Promise<Hash> => {
    const now = stage.deps.now()
    const account = accountIdOf(identity)
    const tokenHash = stage.deps.hashOf(`token of ${account}`)
    await stage.store.authorization.snapshots.remember({ account, identity, seenAt: now })
    const added = await stage.store.personalTokens.add(
      {
        id: tokenHash.slice(0, 8),
        tokenHash,
        name: 'Backup',
        account,
        madeBy: 'owner',
        bounds: { hosts: ['app.example.com'], path: undefined, methods: undefined, scopes: [] },
        createdAt: now,
        expiresAt: later(now, seconds(1000)),
      },
      50,
    )
    expect(added).toBe('added')
    return tokenHash
  }

  test.each([
    ['leaves tokens for scripts good when that box is not ticked', {}, true],
    ['ends tokens for scripts too when that box is ticked', { tokens: 'yes' }, false],
  ])('%s', async (_, ticked, stays) => {
    const mine = await makeToken(alice)
    const victims = await makeToken(bob)
    const { browser, id } = await signedIn()
    const page = await browser.open(accountUrl)
    expect(page.text).toContain(
      '<input type="checkbox" name="tokens" value="yes">End my tokens for scripts too; otherwise they stay good',
    )
    await post(browser, endAllUrl, { ...everywhereForm(page), ...ticked })
    const { personalTokens } = stage.store
    expect(await isThere(id)).toBe(false)
    expect((await personalTokens.find(mine)) !== undefined).toBe(stays)
    expect(await personalTokens.find(victims)).toBeDefined()
    const ended = stage.lines.filter(({ event }) => event === 'personal_token.revoked')
    expect(ended).toHaveLength(stays ? 0 : 1)
  })

  test('asks nothing about tokens when there are none', async () => {
    const { browser } = await signedIn()
    expect((await browser.open(accountUrl)).text).not.toContain('name="tokens"')
  })

  test('takes no form that ends one session (R73)', async () => {
    await signedIn(alice, safari)
    const { browser, id } = await signedIn()
    const answer = await post(browser, endAllUrl, endForm(await browser.open(accountUrl)))
    expect(answer.status).toBe(403)
    expect(await isThere(id)).toBe(true)
  })
})

describe('GET /account with what its person may open', () => {
  test('names the rule, the reason and what it wants', async () => {
    const page = await (await signedIn()).browser.open(accountUrl)
    for (const words of [
      '<code>wiki.example.com</code>',
      'your address is of @example.com',
      '<code>bank.example.com/pay/</code>',
      'you are in the group users',
      'you signed in through The home provider',
      'two factors',
      'a sign-in within 1 hour',
      '&lt;b&gt;Bank&lt;/b&gt;',
    ]) {
      expect(page.text).toContain(words)
    }
    expect(page.text).not.toContain('group admins')
  })

  test('names no host that is not for them', async () => {
    const { browser } = await signedIn(identityOf({ groups: [] }))
    const page = await browser.open(accountUrl)
    expect(page.text).toContain('wiki.example.com')
    expect(page.text).not.toContain('bank.example.com')
  })
})
