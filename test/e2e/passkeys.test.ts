// Own accounts in a real Chromium with an authenticator of its own: invited, signed in without a password, with a
// second factor, with a recovery code.

import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Browser, BrowserContext, CDPSession, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { oneTimeCode } from '../../src/adapters/one-time-codes.ts'
import { epochSeconds } from '../../src/protocol/time.ts'
import { screenshot, startChromium } from './support/chromium.ts'
import { freePorts, scratchDirectory } from './support/loopback.ts'
import { type RunningProcess, startProcess } from './support/running-process.ts'
import { mainFile, nodeBinary } from './support/sallyport.ts'

const run = promisify(execFile)
const password = 'six blue herons 7'

declare global {
  // Put there by `page.addInitScript`: how the page asked for passkeys, and with which challenge.
  var asked: string[]
}

let browser: Browser
let sallyport: RunningProcess
let origin = ''
const scratch = scratchDirectory('passkeys')
const file = join(scratch.path, 'sallyport.yaml')
/** What the browser itself had to complain about: a blocked style, script, form or request. */
const complaints: string[] = []

beforeAll(async () => {
  const [port = 0] = await freePorts(1)
  origin = `http://localhost:${port}`
  const settings = {
    development: true,
    port,
    data_dir: join(scratch.path, 'data'),
    local_accounts: true,
    proxy: { dialect: 'direct' },
    rules: [{ host: 'localhost:*' }],
    allow: [{ providers: ['local'] }],
  }
  writeFileSync(file, stringify(settings))
  sallyport = await startProcess({
    command: nodeBinary,
    args: [mainFile, '--config', file],
    cwd: scratch.path,
    ready: async () =>
      fetch(`${origin}/health`).then(
        (answer) => answer.ok,
        () => false,
      ),
  })
  browser = await startChromium(0)
})
afterAll(async () => {
  await browser?.close()
  await sallyport?.stop()
  scratch.remove()
})

const users = async (...args: readonly string[]): Promise<string> => {
  const all = [mainFile, 'users', ...args, '--config', file]
  const { stdout } = await run(nodeBinary, all, { cwd: scratch.path })
  return stdout
}

async function inviteLink(name: string): Promise<string> {
  const printed = await users('invite', name, '--group', 'crew', '--display-name', 'Kim K')
  return /^http:\S+$/m.exec(printed)?.at(0) ?? printed
}

async function addUser(name: string): Promise<void> {
  const all = ['users', 'add', name, '--password-stdin', '--config', file]
  const child = run(nodeBinary, [mainFile, ...all], { cwd: scratch.path })
  child.child.stdin?.end(`${password}\n`)
  await child
}

const internal = { transport: 'internal', hasResidentKey: true, hasUserVerification: true } as const

const devices = {
  /** Knows its owner. */
  phone: { ...internal, isUserVerified: true },
  /** Somebody else holds it. */
  foundPhone: { ...internal, isUserVerified: false },
  /** Waits for its owner to look at it. */
  lockedPhone: { ...internal, isUserVerified: true, automaticPresenceSimulation: false },
  /** Only has to be touched. */
  plainKey: { transport: 'usb', hasResidentKey: false, hasUserVerification: false },
} as const

type Person = {
  readonly context: BrowserContext
  readonly page: Page
  readonly plugIn: (device: keyof typeof devices) => Promise<string>
  readonly cdp: CDPSession
}

async function newPerson(options: { readonly javaScriptEnabled?: boolean } = {}): Promise<Person> {
  const context = await browser.newContext(options)
  const page = await context.newPage()
  page.setDefaultTimeout(15_000)
  page.on('console', (message) => {
    if (message.text().includes('Content Security Policy')) complaints.push(message.text())
  })
  const cdp = await context.newCDPSession(page)
  await cdp.send('WebAuthn.enable', { enableUI: false })
  const plugIn = async (device: keyof typeof devices) => {
    const own = devices[device]
    const options = { protocol: 'ctap2', automaticPresenceSimulation: true, ...own } as const
    const added = await cdp.send('WebAuthn.addVirtualAuthenticator', { options })
    return added.authenticatorId
  }
  return { context, page, plugIn, cdp }
}

