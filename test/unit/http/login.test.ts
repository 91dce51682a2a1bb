import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createLoginRoutes } from '../../../src/http/login.ts'
import type { LoginDependencies } from '../../../src/http/login-context.ts'
import type { Session } from '../../../src/ports/store.ts'
import { seconds } from '../../../src/protocol/time.ts'
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
import { type RunningProvider, startOpenIdProvider } from '../../support/openid-provider.ts'

const target = `${appOrigin}/report?q=a%20b+c&x=%2F..%2f&empty=&=&flag&a=1&a=2`
const login = (rd: string, extra = '') => `${authOrigin}/login?rd=${encodeURIComponent(rd)}${extra}`

let home: RunningProvider
let work: RunningProvider
let stage: LoginStage

const start = async (changes: Partial<LoginDependencies> = {}) => {
  stage = await startLoginStage({ providers: [providerFor('home', home.issuer)], ...changes })
  return stage
}

beforeAll(async () => {
  const provider = (id: string) =>
    startOpenIdProvider({
      clients: [
        {
          clientId: 'sallyport',
          clientSecret,
          redirectUris: [`${authOrigin}/callback/${id}`, `${authOrigin}/callback`],
          postLogoutRedirectUris: [`${authOrigin}/signed-out`],
        },
      ],
    })
  home = await provider('home')
  work = await provider('work')
})
afterAll(async () => {
  await home.close()
  await work.close()
})
beforeEach(async () => {
  await start()
})
afterEach(() => stage.close())

const events = (name: string) => stage.lines.filter(({ event }) => event === name)

