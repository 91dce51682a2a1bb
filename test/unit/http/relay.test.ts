// The sign-in of command lines, over all routes, with a real provider and store (security.md R51-R58).

import { decodeJwt, decodeProtectedHeader } from 'jose'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Browser, findForm, type Page } from '../../support/browser.ts'
import {
  auth,
  type EdgeStage,
  edgeCookieOf,
  edgeFile,
  far,
  gateway,
  other,
  startEdgeStage,
  wish,
} from '../../support/edge-stage.ts'
import { clientSecret } from '../../support/login-stage.ts'
import { type RunningProvider, startOpenIdProvider } from '../../support/openid-provider.ts'

let home: RunningProvider
let stage: EdgeStage
let browser: Browser

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
beforeEach(async () => {
  stage = await startEdgeStage(home.issuer)
  browser = stage.browser()
})
afterEach(() => stage.close())

const connectUrl = (query: string, origin = gateway) => `${origin}/auth/connect?${query}`
const policyOf = (page: Page) => page.headers.get('Content-Security-Policy') ?? ''
const tokenOf = (page: Page): string => JSON.parse(page.text).token

describe('what a command line asks for (R51)', () => {
  const bad = [
    '',
    'callback_port=9999',
    'code=TEST-1234',
    'callback_port=80&code=TEST-1234',
    'callback_port=1023&code=TEST-1234',
    'callback_port=65536&code=TEST-1234',
    'callback_port=099999&code=TEST-1234',
    'callback_port=9999.5&code=TEST-1234',
    'callback_port=+9999&code=TEST-1234',
    'callback_port=9999;alert(1)&code=TEST-1234',
    'callback_port=9999%2F..&code=TEST-1234',
    'callback_port=9999&callback_port=9998&code=TEST-1234',
    'callback_port=9999&code=TEST-1234&code=TEST-1235',
    'callback_port=9999&code=test-1234',
    'callback_port=9999&code=TEST1234',
    'callback_port=9999&code=TE-1234',
    'callback_port=9999&code=TEST-123456789',
    'callback_port=9999&code=%3Cscript%3E-1234',
  ]
  test.each(bad)('GET /auth/connect is 400 and shows nothing of "%s"', async (query) => {
    const page = await browser.openOnce(connectUrl(query))
    expect(page.status).toBe(400)
    const shown = page.text.replace(/<style[\s\S]*?<\/style>/, '')
    for (const part of ['alert', '<script>', 'TEST', '9999']) expect(shown).not.toContain(part)
    expect(page.headers.has('Location')).toBe(false)
    expect(page.setCookies).toEqual([])
  })

  test.each(['A7X-3KPX', 'TEST-1234'])(
    'GET /auth/connect takes the code %s of a command line (Q17)',
    async (code) => {
      const page = await browser.openOnce(connectUrl(`callback_port=1024&code=${code}`))
      expect(page.status).toBe(307)
    },
  )
})

