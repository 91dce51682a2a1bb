import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { LoginDependencies } from '../../../src/http/login-context.ts'
import type { PasswordAnswer } from '../../../src/ports/own-accounts.ts'
import { localIssuer } from '../../../src/ports/store.ts'
import type { Identity } from '../../../src/protocol/identity.ts'
import { seconds } from '../../../src/protocol/time.ts'
import { findForm, type Page } from '../../support/browser.ts'
import {
  appOrigin,
  authOrigin,
  cookieName,
  type LoginStage,
  silentProvider,
  startLoginStage,
} from '../../support/login-stage.ts'

const target = `${appOrigin}/a?b=c%20d&e`
const loginUrl = `${authOrigin}/login?rd=${encodeURIComponent(target)}`
const dora: Identity = {
  provider: 'local',
  issuer: localIssuer,
  subject: 'account-1',
  email: undefined,
  emailDomain: undefined,
  unverifiedEmail: undefined,
  name: 'Dora',
  preferredUsername: 'dora',
  groups: [],
  scopes: [],
}

let stage: LoginStage
let holds: boolean
let asked: string[][]
let answer: PasswordAnswer | undefined

const start = async (changes: Partial<LoginDependencies> = {}) => {
  asked = []
  answer = undefined
  holds = true
  stage = await startLoginStage({
    verifyLocal: async (name, password, address) => {
      asked.push([name, password, address])
      const right = name === 'dora' && password === 'right'
      if (answer !== undefined) return answer
      return right
        ? { kind: 'identity', identity: dora, assurance: {}, holds: async () => holds }
        : { kind: 'wrong' }
    },
    ...changes,
  })
}
beforeEach(() => start())
afterEach(() => stage.close())