describe('createLoginRoutes() signs in', () => {
  test('brings the query back byte for byte when the only provider says who it is (R29)', async () => {
    const browser = stage.browser()
    const page = await browser.signIn(login(target), 'alice')
    expect(page.url).toBe(target)
    expect(page.text).toBe(`arrived at ${target}`)
    const session = await stage.sessionOf(browser.cookiesFor(target)[cookieName])
    expect(session?.identity).toMatchObject({
      provider: 'home',
      issuer: home.issuer,
      subject: 'alice',
      email: 'alice@example.com',
      groups: ['admins', 'staff'],
    })
    expect(events('login.ok')[0]?.fields).toEqual({
      provider: 'home',
      account: `${home.issuer} alice`,
      address: '192.0.2.7',
    })
  })

  test('sets the session cookie with all attributes and takes the flow cookie away (R16, R17)', async () => {
    const page = await stage.browser().signIn(login(target), 'alice')
    const session = page.setCookies.find((line) => line.startsWith(`${cookieName}=`))
    expect(session?.split('; ').slice(1)).toEqual([
      'Path=/',
      'Domain=example.com',
      'Max-Age=43200',
      'HttpOnly',
      'Secure',
      'SameSite=Lax',
    ])
    const [flow, removal] = page.setCookies.filter((line) =>
      line.startsWith('__Host-sallyport-flow-'),
    )
    expect(flow).toMatch(
      /^__Host-[\w-]+=[\w-]{43}; Path=\/; Max-Age=600; HttpOnly; Secure; SameSite=Lax$/,
    )
    expect(removal).toMatch(/^__Host-[\w-]+=; Path=\/; Max-Age=0;/)
    expect(removal?.split('=')[0]).toBe(flow?.split('=')[0])
  })

  test('keeps state, nonce, verifier and cookie value apart, and none of them readable in the store (R33, R130, CVE-2026-34511)', async () => {
    const flows: unknown[] = []
    const routes = createLoginRoutes({
      ...stage.deps,
      store: {
        ...stage.store,
        loginFlows: {
          ...stage.store.loginFlows,
          begin: async (flow, limit) => {
            flows.push(flow)
            return stage.store.loginFlows.begin(flow, limit)
          },
        },
      },
    })
    const response = await routes.request(login(target))
    const url = new URL(response.headers.get('Location') ?? '')
    const [, cookie = ''] = /=([\w-]{43});/.exec(response.headers.getSetCookie()[0] ?? '') ?? []
    const values = ['state', 'nonce', 'code_challenge'].map(
      (name) => url.searchParams.get(name) ?? '',
    )
    expect(new Set([...values, cookie]).size).toBe(4)
    const kept = JSON.stringify(flows)
    expect(flows).toHaveLength(1)
    for (const value of [...values, cookie]) {
      expect(value).toMatch(/^[\w-]{43}$/)
      expect(kept).not.toContain(value)
    }
  })

  test('gives a new session id and ends the old session when somebody signs in again (R20)', async () => {
    const browser = stage.browser()
    await browser.signIn(login(target), 'alice')
    const before = browser.cookiesFor(target)[cookieName]
    const page = await browser.signIn(login(target, '&prompt=select_account'), 'bob')
    expect(page.url).toBe(target)
    const after = browser.cookiesFor(target)[cookieName]
    expect(after).not.toBe(before)
    expect(await stage.sessionOf(before)).toBeUndefined()
    expect((await stage.sessionOf(after))?.identity.subject).toBe('bob')
  })

  test('never takes over a session id that the browser brought (R20)', async () => {
    const browser = stage.browser()
    const planted = 'p'.repeat(43)
    browser.setCookie(target, cookieName, planted)
    const page = await browser.signIn(login(target), 'alice')
    expect(await stage.sessionOf(planted)).toBeUndefined()
    expect(page.setCookies.join()).not.toContain(planted)
  })

  test('asks the provider to let the person choose when prompt=select_account', async () => {
    const browser = stage.browser()
    await browser.signIn(login(target), 'alice')
    const page = await browser.open(login(target, '&prompt=select_account'))
    expect(page.text).toContain('<p id="prompt">select_account</p>')
  })

  test('goes back at once when the browser is signed in already', async () => {
    const browser = stage.browser()
    await browser.signIn(login(target), 'alice')
    const page = await browser.openOnce(login(target))
    expect([page.status, page.headers.get('Location')]).toEqual([302, target])
  })

  test('signs in anew when the session is idle for too long or at its end (R21)', async () => {
    const browser = stage.browser()
    await browser.signIn(login(target), 'alice')
    stage.wait(3600)
    const page = await browser.openOnce(login(target))
    expect(page.headers.get('Location')).toContain(`${home.issuer}/auth?`)
  })

  test('uses the old callback path when the provider is registered that way (P8)', async () => {
    await stage.close()
    await start({ providers: [{ ...providerFor('home', home.issuer), callbackPath: '/callback' }] })
    const page = await stage.browser().signIn(login(target), 'alice')
    expect(page.url).toBe(target)
    expect(page.trail.some((url) => url.startsWith(`${authOrigin}/callback?`))).toBe(true)
  })

  test('lands on our own page when nothing or nothing acceptable was asked for (R29)', async () => {
    for (const url of [`${authOrigin}/login`, login('https://evil.example/')]) {
      const page = await stage.browser().signIn(url, 'alice')
      expect(page.url).toBe(`${authOrigin}/signed-in`)
      expect(page.text).toContain('alice@example.com')
      expect(page.text).not.toContain('evil.example')
    }
  })

  test('takes no return URL when it comes twice (R27)', async () => {
    const url = `${login(target)}&rd=${encodeURIComponent('https://evil.example/')}`
    expect((await stage.browser().signIn(url, 'alice')).url).toBe(`${authOrigin}/signed-in`)
  })

  test('does not swap identities when 200 people sign in forty at a time (R40, GHSA-9q5m-jfc4-wc92, CVE-2026-33544)', async () => {
    const signInAs = async (name: string) => {
      const browser = stage.browser()
      const own = `${appOrigin}/of/${name}`
      const page = await browser.signIn(login(own), name)
      const session = await stage.sessionOf(browser.cookiesFor(own)[cookieName])
      return [page.url, session?.identity.subject, session?.identity.email]
    }
    // Forty at a time: the fifty-first call to one provider at once is refused (R136).
    for (let first = 0; first < 200; first += 40) {
      const people = Array.from({ length: 40 }, (_, n) => `person-${first + n}`)
      expect(await Promise.all(people.map(signInAs))).toEqual(
        people.map((name) => [`${appOrigin}/of/${name}`, name, `${name}@example.com`]),
      )
    }
  }, 60_000)

  test('throws when two providers share a callback path (R36)', () => {
    const providers = ['a', 'b'].map((id) => ({ ...silentProvider(id), callbackPath: '/callback' }))
    expect(() => createLoginRoutes({ ...stage.deps, providers })).toThrow('unique')
  })
})