describe('the way to the login and back (R55, X2)', () => {
  test('GET /auth/connect sends a stranger to the login host with an opaque id alone', async () => {
    const page = await browser.openOnce(connectUrl(wish))
    expect(page.status).toBe(307)
    const login = new URL(page.headers.get('Location') ?? '')
    expect(login.origin + login.pathname).toBe(`${auth}/login`)
    const back = new URL(login.searchParams.get('rd') ?? '')
    expect(back.origin + back.pathname).toBe(`${gateway}/auth/connect`)
    expect([...back.searchParams.keys()]).toEqual(['relay'])
    expect(login.href).not.toContain('TEST')
    expect(login.href).not.toContain('9999')
  })

  test('GET /auth/connect keeps what was asked out of every cookie of the domain (mcpauth 6)', async () => {
    const page = await browser.openOnce(connectUrl(wish))
    expect(page.setCookies).toHaveLength(1)
    const [cookie = ''] = page.setCookies
    expect(cookie).toMatch(
      /^__Host-sallyport-relay-[\w-]+=[\w-]{43}; Path=\/; Max-Age=600; HttpOnly; Secure; SameSite=Lax$/,
    )
    expect(browser.cookiesFor(other)).toEqual({})
    await stage.connect(browser)
    for (const [name, value] of Object.entries(browser.cookiesFor(other))) {
      expect(name + value).not.toContain('TEST')
    }
  })

  test('GET /auth/connect?relay= asks on the gateway after the login, and no address on the way has the code', async () => {
    const page = await stage.connect(browser)
    expect(page.status).toBe(200)
    expect(new URL(page.url).origin).toBe(gateway)
    expect(page.text).toContain('TEST-1234')
    expect(page.trail.slice(1).filter((url) => url.includes('TEST'))).toEqual([])
  })

  test('GET /auth/connect?relay= is good once, and in the browser that asked', async () => {
    const begun = await browser.openOnce(connectUrl(wish))
    const login = new URL(begun.headers.get('Location') ?? '')
    const back = login.searchParams.get('rd') ?? ''
    const stranger = stage.browser()
    await stage.connect(stranger)
    expect((await stranger.openOnce(back)).status).toBe(400)
    await browser.signIn(`${gateway}/`, 'alice')
    expect((await browser.openOnce(back)).status).toBe(200)
    expect((await browser.openOnce(back)).status).toBe(400)
  })

  test('GET /auth/connect asks for another sign-in where the rule wants a surer one', async () => {
    await stage.close()
    stage = await startEdgeStage(home.issuer, {
      rules: '[{ host: gateway.example.com, max_age: 5m }]',
    })
    browser = stage.browser()
    expect((await stage.connect(browser)).status).toBe(200)
    expect((await browser.openOnce(connectUrl(wish))).status).toBe(200)
    // The provider says by its own clock when it was, which goes on while this one stands still.
    stage.wait(400)
    const stale = await browser.openOnce(connectUrl(wish))
    expect(stale.status).toBe(307)
    const back = new URL(stale.headers.get('Location') ?? '').searchParams.get('rd') ?? ''
    expect((await browser.openOnce(back)).status).toBe(400)
  })

  test('GET /auth/connect?relay= does not go round when the login does not arrive', async () => {
    const begun = await browser.openOnce(connectUrl(wish))
    const back = new URL(begun.headers.get('Location') ?? '').searchParams.get('rd') ?? ''
    const page = await browser.openOnce(back)
    expect(page.status).toBe(400)
    expect(page.headers.has('Location')).toBe(false)
    expect(page.text).toContain('did not bring')
  })

  test('GET /auth/connect works on a gateway that gets a session of its own', async () => {
    await stage.close()
    stage = await startEdgeStage(home.issuer, {
      cookie: '{ mode: isolated }',
      edge: '{ enabled: true, hosts: [gateway.example.org] }',
    })
    browser = stage.browser()
    const page = await stage.connect(browser, far)
    expect(page.status).toBe(200)
    expect(new URL(page.url).origin).toBe(far)
    const clicked = await stage.click(browser, page)
    expect(decodeJwt(tokenOf(clicked)).aud).toEqual(['gateway.example.org'])
    const cookie = `Cookie: CF_Authorization=${tokenOf(clicked)}`
    expect((await stage.ask('/_ws_tunnel', `${far}/_ws_tunnel`, [cookie])).status).toBe(200)
    expect(edgeCookieOf(page)).not.toContain('Domain=')
  })

  test("GET /auth/connect is nobody's on hosts that are no gateway", async () => {
    expect((await browser.openOnce(`${auth}/auth/connect?${wish}`)).status).toBe(404)
    expect(await stage.direct('elsewhere.example.com', `/auth/connect?${wish}`)).toBe(421)
  })
})

