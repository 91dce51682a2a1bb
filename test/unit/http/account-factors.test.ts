import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { oneTimeCode } from '../../../src/adapters/one-time-codes.ts'
import { epochSeconds } from '../../../src/protocol/time.ts'
import { session } from '../../contract/store.ts'
import { createAuthenticator } from '../../support/authenticator.ts'
import { type Browser, findForm, type Page } from '../../support/browser.ts'
import { identityOf } from '../../support/identity.ts'
import {
  authOrigin,
  cookieName,
  type LoginStage,
  startLoginStage,
} from '../../support/login-stage.ts'
import { mia } from '../../support/own-accounts-stage.ts'

const page = `${authOrigin}/account/sign-in`

let stage: LoginStage
let browser: Browser

beforeEach(async () => {
  stage = await startLoginStage({}, true)
  await stage.store.accounts.add(mia)
  browser = stage.browser()
  await browser.submit(await browser.open(`${authOrigin}/login`), {
    name: 'mia',
    password: 'right',
  })
})
afterEach(() => stage.close())

const factorsOf = async () => stage.deps.ownAccounts?.factors.show(mia.id)

async function addPasskey(who = browser): Promise<Page> {
  const shown = await who.open(page)
  const options: unknown = JSON.parse((await who.openOnce(`${page}/options`)).text)
  const passkey = createAuthenticator(authOrigin).create(options)
  return who.submit(shown, { passkey, name: 'Blue "phone"' })
}

const unescaped = (text: string) => text.replaceAll('&quot;', '"').replaceAll('&#39;', "'")