describe('createLoginRoutes() knows no half of a session', () => {
  test('takes nothing of a login under way for a session (R20, R41, GHSA-3q28-qjrv-qr39)', async () => {
    const browser = stage.browser()
    const asked = await browser.openOnce(login(target))
    const state = new URL(asked.headers.get('Location') ?? '').searchParams.get('state') ?? ''
    const [, flow = ''] = /=([\w-]{43});/.exec(asked.setCookies[0] ?? '') ?? []
    for (const value of [state, flow, stage.deps.hashOf(state), stage.deps.hashOf(flow)]) {
      expect(value.length).toBeGreaterThan(40)
      expect(await stage.sessionOf(value)).toBeUndefined()
      const visitor = stage.browser()
      visitor.setCookie(authOrigin, cookieName, value)
      const page = await visitor.open(`${authOrigin}/signed-in`)
      expect(page.text).toContain('not signed in')
    }
    expect(await stage.store.sessions.count()).toBe(0)
  })
})

describe('createLoginRoutes() offers a choice', () => {
  beforeEach(async () => {
    await stage.close()
    await start({ providers: [providerFor('home', home.issuer), providerFor('work', work.issuer)] })
  })

  test('keeps two accounts apart that have one address (R43, GHSA-g38m-r43w-p2q7, CVE-2023-3128)', async () => {
    const accounts: (Session | undefined)[] = []
    for (const provider of ['home', 'work']) {
      const browser = stage.browser()
      await browser.signIn(`${authOrigin}/login/${provider}`, 'alice')
      accounts.push(await stage.sessionOf(browser.cookiesFor(authOrigin)[cookieName]))
    }
    const [first, second] = accounts.map((session) => session?.identity)
    expect(first?.email).toBe(second?.email)
    expect([first?.issuer, second?.issuer]).toEqual([home.issuer, work.issuer])
    expect(await stage.store.sessions.endAllOf(home.issuer, 'alice')).toBe(1)
    expect(await stage.store.sessions.count()).toBe(1)
  })

  test('shows every provider with a link that keeps the target', async () => {
    const page = await stage.browser().open(login(target))
    expect(page.status).toBe(200)
    expect(page.text).toContain('Continue with The home provider')
    expect(page.text).toContain('app.example.com')
    const [, link = ''] = /href="([^"]*\/login\/work[^"]*)"/.exec(page.text) ?? []
    const chosen = await stage.browser().signIn(link.replaceAll('&amp;', '&'), 'bob')
    expect(chosen.url).toBe(target)
    expect(chosen.trail.some((url) => url.startsWith(`${authOrigin}/callback/work?`))).toBe(true)
  })

  test('answers 404 when the provider is unknown', async () => {
    expect((await stage.browser().open(`${authOrigin}/login/nobody`)).status).toBe(404)
  })

  test('does not take the answer of one provider for that of another (R36, RFC 9207, GHSA-x445-f3h2-j279)', async () => {
    const browser = stage.browser()
    const asked = await browser.openOnce(`${authOrigin}/login/home`)
    const form = await browser.open(asked.headers.get('Location') ?? '')
    const body = new URLSearchParams({ login: 'alice' })
    let page = await browser.openOnce(form.url, { method: 'POST', body })
    while (!page.headers.get('Location')?.startsWith(authOrigin)) {
      page = await browser.openOnce(new URL(page.headers.get('Location') ?? '', page.url).href)
    }
    const answer = page.headers.get('Location') ?? ''
    const tokenRequests = () => work.requests.filter((line) => line === 'POST /token').length
    const before = tokenRequests()
    const swapped = await browser.openOnce(answer.replace('/callback/home', '/callback/work'))
    expect(swapped.status).toBe(400)
    expect(tokenRequests()).toBe(before)
    // Nothing was changed: the right one still works.
    const right = await browser.openOnce(answer)
    expect(right.status).toBe(302)
  })
})