describe('the page that asks', () => {
  test('GET /auth/connect shows who, where, port, code and the warning, and no header of the request (R55, mcpauth 5)', async () => {
    await stage.connect(browser)
    const page = await browser.openOnce(connectUrl(wish), {
      headers: {
        'X-Forwarded-Host': 'evil.example',
        'X-Forwarded-Proto': 'http',
        'User-Agent': 'Evil/1',
      },
    })
    for (const text of ['alice@example.com', 'gateway.example.com', '9999', 'TEST-1234']) {
      expect(page.text).toContain(text)
    }
    expect(page.text).toContain('Continue only if you started this from your own terminal.')
    expect(page.text.toLowerCase()).not.toContain('evil')
  })

  test('GET /auth/connect speaks German when asked to', async () => {
    await stage.connect(browser)
    const headers = { 'Accept-Language': 'de' }
    const page = await browser.openOnce(connectUrl(wish), { headers })
    expect(page.text).toContain('Machen Sie nur weiter')
  })

  test('GET /auth/connect carries exactly the policy of R56 (R56, mcpauth 4)', async () => {
    const page = await stage.connect(browser)
    const nonce = /'nonce-([\w-]{22})'/.exec(policyOf(page))?.[1]
    expect(policyOf(page)).toBe(
      `default-src 'none'; script-src 'nonce-${nonce}'; style-src 'nonce-${nonce}'; ` +
        `connect-src 'self' http://127.0.0.1:9999; form-action 'self'; frame-ancestors 'none'; base-uri 'none'`,
    )
    expect(page.text.match(/<script[^>]*>/g)).toEqual([`<script nonce="${nonce}">`])
    const again = await browser.openOnce(connectUrl(wish))
    expect(policyOf(again)).not.toContain(nonce)
  })

  test('GET /auth/connect writes nothing of the request into its script (mcpauth 4)', async () => {
    await stage.connect(browser)
    const scripts = await Promise.all(
      [wish, 'callback_port=4321&code=ABC-1234'].map(async (query) => {
        const page = await browser.openOnce(connectUrl(query))
        return /<script[^>]*>([\s\S]*?)<\/script>/.exec(page.text)?.[1]
      }),
    )
    expect(scripts[0]).toContain('fetch')
    expect(scripts[0]).toBe(scripts[1])
  })

  test('GET /auth/connect never answers with a token (R52)', async () => {
    const page = await stage.connect(browser)
    expect(page.text).not.toMatch(/ey[\w-]+\.ey[\w-]+\./)
    const cookie = edgeCookieOf(page) ?? ''
    expect(cookie).toMatch(/; HttpOnly/)
    // What the cookie holds is no token of a command line.
    const value = cookie.split(';')[0]?.split('=')[1] ?? ''
    expect(decodeProtectedHeader(value).typ).toBe('sallyport-edge+jwt')
  })
})

describe('the click', () => {
  test('POST /auth/connect gives a token for this gateway, once, as JSON that nobody keeps (R52, R54)', async () => {
    const page = await stage.connect(browser)
    const answer = await stage.click(browser, page)
    expect(answer.status).toBe(200)
    expect(answer.headers.get('Content-Type')).toBe('application/json')
    expect(answer.headers.get('Cache-Control')).toBe('no-store')
    const { token, code } = JSON.parse(answer.text)
    expect(code).toBe('TEST-1234')
    expect(decodeProtectedHeader(token)).toMatchObject({ alg: 'RS256', typ: 'sallyport-relay+jwt' })
    const claims = decodeJwt(token)
    expect(claims).toMatchObject({
      iss: auth,
      aud: ['gateway.example.com'],
      email: 'alice@example.com',
    })
    expect(Number(claims.exp) - Number(claims.iat)).toBeLessThanOrEqual(12 * 3600)
    const again = await stage.click(browser, page)
    expect(again.status).toBe(400)
    expect(JSON.parse(again.text)).toEqual({ error: 'expired' })
  })

  test('POST /auth/connect gives one token when the click comes many times at once (R53)', async () => {
    const page = await stage.connect(browser)
    const answers = await Promise.all(Array.from({ length: 8 }, () => stage.click(browser, page)))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
  })

  test.each([
    ['of another site', { origin: 'https://evil.example.com', site: 'same-site' }],
    ['of another site that says nothing more', { origin: 'https://evil.example.com', site: '' }],
    ['without an origin', { origin: 'null' }],
    ['with another state', { state: 'A'.repeat(43) }],
    ['with no state', { state: '' }],
  ])('POST /auth/connect refuses a click %s (R52)', async (_which, changes) => {
    const page = await stage.connect(browser)
    const answer = await stage.click(browser, page, changes)
    expect([400, 403]).toContain(answer.status)
    expect(answer.text).not.toMatch(/ey[\w-]+\.ey/)
  })

  test('POST /auth/connect refuses the click in another browser, although it is the same person (R53)', async () => {
    const page = await stage.connect(browser)
    const second = stage.browser()
    await stage.connect(second)
    expect((await stage.click(second, page)).status).toBe(400)
  })

  test('POST /auth/connect refuses the click of another session in the same browser (R53)', async () => {
    const page = await stage.connect(browser)
    browser.forget('__Secure-sallyport')
    await stage.connect(browser, gateway, 'bob')
    expect((await stage.click(browser, page)).status).toBe(400)
  })

  test('POST /auth/connect refuses the click after 120 seconds (R53)', async () => {
    const page = await stage.connect(browser)
    stage.wait(121)
    expect((await stage.click(browser, page)).status).toBe(400)
  })

  test('POST /auth/connect refuses the click at another gateway (R53)', async () => {
    const page = await stage.connect(browser)
    const elsewhere = { ...page, url: `${other}/auth/connect` }
    expect((await stage.click(browser, elsewhere)).status).toBe(400)
  })

  test('POST /auth/connect refuses the click once the person has signed out', async () => {
    const page = await stage.connect(browser)
    browser.forget('__Secure-sallyport')
    expect((await stage.click(browser, page)).status).toBe(403)
  })
})

