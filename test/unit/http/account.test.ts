import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { epochSeconds } from '../../../src/protocol/time.ts'
import { type Browser, findForm } from '../../support/browser.ts'
import { identityOf } from '../../support/identity.ts'
import {
  addGrant,
  type InteractionStage,
  resource,
  startInteractionStage,
} from '../../support/interaction-stage.ts'
import { authOrigin } from '../../support/login-stage.ts'

const accountUrl = `${authOrigin}/account`
const endUrl = `${accountUrl}/end`
const alice = identityOf()
const bob = identityOf({ subject: 'bob', email: 'bob@example.com', name: 'Bob' })

let stage: InteractionStage

beforeEach(async () => {
  stage = await startInteractionStage()
  addGrant(stage, alice)
})
afterEach(() => stage.close())

const signedIn = async (identity = alice): Promise<Browser> => {
  const browser = stage.browser()
  await stage.signIn(browser, identity)
  return browser
}

const formFor = async (browser: Browser) =>
  findForm(await browser.open(accountUrl), ['csrf', 'grant']).fields

const post = (browser: Browser, fields: Record<string, string>, headers: HeadersInit = {}) =>
  browser.openOnce(endUrl, { method: 'POST', body: new URLSearchParams(fields), headers })

describe('GET /account', () => {
  test('says who I am and whom I have let in, for what, since when (R77)', async () => {
    const page = await (await signedIn()).open(accountUrl)
    expect(page.status).toBe(200)
    for (const words of [
      '<strong>Alice</strong>',
      '<strong>alice@example.com</strong>',
      '<strong>alice</strong>',
      'https://sso.example.com',
      '<strong>Claude</strong>',
      `<code>${resource}</code>`,
      '<li>Read your notes</li>',
      '<li><code>notes:write</code></li>',
      'September 21, 2026',
      'Not yet',
      'End access of Claude',
    ]) {
      expect(page.text).toContain(words)
    }
  })

  test('says when a client was there last (R77)', async () => {
    addGrant(stage, alice, { lastUsedAt: epochSeconds(1_790_100_000) })
    const page = await (await signedIn()).open(accountUrl)
    expect(page.text).toContain('September 22, 2026')
    expect(page.text).not.toContain('Not yet')
  })

  test("shows nobody else's (R77)", async () => {
    const page = await (await signedIn(bob)).open(accountUrl)
    expect(page.text).toContain('There are none.')
    expect(page.text).not.toContain('Claude')
  })

  test('marks an address that nobody has verified', async () => {
    const changes = { email: undefined, emailDomain: undefined, unverifiedEmail: 'a@example.com' }
    const page = await (await signedIn(identityOf(changes))).open(accountUrl)
    expect(page.text).toContain('a@example.com (not verified)')
  })

  test('says that a local account is one', async () => {
    const page = await (await signedIn(identityOf({ provider: 'local' }))).open(accountUrl)
    expect(page.text).toContain('this service itself')
  })

  test('leads to the login and back when nobody is signed in', async () => {
    const page = await stage.browser().openOnce(accountUrl)
    expect([page.status, page.headers.get('Location')]).toEqual([
      302,
      `${authOrigin}/login?rd=${encodeURIComponent(accountUrl)}`,
    ])
  })

  test('shows hostile names of clients and people as harmless text (R76)', async () => {
    const hostile = '<script>x</script>\u202E'
    addGrant(stage, alice, { clientName: hostile, scopes: [hostile] })
    const page = await (await signedIn(identityOf({ name: hostile }))).open(accountUrl)
    expect(page.text).toContain('End access of &lt;script&gt;x&lt;/script&gt;')
    expect(page.text).not.toMatch(/<script|\u202E/)
  })

  test('shows nothing that its address says', async () => {
    const page = await (await signedIn()).open(`${accountUrl}?access=<b>hello`)
    expect(page.text).not.toContain('hello')
    expect(page.text).not.toContain('role="status"')
  })

  test('is led to from the page that says who is signed in', async () => {
    const page = await (await signedIn()).open(`${authOrigin}/signed-in`)
    expect(page.text).toContain(`href="${accountUrl}"`)
  })

  test('has the headers of every page and no CORS (R68, R78)', async () => {
    const headers = { Origin: 'https://evil.example' }
    const page = await (await signedIn()).openOnce(accountUrl, { headers })
    expect(page.headers.get('Content-Security-Policy')).toContain("frame-ancestors 'none'")
    expect(page.headers.get('X-Frame-Options')).toBe('DENY')
    expect(page.headers.get('Cache-Control')).toBe('no-store')
    expect([...page.headers.keys()].filter((name) => name.startsWith('access-'))).toEqual([])
  })
})

describe('POST /account/end', () => {
  test('ends the grant and says so (R77)', async () => {
    const browser = await signedIn()
    const page = await browser.submit(await browser.open(accountUrl), { grant: 'grant-1' })
    expect(page.status).toBe(200)
    expect(page.text).toContain('Access has ended.')
    expect(page.text).toContain('There are none.')
    expect(stage.ended).toEqual(['grant-1'])
  })

  test('says that it had ended before when the button is pressed twice (R77)', async () => {
    const browser = await signedIn()
    const fields = await formFor(browser)
    const first = await post(browser, fields)
    const second = await post(browser, fields)
    expect([first.status, second.status]).toEqual([303, 303])
    const page = await browser.open(second.headers.get('Location') ?? '')
    expect(page.text).toContain('had ended before')
    expect(stage.ended).toEqual(['grant-1'])
  })

  test.each<[string, (fields: Record<string, string>) => Record<string, string>, HeadersInit]>([
    ['no token', ({ grant = '' }) => ({ grant }), {}],
    ['a forged token', (fields) => ({ ...fields, csrf: 'x'.repeat(43) }), {}],
    ['the token of another grant', (fields) => ({ ...fields, grant: 'grant-2' }), {}],
    ['another origin', (fields) => fields, { Origin: 'https://evil.example' }],
    ['a cross-site mark', (fields) => fields, { 'Sec-Fetch-Site': 'cross-site' }],
    ['the mark of a neighbouring host', (fields) => fields, { 'Sec-Fetch-Site': 'same-site' }],
  ])('ends nothing when the form has %s (R73)', async (_what, change, headers) => {
    addGrant(stage, alice, { grantId: 'grant-2' })
    const browser = await signedIn()
    const page = await post(browser, change(await formFor(browser)), headers)
    expect(page.status).toBe(403)
    expect(page.text).toContain('Nothing was changed')
    expect(stage.ended).toEqual([])
  })

  test("ends nothing when the form is another session's (R73)", async () => {
    const fields = await formFor(await signedIn())
    expect((await post(await signedIn(), fields)).status).toBe(403)
    expect((await post(await signedIn(bob), fields)).status).toBe(403)
    expect(stage.ended).toEqual([])
  })

  test('answers 415 to what is no form, and ends nothing (R120)', async () => {
    const browser = await signedIn()
    const body = JSON.stringify(await formFor(browser))
    expect((await browser.openOnce(endUrl, { method: 'POST', body })).status).toBe(415)
    expect(stage.ended).toEqual([])
  })

  test('leads to the login when the session is over', async () => {
    const browser = await signedIn()
    const fields = await formFor(browser)
    stage.login.wait(50_000)
    const page = await post(browser, fields)
    expect([page.status, page.headers.get('Location')]).toEqual([
      303,
      `${authOrigin}/login?rd=${encodeURIComponent(accountUrl)}`,
    ])
    expect(stage.ended).toEqual([])
  })
})