describe('createLoginRoutes() refuses a callback', () => {
  /** Goes to the provider and back, and stops before the callback is opened. */
  async function answerOf(browser: ReturnType<LoginStage['browser']>, name = 'alice') {
    let page = await browser.openOnce(login(target))
    for (let hops = 0; hops < 8; hops++) {
      const location = page.headers.get('Location')
      if (location?.startsWith(`${authOrigin}/callback`)) return location
      if (location !== null) page = await browser.openOnce(new URL(location, page.url).href)
      else {
        const body = new URLSearchParams({ login: name })
        page = await browser.openOnce(page.url, { method: 'POST', body })
      }
    }
    throw new Error('never came back')
  }
  const tokenRequests = () => home.requests.filter((line) => line === 'POST /token').length

  const changes: [string, (answer: string) => string][] = [
    ['another state', (answer) => answer.replace(/state=[^&]+/, `state=${'x'.repeat(43)}`)],
    ['no state', (answer) => answer.replace(/state=[^&]+/, '')],
    ['two states', (answer) => `${answer}&state=x`],
    [
      'an endless state',
      (answer) => `${answer.replace(/state=[^&]+/, `state=${'x'.repeat(4000)}`)}`,
    ],
  ]
  test.each(changes)('when it has %s (R34)', async (_what, change) => {
    const browser = stage.browser()
    const answer = await answerOf(browser)
    const before = tokenRequests()
    const page = await browser.openOnce(change(answer))
    expect(page.status).toBe(400)
    expect(page.setCookies).toEqual([])
    expect(tokenRequests()).toBe(before)
    // No state was changed: the right answer still works.
    expect((await browser.openOnce(answer)).status).toBe(302)
  })

  test('when it comes from another browser (R34, CVE-2022-39222)', async () => {
    const answer = await answerOf(stage.browser())
    const before = tokenRequests()
    const page = await stage.browser().openOnce(answer)
    expect(page.status).toBe(400)
    expect(page.setCookies).toEqual([])
    expect(tokenRequests()).toBe(before)
  })

  test('when another browser has a login of its own under way (R34)', async () => {
    const answer = await answerOf(stage.browser())
    const other = stage.browser()
    await other.openOnce(login(target))
    expect((await other.openOnce(answer)).status).toBe(400)
  })

  test('when it is opened again (R33)', async () => {
    const browser = stage.browser()
    const answer = await answerOf(browser)
    const cookies = browser.cookiesFor(authOrigin)
    expect((await browser.openOnce(answer)).status).toBe(302)
    const before = tokenRequests()
    for (const [name, value] of Object.entries(cookies)) browser.setCookie(authOrigin, name, value)
    expect((await browser.openOnce(answer)).status).toBe(400)
    expect(tokenRequests()).toBe(before)
  })

  test('once only when it is opened several times at once (R33)', async () => {
    const browser = stage.browser()
    const answer = await answerOf(browser)
    const pages = await Promise.all([1, 2, 3, 4].map(() => browser.openOnce(answer)))
    expect(pages.map(({ status }) => status).toSorted()).toEqual([302, 400, 400, 400])
  })

  test('when ten minutes are over (R33)', async () => {
    const browser = stage.browser()
    const answer = await answerOf(browser)
    stage.wait(601)
    expect((await browser.openOnce(answer)).status).toBe(400)
  })

  test('when it names another issuer, and sends the code nowhere (R36, RFC 9207)', async () => {
    const browser = stage.browser()
    const answer = await answerOf(browser)
    const before = tokenRequests()
    const evil = answer.replace(/iss=[^&]+/, `iss=${encodeURIComponent('https://evil.example')}`)
    const page = await browser.openOnce(evil)
    expect(page.status).toBe(403)
    expect(tokenRequests()).toBe(before)
    expect(events('login.failed')).toHaveLength(1)
  })

  test('keeps five logins of one browser and drops the oldest (R17)', async () => {
    const browser = stage.browser()
    for (let count = 0; count < 7; count++) {
      await browser.openOnce(login(target))
      stage.wait(1)
    }
    const names = Object.keys(browser.cookiesFor(authOrigin)).filter((name) =>
      name.includes('flow'),
    )
    expect(names).toHaveLength(5)
  })

  test('shows what the provider says, cut and escaped, when the state is ours (R42)', async () => {
    const browser = stage.browser()
    const answer = new URL(await answerOf(browser))
    const text = `<script>alert(1)</script>${'y'.repeat(500)}`
    const query = { error: 'access_denied', error_description: text, iss: home.issuer }
    const state = answer.searchParams.get('state') ?? ''
    answer.search = String(new URLSearchParams({ ...query, error: 'server_error', state }))
    const page = await browser.openOnce(answer.href)
    expect(page.status).toBe(403)
    expect(page.text).toContain('server_error: &lt;script&gt;')
    expect(page.text).not.toContain('<script')
    expect(page.text).not.toContain('y'.repeat(250))
  })

  test('shows nothing of what the provider says when the state is not ours (R42)', async () => {
    const page = await stage.browser().openOnce(`${authOrigin}/callback/home?error=boo&state=x`)
    expect(page.status).toBe(400)
    expect(page.text).not.toContain('boo')
  })

  test('says so when the person declined at the provider', async () => {
    const browser = stage.browser()
    const page = await browser.submit(await browser.open(login(target)), { abort: '1' })
    expect([page.status, page.text]).toEqual([
      403,
      expect.stringContaining('Sign-in was cancelled'),
    ])
    expect(Object.keys(browser.cookiesFor(authOrigin)).filter((n) => n.includes('flow'))).toEqual(
      [],
    )
  })
})

