// The way of a login to hosts that its cookie does not reach, over all routes, with a real provider and store.

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { hashOf } from '../../../src/adapters/sealing.ts'
import { formatFlowCookies, hopTrip } from '../../../src/http/flow-cookie.ts'
import { browserHashOf } from '../../../src/http/hand-off.ts'
import { createHostSessionRoutes } from '../../../src/http/host-session.ts'
import { parseCookies } from '../../../src/protocol/cookies.ts'
import { parseHost } from '../../../src/protocol/host.ts'
import { epochSeconds, later, seconds } from '../../../src/protocol/time.ts'
import type { Browser, Page } from '../../support/browser.ts'
import { type GateStage, startGateStage } from '../../support/gate-stage.ts'
import { identityOf } from '../../support/identity.ts'
import { clientSecret, providerFor, startLoginStage } from '../../support/login-stage.ts'
import { type RunningProvider, startOpenIdProvider } from '../../support/openid-provider.ts'

const auth = 'https://auth.example.com'
const near = 'https://app.example.com'
const far = 'https://app.example.org'
const farther = 'https://wiki.example.org'
const applications = [near, far, farther]
const exact = `${far}/deep/?q=a%20b+c&x=%2F..%2f&url=https%3A%2F%2Felse.example%2F%3Fy&flag`

const file = (cookie: string) => `
public_url: ${auth}
cookie: ${cookie}
proxy: { dialect: traefik }
allow: { emails: ['@example.com'] }
rules:
  - { host: app.example.com }
  - { host: app.example.org }
  - { host: wiki.example.org }
providers:
  - { id: home, preset: oidc, issuer: https://sso.example.com, client_id: sallyport }
`
const twoDomains = file('{ domains: [example.com, example.org] }')
const isolated = file('{ mode: isolated }')

let home: RunningProvider
let stage: GateStage

beforeAll(async () => {
  home = await startOpenIdProvider({
    clients: [
      {
        clientId: 'sallyport',
        clientSecret,
        redirectUris: [`${auth}/callback/home`],
        postLogoutRedirectUris: [`${auth}/signed-out`],
      },
    ],
  })
})
afterAll(() => home.close())

const start = async (yaml: string) => {
  stage = await startGateStage(yaml, providerFor('home', home.issuer), applications)
}
afterEach(() => stage.close())

const pathsOf = (page: Page): readonly string[] =>
  page.trail
    .map((url) => new URL(url))
    .filter(
      ({ hostname }) => hostname.endsWith('.example.com') || hostname.endsWith('.example.org'),
    )
    .map(({ origin, pathname }) => `${origin}${pathname}`)

/** The address in the trail that has this path. */
const onTheWay = (page: Page, path: string): string =>
  page.trail.find((url) => new URL(url).pathname === path) ?? `no ${path}`

/** Follows redirects until the code is in the address, and keeps it from being redeemed. */
async function stopWithCode(browser: Browser, url: string): Promise<string> {
  let next = url
  for (let hops = 0; hops < 15; hops++) {
    if (new URL(next).pathname === '/.sallyport/finish') return next
    const page = await browser.openOnce(next)
    next = new URL(page.headers.get('Location') ?? '', next).href
  }
  throw new Error('No code came')
}

const sessionCookieFor = (browser: Browser, origin: string): string =>
  Object.entries(browser.cookiesFor(origin))
    .filter(([name]) => /^__(?:Host|Secure)-sallyport$/.test(name))
    .map(([name, value]) => `${name}=${value}`)
    .join('; ')

const signedInAt = async (origin: string): Promise<Browser> => {
  const browser = stage.browser()
  const page = await browser.signIn(`${origin}/`, 'alice')
  expect([page.status, page.text]).toEqual([200, `arrived at ${origin}/ as alice@example.com`])
  return browser
}

const reasons = () =>
  stage.lines.filter(([event]) => event === 'handoff.refused').map(([, { reason }]) => reason)

