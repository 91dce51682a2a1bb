// The first minute: no configuration, the printed password, a browser, and curl with its cookie.

import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { screenshot, startChromium } from './support/chromium.ts'
import { freePorts, scratchDirectory } from './support/loopback.ts'
import { type RunningProcess, startProcess } from './support/running-process.ts'
import { mainFile, nodeBinary } from './support/sallyport.ts'

const identityHeaders = [
  'x-forwarded-user',
  'x-forwarded-email',
  'x-forwarded-groups',
  'x-forwarded-scopes',
  'x-forwarded-preferred-username',
]

describe('without any configuration', () => {
  let port = 0
  let sallyport: RunningProcess
  const scratch = scratchDirectory('development')
  let browser: Browser
  const origin = () => `http://localhost:${port}`

  beforeAll(async () => {
    port = (await freePorts(1))[0] ?? 0
    const started = Date.now()
    sallyport = await startProcess({
      command: nodeBinary,
      args: [mainFile],
      cwd: scratch.path,
      env: { PORT: String(port) },
      ready: async () =>
        fetch(`${origin()}/health`).then(
          (answer) => answer.ok,
          () => false,
        ),
    })
    expect(Date.now() - started).toBeLessThan(10_000)
    browser = await startChromium(0)
  })
  afterAll(async () => {
    await browser?.close()
    await sallyport?.stop()
    scratch.remove()
  })

  test('GET /auth answers 401 with a challenge', async () => {
    const answer = await fetch(`${origin()}/auth`)
    expect(answer.status).toBe(401)
    expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer realm=/)
  })

  test('signing in with the printed password gives a cookie with which /auth answers 200', async () => {
    const output = sallyport.output()
    const [, name = ''] = /^ *Account: +(\S+)/m.exec(output) ?? []
    const [, password = ''] = /^ *Password: +(\S+)/m.exec(output) ?? []
    expect(output.split(password).length - 1).toBe(1)
    const page = await browser.newPage()
    await page.goto(`${origin()}/login`)
    await page.getByLabel('Name').fill(name)
    await page.getByLabel('Password').fill(password)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.waitForLoadState()
    await page.screenshot({ path: screenshot('development-signed-in') })
    const cookies = await page.context().cookies()
    expect(cookies.map((cookie) => [cookie.name, cookie.httpOnly])).toEqual([['sallyport', true]])
    const cookie = cookies.map((one) => `${one.name}=${one.value}`).join('; ')
    const answer = await fetch(`${origin()}/auth`, { headers: { Cookie: cookie } })
    expect(answer.status).toBe(200)
    expect(answer.headers.get('x-forwarded-user')).toMatch(new RegExp(`^${name}\\b`))
    expect(answer.headers.get('x-forwarded-preferred-username')).toBe(name)
    for (const header of identityHeaders) expect(answer.headers.get(header)).not.toBeNull()
    expect(await answer.text()).toBe('')
  })
})