describe('createFactorRoutes()', () => {
  test('adds a passkey and shows ten recovery codes, this once', async () => {
    const added = await addPasskey()
    expect(added.status).toBe(200)
    const codes = added.text.match(/<code>([^<]{19})<\/code>/g) ?? []
    expect(codes).toHaveLength(10)
    expect(added.headers.get('Cache-Control')).toBe('no-store')
    const shown = await browser.open(page)
    expect(unescaped(shown.text)).toContain('Blue "phone"')
    expect(shown.text).toContain('Codes left: 10')
    for (const code of codes) expect(shown.text).not.toContain(code)
    expect((await addPasskey()).url).toBe(`${page}?done=added`)
  })

  test('sets up an app only with a code of it', async () => {
    const setup = await browser.open(`${page}/app`)
    const [, key = ''] = /<code>([A-Z2-7 ]{39})<\/code>/.exec(setup.text) ?? []
    const secret = key.replaceAll(' ', '')
    const wrong = await browser.submit(setup, { code: '000000' })
    expect([wrong.status, (await factorsOf())?.app]).toEqual([403, false])
    // The same secret again: the app has it already.
    expect(wrong.text).toContain(key)
    const done = await browser.submit(wrong, { code: oneTimeCode(secret, stage.deps.now()) })
    expect([done.status, (await factorsOf())?.app]).toEqual([200, true])
    expect(done.text).toContain('Your recovery codes')
  })

  test('takes no secret but the one it made for this session', async () => {
    const setup = await browser.open(`${page}/app`)
    const other = stage.browser()
    await other.submit(await other.open(`${authOrigin}/login`), { name: 'mia', password: 'right' })
    const theirs = findForm(await other.open(`${page}/app`), ['sealed'])
    const own = findForm(setup, ['sealed'])
    for (const sealed of [theirs.fields['sealed'] ?? '', 'v1.AAAA', '']) {
      const body = new URLSearchParams({ ...own.fields, sealed, code: '000000' })
      const answered = await browser.openOnce(page, { method: 'POST', body })
      expect(answered.status).toBe(403)
    }
    expect((await factorsOf())?.app).toBe(false)
  })

  test('removes what is asked, and the last way in never', async () => {
    await addPasskey()
    const removed = await browser.submit(await browser.open(page), {
      credential: idOf(await shown()),
    })
    expect(removed.url).toBe(`${page}?done=removed`)
    await addPasskey()
    await stage.store.accountCredentials.reset('mia')
    expect((await browser.open(page)).url).toContain('/login?rd=')
  })

  test('keeps the only passkey of an account without a password', async () => {
    await addPasskey()
    const kept = await shown()
    // As if the account never had a password; that ends no session.
    const { passkeys } = stage.store.accountCredentials
    await stage.store.accounts.changePassword('mia', '')
    expect(await passkeys.remove(mia.id, idOf(kept))).toBe('last')
  })

  test('changes nothing more than ten minutes after the sign-in', async () => {
    const fresh = await browser.open(page)
    const form = findForm(fresh, ['passkey'])
    stage.wait(600)
    const stale = await browser.open(page)
    expect(stale.text).toContain('sign in once more')
    expect(stale.text).not.toContain('<form')
    expect(stale.text).not.toContain('<script')
    expect((await browser.openOnce(`${page}/options`)).status).toBe(403)
    expect((await browser.open(`${page}/app`)).url).toBe(`${page}?done=stale`)
    const body = new URLSearchParams({ ...form.fields, task: 'renew-codes' })
    const answered = await browser.open(page, { method: 'POST', body })
    expect(answered.url).toBe(`${page}?done=stale`)
  })

  test('sends whoever is not signed in to the login and back', async () => {
    const stranger = stage.browser()
    const arrived = await stranger.open(page)
    expect(arrived.url).toBe(`${authOrigin}/login?rd=${encodeURIComponent(page)}`)
    expect((await stranger.openOnce(`${page}/options`)).status).toBe(403)
    expect((await stranger.openOnce(`${page}/app`)).status).toBe(302)
  })

  test('is not for people who sign in elsewhere', async () => {
    const id = 'x'.repeat(43)
    const moment = stage.deps.now()
    await stage.store.sessions.open({
      ...session({ identity: identityOf() }),
      idHash: stage.deps.hashOf(id),
      createdAt: moment,
      lastSeenAt: moment,
      expiresAt: epochSeconds(moment + 100),
    })
    const guest = stage.browser()
    guest.setCookie(authOrigin, cookieName, id)
    const answered = await guest.openOnce(page)
    expect(answered.headers.get('Location')).toBe(`${authOrigin}/account`)
    expect((await guest.openOnce(`${page}/options`)).status).toBe(403)
  })

  test.each<[string, Record<string, string>, Record<string, string>, number]>([
    ['from another site', {}, { 'Sec-Fetch-Site': 'cross-site' }, 403],
    ['from a sibling host', {}, { 'Sec-Fetch-Site': 'same-site' }, 403],
    ['with the token of another session', { csrf: 'x'.repeat(43) }, {}, 403],
    ['for a task that is none', { task: 'constructor' }, {}, 400],
    ['without a task', { task: '' }, {}, 400],
  ])('refuses a form %s (R22)', async (_, changes, headers, status) => {
    const form = findForm(await browser.open(page), ['passkey'])
    const body = new URLSearchParams({ ...form.fields, ...changes })
    const answered = await browser.openOnce(page, { method: 'POST', body, headers })
    expect(answered.status).toBe(status)
    expect((await factorsOf())?.passkeys).toEqual([])
  })

  test('adds no passkey for a challenge that was used, or is of the login', async () => {
    const form = findForm(await browser.open(page), ['passkey'])
    const options: unknown = JSON.parse((await browser.openOnce(`${page}/options`)).text)
    const send = async (passkey: string) => {
      const body = new URLSearchParams({ ...form.fields, passkey, name: 'x' })
      return browser.open(page, { method: 'POST', body })
    }
    expect((await send(createAuthenticator(authOrigin).create(options))).status).toBe(200)
    const again = await send(createAuthenticator(authOrigin).create(options))
    expect(again.url).toBe(`${page}?done=refused`)
    expect((await factorsOf())?.passkeys).toHaveLength(1)
  })

  test('shows the name of a passkey as text, whatever it holds (R128)', async () => {
    const options: unknown = JSON.parse((await browser.openOnce(`${page}/options`)).text)
    const passkey = createAuthenticator(authOrigin).create(options)
    const name = '<img src=x onerror=alert(1)>\u202e'
    await browser.submit(await browser.open(page), { passkey, name })
    const { text } = await browser.open(page)
    expect(text).not.toContain('<img')
    expect(text).not.toContain('\u202e')
  })
})

describe('createFactorSection()', () => {
  test('leads from the account page to these', async () => {
    const { text } = await browser.open(`${authOrigin}/account`)
    expect(text).toContain(`href="${page}"`)
    expect(text).toContain('How you sign in')
  })
})

const shown = () => browser.open(page)

function idOf({ text }: Page): string {
  const [, id = ''] = /name="credential" value="([\w-]+)"/.exec(text) ?? []
  return id
}
