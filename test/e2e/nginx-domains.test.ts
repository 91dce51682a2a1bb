// Hosts that the login's cookie does not reach, behind a real nginx, and once in Chromium (R24).

import { execFileSync } from 'node:child_process'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { domainChecks, far, farther, near, rules, target } from './checks/domain-checks.ts'
import { startChromium } from './support/chromium.ts'
import { nginxVersion, startNginxWith } from './support/nginx.ts'
import { mainFile, nodeBinary } from './support/sallyport.ts'
import type { Replacement } from './support/shipped-files.ts'
import { type Stage, startStage } from './support/stage.ts'

const otherDomain: Replacement = [
  'server_name app.example.com;',
  'server_name *.far.test;\n  server_name app.example.com;',
]
const loginByPath: Replacement = [
  '  location / {\n    include sallyport/sallyport-app.conf;\n',
  `  location ^~ /_auth/ { include sallyport/sallyport-public.conf; }
  location / {
    include sallyport/sallyport-app.conf;
`,
]
domainChecks({
  name: nginxVersion(),
  startWith: startNginxWith,
  otherDomain: [otherDomain],
  loginByPath: [otherDomain, loginByPath],
})

describe('Chromium, a cookie of its own for every host', () => {
  let stage: Stage
  let browser: Browser
  const [person, password] = ['dora', 'quiet-harbour-lantern-71']
  beforeAll(async () => {
    stage = await startStage(startNginxWith([otherDomain]), {
      cookie: { mode: 'isolated' },
      local_accounts: true,
      allow: { users: [person] },
      rules,
      resources: [],
    })
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

  test('signs in by a form on one site and arrives on another, which keeps one cookie', async () => {
    const context = await browser.newContext({ ignoreHTTPSErrors: true })
    const page = await context.newPage()
    const complaints: string[] = []
    page.on('console', (message) => {
      if (message.text().includes('Content Security Policy')) complaints.push(message.text())
    })
    const user = async () => {
      const text = (await page.locator('#request').textContent()) ?? ''
      const { headers } = JSON.parse(text) as { headers: [string, string][] }
      return headers.find(([name]) => name.toLowerCase() === 'x-forwarded-user')?.[1]
    }
    await page.goto(`https://${far}${target}`)
    await page.getByLabel('Name').fill(person)
    await page.getByLabel('Password').fill(password)
    // Chromium applies form-action to each redirect that follows, over both sites and back.
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.waitForURL(`https://${far}${target}`)
    expect(await user()).toBe(person)
    expect(complaints).toEqual([])

    const tabs = await Promise.all([near, farther, 'api.sep.test'].map(() => context.newPage()))
    await Promise.all(
      [near, farther, 'api.sep.test'].map((host, at) => tabs[at]?.goto(`https://${host}/tab`)),
    )
    expect(tabs.map((tab) => tab.url())).toEqual([
      `https://${near}/tab`,
      `https://${farther}/tab`,
      'https://api.sep.test/tab',
    ])
    const kept = (await context.cookies()).filter(({ name }) => !name.includes('csrf'))
    const sessions = kept.filter(({ name }) => name === '__Host-sallyport')
    expect(sessions.map(({ domain }) => domain).sort()).toEqual(
      ['api.sep.test', far, near, 'auth.sep.test', farther].sort(),
    )
    expect(new Set(sessions.map(({ value }) => value)).size).toBe(5)
    expect(kept.filter(({ name }) => name.includes('hop'))).toEqual([])

    await page.goto('https://auth.sep.test/logout')
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.waitForURL(/signed-out/)
    await page.goto(`https://${far}/`)
    expect(await page.locator('h1').textContent()).toBe('Sign in')
    await context.close()
  })
})
