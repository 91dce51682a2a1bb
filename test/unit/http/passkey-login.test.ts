import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Authenticator, createAuthenticator } from '../../support/authenticator.ts'
import { type Browser, findForm, type Page } from '../../support/browser.ts'
import {
  appOrigin,
  authOrigin,
  cookieName,
  type LoginStage,
  silentProvider,
  startLoginStage,
} from '../../support/login-stage.ts'
import { mia } from '../../support/own-accounts-stage.ts'

const target = `${appOrigin}/a?b=c%20d&e`
const loginUrl = `${authOrigin}/login?rd=${encodeURIComponent(target)}`
const optionsUrl = `${authOrigin}/login/passkey/options`

let stage: LoginStage
let key: Authenticator

beforeEach(async () => {
  stage = await startLoginStage({}, true)
  await stage.store.accounts.add(mia)
  key = createAuthenticator(authOrigin)
  const factors = stage.deps.ownAccounts?.factors
  const answer = key.create(await factors?.creationOptions(mia.id, 'setup'))
  await factors?.addPasskey(mia.id, { answer, name: 'Phone' }, async () => true)
})
afterEach(() => stage.close())

const optionsOf = async (browser: Browser): Promise<unknown> =>
  JSON.parse((await browser.openOnce(optionsUrl)).text)

const send = (browser: Browser, page: Page, passkey: string) => browser.submit(page, { passkey })

