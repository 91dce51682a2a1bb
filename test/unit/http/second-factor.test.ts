import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { oneTimeCode } from '../../../src/adapters/one-time-codes.ts'
import { epochSeconds } from '../../../src/protocol/time.ts'
import { createAuthenticator } from '../../support/authenticator.ts'
import { type Browser, findForm, type Page } from '../../support/browser.ts'
import {
  appOrigin,
  authOrigin,
  cookieName,
  type LoginStage,
  startLoginStage,
} from '../../support/login-stage.ts'
import { mia } from '../../support/own-accounts-stage.ts'

const target = `${appOrigin}/a?b=c%20d&e`
const loginUrl = `${authOrigin}/login?rd=${encodeURIComponent(target)}`

let stage: LoginStage
let secret: string
let recovery: readonly string[]

beforeEach(async () => {
  stage = await startLoginStage({}, true)
  await stage.store.accounts.add(mia)
  const factors = stage.deps.ownAccounts?.factors
  secret = factors?.newSecret('mia')?.secret ?? ''
  // Set up long ago: the codes of now are unused.
  const added = await factors?.addApp(mia.id, secret, oneTimeCode(secret, at(-30)))
  recovery = (added?.kind === 'added' ? added.recoveryCodes : undefined) ?? []
})
afterEach(() => stage.close())

const at = (offset: number) => epochSeconds(stage.deps.now() + offset)
const code = () => oneTimeCode(secret, at(0))

const passwordStep = async (browser: Browser, password = 'right'): Promise<Page> =>
  browser.submit(await browser.open(loginUrl), { name: 'mia', password })

const sessions = () => stage.store.sessions.count()

