import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { findForm } from '../../support/browser.ts'
import {
  appOrigin,
  authOrigin,
  clientSecret,
  cookieName,
  type LoginStage,
  providerFor,
  startLoginStage,
} from '../../support/login-stage.ts'
import { type RunningProvider, startOpenIdProvider } from '../../support/openid-provider.ts'

const target = `${appOrigin}/`
const loginUrl = `${authOrigin}/login?rd=${encodeURIComponent(target)}`
const logoutUrl = `${authOrigin}/logout`

let home: RunningProvider
let stage: LoginStage

beforeAll(async () => {
  home = await startOpenIdProvider({
    clients: [
      {
        clientId: 'sallyport',
        clientSecret,
        redirectUris: [`${authOrigin}/callback/home`],
        postLogoutRedirectUris: [`${authOrigin}/signed-out`],
      },
    ],
  })
})
afterAll(() => home.close())
beforeEach(async () => {
  stage = await startLoginStage({ providers: [providerFor('home', home.issuer)] })
})
afterEach(() => stage.close())

const signedIn = async () => {
  const browser = stage.browser()
  await browser.signIn(loginUrl, 'alice')
  return { browser, id: browser.cookiesFor(target)[cookieName] ?? 'none' }
}

describe('createLogout()', () => {
  test('asks first and changes nothing when the page is only visited (R22)', async () => {
    const { browser, id } = await signedIn()
    const page = await browser.open(logoutUrl)
    expect([page.status, page.text]).toEqual([200, expect.stringContaining('alice@example.com')])
    expect(page.headers.get('Content-Security-Policy')).toContain(
      `form-action 'self' ${home.issuer};`,
    )
    expect(page.text).toContain('ends your session in this browser')
    expect(page.text).toContain('tokens and other devices keep their access')
    expect(await stage.sessionOf(id)).toBeDefined()
  })

  test('ends the record, the cookie and the session at the provider (R22, CVE-2026-34454)', async () => {
    const { browser, id } = await signedIn()
    const confirm = await browser.submit(await browser.open(logoutUrl), {})
    expect(confirm.url.startsWith(`${home.issuer}/session/end`)).toBe(true)
    expect(await stage.sessionOf(id)).toBeUndefined()
    expect(browser.cookiesFor(target)[cookieName]).toBeUndefined()
    const hint = new URL(confirm.url).searchParams.get('id_token_hint')
    expect(hint?.split('.')).toHaveLength(3)
    const out = await browser.submit(confirm, { logout: 'yes' })
    expect([out.url, out.status]).toEqual([`${authOrigin}/signed-out`, 200])
    expect(stage.lines.find(({ event }) => event === 'logout')?.fields).toMatchObject({
      provider: 'home',
      account: `${home.issuer} alice`,
    })
    // The provider has forgotten her too: the next login asks for a name.
    expect((await browser.open(loginUrl)).url).toContain('/interaction/')
  })

  test('never says that somebody is signed out whose session lives', async () => {
    const { browser } = await signedIn()
    const answer = await browser.open(`${authOrigin}/signed-out`)
    expect([answer.url, answer.status]).toEqual([`${authOrigin}/signed-in`, 200])
  })

  const csrf = async (browser: ReturnType<LoginStage['browser']>) =>
    findForm(await browser.open(logoutUrl), ['csrf']).fields['csrf'] ?? ''

  test('lets the old cookie do nothing afterwards, also when a browser keeps it (R22)', async () => {
    const { browser, id } = await signedIn()
    await browser.submit(await browser.open(logoutUrl), {})
    browser.setCookie(authOrigin, cookieName, id)
    expect((await browser.openOnce(logoutUrl)).headers.get('Location')).toBe(
      `${authOrigin}/signed-out`,
    )
    expect((await browser.openOnce(loginUrl)).headers.get('Location')).toContain(home.issuer)
  })

  test.each<[string, (token: string) => RequestInit]>([
    ['no token', () => ({ body: new URLSearchParams() })],
    ['another token', () => ({ body: new URLSearchParams({ csrf: 'x'.repeat(43) }) })],
    [
      'another origin',
      (token) => ({
        body: new URLSearchParams({ csrf: token }),
        headers: { Origin: 'https://evil.example' },
      }),
    ],
    [
      'a cross-site mark',
      (token) => ({
        body: new URLSearchParams({ csrf: token }),
        headers: { 'Sec-Fetch-Site': 'cross-site' },
      }),
    ],
    [
      'the token twice',
      (token) => ({
        body: `csrf=${token}&csrf=${token}`,
        headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      }),
    ],
    ['another type', (token) => ({ body: JSON.stringify({ csrf: token }) })],
  ])('keeps the session when the form has %s (R22)', async (_what, init) => {
    const { browser, id } = await signedIn()
    const page = await browser.openOnce(logoutUrl, { method: 'POST', ...init(await csrf(browser)) })
    expect(page.status).toBeGreaterThanOrEqual(400)
    expect(page.status).toBeLessThan(500)
    expect(await stage.sessionOf(id)).toBeDefined()
    expect(browser.cookiesFor(target)[cookieName]).toBe(id)
  })

  test('does not take the token of another session (R22)', async () => {
    const mine = await signedIn()
    const other = await signedIn()
    const body = new URLSearchParams({ csrf: await csrf(mine.browser) })
    const page = await other.browser.openOnce(logoutUrl, { method: 'POST', body })
    expect(page.status).toBe(403)
    expect(await stage.sessionOf(other.id)).toBeDefined()
  })

  test('says signed out when there is no session', async () => {
    const browser = stage.browser()
    expect((await browser.open(logoutUrl)).url).toBe(`${authOrigin}/signed-out`)
    const page = await browser.open(logoutUrl, { method: 'POST', body: new URLSearchParams() })
    expect(page.url).toBe(`${authOrigin}/signed-out`)
  })

  test('removes both cookies when two different ones came (R18)', async () => {
    const { id } = await signedIn()
    const headers = { Cookie: `${cookieName}=${id}; ${cookieName}=other` }
    const answer = await stage.handle(new Request(logoutUrl, { headers }))
    expect(answer.status).toBe(400)
    expect(answer.headers.getSetCookie().map((line) => line.includes('Domain='))).toEqual([
      true,
      false,
    ])
    expect(await stage.sessionOf(id)).toBeDefined()
  })

  test('sends no CORS headers and no referrer (R68, R129)', async () => {
    const { browser } = await signedIn()
    for (const url of [
      logoutUrl,
      loginUrl,
      `${authOrigin}/signed-in`,
      `${authOrigin}/signed-out`,
    ]) {
      const page = await browser.openOnce(url, { headers: { Origin: 'https://evil.example' } })
      const names = [...page.headers.keys()]
      expect(names.filter((name) => name.startsWith('access-control'))).toEqual([])
      expect(page.headers.get('Referrer-Policy')).toBe('no-referrer')
      expect(page.headers.get('Cache-Control')).toBe('no-store')
    }
  })
})