describe('createPasskeyLogin()', () => {
  test('signs in without name and password and goes back byte for byte (R67)', async () => {
    const browser = stage.browser()
    const page = await browser.open(loginUrl)
    const form = findForm(page, ['passkey'])
    expect(form.action).toBe(`${authOrigin}/login/passkey`)
    const passkey = key.get(await optionsOf(browser))
    const body = new URLSearchParams({ ...form.fields, passkey })
    const answered = await browser.openOnce(form.action, { method: 'POST', body })
    expect([answered.status, answered.headers.get('Location')]).toEqual([303, target])
    const session = await stage.sessionOf(browser.cookiesFor(target)[cookieName])
    expect(session).toMatchObject({
      identity: { provider: 'local', preferredUsername: 'mia' },
      factors: 2,
      methods: ['pop', 'user', 'mfa'],
    })
  })

  test('takes a challenge once', async () => {
    const browser = stage.browser()
    const page = await browser.open(loginUrl)
    const options = await optionsOf(browser)
    // Two answers to one challenge: the second is good in itself.
    const [first, second] = [key.get(options), key.get(options)]
    expect((await send(browser, page, first)).url).toBe(target)
    const again = await browser.open(`${authOrigin}/login?prompt=select_account`)
    expect((await send(browser, again, second)).status).toBe(403)
  })

  test('takes a challenge in the browser that asked for it only', async () => {
    const [browser, other] = [stage.browser(), stage.browser()]
    await browser.open(loginUrl)
    const passkey = key.get(await optionsOf(browser))
    const answered = await send(other, await other.open(loginUrl), passkey)
    expect(answered.status).toBe(403)
    expect(await stage.store.sessions.count()).toBe(0)
  })

  test.each([
    [299, 200],
    [300, 403],
  ])('after %i seconds a challenge leads to %i', async (seconds, status) => {
    const browser = stage.browser()
    const page = await browser.open(loginUrl)
    const passkey = key.get(await optionsOf(browser))
    stage.wait(seconds)
    expect((await send(browser, page, passkey)).status).toBe(status)
  })

  test('takes no challenge of another purpose', async () => {
    const browser = stage.browser()
    const page = await browser.open(loginUrl)
    const signedIn = await send(browser, page, key.get(await optionsOf(browser)))
    expect(signedIn.url).toBe(target)
    const adding = await browser.openOnce(`${authOrigin}/account/sign-in/options`)
    const again = await browser.open(`${authOrigin}/login?prompt=select_account`)
    const { challenge } = JSON.parse(adding.text)
    const passkey = key.get({ challenge, rpId: 'auth.example.com' })
    expect((await send(browser, again, passkey)).status).toBe(403)
  })

  test('gives one answer for what is unknown, forged or garbage, and says why in the log only', async () => {
    const answers: string[] = []
    for (const passkey of [
      createAuthenticator(authOrigin).get({ challenge: 'AAAA', rpId: 'auth.example.com' }),
      key.get({ challenge: 'AAAA', rpId: 'auth.example.com' }),
      'garbage',
      '',
    ]) {
      const browser = stage.browser()
      const page = await send(browser, await browser.open(loginUrl), passkey)
      expect(page.status).toBe(403)
      answers.push(page.text.replace(/(nonce|value)="[^"]*"/g, ''))
    }
    expect(new Set(answers).size).toBe(1)
    expect(answers[0]).toContain('This passkey could not be used')
    const failures = stage.lines.filter(({ event }) => event === 'login.failed')
    const reasons = failures.map(({ fields }) => fields['reason'])
    expect(reasons).toEqual(['unknown-passkey', 'not-verified', 'malformed', 'malformed'])
  })

  test('leaves no session when the account is removed while somebody signs in (R21)', async () => {
    const browser = stage.browser()
    const page = await browser.open(loginUrl)
    const passkey = key.get(await optionsOf(browser))
    await stage.store.accounts.remove('mia')
    expect((await send(browser, page, passkey)).status).toBe(403)
    expect(await stage.store.sessions.count()).toBe(0)
  })

  test.each<[string, Record<string, string>, number]>([
    ['from another site', { 'Sec-Fetch-Site': 'cross-site' }, 403],
    ['that is no form', { 'Content-Type': 'application/json' }, 415],
  ])('refuses a request %s (R22)', async (_, headers, status) => {
    const browser = stage.browser()
    const form = findForm(await browser.open(loginUrl), ['passkey'])
    const body = new URLSearchParams({
      ...form.fields,
      passkey: key.get(await optionsOf(browser)),
    }).toString()
    const type = { 'Content-Type': 'application/x-www-form-urlencoded' }
    const init = { method: 'POST', body, headers: { ...type, ...headers } }
    expect((await browser.openOnce(form.action, init)).status).toBe(status)
  })

  test('answers 429 when an address asks too often (R123)', async () => {
    await stage.close()
    stage = await startLoginStage(
      { limit: async () => ({ kind: 'limited', retryAfter: stage.deps.session.idle }) },
      true,
    )
    const browser = stage.browser()
    expect((await send(browser, await browser.open(loginUrl), 'x')).status).toBe(429)
  })
})

describe('createPasskeyOptions()', () => {
  test('needs the page: without its cookie there is no challenge', async () => {
    expect((await stage.browser().openOnce(optionsUrl)).status).toBe(403)
  })

  test('is not kept by anybody and says nothing of any account', async () => {
    const browser = stage.browser()
    await browser.open(loginUrl)
    const { headers, text } = await browser.openOnce(optionsUrl)
    expect(headers.get('Cache-Control')).toBe('no-store')
    expect(headers.get('Access-Control-Allow-Origin')).toBeNull()
    expect(Object.keys(JSON.parse(text)).toSorted()).toEqual([
      'challenge',
      'rpId',
      'timeout',
      'userVerification',
    ])
  })
})

describe('the login page', () => {
  test('runs the one script with the nonce, and nothing else (R129)', async () => {
    const page = await stage.browser().open(loginUrl)
    const policy = page.headers.get('Content-Security-Policy') ?? ''
    const [, nonce] = /script-src 'nonce-([\w-]+)'; connect-src 'self'; /.exec(policy) ?? []
    expect(page.text.match(/<script[^>]*>/g)).toEqual([
      `<script nonce="${nonce}" src="${authOrigin}/passkeys.js" defer>`,
    ])
    const script = await stage.browser().open(`${authOrigin}/passkeys.js`)
    expect(script.headers.get('Content-Type')).toBe('text/javascript; charset=utf-8')
    expect(script.headers.get('X-Content-Type-Options')).toBe('nosniff')
    expect(() => new Function(script.text)).not.toThrow()
  })

  test('has no script where there are no local accounts', async () => {
    await stage.close()
    stage = await startLoginStage({ providers: [silentProvider('a'), silentProvider('b')] })
    const page = await stage.browser().open(loginUrl)
    expect(page.text).not.toContain('<script')
    expect(page.headers.get('Content-Security-Policy')).not.toContain('script-src')
    expect((await stage.browser().open(`${authOrigin}/passkeys.js`)).status).toBe(404)
  })
})
