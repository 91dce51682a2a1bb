// The official SDKs, from the URL of an MCP server to its tools, through nginx and Sallyport's own authorization
// server. Nobody configured these clients anywhere.

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Use, waitForReset, waitForSum, waitForUse } from './support/mcp-answers.ts'
import { compatibilityTitle } from './support/mcp-compatibility.ts'
import { type McpStage, mcpResources, mcpUrls, startMcpStage } from './support/mcp-stage.ts'
import type { ConfigurationText } from './support/sallyport.ts'

let mcp: McpStage
beforeAll(async () => {
  mcp = await startMcpStage()
})
afterAll(async () => {
  await mcp?.stop()
})

const tools = ['hello-world', 'add_numbers', 'multiply_numbers', 'admin_reset']
const scopesOf = ({ scope }: { readonly scope: string }) => scope.split(' ').sort()

/** What everybody who came as far as the tools has seen of the gate. */
function expectAlice({ used, scope }: Use): void {
  expect(used.tools).toEqual(expect.arrayContaining(tools))
  expect([used.sum, used.product]).toEqual(['42', '42'])
  // The server learned who it is from the proxy, and got nothing to spend elsewhere.
  expect(used.hello).toEqual({
    greeting: 'Hello alice@example.com',
    user: 'alice@example.com',
    scopes: 'mcp:tools',
    unwanted: [],
  })
  expect(scope.split(' ')).toContain('mcp:tools')
  expect(scope.split(' ')).not.toContain('mcp:admin')
}

type Driver = {
  readonly file: string
  readonly args: (kind: 'http' | 'sse', course: 'plain' | 'step-up' | 'wait') => readonly string[]
  /** What the consent page has to call it. */
  readonly name: string
}

const sdk1: Driver = {
  file: 'sdk-1.mjs',
  args: (kind, course) => [kind, course],
  name: 'TypeScript SDK 1.x',
}
const sdk2: Driver = {
  file: 'sdk-2.mjs',
  args: (kind, course) => [kind, course, '--era', kind === 'sse' ? 'legacy' : 'auto'],
  name: 'TypeScript SDK 2.x',
}
const python: Driver = {
  file: 'python_sdk.py',
  args: (_, course) => [course],
  name: 'Python SDK',
}

/** The text of the consent pages seen since `from`. */
const consentsSince = (from: number): readonly string[] =>
  mcp.person
    .pages()
    .slice(from)
    .map(({ answer }) => answer.body)
    .filter((body) => body.includes('name="decision"'))

function connects(driver: Driver, kind: 'http' | 'sse', url: string, protocol: string): void {
  test(`gets from ${url} to its tools (${protocol})`, async () => {
    const seen = mcp.person.pages().length
    const run = mcp.drive(driver.file, [url, ...driver.args(kind, 'plain')])
    const use = await waitForUse(run)
    expectAlice(use)
    if (kind === 'http') expect(use.protocol).toBe(protocol)
    expect(await run.ended()).toBe(0)
    const [consent, ...more] = consentsSince(seen)
    expect(more).toEqual([])
    expect(consent).toContain(driver.name)
    expect(mcp.proxy.refused()).toEqual([])
  })
}

function stepsUp(driver: Driver, url: string): void {
  test(`asks the person again when a tool needs another scope, at ${url} (RS-26)`, async () => {
    const seen = mcp.person.pages().length
    const run = mcp.drive(driver.file, [url, ...driver.args('http', 'step-up')])
    const before = await waitForUse(run)
    expectAlice(before)
    const after = await waitForReset(run)
    expect(after.admin_reset).toBe('reset')
    expect(scopesOf(after)).toEqual([...new Set([...scopesOf(before), 'mcp:admin'])].sort())
    expect(after.clientId).toBe(before.clientId)
    expect(await run.ended()).toBe(0)
    expect(consentsSince(seen)).toHaveLength(2)
  })
}

function followsTheGate(driver: Driver): void {
  test('asks the person again when the gate begins to want another scope (RS-24, RS-26)', async () => {
    const { sallyport } = mcp.stage
    const run = mcp.drive(driver.file, [mcpUrls.stateless, ...driver.args('http', 'wait')])
    const before = await waitForUse(run)
    expectAlice(before)
    const restartWith = async (changes: ConfigurationText) => {
      await sallyport.stop()
      sallyport.reconfigure(changes)
      await sallyport.start()
    }
    await restartWith({ resources: mcpResources(['mcp:tools', 'mcp:admin']) })
    try {
      run.tell('go on')
      const after = await waitForSum(run)
      expect(after.add_numbers).toBe('42')
      expect(scopesOf(after)).toEqual(expect.arrayContaining(['mcp:admin', 'mcp:tools']))
      expect(after.clientId).toBe(before.clientId)
      expect(await run.ended()).toBe(0)
    } finally {
      await restartWith({})
    }
  })
}

function takesNo(driver: Driver): void {
  test('gets nothing when the person denies', async () => {
    const denying = mcp.newPerson([{ login: 'bob' }, { decision: 'deny' }])
    const args = [mcpUrls.stateless, ...driver.args('http', 'plain')]
    const run = mcp.drive(driver.file, args, denying)
    expect(await run.ended()).not.toBe(0)
    expect(run.output()).toContain('access_denied')
    expect(run.output()).not.toContain('"used"')
  })
}

describe(compatibilityTitle('sdk-1'), () => {
  connects(sdk1, 'http', mcpUrls.stateless, '2025-11-25')
  connects(sdk1, 'http', mcpUrls.sessions, '2025-11-25')
  connects(sdk1, 'sse', mcpUrls.events, 'HTTP+SSE')
  stepsUp(sdk1, mcpUrls.stateless)
  stepsUp(sdk1, mcpUrls.sessions)
  followsTheGate(sdk1)
  takesNo(sdk1)
})

describe(compatibilityTitle('sdk-2'), () => {
  connects(sdk2, 'http', mcpUrls.stateless, '2026-07-28')
  connects(sdk2, 'http', mcpUrls.sessions, '2025-11-25')
  connects(sdk2, 'sse', mcpUrls.events, 'HTTP+SSE')
  stepsUp(sdk2, mcpUrls.stateless)
  stepsUp(sdk2, mcpUrls.sessions)
  followsTheGate(sdk2)
  takesNo(sdk2)
})

describe(compatibilityTitle('sdk-2-dpop'), () => {
  test('holds a token that is bound to its key (RFC 9449)', async () => {
    const run = mcp.drive('sdk-2.mjs', [mcpUrls.stateless, 'http', 'plain', '--dpop'])
    const use = await waitForUse(run)
    expectAlice(use)
    expect(use.tokenType.toLowerCase()).toBe('dpop')
    expect(await run.ended()).toBe(0)
  })
})

describe(compatibilityTitle('python'), () => {
  connects(python, 'http', mcpUrls.stateless, '2026-07-28')
  connects(python, 'http', mcpUrls.sessions, '2025-11-25')
  stepsUp(python, mcpUrls.stateless)
})

describe('after all of that', () => {
  test('no code and no cookie that opens anything is in a log', () => {
    const logs = mcp.stage.logs()
    // The library keeps the number of an authorization in cookies too; alone it opens nothing (R74). Our own log
    // leaves it out, that of nginx has every path.
    const numbers = [...logs.matchAll(/\/interaction\/([\w-]+)/g)].map(([, uid]) => uid)
    const secrets = mcp.stage.secrets().filter((secret) => !numbers.includes(secret))
    expect(secrets.length).toBeGreaterThan(50)
    expect(secrets.filter((secret) => logs.includes(secret))).toEqual([])
  })
})