const heading = (page: Page) => page.getByRole('heading', { level: 1 }).textContent()

async function typePassword({ page }: Person, name: string): Promise<void> {
  await page.goto(`${origin}/login`)
  await page.getByLabel('Name').fill(name)
  await page.getByLabel('Password').fill(password)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.waitForLoadState()
}

/** Whether the browser is signed in, as an application's proxy would ask. */
async function decision({ context }: Person) {
  const cookies = (await context.cookies()).map(({ name, value }) => `${name}=${value}`)
  const answer = await fetch(`${origin}/auth`, { headers: { Cookie: cookies.join('; ') } })
  return [answer.status, answer.headers.get('x-forwarded-preferred-username')]
}

describe('somebody who was invited', () => {
  let kim: Person
  let phone = ''
  let link = ''

  beforeAll(async () => {
    link = await inviteLink('kim')
    kim = await newPerson()
    phone = await kim.plugIn('phone')
  })
  afterAll(() => kim?.context.close())

  test('makes the account with a passkey, and the code is not left in the address bar', async () => {
    const { page } = kim
    await page.goto(link)
    expect(page.url()).toBe(`${origin}/invitation`)
    expect(await heading(page)).toBe('Welcome, Kim K')
    await page.getByRole('button', { name: 'Create a passkey' }).waitFor()
    await page.screenshot({ path: screenshot('invitation'), fullPage: true })
    await page.getByRole('button', { name: 'Create a passkey' }).click()
    await page.waitForURL(`${origin}/signed-in`)
    expect(await decision(kim)).toEqual([200, 'kim'])
    expect(await users('factors', 'list', 'kim')).toContain('signs in with: 1 passkey.')
  })

  test('finds that the link is used up', async () => {
    const other = await newPerson()
    await other.page.goto(link)
    expect(await heading(other.page)).toBe('This invitation cannot be used')
    await other.context.close()
  })

  test('signs in with the passkey, without name and password', async () => {
    const { page, context } = kim
    await context.clearCookies()
    await page.goto(`${origin}/login`)
    const button = page.getByRole('button', { name: 'Use a passkey' })
    await Promise.race([button.click(), page.waitForURL(`${origin}/signed-in`)])
    await page.waitForURL(`${origin}/signed-in`)
    expect(await decision(kim)).toEqual([200, 'kim'])
    expect(await users('list')).toMatch(/kim +- +crew +1 passkey/)
  })

  test('is not signed in by a passkey that did not verify its owner', async () => {
    const { page, context, cdp } = kim
    const stranger = await newPerson()
    const from = await cdp.send('WebAuthn.getCredentials', { authenticatorId: phone })
    const authenticatorId = await stranger.plugIn('foundPhone')
    for (const credential of from.credentials) {
      await stranger.cdp.send('WebAuthn.addCredential', { authenticatorId, credential })
    }
    await stranger.page.goto(`${origin}/login`)
    await stranger.page.getByRole('button', { name: 'Use a passkey' }).click()
    await stranger.page.getByRole('alert').filter({ hasText: 'passkey' }).first().waitFor()
    await stranger.page.screenshot({ path: screenshot('passkey-refused'), fullPage: true })
    expect((await decision(stranger))[0]).toBe(401)
    await stranger.context.close()
    await context.clearCookies()
    await page.goto(`${origin}/login`)
  })

  test('keeps the only way in: the last passkey cannot be removed', async () => {
    const { page } = kim
    const button = page.getByRole('button', { name: 'Use a passkey' })
    await Promise.race([button.click(), page.waitForURL(`${origin}/signed-in`)])
    await page.waitForURL(`${origin}/signed-in`)
    await page.goto(`${origin}/account`)
    await page.screenshot({ path: screenshot('account-factors'), fullPage: true })
    await page.getByRole('link', { name: 'Passkeys, authenticator app' }).click()
    await page.getByRole('button', { name: /^Remove / }).click()
    await page.getByRole('status').filter({ hasText: 'only way' }).waitFor()
  })
})

