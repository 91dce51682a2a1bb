// The MCP conformance suite: at the authorization server, and at an MCP server with and without the gate.

import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { readChecks } from './support/conformance-results.ts'
import { type HeaderProxy, startHeaderProxy } from './support/header-proxy.ts'
import { statusOf } from './support/http-message.ts'
import { freePorts, type Scratch, scratchDirectory } from './support/loopback.ts'
import { jsonLines } from './support/mcp-client.ts'
import { compatibilityTitle } from './support/mcp-compatibility.ts'
import { type McpStage, mcpUrls, startMcpStage } from './support/mcp-stage.ts'
import { send } from './support/raw-client.ts'

const issuer = 'https://auth.sep.test'
const suite = '@modelcontextprotocol/conformance/dist/index.js'

let mcp: McpStage
let results: Scratch
beforeAll(async () => {
  mcp = await startMcpStage()
  results = scratchDirectory('conformance')
})
afterAll(async () => {
  results?.remove()
  await mcp?.stop()
})

const printedAddress = (output: string, opened: readonly string[]): string | undefined =>
  [...output.matchAll(/https:\S+response_type=code\S*(?=\s)/g)]
    .map(([address]) => address)
    .find((address) => !opened.includes(address))

/** Runs the suite and answers its exit code and what it wrote into the folder `name`. */
async function runSuite(name: string, args: readonly string[]) {
  const folder = join(results.path, name)
  const run = mcp.runPackage({
    file: suite,
    args: [...args, '-o', folder],
    findAddress: printedAddress,
    limit: 120_000,
  })
  const code = await run.ended()
  return { code, checks: readChecks(folder), output: run.output() }
}

const registered = z.object({ client_id: z.string() })

/** The suite does not register; it wants to be told a client. */
async function register(redirectUri: string): Promise<string> {
  const body = JSON.stringify({
    client_name: 'Conformance suite',
    redirect_uris: [redirectUri],
    token_endpoint_auth_method: 'none',
  })
  const headers = [['Content-Type', 'application/json']] as const
  const host = new URL(issuer).host
  const answer = await send(mcp.stage.edge, {
    host,
    method: 'POST',
    target: '/register',
    headers,
    body,
  })
  expect(statusOf(answer)).toBe(201)
  return registered.parse(JSON.parse(answer.body)).client_id
}

describe(compatibilityTitle('suite-authorization'), () => {
  test('finds nothing wrong with the authorization server', async () => {
    const [port = 0] = await freePorts(1)
    const client = await register(`http://127.0.0.1:${port}/callback`)
    const named = ['--client-id', client, '--resource', mcpUrls.stateless, '-p', String(port)]
    const { code, checks } = await runSuite('authorization', [
      'authorization',
      '--url',
      issuer,
      ...named,
    ])
    expect(checks.map(({ id, status }) => `${id}: ${status}`).sort()).toEqual([
      'authorization-code-grant: SUCCESS',
      'authorization-server-metadata-cimd: SUCCESS',
      'authorization-server-metadata: SUCCESS',
    ])
    expect(code).toBe(0)
  })
})

const token = z.object({ accessToken: z.string() })

describe(compatibilityTitle('suite-server'), () => {
  const proxies: HeaderProxy[] = []
  afterAll(async () => {
    for (const proxy of proxies) await proxy.close()
  })

  async function startProxy(url: string): Promise<string> {
    const run = mcp.drive('token.mjs', [url])
    const { accessToken } = await run.waitFor((output) =>
      jsonLines(output)
        .map((line) => token.safeParse(line).data)
        .find((found) => found !== undefined),
    )
    const proxy = await startHeaderProxy(mcp.stage.edge, new URL(url).host, accessToken)
    proxies.push(proxy)
    return proxy.origin
  }

  const cases = [
    // Every scored scenario succeeds, so that "the same" is not "nothing works".
    { revision: '2025-11-25', url: mcpUrls.sessions, succeeding: 70 },
    { revision: '2026-07-28', url: mcpUrls.stateless, succeeding: 110 },
  ] as const

  test.each(cases)(
    'finds the same through the gate as without it ($revision)',
    async ({ revision, url, succeeding }) => {
      const { pathname } = new URL(url)
      const runAt = (origin: string, name: string) =>
        runSuite(`${revision}-${name}`, [
          'server',
          '--url',
          `${origin}${pathname}`,
          '--requirements',
          revision,
        ])
      const direct = await runAt(`http://localhost:${mcp.serverPort}`, 'direct')
      const gated = await runAt(await startProxy(url), 'gated')
      expect(gated.checks).toEqual(direct.checks)
      expect(gated.code).toBe(direct.code)
      const succeeded = direct.checks.filter(({ status }) => status === 'SUCCESS')
      expect(succeeded.length).toBeGreaterThan(succeeding)
    },
    240_000,
  )

  test('finds nothing that works without a token', async () => {
    const proxy = await startHeaderProxy(mcp.stage.edge, new URL(mcpUrls.sessions).host, 'none')
    proxies.push(proxy)
    const url = `${proxy.origin}/sessions`
    const scenario = ['--scenario', 'tools-call-simple-text']
    const { code, checks } = await runSuite('refused', ['server', '--url', url, ...scenario])
    expect(code).not.toBe(0)
    expect(checks.some(({ status }) => status === 'FAILURE')).toBe(true)
  })
})
