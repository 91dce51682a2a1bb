import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { later, seconds } from '../../../src/protocol/time.ts'
import { type Browser, findForm } from '../../support/browser.ts'
import { identityOf } from '../../support/identity.ts'
import {
  bindingCookie,
  consentRequest,
  type InteractionStage,
  interactionUrl,
  resource,
  resumeUrl,
  startInteractionStage,
} from '../../support/interaction-stage.ts'
import { authOrigin, cookieName } from '../../support/login-stage.ts'

const alice = identityOf()
const decideUrl = `${interactionUrl}/decide`

let stage: InteractionStage

beforeEach(async () => {
  stage = await startInteractionStage()
})
afterEach(() => stage.close())

const signedIn = async (identity = alice): Promise<Browser> => {
  const browser = stage.browser()
  await stage.signIn(browser, identity)
  return browser
}

const tokenFor = async (browser: Browser): Promise<string> =>
  findForm(await browser.open(interactionUrl), ['csrf']).fields['csrf'] ?? ''

const post = (browser: Browser, fields: Record<string, string>, headers: HeadersInit = {}) =>
  browser.openOnce(decideUrl, { method: 'POST', body: new URLSearchParams(fields), headers })

const hrefs = (text: string): readonly string[] =>
  [...text.matchAll(/href="([^"]*)"/g)].map(([, href = '']) => href.replaceAll('&amp;', '&'))