describe('createLoginRoutes() lets nobody in', () => {
  test.each([
    ['outsider', 'olga@elsewhere.example', 'not on the list', 'not-on-list'],
    ['unverified', 'unverified@example.com', 'not been verified', 'unverified-email'],
    ['noemail', 'noemail', 'not on the list', 'not-on-list'],
  ])('when %s is refused by the list (R44, R48)', async (name, account, words, reason) => {
    const browser = stage.browser()
    const page = await browser.signIn(login(target), name)
    expect(page.status).toBe(403)
    expect(page.text).toContain(account)
    expect(page.text).toContain(words)
    expect(browser.cookiesFor(target)[cookieName]).toBeUndefined()
    const [line] = events('login.denied')
    expect(line?.fields).toMatchObject({ reason, account: `${home.issuer} ${name}` })
    expect(page.text).toContain(line?.fields['decisionId'])
    expect(page.text).toContain(`prompt=select_account&amp;rd=${encodeURIComponent(target)}`)
    expect(await stage.store.sessions.count()).toBe(0)
  })

  test('when the address was first seen with another account and subjects are pinned (R43, CVE-2023-3128)', async () => {
    await stage.close()
    await start({ pinSubject: true })
    await stage.store.subjectPins.pin(
      'bob@example.com',
      'https://other.example',
      'b',
      stage.deps.now(),
    )
    const page = await stage.browser().signIn(login(target), 'bob')
    expect(page.status).toBe(403)
    expect(events('login.denied')[0]?.fields).toMatchObject({ reason: 'other-account' })
    expect((await stage.browser().signIn(login(target), 'alice')).url).toBe(target)
    expect((await stage.browser().signIn(login(target), 'alice')).url).toBe(target)
  })

  test('within six seconds when the provider is down (R136)', async () => {
    await stage.close()
    await start({ providers: [providerFor('home', 'http://127.0.0.1:9')] })
    const before = performance.now()
    const page = await stage.browser().open(login(target))
    expect(performance.now() - before).toBeLessThan(6000)
    expect([page.status, page.setCookies]).toEqual([503, []])
    expect(page.text).toContain('cannot be reached')
  })

  test('when the address asks too often (R123)', async () => {
    await stage.close()
    await start({ limit: async () => ({ kind: 'limited', retryAfter: seconds(17) }) })
    const page = await stage.browser().open(login(target))
    expect([page.status, page.headers.get('Retry-After')]).toEqual([429, '17'])
    expect(page.setCookies).toEqual([])
  })

  test('when cookies are too many or too long (R19)', async () => {
    const many = Array.from({ length: 65 }, (_, n) => `c${n}=1`).join('; ')
    const asked = [
      ['GET', '/login', many],
      ['GET', '/login/home', many],
      ['POST', '/login/local', many],
      ['GET', '/callback/home?state=x', many],
      ['GET', '/handoff?state=x', many],
      ['GET', `/login?rd=${encodeURIComponent(target)}`, `c=${'x'.repeat(8192)}`],
    ] as const
    for (const [method, path, Cookie] of asked) {
      const answer = await stage.handle(
        new Request(`${authOrigin}${path}`, { method, headers: { Cookie } }),
      )
      expect([path, answer.status, answer.headers.get('Location')]).toEqual([path, 400, null])
      expect(await answer.text()).toContain('sends more than 64 cookies or 8 KiB')
    }
    expect(events('login.failed').map(({ fields }) => fields['reason'])).toContain(
      'cookies-too-long',
    )
  })
})

