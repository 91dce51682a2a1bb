// A newcomer's way in a real Chromium: the Inspector's web page, our pages, the provider's, and back to the tools.

import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { screenshot, startChromium } from './support/chromium.ts'
import { freePorts } from './support/loopback.ts'
import type { ClientRun } from './support/mcp-client.ts'
import { compatibilityTitle } from './support/mcp-compatibility.ts'
import { type McpStage, mcpUrls, startMcpStage } from './support/mcp-stage.ts'

describe(compatibilityTitle('inspector-web'), () => {
  let mcp: McpStage
  let browser: Browser
  let inspector: ClientRun
  let page: Page
  /** What the browser itself had to complain about: a blocked form, style or request. */
  const complaints: string[] = []

  beforeAll(async () => {
    mcp = await startMcpStage()
    const [clientPort, sandboxPort] = await freePorts(2)
    inspector = mcp.runPackage({
      file: '@modelcontextprotocol/inspector/clients/launcher/build/index.js',
      args: ['--web', '--server-url', mcpUrls.stateless, '--transport', 'http'],
      env: {
        CLIENT_PORT: String(clientPort),
        MCP_SANDBOX_PORT: String(sandboxPort),
        MCP_AUTO_OPEN_ENABLED: 'false',
        MCP_INSPECTOR_SECRET_STORE: 'memory',
      },
      findAddress: () => undefined,
    })
    browser = await startChromium(mcp.stage.edge.port)
    const context = await browser.newContext({ ignoreHTTPSErrors: true })
    page = await context.newPage()
    page.on('console', (message) => {
      if (message.text().includes('Content Security Policy')) complaints.push(message.text())
    })
  })
  afterAll(async () => {
    await browser?.close()
    await mcp?.stop()
  })

  test('leads from the switch "connect" to a page that says who asks', async () => {
    const address = await inspector.waitFor((output) =>
      /http:\/\/\S+MCP_INSPECTOR_API_TOKEN=\S+/.exec(output)?.at(0),
    )
    await page.goto(address)
    await page.getByRole('switch').first().click({ force: true })
    await page.waitForURL(/auth\.sep\.test\/interaction\//)
    await page.screenshot({ path: screenshot('client-sign-in-first') })
    const text = await page.locator('main').textContent()
    expect(text).toContain('127.0.0.1')
    await page.locator('a.go').click()
  })

  test('asks for consent after the login, in words', async () => {
    await page.getByLabel('Name').fill('alice')
    await page.getByRole('button', { name: 'Continue' }).click()
    await page.waitForURL(/auth\.sep\.test\/interaction\//)
    const text = await page.locator('main').textContent()
    expect(text).toContain('alice@example.com')
    expect(text).toContain('mcp:tools')
    expect(text).toContain(mcpUrls.stateless)
    await page.screenshot({ path: screenshot('client-consent') })
    // Chromium applies form-action to every redirect after the POST: this fails if the policy is too strict.
    await page.locator('button[name=decision][value=allow]').click()
    await page.waitForURL(/^http:\/\/127\.0\.0\.1:/)
  })

  test('calls a tool', async () => {
    await page.getByText('Tools', { exact: true }).click()
    await page.getByText('hello-world', { exact: true }).first().click()
    await page.getByRole('button', { name: 'Execute Tool' }).click()
    await page.getByText('Hello alice@example.com').waitFor()
    await page.screenshot({ path: screenshot('client-tool') })
  })

  test('found nothing to complain about on our pages', () => {
    expect(complaints).toEqual([])
  })
})