describe('what the token of a command line opens (R54)', () => {
  const tunnel = `${gateway}/_ws_tunnel`
  let token: string
  beforeEach(async () => {
    token = tokenOf(await stage.click(browser, await stage.connect(browser)))
  })
  const shown = () => [
    `Cookie: CF_Authorization=${token}`,
    `Cf-Access-Token: ${token}`,
    `Cf-Access-Jwt-Assertion: ${token}`,
    'Upgrade: websocket',
    'Connection: Upgrade',
  ]

  test('/_ws_tunnel opens to a handshake without Origin, as a command line sends it (X6, R15c)', async () => {
    const answer = await stage.ask('/_ws_tunnel', tunnel, shown())
    expect(answer.status).toBe(200)
    expect(answer.headers['x-forwarded-user']).toEqual(['alice@example.com'])
    expect(answer.headers['x-forwarded-scopes']).toEqual([''])
  })

  test.each(['Cf-Access-Token', 'Cf-Access-Jwt-Assertion'])(
    '/_ws_tunnel takes it from %s alone',
    async (name) => {
      expect((await stage.ask('/_ws_tunnel', tunnel, [`${name}: ${token}`])).status).toBe(200)
    },
  )

  test('/_ws_tunnel refuses two that differ, wherever they are', async () => {
    const headers = [`Cookie: CF_Authorization=${token}`, 'Cf-Access-Token: other']
    expect((await stage.ask('/_ws_tunnel', tunnel, headers)).status).toBe(401)
  })

  test('/_ws_tunnel refuses it at another gateway', async () => {
    const answer = await stage.ask('/_ws_tunnel', `${other}/_ws_tunnel`, shown())
    expect(answer.status).toBe(401)
    expect(answer.body).toBe('{"error":"invalid or expired token"}')
  })

  test('/_ws_tunnel refuses it when a page of another site shows it', async () => {
    const headers = [...shown(), 'Origin: https://other.example.com']
    expect((await stage.ask('/_ws_tunnel', tunnel, headers)).status).toBe(401)
  })

  test('/auth takes it for programs and never for a page load', async () => {
    const cookie = `Cookie: CF_Authorization=${token}`
    const program = await stage.ask('/auth', `${gateway}/api`, [cookie, 'Accept: */*'])
    expect(program.status).toBe(200)
    const person = ['Accept: text/html', 'Sec-Fetch-Mode: navigate', 'Sec-Fetch-Dest: document']
    const page = await stage.ask('/auth', `${gateway}/`, [cookie, ...person])
    expect(page.status).toBe(302)
    expect(page.headers['location']?.[0]).toContain('/login')
  })

  test('our own pages take it for nothing: no login, no other token', async () => {
    const stranger = stage.browser()
    stranger.setCookie(auth, 'CF_Authorization', token)
    stranger.setCookie(gateway, 'CF_Authorization', token)
    const signedIn = await stranger.openOnce(`${auth}/signed-in`)
    expect(signedIn.text).not.toContain('alice')
    expect((await stranger.openOnce(connectUrl(wish))).status).toBe(307)
  })

  test('it is refused beside a bearer token, which decides alone', async () => {
    const headers = [`Cookie: CF_Authorization=${token}`, 'Authorization: Bearer nothing']
    expect((await stage.ask('/auth', `${gateway}/api`, headers)).status).toBe(401)
  })

  test('it ends by itself, with its own row, and leaves the browser signed in', async () => {
    const { sid } = decodeJwt(token)
    const sessions = await stage.store.sessions.listOf(home.issuer, 'alice')
    const own = sessions.find(({ idHash }) => idHash === sid)
    expect(own?.handedOff?.audience).toBe('cli:gateway.example.com')
    if (own === undefined) throw new Error('not listed')
    await stage.store.sessions.end(own.idHash)
    expect((await stage.ask('/_ws_tunnel', tunnel, shown())).status).toBe(401)
    expect((await browser.openOnce(connectUrl(wish))).status).toBe(200)
  })

  test('its person sees it on the account page, and ends it there alone', async () => {
    const page = await browser.open(`${auth}/account`)
    expect(page.text).toContain('Command line at gateway.example.com')
    const form = /<form method="post" action="[^"]*sessions\/end">[\s\S]*?<\/form>/.exec(
      page.text,
    )?.[0]
    const ended = await browser.submit({ ...page, text: form ?? '' }, {})
    expect(ended.status).toBe(200)
    expect(ended.text).not.toContain('Command line at')
    expect((await stage.ask('/_ws_tunnel', tunnel, shown())).status).toBe(401)
    expect((await browser.openOnce(connectUrl(wish))).status).toBe(200)
  })

  test('it ends with the login', async () => {
    await stage.store.sessions.endAllOf(home.issuer, 'alice')
    expect((await stage.ask('/_ws_tunnel', tunnel, shown())).status).toBe(401)
  })

  test('it ends after 12 hours and with the policy of sessions', async () => {
    stage.wait(12 * 3600)
    expect((await stage.ask('/_ws_tunnel', tunnel, shown())).status).toBe(401)
  })

  test('it counts on the configured paths only', async () => {
    await stage.close()
    stage = await startEdgeStage(home.issuer, {
      edge: '{ enabled: true, command_line_paths: [/_ws_tunnel, /api] }',
    })
    browser = stage.browser()
    token = tokenOf(await stage.click(browser, await stage.connect(browser)))
    const cookie = [`Cookie: CF_Authorization=${token}`]
    expect((await stage.ask('/auth', `${gateway}/api/v1`, cookie)).status).toBe(200)
    expect((await stage.ask('/auth', `${gateway}/apis`, cookie)).status).toBe(401)
    expect((await stage.ask('/auth', `${gateway}/`, cookie)).status).toBe(401)
    expect((await stage.ask('/_ws_tunnel', tunnel, cookie)).status).toBe(200)
  })
})

