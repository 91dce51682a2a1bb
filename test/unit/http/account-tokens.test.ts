import { Hono } from 'hono'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { hashOf } from '../../../src/adapters/sealing.ts'
import { createAccountRoutes } from '../../../src/http/account.ts'
import {
  type AccountTokenDependencies,
  createTokenRoutes,
  createTokenSection,
} from '../../../src/http/account-tokens.ts'
import { signIn } from '../../../src/http/sign-in.ts'
import { localIssuer } from '../../../src/ports/store.ts'
import { accountIdOf } from '../../../src/protocol/account-id.ts'
import { seconds } from '../../../src/protocol/time.ts'
import { account } from '../../contract/store.ts'
import { type Browser, createBrowser, findForm, type Page } from '../../support/browser.ts'
import { identityOf } from '../../support/identity.ts'
import {
  authOrigin,
  cookieName,
  type LoginStage,
  startLoginStage,
} from '../../support/login-stage.ts'

const accountUrl = `${authOrigin}/account`
const newUrl = `${accountUrl}/tokens/new`
const makeUrl = `${accountUrl}/tokens`
const endUrl = `${accountUrl}/tokens/end`
const alice = identityOf()
const bob = identityOf({ subject: 'bob', email: 'bob@example.com', name: 'Bob' })
const whole = {
  name: 'Backup',
  hosts: 'app.example.com, *.example.com',
  path: '/api/',
  methods: 'GET HEAD',
  scopes: 'notes:read',
  days: '30',
}

let stage: LoginStage
let routes: Hono

beforeEach(async () => {
  stage = await startLoginStage({ session: { lifetime: seconds(43_200), idle: seconds(0) } })
  const deps: AccountTokenDependencies = {
    login: stage.deps,
    tokens: stage.store.personalTokens,
    maxLifetime: seconds(90 * 86_400),
    rules: { knowsHost: (hostname, port) => hostname === 'app.example.com' && port === undefined },
    scopes: () => ['notes:read', 'notes:write'],
  }
  const sections = [createTokenSection(deps)]
  const login = stage.deps
  routes = new Hono()
    .route(
      '/',
      createAccountRoutes({ login, server: undefined, describeScope: () => '', sections }),
    )
    .route('/', createTokenRoutes(deps))
    .all('*', (c) => stage.handle(c.req.raw))
})
afterEach(() => stage.close())

async function signedIn(identity = alice): Promise<Browser> {
  const browser = createBrowser({ [authOrigin]: (request) => routes.fetch(request) })
  const signed = await signIn(
    { identity, idToken: undefined, providerSession: undefined },
    { previousId: undefined, userAgent: undefined },
    { ...stage.deps, lifetime: stage.deps.session.lifetime },
  )
  if (signed.kind !== 'signed-in') throw new Error('Nobody was signed in')
  browser.setCookie(authOrigin, cookieName, signed.sessionId)
  return browser
}

const send = async (browser: Browser, fields: Partial<typeof whole> = {}): Promise<Page> =>
  browser.submit(await browser.open(newUrl), { ...whole, ...fields })

const valueIn = ({ text }: Page): string => /sallyport_pat_[0-9A-Za-z]{49}/.exec(text)?.[0] ?? ''

const find = async (value: string) => stage.store.personalTokens.find(hashOf(value))

const post = (
  browser: Browser,
  url: string,
  fields: Record<string, string>,
  headers: HeadersInit = {},
) => browser.openOnce(url, { method: 'POST', body: new URLSearchParams(fields), headers })

const linesOf = (event: string) => stage.lines.filter((line) => line.event === event)