describe('createLocalLogin()', () => {
  test('signs in and goes back byte for byte with 303 when the password is right (R67)', async () => {
    const browser = stage.browser()
    const page = await browser.open(loginUrl)
    const form = findForm(page, ['name', 'password'])
    const body = new URLSearchParams({ ...form.fields, name: 'dora', password: 'right' })
    const answered = await browser.openOnce(form.action, {
      method: 'POST',
      body,
      headers: { Origin: authOrigin },
    })
    expect([answered.status, answered.headers.get('Location')]).toEqual([303, target])
    const session = await stage.sessionOf(browser.cookiesFor(target)[cookieName])
    expect(session?.identity).toEqual(dora)
    expect(asked).toEqual([['dora', 'right', '192.0.2.7']])
    expect(Object.keys(browser.cookiesFor(authOrigin)).filter((n) => n.includes('csrf'))).toEqual(
      [],
    )
  })

  test('removes the leftover when two session cookies came, so that the new one counts (R18)', async () => {
    const browser = stage.browser()
    const form = findForm(await browser.open(loginUrl), ['name', 'password'])
    const [csrf = ''] = Object.entries(browser.cookiesFor(authOrigin)).map((pair) => pair.join('='))
    const body = new URLSearchParams({ ...form.fields, name: 'dora', password: 'right' })
    const headers = { Cookie: `${csrf}; ${cookieName}=one; ${cookieName}=two` }
    const answered = await stage.handle(new Request(form.action, { method: 'POST', body, headers }))
    const ours = answered.headers.getSetCookie().filter((line) => line.startsWith(cookieName))
    expect(ours).toEqual([
      expect.stringMatching(/=; Path=\/; Max-Age=0;/),
      expect.stringMatching(/=[\w-]{43}; Path=\/; Domain=example.com; Max-Age=43200;/),
    ])
  })

  test('leaves no session when the account is removed while somebody signs in to it (R21)', async () => {
    holds = false
    const browser = stage.browser()
    const page = await browser.submit(await browser.open(loginUrl), {
      name: 'dora',
      password: 'right',
    })
    expect(page.status).toBe(403)
    expect(page.setCookies.join()).not.toContain(cookieName)
    expect(await stage.store.sessions.count()).toBe(0)
  })

  test('leads a reload of its address back to the login page', async () => {
    const page = await stage.browser().open(`${authOrigin}/login/local`)
    expect([page.status, page.url]).toEqual([200, `${authOrigin}/login`])
  })

  test('lets the form lead to the target and nowhere else (R129)', async () => {
    const page = await stage.browser().open(loginUrl)
    expect(page.headers.get('Content-Security-Policy')).toContain(
      `form-action 'self' ${appOrigin};`,
    )
    const own = await stage.browser().open(`${authOrigin}/login`)
    expect(own.headers.get('Content-Security-Policy')).toContain("form-action 'self';")
  })

  test('shows the form again with the name and an error that is tied to the fields', async () => {
    const browser = stage.browser()
    const page = await browser.submit(await browser.open(loginUrl), {
      name: 'dora',
      password: 'no',
    })
    expect(page.status).toBe(403)
    expect(page.text).toContain('value="dora"')
    expect(page.text).toContain('<p role="alert" id="problem">')
    expect(page.text.match(/aria-describedby="problem"/g)).toHaveLength(2)
    expect(browser.cookiesFor(target)[cookieName]).toBeUndefined()
    expect(stage.lines.filter(({ event }) => event === 'login.failed')).toHaveLength(1)
    // The form that comes back works.
    const again = await browser.submit(page, { name: 'dora', password: 'right' })
    expect(again.url).toBe(target)
  })

  test('offers providers and the form on one page when there are both', async () => {
    await stage.close()
    await start({ providers: [silentProvider('home')] })
    const page = await stage.browser().open(loginUrl)
    expect(page.text).toContain('Continue with The home provider')
    expect(page.text).toContain('autocomplete="current-password"')
  })

  test.each<[PasswordAnswer, number, string]>([
    [{ kind: 'limited', retryAfter: seconds(60) }, 429, '60'],
    [{ kind: 'unavailable' }, 503, '5'],
  ])('answers with Retry-After when the accounts say %j (R123)', async (given, status, wait) => {
    answer = given
    const browser = stage.browser()
    const page = await browser.submit(await browser.open(loginUrl), {
      name: 'dora',
      password: 'right',
    })
    expect([page.status, page.headers.get('Retry-After')]).toEqual([status, wait])
    expect(browser.cookiesFor(target)[cookieName]).toBeUndefined()
  })

  test('is not there when there are no local accounts', async () => {
    await stage.close()
    await start({ verifyLocal: undefined, providers: [silentProvider('a'), silentProvider('b')] })
    const body = new URLSearchParams({ name: 'dora', password: 'right' })
    const request = new Request(`${authOrigin}/login/local`, { method: 'POST', body })
    expect((await stage.handle(request)).status).toBe(404)
  })

  /** Sends the form of a page with one thing changed. */
  const sendChanged = async (change: {
    readonly fields?: Record<string, string>
    readonly headers?: Record<string, string>
    readonly forgetCookie?: true
    readonly raw?: string
  }): Promise<Page> => {
    const browser = stage.browser()
    const form = findForm(await browser.open(loginUrl), ['name', 'password'])
    const fields = { ...form.fields, name: 'dora', password: 'right', ...change.fields }
    if (change.forgetCookie) browser.forget('__Host-sallyport-csrf')
    const headers = {
      'Content-Type': 'application/x-www-form-urlencoded',
      Origin: authOrigin,
      ...change.headers,
    }
    const body = `${new URLSearchParams(fields)}${change.raw ?? ''}`
    return browser.openOnce(form.action, { method: 'POST', body, headers })
  }

  test.each<[string, Parameters<typeof sendChanged>[0]]>([
    ['another token', { fields: { csrf: 'x'.repeat(43) } }],
    ['an empty token', { fields: { csrf: '' } }],
    ['no cookie', { forgetCookie: true }],
    ['another origin', { headers: { Origin: 'https://evil.example' } }],
    ['the origin of a sibling', { headers: { Origin: appOrigin } }],
    ['a cross-site mark', { headers: { 'Sec-Fetch-Site': 'cross-site' } }],
    ['a same-site mark', { headers: { 'Sec-Fetch-Site': 'same-site', Origin: authOrigin } }],
  ])('refuses a form with %s (R73)', async (_what, change) => {
    const page = await sendChanged(change)
    expect(page.status).toBe(403)
    expect(asked).toEqual([])
    expect(page.setCookies.join()).not.toContain(cookieName)
  })

  test('takes a form of our own page although browsers write its origin as null', async () => {
    const headers = { Origin: 'null', 'Sec-Fetch-Site': 'same-origin' }
    expect((await sendChanged({ headers })).status).toBe(303)
  })

  test.each<[number, string, Parameters<typeof sendChanged>[0]]>([
    [415, 'as JSON', { headers: { 'Content-Type': 'application/json' } }],
    [415, 'as multipart', { headers: { 'Content-Type': 'multipart/form-data; boundary=x' } }],
    [415, 'as text (GHSA-2234-fmw7-43wr)', { headers: { 'Content-Type': 'text/plain' } }],
    [415, 'compressed', { headers: { 'Content-Encoding': 'gzip' } }],
    [413, 'longer than 16 KiB', { raw: `&x=${'a'.repeat(16_384)}` }],
    [413, 'with a length that says so', { headers: { 'Content-Length': '99999' } }],
    [400, 'with a field twice', { raw: '&name=eve' }],
    [400, 'with the token twice', { raw: '&csrf=x' }],
    [400, 'with 65 fields', { raw: Array.from({ length: 65 }, (_, n) => `&f${n}=`).join('') }],
  ])('answers %i when the body comes %s (R119, R120)', async (status, _what, change) => {
    const page = await sendChanged(change)
    expect(page.status).toBe(status)
    expect(asked).toEqual([])
  })

  test('answers 413 when a chunked body is longer than 16 KiB (R119, GHSA-92vj-g62v-jqhh)', async () => {
    let sent = 0
    const body = new ReadableStream({
      pull(controller) {
        sent += 1024
        controller.enqueue(new Uint8Array(1024).fill(97))
      },
    })
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded' }
    const init = { method: 'POST', body, headers, duplex: 'half' }
    const answered = await stage.handle(new Request(`${authOrigin}/login/local`, init))
    expect(answered.status).toBe(413)
    expect(sent).toBeLessThan(20 * 1024)
  })

  test('answers 400 and reports no fault when the body breaks off (R119)', async () => {
    let turn = 0
    const body = new ReadableStream({
      pull(controller) {
        turn += 1
        if (turn === 1) controller.enqueue(new TextEncoder().encode('name=dora'))
        else controller.error(new Error('aborted'))
      },
    })
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded' }
    const init = { method: 'POST', body, headers, duplex: 'half' }
    const answered = await stage.handle(new Request(`${authOrigin}/login/local`, init))
    expect(answered.status).toBe(400)
  })

  test('answers 400 when the body is no UTF-8', async () => {
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded' }
    const body = Uint8Array.of(0x6e, 0x3d, 0xff, 0xfe)
    const request = new Request(`${authOrigin}/login/local`, { method: 'POST', body, headers })
    expect((await stage.handle(request)).status).toBe(400)
  })

  test('does not hash an endless password', async () => {
    const page = await sendChanged({ fields: { password: 'x'.repeat(1025) } })
    expect([page.status, asked]).toEqual([403, []])
  })

  test('echoes nothing unescaped whatever comes in (R128)', async () => {
    const piece = fc.constantFrom(
      '<script',
      '</title>',
      '"',
      "'",
      '&',
      '>',
      '`',
      '\u0000',
      '\r\n',
      'a',
      'https://',
    )
    const hostile = fc.oneof(
      fc.array(piece, { maxLength: 12 }).map((parts) => `${parts.join('')}<script>`),
      fc.string({ unit: 'binary', maxLength: 60 }).map((text) => `${text}<script>`),
    )
    const check = async (page: Page) => {
      expect(page.status).toBeLessThan(500)
      expect(page.text).not.toContain('<script')
      expect(page.text).not.toMatch(/<\/title>.*<\/title>/s)
      const headers = JSON.stringify([...page.headers])
      expect(headers).not.toContain('<script')
    }
    await fc.assert(
      fc.asyncProperty(hostile, async (text) => {
        const browser = stage.browser()
        const rd = encodeURIComponent(text.toWellFormed())
        const page = await browser.open(`${authOrigin}/login?rd=${rd}&prompt=${rd}&error=${rd}`)
        await check(page)
        await check(
          await browser.submit(page, {
            name: text.toWellFormed(),
            password: 'x',
            rd: text.toWellFormed(),
          }),
        )
        await check(await browser.open(`${authOrigin}/login/${rd}?rd=${rd}`))
        await check(
          await browser.open(`${authOrigin}/signed-out?error=${rd}&error_description=${rd}`),
        )
      }),
      { numRuns: 60 },
    )
  })
})
