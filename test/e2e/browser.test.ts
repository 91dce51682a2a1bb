// One person's way through everything, in a real Chromium: sign in, be refused, change accounts, sign out.

import { execFileSync } from 'node:child_process'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { screenshot, startChromium } from './support/chromium.ts'
import { startNginx } from './support/nginx.ts'
import { mainFile, nodeBinary } from './support/sallyport.ts'
import { type Stage, startStage } from './support/stage.ts'
import { allowed } from './support/stage-configuration.ts'

const localName = 'dora'
const localPassword = 'quiet-harbour-lantern-71'

describe('Chromium', () => {
  let stage: Stage
  let browser: Browser
  let context: BrowserContext
  let page: Page
  /** What the browser itself had to complain about: a blocked style, form or frame. */
  const complaints: string[] = []

  async function newPage(colorScheme: 'light' | 'dark' = 'light'): Promise<void> {
    context = await browser.newContext({ ignoreHTTPSErrors: true, colorScheme })
    page = await context.newPage()
    page.on('console', (message) => {
      if (message.text().includes('Content Security Policy')) complaints.push(message.text())
    })
  }
  const show = (name: string) => page.screenshot({ path: screenshot(name), fullPage: true })
  const heading = () => page.locator('h1').textContent()
  const signInAtProvider = async (name: string) => {
    await page.getByLabel('Name').fill(name)
    await page.getByRole('button', { name: 'Continue' }).click()
  }
  const receivedByApp = async (): Promise<Map<string, string>> => {
    const text = await page.locator('#request').textContent()
    const { headers } = JSON.parse(text ?? '') as { headers: [string, string][] }
    return new Map(headers.map(([name, value]) => [name.toLowerCase(), value]))
  }

  beforeAll(async () => {
    stage = await startStage(startNginx, {
      local_accounts: true,
      allow: [{ emails: allowed }, { users: [localName] }],
    })
    execFileSync(
      nodeBinary,
      [mainFile, 'users', 'add', localName, '--config', stage.sallyport.file],
      { input: `${localPassword}\n`, stdio: ['pipe', 'pipe', 'pipe'] },
    )
    browser = await startChromium(stage.edge.port)
    await newPage()
  })
  afterAll(async () => {
    await browser?.close()
    await stage?.stop()
  })

  test('signs in at the provider and lands where it wanted to go, query and all', async () => {
    const address = 'https://app.sep.test/report?q=a%20b+c&x=%2F&flag'
    await page.goto(address)
    expect(await heading()).toBe('Sign in')
    await expect(page.getByText('app.sep.test').textContent()).resolves.toContain('app.sep.test')
    await show('chooser')
    await page.getByRole('link', { name: 'Continue with Home' }).click()
    await signInAtProvider('bob')
    await page.waitForURL(/app\.sep\.test/)
    expect(new URL(page.url()).search).toBe('?q=a%20b+c&x=%2F&flag')
    const received = await receivedByApp()
    expect(received.get('x-forwarded-user')).toBe('bob@example.com')
    expect(received.get('x-forwarded-groups')).toBe('staff')
    expect(received.get('cookie') ?? '').not.toContain('sallyport')
    await show('application')
  })

  test('is told who it is, why not, and the number of the decision, when it may not', async () => {
    const answer = await page.goto('https://app.sep.test/admin/users')
    expect(answer?.status()).toBe(403)
    expect(await heading()).toBe('No access')
    const text = await page.locator('main').textContent()
    expect(text).toContain('bob@example.com')
    expect(text).toContain('not on the list')
    const decision = (await page.locator('code').textContent()) ?? 'none'
    // Lines are written a moment later.
    await expect.poll(stage.sallyport.output, { timeout: 15_000 }).toContain(decision)
    await show('refusal')
  })

  test('uses another account from there and gets in', async () => {
    await page.getByRole('link', { name: 'Use another account' }).click()
    if ((await heading()) === 'Sign in') {
      await page.getByRole('link', { name: 'Continue with Home' }).click()
    }
    // The provider knows bob and would send him back at once if it were not asked to choose.
    await expect(page.locator('#prompt').textContent()).resolves.toBe('select_account')
    await signInAtProvider('alice')
    await page.waitForURL('https://app.sep.test/admin/users')
    expect((await receivedByApp()).get('x-forwarded-user')).toBe('alice@example.com')
  })

  test('signs out, here and at the provider', async () => {
    await page.goto('https://auth.sep.test/')
    expect(await heading()).toBe('You are signed in')
    await show('signed-in')
    await page.getByRole('link', { name: 'Sign out' }).click()
    expect(await heading()).toBe('Sign out?')
    await show('sign-out')
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.waitForLoadState()
    if (page.url().startsWith(stage.provider.issuer)) {
      await page.getByRole('button', { name: 'Sign out' }).click()
    }
    await page.waitForURL(/auth\.sep\.test\/signed-out/)
    expect(await heading()).toBe('You are signed out')
    await show('signed-out')
    await page.goto('https://app.sep.test/')
    expect(await heading()).toBe('Sign in')
  })

  test('signs in with a local account; the form may lead to the application and nowhere else', async () => {
    await newPage('dark')
    await page.goto('https://app.sep.test/inbox?folder=a%2Bb')
    await page.getByLabel('Name').fill(localName)
    await page.getByLabel('Password').fill('not the password')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await expect(page.getByRole('alert').textContent()).resolves.toMatch(/\w/)
    await show('local-failed')
    await page.getByLabel('Password').fill(localPassword)
    // Chromium applies form-action to the redirect after the POST, so this fails if the policy is too strict.
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.waitForURL('https://app.sep.test/inbox?folder=a%2Bb')
    expect((await receivedByApp()).get('x-forwarded-user')).toBe(localName)
  })

  test('found nothing to complain about on our pages', () => {
    expect(complaints).toEqual([])
  })
})