describe.each([
  ['two domains', twoDomains, '__Secure-sallyport'],
  ['isolated', isolated, '__Host-sallyport'],
])('hand-off with %s', (kind, yaml, name) => {
  beforeEach(() => start(yaml))

  test('comes back to the exact address, byte for byte, and names the person', async () => {
    const page = await stage.browser().signIn(exact, 'alice')
    expect([page.status, page.url]).toEqual([200, exact])
    expect(stage.arrived).toEqual([{ url: exact, user: 'alice@example.com' }])
    expect(pathsOf(page)).toEqual([
      `${far}/deep/`,
      `${auth}/login`,
      `${auth}/callback/home`,
      `${far}/.sallyport/start`,
      `${auth}/handoff`,
      `${far}/.sallyport/finish`,
      `${far}/deep/`,
    ])
  })

  test('asks nothing of somebody who is signed in elsewhere', async () => {
    const browser = await signedInAt(near)
    const page = await browser.open(exact)
    expect([page.status, page.url]).toEqual([200, exact])
    expect(page.trail.some((url) => url.startsWith(home.issuer))).toBe(false)
  })

  test('gives the host a cookie of its own, with the end of the login (R16, R24)', async () => {
    const browser = stage.browser()
    const page = await browser.signIn(`${far}/`, 'alice')
    const own = page.setCookies.filter((line) => line.startsWith(`${name}=`))
    const domain = (of: string) => (kind === 'isolated' ? '' : ` Domain=${of};`)
    expect(own.map((line) => line.replace(/=[\w-]{43};/, '=...;'))).toEqual([
      `${name}=...; Path=/;${domain('example.com')} Max-Age=43200; HttpOnly; Secure; SameSite=Lax`,
      `${name}=...; Path=/;${domain('example.org')} Max-Age=43200; HttpOnly; Secure; SameSite=Lax`,
    ])
    expect(sessionCookieFor(browser, far)).not.toBe(sessionCookieFor(browser, auth))
  })

  test('goes through the hand-off where the host refuses another login than this one', async () => {
    const bob = stage.browser()
    await bob.signIn(`${far}/`, 'bob')
    const browser = await signedInAt(near)
    browser.setCookie(far, name, bob.cookiesFor(far)[name] ?? '')
    stage.reload(yaml.replace('@example.com', 'alice@example.com'))
    expect((await browser.open(`${far}/`)).status).toBe(403)
    // Where a proxy that carries a status alone sends such a page load.
    const page = await browser.open(`${auth}/refused?rd=${encodeURIComponent(`${far}/`)}`)
    expect(pathsOf(page)).toContain(`${far}/.sallyport/start`)
    expect(page.text).toBe(`arrived at ${far}/ as alice@example.com`)
  })

  test('leaves nothing but the session cookie behind, and no secret in an address (R17, R31)', async () => {
    const browser = stage.browser()
    const page = await browser.signIn(`${far}/`, 'alice')
    expect(Object.keys(browser.cookiesFor(far))).toEqual([name])
    const values = page.setCookies.map((line) => /^__.*?=([\w-]{43});/.exec(line)?.[1] ?? '')
    const shown = values.filter((value) => value !== '' && page.trail.join(' ').includes(value))
    expect(values.filter((value) => value !== '').length).toBeGreaterThanOrEqual(4)
    expect(shown).toEqual([])
    expect(stage.arrived.map(({ url }) => url)).toEqual([`${far}/`])
  })

  test('takes the code once: a replay is refused (R24)', async () => {
    const browser = stage.browser()
    const page = await browser.signIn(`${far}/`, 'alice')
    const again = await browser.openOnce(onTheWay(page, '/.sallyport/finish'))
    expect([again.status, again.setCookies]).toEqual([400, []])
    expect(reasons()).toEqual(['unknown-code'])
  })

  test('gives one session to one of two that bring the code at once', async () => {
    const browser = await signedInAt(near)
    const finish = await stopWithCode(browser, `${far}/`)
    const pages = await Promise.all([browser.openOnce(finish), browser.openOnce(finish)])
    expect(pages.map(({ status }) => status).sort()).toEqual([302, 400])
  })

  test('refuses a code after 30 seconds (R24)', async () => {
    const browser = await signedInAt(near)
    const finish = await stopWithCode(browser, `${far}/`)
    stage.wait(30)
    expect((await browser.openOnce(finish)).status).toBe(400)
    expect(sessionCookieFor(browser, far)).toBe('')
    const inTime = await stopWithCode(browser, `${far}/`)
    stage.wait(29)
    expect((await browser.open(inTime)).url).toBe(`${far}/`)
  })

  test("refuses the attacker's code in the victim's browser, and spends it (login CSRF)", async () => {
    const attacker = await signedInAt(near)
    const finish = await stopWithCode(attacker, `${far}/`)
    const victim = stage.browser()
    // The victim is on a way of her own at this moment.
    await victim.openOnce(`${far}/.sallyport/start?rd=${encodeURIComponent(`${far}/`)}`)
    const page = await victim.openOnce(finish)
    expect([page.status, page.setCookies]).toEqual([400, []])
    expect(sessionCookieFor(victim, far)).toBe('')
    expect(reasons()).toEqual(['other-browser'])
    expect((await attacker.openOnce(finish)).status).toBe(400)
  })

  test("gives no session for a code that the victim's login issued for the attacker's browser", async () => {
    const attacker = stage.browser()
    const begun = await attacker.openOnce(
      `${far}/.sallyport/start?rd=${encodeURIComponent(`${far}/`)}`,
    )
    const handoff = begun.headers.get('Location') ?? ''
    const victim = await signedInAt(near)
    const page = await victim.open(handoff)
    expect(page.status).toBe(400)
    expect(sessionCookieFor(victim, far)).toBe('')
    // Whatever sees the address afterwards has nothing: it was spent by arriving.
    expect((await attacker.openOnce(page.url)).status).toBe(400)
    expect(sessionCookieFor(attacker, far)).toBe('')
  })

  test('refuses a cookie of the right name with another value, and one that came twice', async () => {
    const browser = await signedInAt(near)
    const [first, second] = [
      await stopWithCode(browser, `${far}/`),
      await stopWithCode(browser, `${far}/`),
    ]
    const hops = Object.entries(browser.cookiesFor(far))
    expect(hops).toHaveLength(2)
    for (const [hop] of hops) browser.setCookie(far, hop, 'X'.repeat(43))
    expect((await browser.openOnce(first)).status).toBe(400)
    for (const [hop] of hops) browser.forget(hop)
    const twice = hops.map(([hop, value]) => `${hop}=${value}; ${hop}=${'X'.repeat(43)}`).join('; ')
    const page = await browser.openOnce(second, { headers: { Cookie: twice } })
    expect([page.status, page.setCookies]).toEqual([400, []])
    expect(reasons()).toEqual(['other-browser', 'other-browser'])
  })

  test('issues no code for somebody who is not on the list any more (R21)', async () => {
    const browser = stage.browser()
    const id = 'M'.repeat(43)
    const now = epochSeconds(stage.now())
    await stage.store.sessions.open({
      idHash: hashOf(id),
      identity: identityOf({ email: 'mallory@other.example', emailDomain: 'other.example' }),
      createdAt: now,
      lastSeenAt: now,
      expiresAt: later(now, seconds(100)),
      providerSession: undefined,
      sealedIdToken: undefined,
    })
    browser.setCookie(auth, name, id)
    const begun = await browser.openOnce(`${far}/.sallyport/start`)
    const page = await browser.openOnce(begun.headers.get('Location') ?? '')
    const target = encodeURIComponent(`${far}/`)
    expect(page.headers.get('Location')).toBe(`${auth}/login?rd=${target}`)
  })

  test('refuses a code at another host than it is for', async () => {
    const browser = await signedInAt(near)
    const finish = new URL(await stopWithCode(browser, `${far}/`))
    const elsewhere = `${farther}${finish.pathname}${finish.search}`
    // A sibling cannot set the cookie of the trip; here it even could.
    for (const [cookie, value] of Object.entries(browser.cookiesFor(far))) {
      browser.setCookie(farther, cookie, value)
    }
    const page = await browser.openOnce(elsewhere)
    expect([page.status, page.setCookies]).toEqual([400, []])
    expect(reasons()).toEqual(['other-host'])
    expect((await browser.openOnce(finish.href)).status).toBe(400)
  })

  test.each([
    '',
    '?code=',
    '?code=short',
    `?code=${'A'.repeat(43)}`,
    `?code=${'A'.repeat(43)}&code=${'B'.repeat(43)}`,
  ])('refuses %s for a code, with a page of ours', async (query) => {
    const page = await stage.browser().openOnce(`${far}/.sallyport/finish${query}`)
    expect([page.status, page.setCookies]).toEqual([400, []])
    expect(page.headers.get('Content-Security-Policy')).toContain("default-src 'none'")
    expect(page.headers.get('Referrer-Policy')).toBe('no-referrer')
  })

  test('two tabs sign in side by side', async () => {
    const browser = await signedInAt(near)
    const [one, two] = [`${far}/one`, `${far}/two`]
    const first = await stopWithCode(browser, one)
    const second = await stopWithCode(browser, two)
    expect((await browser.open(second)).url).toBe(two)
    expect((await browser.open(first)).url).toBe(one)
    expect(stage.arrived.map(({ url }) => url).slice(1)).toEqual([two, one])
  })

  test('keeps at most five trips in a browser (R17)', async () => {
    const browser = stage.browser()
    for (let trip = 0; trip < 8; trip++) {
      await browser.openOnce(`${far}/.sallyport/start`)
      stage.wait(1)
    }
    expect(Object.keys(browser.cookiesFor(far))).toHaveLength(5)
  })

  test.each([
    'https://evil.example/',
    '//evil.example/',
    `${near}/other-host`,
    `${far}@evil.example/`,
    `${far}:8443/`,
    'javascript:alert(1)',
  ])('starts for its own host only, whatever it is given: %s (R27)', async (rd) => {
    const browser = stage.browser()
    const page = await browser.openOnce(`${far}/.sallyport/start?rd=${encodeURIComponent(rd)}`)
    const location = new URL(page.headers.get('Location') ?? '')
    expect(location.origin + location.pathname).toBe(`${auth}/handoff`)
    expect(location.searchParams.get('rd')).toBe(`${far}/`)
  })

  test.each([
    ['an unknown host', 'rd=https%3A%2F%2Fevil.example%2F&browser=', 'B'.repeat(43)],
    ['the login host itself', `rd=${encodeURIComponent(`${auth}/x`)}&browser=`, 'B'.repeat(43)],
    ['no target', 'browser=', 'B'.repeat(43)],
    ['no browser', `rd=${encodeURIComponent(`${far}/`)}&browser=`, ''],
    ['two browsers', `browser=x&rd=${encodeURIComponent(`${far}/`)}&browser=`, 'B'.repeat(43)],
    ['a browser that is no hash', `rd=${encodeURIComponent(`${far}/`)}&browser=`, '<script>'],
  ])('issues no code for %s', async (_, query, browserHash) => {
    const browser = await signedInAt(near)
    const page = await browser.openOnce(
      `${auth}/handoff?${query}${encodeURIComponent(browserHash)}`,
    )
    expect([page.status, page.headers.get('Location')]).toEqual([400, null])
    expect(page.text).not.toContain('<script>')
  })

  test.each(['iframe', 'image', 'empty'])('issues no code to an %s', async (destination) => {
    const browser = await signedInAt(near)
    const begun = await browser.openOnce(`${far}/.sallyport/start`)
    const headers = { 'Sec-Fetch-Mode': 'navigate', 'Sec-Fetch-Dest': destination }
    const page = await browser.openOnce(begun.headers.get('Location') ?? '', { headers })
    expect([page.status, page.headers.get('Location')]).toEqual([400, null])
  })

  test('counts the cookie of one host for nothing at another, nor at the login (R24)', async () => {
    const browser = await signedInAt(far)
    const own = sessionCookieFor(browser, far)
    expect(await stage.ask(`${far}/`, own)).toBe(200)
    expect(await stage.ask(`${near}/`, own)).toBe(401)
    if (kind === 'isolated') expect(await stage.ask(`${farther}/`, own)).toBe(401)
    expect(await stage.ask(`${far}/`, sessionCookieFor(browser, auth))).toBe(401)

    const thief = stage.browser()
    const [cookie = '', value = ''] = own.split('=')
    thief.setCookie(auth, cookie, value)
    const begun = await thief.openOnce(`${far}/.sallyport/start`)
    const page = await thief.openOnce(begun.headers.get('Location') ?? '')
    expect(page.headers.get('Location')).toMatch(/^https:\/\/auth\.example\.com\/login\?/)
    expect((await thief.open(`${auth}/signed-in`)).text).not.toContain('alice')
  })

  test('refuses two different cookies of one name: a sibling tossed one (R18)', async () => {
    const browser = await signedInAt(far)
    const own = sessionCookieFor(browser, far)
    expect(await stage.ask(`${far}/`, `${own}; ${name}=${'T'.repeat(43)}`)).toBe(401)
  })

  test('ends everywhere with the logout at the login host (R22)', async () => {
    const browser = await signedInAt(far)
    const own = sessionCookieFor(browser, far)
    await browser.open(`${near}/`)
    const nearOwn = sessionCookieFor(browser, near)
    await browser.submit(await browser.open(`${auth}/logout`), {})
    expect(await stage.ask(`${far}/`, own)).toBe(401)
    expect(await stage.ask(`${near}/`, nearOwn)).toBe(401)
    expect(await stage.store.sessions.count()).toBe(0)
  })

  test('refuses a code whose login has ended meanwhile', async () => {
    const browser = await signedInAt(near)
    const finish = await stopWithCode(browser, exact)
    await browser.submit(await browser.open(`${auth}/logout`), {})
    const page = await browser.openOnce(finish)
    expect([page.status, sessionCookieFor(browser, far)]).toEqual([400, ''])
  })

  test('replaces the session of the host instead of adding one', async () => {
    const browser = await signedInAt(far)
    const before = await stage.store.sessions.count()
    const old = sessionCookieFor(browser, far)
    await browser.open(`${far}/.sallyport/start`)
    expect(sessionCookieFor(browser, far)).not.toBe(old)
    expect(await stage.ask(`${far}/`, old)).toBe(401)
    expect(await stage.store.sessions.count()).toBe(before)
  })

  test('says that the path is not led to us instead of going round (proxy without it)', async () => {
    const target = `${far}/.sallyport/start?rd=${encodeURIComponent(`${far}/`)}`
    const page = await stage.browser().openOnce(`${auth}/login?rd=${encodeURIComponent(target)}`)
    expect(page.status).toBe(400)
    expect(page.text).toContain('/.sallyport/')
    expect(stage.lines.map(([event]) => event)).toContain('handoff.not_routed')
  })

  test('is not there on the login host, nor on hosts that nobody configured (R10)', async () => {
    const browser = stage.browser()
    for (const path of ['/.sallyport/start', '/.sallyport/finish']) {
      expect((await browser.openOnce(`${auth}${path}`)).status).toBe(404)
      expect(await stage.direct('stranger.example.org', path)).toBe(421)
    }
  })

  test('explains the loop when the browser does not keep the cookie of the host', async () => {
    const browser = await signedInAt(far)
    const [, login = ''] = sessionCookieFor(browser, auth).split('=')
    const pages: Page[] = []
    for (let visit = 0; visit < 3; visit++) {
      browser.forget(name)
      browser.setCookie(auth, name, login)
      pages.push(await browser.open(`${far}/`))
    }
    expect(pages.map(({ status }) => status)).toEqual([200, 200, 400])
    expect(pages[2]?.text).toContain('app.example.org')
    expect(pages[2]?.text).not.toContain('The cookie is for')
  })
})

