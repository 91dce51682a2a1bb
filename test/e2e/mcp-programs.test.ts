// Programs that people use, started with nothing but the URL, as their documentation says.

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { type ClientRun, jsonLines } from './support/mcp-client.ts'
import { compatibilityTitle } from './support/mcp-compatibility.ts'
import { type McpStage, mcpUrls, startMcpStage } from './support/mcp-stage.ts'

const knownClient = 'inspector-of-the-house'

let mcp: McpStage
beforeAll(async () => {
  mcp = await startMcpStage({
    authorization_server: {
      clients: [
        {
          id: knownClient,
          name: 'Our inspector',
          redirect_uris: ['http://127.0.0.1/oauth/callback'],
        },
      ],
    },
  })
})
afterAll(async () => {
  await mcp?.stop()
})

/** The address that a program prints for people, among other lines. */
const printedAddress = (output: string, opened: readonly string[]): string | undefined =>
  [...output.matchAll(/https:\/\/\S*\/authorize\?[^\s"']+(?=\s)/g)]
    .map(([address]) => address)
    .find((address) => !opened.includes(address))

const message = z.object({
  id: z.number(),
  result: z.looseObject({ content: z.array(z.object({ text: z.string() })).optional() }),
})

/** Talks to a program over stdio as a desktop application does. */
function createHost(run: ClientRun) {
  let last = 0
  const send = (text: object) => run.tell(JSON.stringify({ jsonrpc: '2.0', ...text }))
  const request = (method: string, params: object) => {
    last += 1
    const id = last
    send({ id, method, params })
    return run.waitFor((output) =>
      jsonLines(output)
        .map((line) => message.safeParse(line).data)
        .find((answer) => answer?.id === id),
    )
  }
  return {
    initialize: async () => {
      const clientInfo = { name: 'desktop', version: '1.0.0' }
      const capabilities = {}
      await request('initialize', { protocolVersion: '2025-11-25', capabilities, clientInfo })
      send({ method: 'notifications/initialized' })
    },
    call: async (name: string, given: object = {}) => {
      const { result } = await request('tools/call', { name, arguments: given })
      return result.content?.[0]?.text
    },
  }
}

describe(compatibilityTitle('mcp-remote'), () => {
  const start = (url: string) =>
    mcp.runPackage({
      file: 'mcp-remote/dist/proxy.js',
      args: [url, '--enable-proxy'],
      env: { BROWSER: 'true' },
      findAddress: printedAddress,
    })

  test.each([mcpUrls.sessions, mcpUrls.stateless, mcpUrls.events])(
    'brings the tools of %s to a host that speaks stdio',
    async (url) => {
      const run = start(url)
      const host = createHost(run)
      await host.initialize()
      expect(await host.call('add_numbers', { a: 2, b: 40 })).toBe('42')
      expect(await host.call('hello-world')).toContain('Hello alice@example.com')
      await run.stop()
    },
  )

  test('comes back without asking the person again', async () => {
    const seen = mcp.person.pages().length
    const run = start(mcpUrls.sessions)
    const host = createHost(run)
    await host.initialize()
    expect(await host.call('multiply_numbers', { a: 6, b: 7 })).toBe('42')
    expect(mcp.person.pages()).toHaveLength(seen)
    await run.stop()
  })
})

const inspect = (tool: string, ...more: readonly string[]): ClientRun => {
  const call = ['--method', 'tools/call', '--tool-name', tool, '--format', 'json']
  return mcp.runPackage({
    file: '@modelcontextprotocol/inspector/clients/launcher/build/index.js',
    args: ['--cli', mcpUrls.stateless, '--transport', 'http', ...call, ...more],
    // It asks only when somebody is there: on a terminal, or when it is told to open a browser.
    env: {
      MCP_AUTO_OPEN_ENABLED: 'true',
      BROWSER: 'true',
      MCP_INSPECTOR_SECRET_STORE: 'memory',
    },
    findAddress: printedAddress,
  })
}

const numbers = ['--tool-arg', 'a=6', 'b=7']

describe(compatibilityTitle('inspector'), () => {
  test.each(['legacy', 'modern'])('calls a tool (%s era)', async (era) => {
    const run = inspect('multiply_numbers', ...numbers, '--protocol-era', era, '--relogin')
    expect(await run.ended()).toBe(0)
    expect(run.output()).toContain('{"type":"text","text":"42"}')
    expect(run.output()).toContain('Please navigate to: https://auth.sep.test/authorize?')
  })

  test('says to whom it is signed in', async () => {
    const run = inspect('hello-world')
    expect(await run.ended()).toBe(0)
    expect(run.output()).toContain('Hello alice@example.com')
  })
})

describe(compatibilityTitle('inspector-known'), () => {
  test('calls a tool as a client of the configuration', async () => {
    const run = inspect('multiply_numbers', ...numbers, '--relogin', '--client-id', knownClient)
    expect(await run.ended()).toBe(0)
    expect(run.output()).toContain('{"type":"text","text":"42"}')
    expect(run.output()).toContain(`client_id=${knownClient}`)
  })
})