describe('GET /interaction/:uid', () => {
  test('names client, redirect host and port, resource, scopes, account and duration (R72, AS-20, AS-23)', async () => {
    stage.pending = consentRequest({ redirectUri: 'https://claude.ai:8443/cb' })
    const page = await (await signedIn()).open(interactionUrl)
    expect(page.status).toBe(200)
    for (const words of [
      '<strong>Claude</strong>',
      'chose its name itself',
      '<code>claude.ai:8443</code>',
      '<strong>Harbour notes</strong>',
      `<code>${resource}</code>`,
      'Read your notes',
      '<strong>alice@example.com</strong>',
      '30 days',
      'Not you?',
    ]) {
      expect(page.text).toContain(words)
    }
  })

  test('says nothing of an unchecked name when the operator stands for it (R72)', async () => {
    const { client } = consentRequest()
    stage.pending = consentRequest({ client: { ...client, verified: true } })
    const page = await (await signedIn()).open(interactionUrl)
    expect(page.text).not.toContain('chose its name itself')
  })

  test('names the host of a client-id document, and by it a client without a name (R72, AS-23)', async () => {
    const id = 'https://app.example.net/client.json'
    const client = { id, name: '\u202E', verified: false, documentHost: 'app.example.net', uri: id }
    stage.pending = consentRequest({ client })
    const page = await (await signedIn()).open(interactionUrl)
    expect(page.text).toContain('<code>app.example.net</code>')
    expect(page.text).toContain('<strong>app.example.net</strong> wants access')
  })

  test.each<[string | undefined, string, string]>([
    ['http://127.0.0.1:33418/cb', 'a program on this computer', '<code>127.0.0.1:33418</code>'],
    ['http://localhost:8080/cb', 'a program on this computer', '<code>localhost:8080</code>'],
    ['http://[::1]:8080/cb', 'a program on this computer', '<code>[::1]:8080</code>'],
    [
      'cursor://anysphere.cursor-mcp/oauth/callback',
      'an application on this device',
      '<code>cursor://anysphere.cursor-mcp</code>',
    ],
    ['com.example.app:/cb', 'an application on this device', '<code>com.example.app:</code>'],
    [undefined, 'to another device', '<dt>Access to</dt>'],
  ])('warns of a redirect to %s (R72, AS-24)', async (redirectUri, warning, place) => {
    stage.pending = consentRequest({ redirectUri })
    const browser = await signedIn()
    const consent = await browser.open(interactionUrl)
    browser.forget(cookieName)
    const first = await browser.open(interactionUrl)
    for (const { text } of [consent, first]) {
      expect(text).toContain(warning)
      expect(text).toContain(place)
    }
    stage.pending = consentRequest()
    expect((await browser.open(interactionUrl)).text).not.toContain('class="note">The answer')
  })

  test('shows a scope in its own words, those of OpenID Connect in ours, every other as it is (R72)', async () => {
    const scopes = ['openid', 'offline_access', 'notes:<b>'].map((scope) => ({
      scope,
      description: undefined,
    }))
    stage.pending = consentRequest({ scopes })
    const page = await (await signedIn()).open(interactionUrl)
    expect(page.text).toContain('<li>Know which account you have here</li>')
    expect(page.text).toContain('<li>Keep access while you are away</li>')
    expect(page.text).toContain('<li><code>notes:&lt;b&gt;</code></li>')
  })

  test.each<[string, string, string]>([
    ['a script', '<script>alert(1)</script>', '&lt;script&gt;alert(1)&lt;/script&gt;'],
    ['a closed tag', '"></strong><img src=x>', '&quot;&gt;&lt;/strong&gt;&lt;img src=x&gt;'],
    ['a bidi override', 'Claude\u202Eedoc\u2066', 'Claudeedoc'],
    ['control characters', 'Cla\u0000ude\u001B[1m', 'Claude[1m'],
    ['10 kB', 'x'.repeat(10_000), `${'x'.repeat(79)}…`],
  ])('shows a client name with %s as harmless text (R76)', async (_what, name, shown) => {
    const { client } = consentRequest()
    stage.pending = consentRequest({ client: { ...client, name } })
    const browser = await signedIn()
    const consent = await browser.open(interactionUrl)
    browser.forget(cookieName)
    for (const { text } of [consent, await browser.open(interactionUrl)]) {
      expect(text).toContain(`<strong>${shown}</strong> wants access`)
      expect(text).not.toMatch(/<script|<img|[\u202E\u2066\0]/)
    }
  })

  test('leads to nothing that the client named: its own address is no link (R76)', async () => {
    const { client } = consentRequest()
    stage.pending = consentRequest({ client: { ...client, uri: 'https://evil.example/' } })
    const page = await (await signedIn()).open(interactionUrl)
    expect(hrefs(page.text).filter((href) => !href.startsWith(`${authOrigin}/`))).toEqual([])
    expect(page.text).not.toContain('evil.example')
  })

  test('puts nothing into the form but a token and the decision (R70)', async () => {
    const page = await (await signedIn()).open(interactionUrl)
    const form = findForm(page, ['csrf'])
    expect(form.action).toBe(decideUrl)
    expect(Object.keys(form.fields)).toEqual(['csrf'])
  })

  test('decides nothing by being visited, however often (R71)', async () => {
    const browser = await signedIn()
    for (const _visit of [1, 2]) {
      const page = await browser.openOnce(interactionUrl)
      expect([page.status, page.headers.get('Location')]).toEqual([200, null])
    }
    expect(stage.decisions).toEqual([])
  })

  test('answers 404 and says what to do when nothing is pending', async () => {
    stage.pending = undefined
    const page = await (await signedIn()).open(interactionUrl)
    expect(page.status).toBe(404)
    expect(page.text).toContain('Start again in your application')
    expect(page.text).not.toContain('Claude')
  })

  test('shows nothing to another browser than the one that began (R74)', async () => {
    const browser = await signedIn()
    browser.forget(bindingCookie)
    const page = await browser.open(interactionUrl)
    expect(page.status).toBe(404)
    expect(page.text).not.toContain('Claude')
  })

  test.each([
    [false, 0],
    [true, 1],
  ])(
    'offers to remember when that may be (%s), and ticks nothing beforehand (R75)',
    async (mayRemember, boxes) => {
      stage.pending = consentRequest({ mayRemember })
      const page = await (await signedIn()).open(interactionUrl)
      expect(page.text.match(/type="checkbox"/g) ?? []).toHaveLength(boxes)
      expect(page.text).not.toMatch(/<input[^>]*\schecked/)
    },
  )

  test('has the headers of every page, no CORS, and cannot be framed or kept (R68, R78)', async () => {
    const browser = await signedIn()
    const pages = [
      await browser.openOnce(interactionUrl, { headers: { Origin: 'https://evil.example' } }),
      await post(browser, {}),
    ]
    for (const { headers } of pages) {
      expect(headers.get('Content-Security-Policy')).toMatch(
        /^default-src 'none'; style-src 'nonce-[\w-]{22}'; img-src 'self'; form-action 'self'.*; frame-ancestors 'none'; base-uri 'none'$/,
      )
      expect(headers.get('X-Frame-Options')).toBe('DENY')
      expect(headers.get('Cache-Control')).toBe('no-store')
      expect(headers.get('Referrer-Policy')).toBe('no-referrer')
      expect([...headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([])
    }
  })

  test.each<[string | undefined, string]>([
    ['https://claude.ai/api/mcp/auth_callback', "'self' https://claude.ai https:"],
    ['http://127.0.0.1:33418/cb', "'self' http://127.0.0.1:33418 https:"],
    ['cursor://anysphere.cursor-mcp/oauth/callback', "'self' cursor: https:"],
    [undefined, "'self'"],
  ])(
    'lets the form end where the client is, when that is %s (R129)',
    async (redirectUri, sources) => {
      stage.pending = consentRequest({ redirectUri })
      const page = await (await signedIn()).open(interactionUrl)
      expect(page.headers.get('Content-Security-Policy')).toContain(`form-action ${sources};`)
    },
  )

  test('names the client and leads to the login and back when nobody is signed in (R72)', async () => {
    const browser = stage.browser()
    const page = await browser.open(interactionUrl)
    expect(page.status).toBe(200)
    expect(page.text).toContain('<strong>Claude</strong>')
    expect(page.text).toContain('<code>claude.ai</code>')
    expect(page.text).not.toContain('<form')
    expect(hrefs(page.text)).toEqual([
      `${authOrigin}/login?rd=${encodeURIComponent(interactionUrl)}`,
    ])
  })

  test('leads to a new sign-in when the client wants one, and not in a circle', async () => {
    stage.pending = consentRequest({
      wantsLogin: true,
      startedAt: stage.login.deps.now(),
    })
    stage.login.wait(-60)
    const browser = await signedIn()
    stage.login.wait(60)
    const page = await browser.open(interactionUrl)
    expect(page.text).toContain('Sign in to continue')
    expect(hrefs(page.text)).toEqual([
      `${authOrigin}/login?prompt=select_account&rd=${encodeURIComponent(interactionUrl)}`,
    ])
    await stage.signIn(browser, alice)
    expect((await browser.open(interactionUrl)).text).toContain('Allow access?')
  })

  test('offers another account, and back to this very request (R72)', async () => {
    const page = await (await signedIn()).open(interactionUrl)
    expect(hrefs(page.text)).toEqual([
      `${authOrigin}/login?prompt=select_account&rd=${encodeURIComponent(interactionUrl)}`,
    ])
  })

  test('answers 403 with the reason and another account when the policy lets this one do nothing', async () => {
    const browser = await signedIn(
      identityOf({ email: 'eve@evil.example', emailDomain: 'evil.example' }),
    )
    const page = await browser.open(interactionUrl)
    expect(page.status).toBe(403)
    expect(page.text).toContain('not on the list')
    expect(page.text).not.toContain('csrf')
    expect(hrefs(page.text)).toContain(
      `${authOrigin}/login?prompt=select_account&rd=${encodeURIComponent(interactionUrl)}`,
    )
  })

  test('answers 403 when the account may not open the resource itself', async () => {
    stage.closed.add(resource)
    expect((await (await signedIn()).open(interactionUrl)).status).toBe(403)
  })

  test('goes on by itself when nothing has to be asked, by a page that ends the form before it', async () => {
    stage.pending = consentRequest({ proceed: resumeUrl })
    const page = await (await signedIn()).openOnce(interactionUrl)
    expect([page.status, page.headers.get('Location')]).toEqual([200, null])
    expect(page.headers.get('Refresh')).toBe(`0; url=${resumeUrl}`)
    expect(hrefs(page.text)).toEqual([resumeUrl])
    expect(stage.decisions).toEqual([])
  })

  test('lets nobody go on whom the policy stops, though nothing would be asked', async () => {
    stage.pending = consentRequest({ proceed: resumeUrl })
    stage.closed.add(resource)
    const page = await (await signedIn()).openOnce(interactionUrl)
    expect([page.status, page.headers.get('Refresh')]).toEqual([403, null])
  })
})

describe('POST /interaction/:uid/decide', () => {
  test.each(['allow', 'deny'])(
    'hands on "%s" and goes where the server says, by 303 (R67, R71, R77)',
    async (kind) => {
      const browser = await signedIn()
      const page = await post(browser, { csrf: await tokenFor(browser), decision: kind })
      expect([page.status, page.headers.get('Location')]).toEqual([303, resumeUrl])
      expect(stage.decisions).toMatchObject([
        { kind, remember: false, visitor: { identity: { subject: 'alice-1' } } },
      ])
    },
  )

  test.each<[string, (token: string) => RequestInit]>([
    ['no token', () => ({ body: new URLSearchParams({ decision: 'allow' }) })],
    [
      'a forged token',
      (token) => ({
        body: new URLSearchParams({
          csrf: `${token.slice(0, -43)}${'x'.repeat(43)}`,
          decision: 'allow',
        }),
      }),
    ],
    [
      'a token with a later moment',
      (token) => ({
        body: new URLSearchParams({ csrf: token.replace(/^\d+/, '9999999999'), decision: 'allow' }),
      }),
    ],
    [
      'another origin',
      (token) => ({
        body: new URLSearchParams({ csrf: token, decision: 'allow' }),
        headers: { Origin: 'https://evil.example' },
      }),
    ],
    [
      'a cross-site mark',
      (token) => ({
        body: new URLSearchParams({ csrf: token, decision: 'allow' }),
        headers: { 'Sec-Fetch-Site': 'cross-site' },
      }),
    ],
    [
      'the mark of a neighbouring host',
      (token) => ({
        body: new URLSearchParams({ csrf: token, decision: 'allow' }),
        headers: { 'Sec-Fetch-Site': 'same-site' },
      }),
    ],
    [
      'two decisions',
      (token) => ({
        body: `csrf=${token}&decision=deny&decision=allow`,
        headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      }),
    ],
    ['no decision', (token) => ({ body: new URLSearchParams({ csrf: token, decision: 'maybe' }) })],
    ['another type', (token) => ({ body: JSON.stringify({ csrf: token, decision: 'allow' }) })],
  ])('decides nothing when the form has %s (R73)', async (_what, init) => {
    const browser = await signedIn()
    const answer = await browser.openOnce(decideUrl, {
      method: 'POST',
      ...init(await tokenFor(browser)),
    })
    expect(answer.status).toBeGreaterThanOrEqual(400)
    expect(answer.status).toBeLessThan(500)
    expect(hrefs(answer.text)).toEqual([interactionUrl])
    expect(stage.decisions).toEqual([])
  })

  test('takes a token once: the second click decides nothing and sees where the first one led (R73)', async () => {
    const browser = await signedIn()
    const csrf = await tokenFor(browser)
    const [first, second] = await Promise.all([
      post(browser, { csrf, decision: 'allow' }),
      post(browser, { csrf, decision: 'deny' }),
    ])
    const places = [first, second].map(({ headers }) => headers.get('Location'))
    expect(places.toSorted()).toEqual([resumeUrl, interactionUrl].toSorted())
    expect(stage.decisions).toHaveLength(1)
  })

  test('does not take the form of another session (R73)', async () => {
    const mine = await signedIn()
    const other = await signedIn(identityOf({ subject: 'bob', email: 'bob@example.com' }))
    const page = await post(other, { csrf: await tokenFor(mine), decision: 'allow' })
    expect(page.status).toBe(403)
    expect(stage.decisions).toEqual([])
  })

  test('does not take the form of an earlier session of the same person (R73)', async () => {
    const browser = await signedIn()
    const csrf = await tokenFor(browser)
    await stage.signIn(browser, alice)
    expect((await post(browser, { csrf, decision: 'allow' })).status).toBe(403)
    expect(stage.decisions).toEqual([])
  })

  test('does not take the form of another authorization (R73)', async () => {
    const browser = await signedIn()
    const csrf = await tokenFor(browser)
    const body = new URLSearchParams({ csrf, decision: 'allow' })
    const page = await browser.openOnce(`${authOrigin}/interaction/another/decide`, {
      method: 'POST',
      body,
    })
    expect(page.status).toBe(403)
    expect(stage.decisions).toEqual([])
  })

  test('does not take a form that is older than ten minutes (R73)', async () => {
    const browser = await signedIn()
    const early = await tokenFor(browser)
    const late = await tokenFor(browser)
    stage.login.wait(599)
    expect((await post(browser, { csrf: early, decision: 'deny' })).status).toBe(303)
    stage.login.wait(1)
    expect((await post(browser, { csrf: late, decision: 'allow' })).status).toBe(403)
    expect(stage.decisions).toMatchObject([{ kind: 'deny' }])
  })

  test('takes the form of a browser that says "Origin: null", as ours makes them do (R73)', async () => {
    const browser = await signedIn()
    const fields = { csrf: await tokenFor(browser), decision: 'allow' }
    const headers = { Origin: 'null', 'Sec-Fetch-Site': 'same-origin' }
    expect((await post(browser, fields, headers)).status).toBe(303)
    expect(stage.decisions).toHaveLength(1)
  })

  test('decides nothing in another browser than the one that began (R74)', async () => {
    const browser = await signedIn()
    const csrf = await tokenFor(browser)
    browser.forget(bindingCookie)
    const page = await post(browser, { csrf, decision: 'allow' })
    expect([page.status, page.headers.get('Location')]).toEqual([404, null])
    expect(stage.decisions).toEqual([])
  })

  test('decides nothing without a session', async () => {
    const browser = await signedIn()
    const csrf = await tokenFor(browser)
    browser.forget(cookieName)
    expect((await post(browser, { csrf, decision: 'allow' })).status).toBe(403)
    expect(stage.decisions).toEqual([])
  })

  test.each([
    [true, 'allow', true],
    [false, 'allow', false],
    [true, 'deny', false],
  ])(
    'remembers only where that may be (%s) and access was allowed (%s): %s (R75)',
    async (mayRemember, decision, remember) => {
      stage.pending = consentRequest({ mayRemember })
      const browser = await signedIn()
      await post(browser, { csrf: await tokenFor(browser), decision, remember: 'yes' })
      expect(stage.decisions).toMatchObject([{ remember }])
    },
  )

  test('does not remember unless that was asked for (R75)', async () => {
    stage.pending = consentRequest({ mayRemember: true })
    const browser = await signedIn()
    await post(browser, { csrf: await tokenFor(browser), decision: 'allow' })
    expect(stage.decisions).toMatchObject([{ remember: false }])
  })

  test('judges anew: what the policy forbids by now is not allowed, but may be denied', async () => {
    const browser = await signedIn()
    const csrf = await tokenFor(browser)
    const other = await tokenFor(browser)
    stage.closed.add(resource)
    expect((await post(browser, { csrf, decision: 'allow' })).status).toBe(403)
    expect(stage.decisions).toEqual([])
    expect((await post(browser, { csrf: other, decision: 'deny' })).status).toBe(303)
  })

  test('asks for the sign-in first when the client has come to want one', async () => {
    const browser = await signedIn()
    const csrf = await tokenFor(browser)
    const startedAt = later(stage.login.deps.now(), seconds(1))
    stage.pending = consentRequest({ wantsLogin: true, startedAt })
    const page = await post(browser, { csrf, decision: 'allow' })
    expect([page.status, page.headers.get('Location')]).toEqual([303, interactionUrl])
    expect(stage.decisions).toEqual([])
  })

  test('says that it is too late when the request ended meanwhile', async () => {
    const browser = await signedIn()
    const csrf = await tokenFor(browser)
    stage.pending = undefined
    expect((await post(browser, { csrf, decision: 'allow' })).status).toBe(404)
    expect(stage.decisions).toEqual([])
  })
})