describe('somebody with a password', () => {
  let mia: Person
  let secret = ''
  let recovery: readonly string[] = []

  beforeAll(async () => {
    await addUser('mia')
    mia = await newPerson()
  })
  afterAll(() => mia?.context.close())

  /** The code of now, once the clock is past the step whose code was used last. */
  const nextCode = async (lastStep: number): Promise<{ code: string; step: number }> => {
    for (;;) {
      const now = Date.now() / 1000
      const step = Math.floor(now / 30) + 1
      // The next step's code is taken too (skew), so nobody has to wait half a minute.
      if (step > lastStep) return { code: oneTimeCode(secret, epochSeconds(step * 30)), step }
      await new Promise((resolve) => setTimeout(resolve, 500))
    }
  }

  test('sets up an authenticator app and gets recovery codes, once', async () => {
    const { page } = mia
    await typePassword(mia, 'mia')
    expect(await decision(mia)).toEqual([200, 'mia'])
    await page.goto(`${origin}/account/sign-in`)
    await page.screenshot({ path: screenshot('factors'), fullPage: true })
    await page.getByRole('link', { name: 'Set up an authenticator app' }).click()
    secret = ((await page.locator('main code').textContent()) ?? '').replaceAll(' ', '')
    expect(secret).toMatch(/^[A-Z2-7]{32}$/)
    await page.screenshot({ path: screenshot('app-setup'), fullPage: true })
    await page.getByLabel('Code').fill('000000')
    await page.getByRole('button', { name: 'Finish' }).click()
    await page.getByRole('alert').waitFor()
    // Good for this step and the next, should that begin meanwhile; later tests use later ones.
    const code = oneTimeCode(secret, epochSeconds(Date.now() / 1000))
    await page.getByLabel('Code').fill(code)
    await page.getByRole('button', { name: 'Finish' }).click()
    await page.getByRole('heading', { name: 'Your recovery codes' }).waitFor()
    recovery = await page.locator('main li code').allTextContents()
    expect(new Set(recovery).size).toBe(10)
    await page.screenshot({ path: screenshot('recovery-codes'), fullPage: true })
    await page.getByRole('link', { name: 'I have kept them' }).click()
    await page.getByText('Codes left: 10').waitFor()
  })

  test('needs the code after the password, and each code works once', async () => {
    const { page, context } = mia
    await context.clearCookies()
    await typePassword(mia, 'mia')
    expect(await heading(page)).toBe('One more step')
    expect((await decision(mia))[0]).toBe(401)
    await page.screenshot({ path: screenshot('second-factor'), fullPage: true })
    await page.getByLabel('Code').fill('123456')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('alert').filter({ hasText: 'not right' }).waitFor()
    const { code } = await nextCode(0)
    await page.getByLabel('Code').fill(code)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.waitForURL(`${origin}/signed-in`)
    expect(await decision(mia)).toEqual([200, 'mia'])

    await context.clearCookies()
    await typePassword(mia, 'mia')
    await page.getByLabel('Code').fill(code)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('alert').filter({ hasText: 'used before' }).waitFor()
    expect((await decision(mia))[0]).toBe(401)
  })

  test('uses a recovery code instead, once', async () => {
    const { page, context } = mia
    const [code = ''] = recovery
    await page.getByLabel('Code').fill(code.toUpperCase())
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.waitForURL(`${origin}/signed-in`)
    await page.goto(`${origin}/account/sign-in`)
    await page.getByText('Codes left: 9').waitFor()
    await context.clearCookies()
    await typePassword(mia, 'mia')
    await page.getByLabel('Code').fill(code)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('alert').filter({ hasText: 'used before' }).waitFor()
    await page.getByLabel('Code').fill(recovery[1] ?? '')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.waitForURL(`${origin}/signed-in`)
  })

  test('adds a passkey, and uses it after the password', async () => {
    const { page, context, plugIn } = mia
    // After a password, touching a key is enough.
    await plugIn('plainKey')
    await page.goto(`${origin}/account/sign-in`)
    await page.getByLabel('Name of the new passkey').fill('Grey key')
    await page.getByRole('button', { name: 'Add a passkey' }).click()
    await page.getByRole('status').filter({ hasText: 'Added' }).waitFor()
    await page.getByRole('heading', { name: 'Grey key' }).waitFor()
    await page.screenshot({ path: screenshot('factors-passkey'), fullPage: true })
    await context.clearCookies()
    await typePassword(mia, 'mia')
    await page.screenshot({ path: screenshot('second-factor-passkey'), fullPage: true })
    await page.getByRole('button', { name: 'Use your passkey' }).click()
    await page.waitForURL(`${origin}/signed-in`)
    expect(await decision(mia)).toEqual([200, 'mia'])
  })

  test('is asked for nothing more once the operator has reset the factors', async () => {
    expect(await users('factors', 'reset', 'mia')).toContain('Removed')
    expect((await decision(mia))[0]).toBe(401)
    await typePassword(mia, 'mia')
    expect(await decision(mia)).toEqual([200, 'mia'])
  })
})