describe('hand-off with two domains', () => {
  beforeEach(() => start(twoDomains))

  test('signs in once for all hosts of the other domain', async () => {
    const browser = await signedInAt(far)
    const page = await browser.open(`${farther}/`)
    expect(page.trail).toEqual([`${farther}/`])
    expect(page.text).toContain('as alice@example.com')
  })

  test('hands nothing on within the login domain', async () => {
    expect(await stage.direct('app.example.com', '/.sallyport/start')).toBe(421)
    const page = await stage.browser().signIn(`${near}/`, 'alice')
    expect(pathsOf(page)).toEqual([
      `${near}/`,
      `${auth}/login`,
      `${auth}/callback/home`,
      `${near}/`,
    ])
  })
})

describe('hand-off in isolated mode', () => {
  beforeEach(() => start(isolated))

  test('gives every host another cookie, none of them with a domain (R24)', async () => {
    const browser = stage.browser()
    const pages: Page[] = []
    for (const origin of applications) pages.push(await browser.signIn(`${origin}/`, 'alice'))
    const own = pages.flatMap(({ setCookies }) =>
      setCookies.filter((line) => line.startsWith('__Host-sallyport=')),
    )
    expect(own.filter((line) => line.includes('Domain'))).toEqual([])
    expect(new Set(own.map((line) => line.split(';')[0])).size).toBe(4)
    expect(await stage.store.sessions.count()).toBe(4)
  })
})