describe('createLoginRoutes() names a login loop', () => {
  test('when the session cookie never comes back', async () => {
    const browser = stage.browser()
    await browser.signIn(login(target), 'alice')
    const statuses: number[] = []
    let text = ''
    for (let round = 0; round < 3; round++) {
      browser.forget(cookieName)
      const page = await browser.open(login(target))
      statuses.push(page.status)
      text = page.text
    }
    expect(statuses).toEqual([200, 200, 400])
    expect(text).toContain(cookieName)
    expect(text).toContain('does not come back from your browser')
    const [line] = events('login.loop')
    expect(line?.fields).toMatchObject({
      host: 'app.example.com',
      cookie: cookieName,
      missingAt: 'here',
    })
  })

  test('when the cookie arrives here but not at the host of the application', async () => {
    await stage.close()
    await start({ cookie: { name: '__Host-sallyport', domain: undefined, https: true } })
    const browser = stage.browser()
    await browser.signIn(login(target), 'alice')
    expect((await browser.openOnce(login(target))).status).toBe(302)
    expect((await browser.openOnce(login(target))).status).toBe(302)
    const page = await browser.openOnce(login(target))
    expect(page.status).toBe(400)
    expect(page.text).toContain('__Host-sallyport')
    expect(page.text).toContain('for &quot;auth.example.com&quot; alone')
    expect(events('login.loop')[0]?.fields).toMatchObject({ missingAt: 'application' })
    // Trying again is possible: the page is shown once.
    expect((await browser.openOnce(login(target))).status).toBe(302)
  })

  test('not when a minute passed or the pages differ', async () => {
    const browser = stage.browser()
    await browser.signIn(login(target), 'alice')
    for (const path of ['a', 'b', 'c', 'd']) {
      expect((await browser.openOnce(login(`${appOrigin}/${path}`))).status).toBe(302)
    }
    for (let round = 0; round < 5; round++) {
      stage.wait(31)
      expect((await browser.openOnce(login(target))).status).toBe(302)
    }
  })

  test('not by going round: our own page sends nobody to the login', async () => {
    const page = await stage.browser().open(`${authOrigin}/signed-in`)
    expect([page.status, page.text]).toEqual([200, expect.stringContaining(cookieName)])
  })
})

describe('createLoginRoutes() keeps secrets', () => {
  test('out of every address and page but the answer of the provider (R31, CVE-2021-29651, CVE-2021-29652, CVE-2024-39315)', async () => {
    const browser = stage.browser()
    const page = await browser.signIn(login(target), 'alice')
    const id = browser.cookiesFor(target)[cookieName] ?? ''
    const session = await stage.sessionOf(id)
    const flow = page.setCookies[0]?.split(/[=;]/)[1] ?? ''
    const idToken = stage.deps.unseal(session?.sealedIdToken ?? '', id, 'id-token') ?? ''
    expect([id, flow].map((value) => value.length)).toEqual([43, 43])
    expect(idToken.split('.')).toHaveLength(3)
    const visited = page.trail.filter((url) => url.startsWith(authOrigin) || url === target)
    const own = await browser.open(`${authOrigin}/signed-in`)
    const asked = await browser.open(`${authOrigin}/logout`)
    const seen = [...visited, own.text, asked.text].join(' ')
    expect(own.text).toContain('alice@example.com')
    for (const value of [id, flow, idToken, session?.idHash ?? '']) {
      expect(seen).not.toContain(value)
    }
    const codes = visited.filter((url) => url.includes('code='))
    expect(codes.map((url) => new URL(url).pathname)).toEqual(['/callback/home'])
  })

  test('out of the log, whatever happens (R126)', async () => {
    const browser = stage.browser()
    const page = await browser.signIn(login(target), 'alice')
    await browser.openOnce(page.trail.find((url) => url.includes('/callback')) ?? '')
    const logged = JSON.stringify(stage.lines)
    const secrets = page.setCookies
      .map((line) => line.split(/[=;]/)[1] ?? '')
      .filter((v) => v.length > 20)
    const answer = new URL(page.trail.find((url) => url.includes('/callback')) ?? '')
    for (const value of [...secrets, ...answer.searchParams.values()]) {
      if (value !== home.issuer) expect(logged).not.toContain(value)
    }
    expect(secrets.length).toBeGreaterThan(1)
    expect(logged).not.toContain(clientSecret)
  })
})
