import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { newInvitation } from '../../../src/adapters/invitations.ts'
import { hashOf } from '../../../src/adapters/sealing.ts'
import {
  builtInLanguages,
  englishLanguage,
  germanLanguage,
} from '../../../src/appearance/languages.ts'
import { createLookFor, plainBranding } from '../../../src/appearance/look.ts'
import { createAuthenticator } from '../../support/authenticator.ts'
import { findForm } from '../../support/browser.ts'
import {
  authOrigin,
  cookieName,
  type LoginStage,
  startLoginStage,
} from '../../support/login-stage.ts'

const good = 'six blue herons 7'
const kim = { name: 'kim', email: undefined, displayName: '<b>Kim</b>', groups: ['crew'] }

let stage: LoginStage
let link: string
let token: string

beforeEach(async () => {
  stage = await startLoginStage({}, true)
  const made = newInvitation(kim, stage.deps.now(), hashOf)
  token = made.token
  link = `${authOrigin}/invitation?code=${token}`
  await stage.store.accountCredentials.invitations.issue(made.invitation)
})
afterEach(() => stage.close())

describe('createInvitationRoutes()', () => {
  test('takes the code out of the address bar and lets the person choose a password', async () => {
    const browser = stage.browser()
    const page = await browser.open(link)
    expect([page.status, page.url]).toEqual([200, `${authOrigin}/invitation`])
    expect(page.headers.get('Referrer-Policy')).toBe('no-referrer')
    const signedIn = await browser.submit(page, { password: good, repeat: good })
    expect(signedIn.url).toBe(`${authOrigin}/signed-in`)
    const session = await stage.sessionOf(browser.cookiesFor(authOrigin)[cookieName])
    expect(session?.identity.preferredUsername).toBe('kim')
    expect([session?.factors, session?.methods]).toEqual([undefined, ['pwd']])
    expect(Object.keys(browser.cookiesFor(authOrigin)).join()).not.toContain('invitation')
  })

  test('lets the person choose a passkey, bound to this browser', async () => {
    const [browser, other] = [stage.browser(), stage.browser()]
    const page = await browser.open(link)
    const theirs = await other.open(link)
    const options: unknown = JSON.parse(
      (await browser.openOnce(`${authOrigin}/invitation/options`)).text,
    )
    const passkey = createAuthenticator(authOrigin).create(options)
    const elsewhere = await other.submit(theirs, { passkey })
    expect([elsewhere.status, await stage.store.accounts.count()]).toEqual([400, 0])
    expect((await browser.submit(page, { passkey })).url).toBe(`${authOrigin}/signed-in`)
    const session = await stage.sessionOf(browser.cookiesFor(authOrigin)[cookieName])
    expect(session).toMatchObject({ factors: 2, identity: { groups: ['crew'] } })
  })

  test('works once: afterwards the link says so, and the form too', async () => {
    const [browser, other] = [stage.browser(), stage.browser()]
    const theirs = await other.open(link)
    await browser.submit(await browser.open(link), { password: good, repeat: good })
    const late = await other.submit(theirs, { password: good, repeat: good })
    expect(late.status).toBe(404)
    expect(late.setCookies.join()).not.toContain(cookieName)
    expect((await stage.browser().open(link)).status).toBe(404)
  })

  test('looking uses nothing up', async () => {
    for (let round = 0; round < 3; round++) {
      expect((await stage.browser().open(link)).status).toBe(200)
    }
  })

  test('keeps the code in the browser for as long as the invitation is good', async () => {
    const { setCookies } = await stage.browser().openOnce(link)
    expect(setCookies.join()).toContain(`sallyport-invitation=${token}; Path=/; Max-Age=259200`)
  })

  test.each([
    [englishLanguage, 'Open the link you were sent once more', 'used before, or it is older'],
    [germanLanguage, 'Öffnen Sie den Link, den Sie bekommen haben, noch einmal', 'schon verwendet'],
  ])('says that the code is missing, not that it is over, %#', async (fallback, said, over) => {
    await stage.close()
    const lookFor = createLookFor({ fallback, all: builtInLanguages }, plainBranding)
    stage = await startLoginStage({ lookFor }, true)
    const missing = await stage.browser().open(`${authOrigin}/invitation`)
    expect(missing.text).toContain(said)
    expect(missing.text).not.toContain(over)
    const unknown = `${authOrigin}/invitation?code=${'x'.repeat(43)}`
    expect((await stage.browser().open(unknown)).text).toContain(over)
    const form = { method: 'POST', body: new URLSearchParams({ csrf: 'x', password: good }) }
    const blocked = await stage.browser().openOnce(`${authOrigin}/invitation`, form)
    expect([blocked.status, blocked.text]).toEqual([403, expect.stringContaining(said)])
  })

  test('ends after three days', async () => {
    stage.wait(72 * 60 * 60)
    expect((await stage.browser().open(link)).status).toBe(404)
  })

  test.each([
    ['differ', good, 'six blue herons 8', 'The two passwords differ'],
    ['are too weak', 'short', 'short', 'too easy to guess'],
    ['are missing', '', '', 'choose a password or a passkey'],
  ])(
    'asks again when the passwords %s, and makes no account',
    async (_, password, repeat, said) => {
      const browser = stage.browser()
      const again = await browser.submit(await browser.open(link), { password, repeat })
      expect(again.status).toBe(400)
      expect(again.text).toContain(said)
      expect(again.text).not.toContain(`value="${password || 'nothing'}"`)
      expect(await stage.store.accounts.count()).toBe(0)
      const done = await browser.submit(again, { password: good, repeat: good })
      expect(done.url).toBe(`${authOrigin}/signed-in`)
    },
  )

  test.each([
    `${authOrigin}/invitation`,
    `${authOrigin}/invitation?code=`,
    `${authOrigin}/invitation?code=${'x'.repeat(43)}`,
    `${authOrigin}/invitation?code=%27%20or%201=1`,
  ])('%s leads to no account', async (url) => {
    const page = await stage.browser().open(url)
    expect(page.status).toBe(404)
    expect(page.text).not.toContain('<form')
    expect((await stage.browser().openOnce(`${authOrigin}/invitation/options`)).status).toBe(403)
  })

  test('refuses a form of another site (R22)', async () => {
    const browser = stage.browser()
    const form = findForm(await browser.open(link), ['password'])
    const body = new URLSearchParams({ ...form.fields, password: good, repeat: good })
    const headers = { 'Sec-Fetch-Site': 'cross-site' }
    expect((await browser.openOnce(form.action, { method: 'POST', body, headers })).status).toBe(
      403,
    )
    expect(await stage.store.accounts.count()).toBe(0)
  })

  test('shows names as text and writes the code to no log (R128)', async () => {
    const browser = stage.browser()
    const page = await browser.open(link)
    expect(page.text).not.toContain('<b>Kim')
    await browser.submit(page, { password: good, repeat: good })
    await stage.browser().open(link)
    expect(stage.lines.length).toBeGreaterThan(0)
    expect(JSON.stringify(stage.lines)).not.toContain(token)
  })

  test('does not lead to a way around the list of those who may sign in', async () => {
    await stage.close()
    stage = await startLoginStage(
      { judgeSignIn: () => ({ kind: 'denied', reason: 'not-on-list' }) },
      true,
    )
    const made = newInvitation(kim, stage.deps.now(), hashOf)
    await stage.store.accountCredentials.invitations.issue(made.invitation)
    const browser = stage.browser()
    const page = await browser.open(`${authOrigin}/invitation?code=${made.token}`)
    const denied = await browser.submit(page, { password: good, repeat: good })
    expect([denied.status, await stage.store.sessions.count()]).toEqual([403, 0])
  })
})