test('createHostSessionRoutes() asks for the login again when that ends at the very moment', async () => {
  const login = await startLoginStage({})
  const { deps } = login
  const [sessionId, code, secret] = ['L'.repeat(43), 'C'.repeat(43), 'S'.repeat(43)]
  const now = deps.now()
  await login.store.sessions.open({
    idHash: hashOf(sessionId),
    identity: identityOf(),
    createdAt: now,
    lastSeenAt: now,
    expiresAt: later(now, seconds(100)),
    providerSession: undefined,
    sealedIdToken: undefined,
  })
  const browserHash = browserHashOf(secret, deps)
  await login.store.handOffs.issue(
    {
      codeHash: hashOf(code),
      browserHash,
      login: hashOf(sessionId),
      target: exact,
      createdAt: now,
      expiresAt: later(now, seconds(30)),
    },
    1,
  )
  const trip = { stateHash: browserHash, secret, now }
  const [hop = ''] = formatFlowCookies(parseCookies(''), trip, true, hopTrip)
  const { handOffs } = login.store
  const routes = createHostSessionRoutes({
    ...deps,
    reach: (hostname) => ({ kind: 'own', audience: hostname, domain: undefined }),
    requestHost: () => parseHost('app.example.org', 'https'),
    store: {
      ...login.store,
      handOffs: {
        ...handOffs,
        redeem: async (codeHash, at) => {
          const redeemed = await handOffs.redeem(codeHash, at)
          await login.store.sessions.end(hashOf(sessionId))
          return redeemed
        },
      },
    },
  })
  const headers = { Cookie: hop.split(';')[0] ?? '' }
  const answer = await routes.request(`${far}/finish?code=${code}`, { headers })
  expect(answer.headers.get('Location')).toBe(`${auth}/login?rd=${encodeURIComponent(exact)}`)
  expect(answer.headers.getSetCookie().filter((line) => !line.includes('Max-Age=0'))).toEqual([])
  await login.close()
})
