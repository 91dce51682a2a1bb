// A command line signs in through a real Chromium. Its side is a stub that behaves as the public OpenShell command line
// does: it wants the gateway's own origin, answers the preflight, takes one try and waits 120 seconds (R51-R58, X14).

import { execFileSync } from 'node:child_process'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { gateway } from './checks/gateway-checks.ts'
import { screenshot, startChromium } from './support/chromium.ts'
import { startCommandLine } from './support/command-line.ts'
import { statusOf } from './support/http-message.ts'
import { startNginxWith } from './support/nginx.ts'
import { observe } from './support/observe.ts'
import { requestBytes, sendBytes } from './support/raw-client.ts'
import { mainFile, nodeBinary } from './support/sallyport.ts'
import { type Stage, startStage } from './support/stage.ts'

const origin = `https://${gateway}`
const code = 'A7X-3KPX'
const [person, password] = ['dora', 'quiet-harbour-lantern-71']

type StorageState = Awaited<ReturnType<BrowserContext['storageState']>>
type CommandLine = Awaited<ReturnType<typeof startCommandLine>>

describe('Chromium, the sign-in of a command line', () => {
  let stage: Stage
  let browser: Browser
  let context: BrowserContext
  let page: Page
  let commandLine: CommandLine
  const complaints: string[] = []
  const show = (name: string) => page.screenshot({ path: screenshot(name), fullPage: true })

  beforeAll(async () => {
    stage = await startStage(
      startNginxWith([
        [
          'include sallyport/sallyport-http.conf;',
          'include sallyport/sallyport-http.conf;\ninclude sallyport/example-gateway.conf;',
        ],
      ]),
      {
        local_accounts: true,
        providers: [],
        allow: [{ users: [person] }],
        rules: [{ host: 'app.sep.test' }],
        edge_auth: { enabled: true, hosts: [gateway] },
      },
    )
    execFileSync(nodeBinary, [mainFile, 'users', 'add', person, '--config', stage.sallyport.file], {
      input: `${password}\n`,
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    browser = await startChromium(stage.edge.port)
  })
  afterAll(async () => {
    await browser?.close()
    await stage?.stop()
  })

  const begin = async (locale: string, storageState?: StorageState) => {
    const kept = storageState === undefined ? {} : { storageState }
    context = await browser.newContext({ ignoreHTTPSErrors: true, locale, ...kept })
    page = await context.newPage()
    page.on('console', (message) => {
      if (message.text().includes('Content Security Policy')) complaints.push(message.text())
    })
  }
  const signIn = async (port: number) => {
    await page.goto(`${origin}/auth/connect?callback_port=${port}&code=${code}`)
    await page.locator('input[name=name]').fill(person)
    await page.locator('input[type=password]').fill(password)
    await page.locator('input[type=password]').press('Enter')
    await page.waitForURL(`${origin}/auth/connect?relay=*`)
  }
  const opens = async (token: string | undefined) =>
    statusOf(
      (
        await observe(stage, {
          host: gateway,
          target: '/_ws_tunnel',
          headers: [['Cookie', `CF_Authorization=${token}`]],
        })
      ).answer,
    )

  beforeEach(async () => {
    commandLine = await startCommandLine(origin, code)
    await begin('en')
    return async () => {
      await context.close()
      await commandLine.close()
    }
  })

  test('asks, and one click brings the token to the program, from the origin of the gateway', async () => {
    await signIn(commandLine.port)
    const text = await page.locator('main').textContent()
    for (const part of [person, gateway, String(commandLine.port), code])
      expect(text).toContain(part)
    expect(text).toContain('Continue only if you started this from your own terminal.')
    await show('relay')
    await page.getByRole('button', { name: 'Connect' }).click()
    await page.getByText('You can close this window').waitFor()
    await show('relay-done')
    const token = await commandLine.received
    expect(await opens(token)).toBe(200)
    expect(commandLine.seen.every((request) => request.origin === origin)).toBe(true)
    expect(commandLine.seen.at(-1)).toEqual({ method: 'POST', origin, type: 'application/json' })
    // Nothing of it is left in the page.
    expect(await page.content()).not.toContain(token)
  })

  test('asks a person who is signed in at once, in German too', async () => {
    await signIn(commandLine.port)
    const storageState = await context.storageState()
    await context.close()
    await begin('de', storageState)
    await page.goto(`${origin}/auth/connect?callback_port=${commandLine.port}&code=${code}`)
    await show('relay-german')
    await page.getByRole('button', { name: 'Verbinden' }).click()
    await page.getByText('Sie können dieses Fenster schließen').waitFor()
    expect(await opens(await commandLine.received)).toBe(200)
  })

  test('gives nothing to a program that waits for another code', async () => {
    await commandLine.close()
    commandLine = await startCommandLine(origin, 'B8Y-4LQY')
    await signIn(commandLine.port)
    await page.getByRole('button', { name: 'Connect' }).click()
    await page.getByText('Start again from your terminal.').waitFor()
    expect(await commandLine.received).toBeUndefined()
  })

  test('gives nothing to a program that is of another gateway', async () => {
    await commandLine.close()
    commandLine = await startCommandLine('https://other.sep.test', code)
    await signIn(commandLine.port)
    await page.getByRole('button', { name: 'Connect' }).click()
    await page.getByText('The browser did not reach the program.').waitFor()
    expect(await commandLine.received).toBeUndefined()
  })

  test('goes on by a form when the browser lets no script reach the own machine (R57)', async () => {
    await signIn(commandLine.port)
    // What a browser does whose person has not given the permission.
    await page.route('http://127.0.0.1:*/**', (route) =>
      route.request().resourceType() === 'fetch' ? route.abort() : route.continue(),
    )
    await page.getByRole('button', { name: 'Connect' }).click()
    await page.getByText('The browser did not reach the program.').waitFor()
    await show('relay-unreachable')
    await page.getByRole('button', { name: 'Connect another way' }).click()
    await page.getByRole('heading', { name: 'Send it to your terminal' }).waitFor()
    await show('relay-hand-over')
    await page.getByRole('button', { name: 'Send' }).click()
    await page.waitForURL(`http://127.0.0.1:${commandLine.port}/callback`)
    const token = await commandLine.received
    expect(await opens(token)).toBe(200)
    expect(commandLine.seen).toEqual([{ method: 'POST', origin, type: 'text/plain' }])
    expect(page.url()).not.toContain(token)
  })

  test('goes on without any script', async () => {
    await context.close()
    context = await browser.newContext({ ignoreHTTPSErrors: true, javaScriptEnabled: false })
    page = await context.newPage()
    await signIn(commandLine.port)
    await page.getByRole('button', { name: 'Connect' }).click()
    await page.getByRole('button', { name: 'Send' }).click()
    await page.waitForURL(`http://127.0.0.1:${commandLine.port}/callback`)
    expect(await opens(await commandLine.received)).toBe(200)
  })

  test('shows a code to copy, which the program exchanges for its token (R57)', async () => {
    const { port } = commandLine
    await commandLine.close()
    await signIn(port)
    await page.getByRole('button', { name: 'Connect' }).click()
    await page.getByRole('button', { name: 'Show a code to copy' }).click()
    const oneTimeCode = await page.locator('strong.big').textContent()
    await show('relay-copy')
    const answer = await sendBytes(
      stage.edge,
      gateway,
      requestBytes({
        host: gateway,
        method: 'POST',
        target: '/auth/connect/token',
        headers: [
          ['Content-Type', 'application/x-www-form-urlencoded'],
          ['Connection', 'close'],
        ],
        body: `one_time_code=${oneTimeCode}&code=${code}`,
      }),
    )
    expect(statusOf(answer)).toBe(200)
    expect(await opens(JSON.parse(answer.body).token)).toBe(200)
  })

  test('refuses a person who may not use the gateway, and gives no token (R58)', async () => {
    await signIn(commandLine.port)
    const loaded = () => stage.sallyport.output().split('"event":"policy.loaded"').length
    const before = loaded()
    stage.sallyport.reconfigure({ allow: [{ users: ['somebody-else'] }] })
    // Asked once only: who starts too often is told so instead.
    await expect.poll(loaded, { timeout: 30_000, interval: 200 }).toBeGreaterThan(before)
    const answer = await page.goto(
      `${origin}/auth/connect?callback_port=${commandLine.port}&code=${code}`,
    )
    expect(answer?.status()).toBe(403)
    await show('relay-denied')
    expect(commandLine.seen).toEqual([])
  })

  test('the browser had nothing to complain about', () => {
    expect(complaints).toEqual([])
  })
})