describe('ways without a script', () => {
  const formOf = (page: Page) => {
    const form = /<form[\s\S]*<\/form>/.exec(page.text)?.[0] ?? ''
    const plainText = (text = '') => text.replaceAll('&quot;', '"').replaceAll('&amp;', '&')
    return {
      head: /<form[^>]*>/.exec(form)?.[0],
      name: plainText(/ name="([^"]*)"/.exec(form)?.[1]),
      value: plainText(/ value="([^"]*)"/.exec(form)?.[1]),
    }
  }

  test('POST /auth/connect by a form leads to a form that goes to the one port, as JSON', async () => {
    const page = await stage.connect(browser)
    const answer = await stage.click(browser, page, { way: 'form', origin: 'null' })
    expect(answer.status).toBe(200)
    const { head, name, value } = formOf(answer)
    expect(head).toBe(
      '<form method="post" enctype="text/plain" action="http://127.0.0.1:9999/callback">',
    )
    const { token, code } = JSON.parse(`${name}=${value}`)
    expect(code).toBe('TEST-1234')
    expect(decodeProtectedHeader(token).typ).toBe('sallyport-relay+jwt')
    expect(policyOf(answer)).toMatch(
      /^default-src 'none'; style-src 'nonce-[\w-]+'; form-action http:\/\/127\.0\.0\.1:9999; frame-ancestors 'none'; base-uri 'none'$/,
    )
    // A form says where it comes from, and the command line asks for that.
    expect(answer.headers.get('Referrer-Policy')).toBe('origin')
    expect(answer.headers.get('Cache-Control')).toBe('no-store')
    expect((await stage.click(browser, page, { way: 'form' })).status).toBe(400)
  })

  const exchange = (oneTimeCode: string, code: string, origin = gateway, headers = {}) =>
    stage.browser().openOnce(`${origin}/auth/connect/token`, {
      method: 'POST',
      headers,
      body: new URLSearchParams({ one_time_code: oneTimeCode, code }),
    })
  const showCode = async () => {
    const answer = await stage.click(browser, await stage.connect(browser), { way: 'code' })
    expect(answer.text).not.toMatch(/ey[\w-]+\.ey/)
    return /[A-Z2-9]{4}-[A-Z2-9]{4}-[A-Z2-9]{4}/.exec(answer.text)?.[0] ?? ''
  }

  test('POST /auth/connect/token exchanges the copied code for a token, once (R57)', async () => {
    const oneTimeCode = await showCode()
    const answer = await exchange(oneTimeCode, 'TEST-1234')
    expect(answer.status).toBe(200)
    const { token, expires_in } = JSON.parse(answer.text)
    expect(expires_in).toBeGreaterThan(3600)
    const cookie = [`Cookie: CF_Authorization=${token}`]
    expect((await stage.ask('/_ws_tunnel', `${gateway}/_ws_tunnel`, cookie)).status).toBe(200)
    expect((await exchange(oneTimeCode, 'TEST-1234')).status).toBe(400)
  })

  test('POST /auth/connect/token wants the code of the program too, here, soon, and no browser (R57)', async () => {
    const oneTimeCode = await showCode()
    expect((await exchange(oneTimeCode, 'TEST-1235')).status).toBe(400)
    expect((await exchange(oneTimeCode, 'TEST-1234', gateway, { Origin: gateway })).status).toBe(
      403,
    )
    expect((await exchange('AAAA-AAAA-AAAA', 'TEST-1234')).status).toBe(400)
    stage.wait(121)
    expect((await exchange(oneTimeCode, 'TEST-1234')).status).toBe(400)
  })

  test('POST /auth/connect/token is for the gateway that showed the code', async () => {
    expect((await exchange(await showCode(), 'TEST-1234', other)).status).toBe(400)
  })

  test('POST /auth/connect/token gives nothing once the person has signed out', async () => {
    const oneTimeCode = await showCode()
    await stage.store.sessions.endAllOf(home.issuer, 'alice')
    expect((await exchange(oneTimeCode, 'TEST-1234')).status).toBe(400)
  })
})