describe('the login page', () => {
  test('offers passkeys where the name is typed, and renews the challenge before it ends', async () => {
    const { page, context, plugIn } = await newPerson()
    await plugIn('lockedPhone')
    await page.clock.install()
    await page.addInitScript(() => {
      const real = navigator.credentials.get.bind(navigator.credentials)
      navigator.credentials.get = (options) => {
        const challenge = options?.publicKey?.challenge
        const bytes = challenge instanceof ArrayBuffer ? new Uint8Array(challenge) : []
        asked.push(`${options?.mediation} ${String.fromCharCode(...bytes)}`)
        return real(options)
      }
      globalThis.asked = []
    })
    await page.goto(`${origin}/login`)
    expect(await page.getByLabel('Name').getAttribute('autocomplete')).toBe('username webauthn')
    await page.waitForFunction(() => asked.length === 1)
    await page.clock.fastForward(240_000)
    await page.waitForFunction(() => asked.length === 2)
    const [first = '', second = ''] = await page.evaluate(() => asked)
    expect([first, second]).toEqual([
      expect.stringMatching(/^conditional \d+\./),
      expect.stringMatching(/^conditional \d+\./),
    ])
    expect(first).not.toBe(second)
    await context.close()
  })
})

describe('a browser without scripts', () => {
  test('is offered no passkey, and accepts an invitation with a password', async () => {
    const lee = await newPerson({ javaScriptEnabled: false })
    await lee.page.goto(await inviteLink('lee'))
    expect(await lee.page.getByRole('button', { name: 'Create a passkey' }).isVisible()).toBe(false)
    await lee.page.screenshot({ path: screenshot('invitation-no-script'), fullPage: true })
    await lee.page.getByLabel('New password').fill('short')
    await lee.page.getByLabel('The same again').fill('short')
    await lee.page.getByRole('button', { name: 'Set the password' }).click()
    await lee.page.getByRole('alert').filter({ hasText: 'too easy' }).waitFor()
    await lee.page.getByLabel('New password').fill(password)
    await lee.page.getByLabel('The same again').fill(password)
    await lee.page.getByRole('button', { name: 'Set the password' }).click()
    await lee.page.waitForURL(`${origin}/signed-in`)
    expect(await decision(lee)).toEqual([200, 'lee'])
    await lee.page.goto(`${origin}/login?prompt=select_account`)
    expect(await lee.page.getByRole('button', { name: 'Use a passkey' }).isVisible()).toBe(false)
    await lee.context.close()
  })
})

test('found nothing to complain about on our pages', () => {
  expect(complaints).toEqual([])
})