describe('POST /account/tokens', () => {
  test('makes a token with the limits that were given, and shows it once', async () => {
    const browser = await signedIn()
    const page = await send(browser)
    expect(page.status).toBe(200)
    expect(page.headers.get('Cache-Control')).toBe('no-store')
    const now = stage.deps.now()
    expect(await find(valueIn(page))).toMatchObject({
      token: {
        name: 'Backup',
        account: accountIdOf(alice),
        madeBy: 'owner',
        bounds: {
          hosts: ['app.example.com', '*.example.com'],
          path: '/api',
          methods: ['GET', 'HEAD'],
          scopes: ['notes:read'],
        },
        createdAt: now,
        expiresAt: now + 30 * 86_400,
        lastUsedAt: undefined,
      },
      identity: { ...alice, scopes: ['notes:read'] },
    })
    const again = await browser.open(accountUrl)
    expect(again.text).toContain('<strong>Backup</strong>')
    expect(again.text).not.toContain('sallyport_pat_')
  })

  test('writes who made what into the log, and never the value (R127)', async () => {
    const value = valueIn(await send(await signedIn()))
    expect(linesOf('personal_token.created')).toMatchObject([
      { fields: { account: accountIdOf(alice), by: 'owner', address: '192.0.2.7', path: '/api' } },
    ])
    expect(JSON.stringify(stage.lines)).not.toContain(value.slice(14))
  })

  test.each<[string, Partial<typeof whole>, string]>([
    ['no name', { name: ' ' }, '1 to 80 characters'],
    ['a name that nobody can see', { name: '\u200B' }, '1 to 80 characters'],
    ['no host', { hosts: '' }, 'at least one host'],
    ['a URL for a host', { hosts: 'https://app.example.com' }, 'at least one host'],
    [
      'a host without application',
      { hosts: 'apq.example.com' },
      'no application at apq.example.com',
    ],
    ['another port', { hosts: 'app.example.com:8443' }, 'no application at app.example.com:8443'],
    ['a path that climbs', { path: '/a/../b' }, 'The path has to begin'],
    ['a method nobody knows', { methods: 'get' }, 'in capital letters'],
    ['a scope that is not to be had', { scopes: 'admin' }, 'not among the possible'],
    ['no day', { days: '0' }, 'whole number of days'],
    ['more days than are possible', { days: '91' }, 'whole number of days'],
    ['half a day', { days: '1.5' }, 'whole number of days'],
  ])('refuses %s, and keeps what was typed', async (_, fields, words) => {
    const browser = await signedIn()
    const page = await send(browser, fields)
    expect(page.status).toBe(400)
    expect(page.text).toContain(words)
    for (const [name, value] of Object.entries({ ...whole, ...fields }))
      expect(page.text).toContain(`name="${name}" value="${value.trim()}"`)
    expect(await stage.store.personalTokens.list()).toEqual([])
    expect((await browser.submit(page, whole)).text).toContain('sallyport_pat_')
  })

  test('makes no second token when the same form is sent again (R73)', async () => {
    const browser = await signedIn()
    const { fields } = findForm(await browser.open(newUrl), ['csrf', 'name'])
    const sent = { ...fields, ...whole }
    expect((await post(browser, makeUrl, sent)).text).toContain('sallyport_pat_')
    const again = await post(browser, makeUrl, sent)
    expect([again.status, valueIn(again)]).toEqual([400, ''])
    expect(await stage.store.personalTokens.list()).toHaveLength(1)
  })

  test.each<[string, Record<string, string>, HeadersInit]>([
    ['no form token', { csrf: '' }, {}],
    ["another site's origin", {}, { Origin: 'https://evil.example' }],
    ["a sibling's page", {}, { 'Sec-Fetch-Site': 'same-site' }],
  ])('makes nothing with %s (R22)', async (_, changes, headers) => {
    const browser = await signedIn()
    const { fields } = findForm(await browser.open(newUrl), ['csrf', 'name'])
    const answer = await post(browser, makeUrl, { ...fields, ...whole, ...changes }, headers)
    expect(answer.status).toBe(403)
    expect(await stage.store.personalTokens.list()).toEqual([])
  })

  test("makes nothing with the form of somebody else's session (R73)", async () => {
    const { fields } = findForm(await (await signedIn(bob)).open(newUrl), ['csrf', 'name'])
    const answer = await post(await signedIn(), makeUrl, { ...fields, ...whole })
    expect(answer.status).toBe(403)
    expect(await stage.store.personalTokens.list()).toEqual([])
  })

  test('wants a recent sign-in: a session that was taken over becomes no token', async () => {
    const browser = await signedIn()
    const form = await browser.open(newUrl)
    stage.wait(3600)
    expect((await browser.submit(form, whole)).status).toBe(403)
    const page = await browser.open(newUrl)
    expect([page.status, page.text.includes('sign in again')]).toEqual([403, true])
    expect(page.text).toContain('/login?')
    expect(await stage.store.personalTokens.list()).toEqual([])
  })

  test('leads to the login when nobody is signed in', async () => {
    const browser = createBrowser({ [authOrigin]: (request) => routes.fetch(request) })
    const shown = await browser.openOnce(newUrl)
    expect([shown.status, shown.headers.get('Location')]).toEqual([
      303,
      `${authOrigin}/login?rd=${encodeURIComponent(accountUrl)}`,
    ])
    expect((await post(browser, makeUrl, whole)).status).toBe(303)
    expect((await post(browser, endUrl, {})).status).toBe(303)
  })

  test('makes no more than fifty', async () => {
    const browser = await signedIn()
    await send(browser)
    const [one] = await stage.store.personalTokens.list()
    if (one === undefined) throw new Error('Expected a token')
    for (let at = 1; at < 50; at += 1) {
      const { token } = one
      const expiresAt = token.expiresAt ?? stage.deps.now()
      await stage.store.personalTokens.add(
        { ...token, expiresAt, id: `id-${at}`, tokenHash: `hash-${at}` },
        50,
      )
    }
    expect((await send(browser)).text).toContain('as many tokens as you can have')
  })

  test('makes nothing for a local account that is gone', async () => {
    const stored = account()
    await stage.store.accounts.add(stored)
    const local = identityOf({ provider: 'local', issuer: localIssuer, subject: stored.id })
    const browser = await signedIn(local)
    const form = await browser.open(newUrl)
    const session = browser.cookiesFor(authOrigin)[cookieName]
    const kept = await stage.sessionOf(session)
    await stage.store.accounts.remove(stored.name)
    // A request that was under way when the account went still has its session.
    if (kept !== undefined) await stage.store.sessions.open(kept)
    expect(valueIn(await browser.submit(form, whole))).toBe('')
    expect(await stage.store.personalTokens.list()).toEqual([])
  })
})