describe('limits and lists (R58)', () => {
  test('GET /auth/connect is 429 for the eleventh start in a minute', async () => {
    const statuses: number[] = []
    for (let at = 0; at < 11; at++) {
      statuses.push((await browser.openOnce(connectUrl(wish))).status)
    }
    expect(statuses).toEqual([...Array(10).fill(307), 429])
  })

  test('GET /auth/connect is 403 without any token for a person who is not on the list (X16)', async () => {
    await stage.connect(browser)
    stage.reload(
      edgeFile({ rules: '[{ host: gateway.example.com, allow: { emails: [bob@example.com] } }]' }),
    )
    const page = await browser.openOnce(connectUrl(wish))
    expect(page.status).toBe(403)
    expect(page.text).toContain('alice@example.com')
    expect(page.setCookies).toEqual([])
  })

  test('POST /auth/connect is 403 without a token once the person was taken off the list', async () => {
    const page = await stage.connect(browser)
    stage.reload(edgeFile({ allow: '{ emails: [bob@example.com] }' }))
    const answer = await stage.click(browser, page)
    expect(answer.status).toBe(403)
    expect(JSON.parse(answer.text)).toEqual({ error: 'denied' })
  })

  test('no log line has a token, a code or a state', async () => {
    const page = await stage.connect(browser)
    const { fields } = findForm(page, ['state'])
    const token = tokenOf(await stage.click(browser, page))
    const logged = JSON.stringify(stage.lines)
    for (const secret of [token, fields['state'] ?? '', 'TEST-1234']) {
      expect(logged).not.toContain(secret)
    }
    expect(stage.lines.map(([event]) => event)).toContain('relay.token')
  })
})