describe('createSecondFactor()', () => {
  test('follows the right password, and nobody is signed in before it', async () => {
    const browser = stage.browser()
    const page = await passwordStep(browser)
    expect([page.status, page.url]).toEqual([200, `${authOrigin}/login/local`])
    expect(page.setCookies.join()).not.toContain(cookieName)
    expect(await sessions()).toBe(0)
    const signedIn = await browser.submit(page, { code: code() })
    expect(signedIn.url).toBe(target)
    expect(await stage.sessionOf(browser.cookiesFor(target)[cookieName])).toMatchObject({
      identity: { preferredUsername: 'mia' },
      factors: 2,
      methods: ['pwd', 'otp', 'mfa'],
    })
    const left = Object.keys(browser.cookiesFor(authOrigin))
    expect(left.filter((name) => /flow|csrf/.test(name))).toEqual([])
  })

  test('does not say by its answer to a wrong password that there would be a second factor', async () => {
    await stage.store.accounts.add({ ...mia, id: 'account-of-zoe', name: 'zoe' })
    const pages = await Promise.all(
      ['mia', 'zoe', 'nobody'].map(async (name) => {
        const browser = stage.browser()
        const page = await browser.open(loginUrl)
        return browser.submit(page, { name, password: 'wrong' })
      }),
    )
    const texts = pages.map(({ text }) => text.replace(/(nonce|value)="[^"]*"/g, ''))
    expect(new Set(texts).size).toBe(1)
    expect(pages.map(({ status }) => status)).toEqual([403, 403, 403])
  })

  test('asks again after a wrong code, and the right one then counts', async () => {
    const browser = stage.browser()
    const wrong = await browser.submit(await passwordStep(browser), { code: '000000' })
    expect(wrong.status).toBe(403)
    expect(wrong.text).toContain('This code is not right')
    expect((await browser.submit(wrong, { code: code() })).url).toBe(target)
  })

  test('takes a step once: the form of before is worth nothing', async () => {
    const browser = stage.browser()
    const page = await passwordStep(browser)
    await browser.submit(page, { code: '000000' })
    const again = await browser.submit(page, { code: code() })
    expect([again.status, await sessions()]).toEqual([400, 0])
    // The code was not looked at, so it is still good.
    const anew = await browser.submit(await passwordStep(browser), { code: code() })
    expect(anew.url).toBe(target)
  })

  test('takes a code once, in whichever browser', async () => {
    const [one, other] = [stage.browser(), stage.browser()]
    const [first, second] = [await passwordStep(one), await passwordStep(other)]
    const used = code()
    expect((await one.submit(first, { code: used })).url).toBe(target)
    expect((await other.submit(second, { code: used })).status).toBe(403)
  })

  test('takes a recovery code instead, once', async () => {
    const browser = stage.browser()
    const [spare = ''] = recovery
    expect((await browser.submit(await passwordStep(browser), { code: spare })).url).toBe(target)
    const other = stage.browser()
    expect((await other.submit(await passwordStep(other), { code: spare })).status).toBe(403)
  })

  test('belongs to the browser in which it began', async () => {
    const [one, other] = [stage.browser(), stage.browser()]
    const { fields } = findForm(await passwordStep(one), ['code'])
    const own = findForm(await passwordStep(other), ['code'])
    const body = new URLSearchParams({ ...own.fields, state: fields['state'] ?? '', code: code() })
    const answered = await other.openOnce(own.action, { method: 'POST', body })
    expect([answered.status, await sessions()]).toEqual([400, 0])
  })

  test('ends five minutes after the password, however often it was tried', async () => {
    const browser = stage.browser()
    const page = await passwordStep(browser)
    stage.wait(200)
    const wrong = await browser.submit(page, { code: '000000' })
    stage.wait(100)
    const late = await browser.submit(wrong, { code: code() })
    expect([late.status, await sessions()]).toEqual([400, 0])
  })

  test.each([
    ['changes', () => stage.store.accounts.changePassword('mia', 'other')],
    ['goes with the account', () => stage.store.accounts.remove('mia')],
  ])('is worth nothing when the password %s meanwhile', async (_, change) => {
    const browser = stage.browser()
    const page = await passwordStep(browser)
    await change()
    expect((await browser.submit(page, { code: code() })).status).toBe(403)
    expect(await sessions()).toBe(0)
  })

  test('locks after ten wrong codes in a row, from however many browsers', async () => {
    for (let round = 0; round < 10; round++) {
      const browser = stage.browser()
      await browser.submit(await passwordStep(browser), { code: '000000' })
    }
    const browser = stage.browser()
    const locked = await browser.submit(await passwordStep(browser), { code: code() })
    expect([locked.status, locked.headers.get('Retry-After')]).toEqual([429, '3600'])
    expect(await sessions()).toBe(0)
  })

  test('takes a passkey after the password, which may be one that verifies nobody', async () => {
    const key = createAuthenticator(authOrigin)
    const factors = stage.deps.ownAccounts?.factors
    const answer = key.create(await factors?.creationOptions(mia.id, 'setup'))
    await factors?.addPasskey(mia.id, { answer, name: 'Key' }, async () => true)
    const browser = stage.browser()
    const page = await passwordStep(browser)
    const [, escaped = ''] = /data-options="([^"]*)"/.exec(page.text) ?? []
    const options: unknown = JSON.parse(escaped.replaceAll('&quot;', '"'))
    const passkey = key.get(options, { isVerified: false, userHandle: null })
    expect((await browser.submit(page, { passkey })).url).toBe(target)
    // The same answer is worth nothing in another step.
    const other = stage.browser()
    expect((await other.submit(await passwordStep(other), { passkey })).status).toBe(403)
  })

  test.each([
    ['a state of nobody', { state: 'x'.repeat(43) }, 400],
    ['no state', { state: '' }, 400],
    ['a form of another page', { csrf: 'x' }, 403],
  ])('refuses %s', async (_, changes, status) => {
    const browser = stage.browser()
    const form = findForm(await passwordStep(browser), ['code'])
    const body = new URLSearchParams({ ...form.fields, code: code(), ...changes })
    expect((await browser.openOnce(form.action, { method: 'POST', body })).status).toBe(status)
    expect(await sessions()).toBe(0)
  })

  test('writes neither code nor secret to the log (R128)', async () => {
    const browser = stage.browser()
    const wrong = await browser.submit(await passwordStep(browser), { code: '314159' })
    const used = code()
    await browser.submit(wrong, { code: used })
    const text = JSON.stringify(stage.lines)
    expect(text).toContain('wrong-code')
    for (const hidden of ['314159', used, secret, 'right'])
      expect(text).not.toContain(`"${hidden}"`)
  })

  test('leads a reload of its address back to the login page', async () => {
    const page = await stage.browser().open(`${authOrigin}/login/second`)
    expect([page.status, page.url]).toEqual([200, `${authOrigin}/login`])
  })
})