describe('GET /account with tokens', () => {
  test("shows what each is good for, and nobody else's", async () => {
    await send(await signedIn(bob), { name: "Bob's" })
    const browser = await signedIn()
    await send(browser, { name: '<script>x</script>' })
    const page = await browser.open(accountUrl)
    for (const words of [
      '&lt;script&gt;x&lt;/script&gt;',
      '<code>app.example.com</code>, <code>*.example.com</code>',
      '<code>/api</code>',
      '<code>GET</code>, <code>HEAD</code>',
      '<code>notes:read</code>',
      'Not yet',
      `href="${newUrl}"`,
    ])
      expect(page.text).toContain(words)
    expect(page.text).not.toMatch(/Bob|<script/)
  })
})

describe('signIn() with a token', () => {
  test('lets it stand for its owner as of the last sign-in, whoever that is by then (R89)', async () => {
    const admin = identityOf({ groups: ['admins'] })
    const value = valueIn(await send(await signedIn(admin)))
    expect(await find(value)).toMatchObject({ identity: { groups: ['admins'] } })
    stage.wait(100)
    await signedIn(identityOf({ groups: [] }))
    expect(await find(value)).toMatchObject({
      identity: { groups: [], scopes: ['notes:read'] },
      ownerSeenAt: stage.deps.now(),
    })
  })
})

describe('POST /account/tokens/end', () => {
  const formFor = async (browser: Browser) =>
    findForm(await browser.open(accountUrl), ['csrf', 'token']).fields

  test('ends the token: the next request is refused', async () => {
    const browser = await signedIn()
    const value = valueIn(await send(browser))
    const fields = await formFor(browser)
    const answer = await post(browser, endUrl, fields)
    expect([answer.status, answer.headers.get('Location')]).toEqual([
      303,
      `${accountUrl}?token=revoked`,
    ])
    expect(await find(value)).toBeUndefined()
    expect((await browser.open(`${accountUrl}?token=revoked`)).text).toContain(
      'The token has ended.',
    )
    expect(linesOf('personal_token.revoked')).toMatchObject([
      { fields: { id: fields['token'], account: accountIdOf(alice), by: 'owner' } },
    ])
    const twice = await post(browser, endUrl, fields)
    expect(twice.headers.get('Location')).toBe(`${accountUrl}?token=unknown`)
    expect(linesOf('personal_token.revoked')).toHaveLength(1)
  })

  test.each<[string, Record<string, string>, HeadersInit]>([
    ['no form token', { csrf: '' }, {}],
    ['the form of another token', { token: 'other' }, {}],
    ["another site's origin", {}, { Origin: 'https://evil.example' }],
  ])('ends nothing with %s (R22)', async (_, changes, headers) => {
    const browser = await signedIn()
    const value = valueIn(await send(browser))
    const fields = await formFor(browser)
    expect((await post(browser, endUrl, { ...fields, ...changes }, headers)).status).toBe(403)
    expect(await find(value)).toBeDefined()
  })

  test("ends nobody else's (R77)", async () => {
    const mine = await signedIn()
    const value = valueIn(await send(mine))
    const { token = '' } = await formFor(mine)
    const theirs = await signedIn(bob)
    const session = theirs.cookiesFor(authOrigin)[cookieName] ?? ''
    // As their own page would make it, were it to show that token.
    const csrf = hashOf(`end-token:${JSON.stringify([token, session])}`)
    const answer = await post(theirs, endUrl, { token, csrf })
    expect(answer.headers.get('Location')).toBe(`${accountUrl}?token=unknown`)
    expect(await find(value)).toBeDefined()
  })
})
