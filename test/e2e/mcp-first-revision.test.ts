// A client of the revision 2025-03-26: it knows of no resource metadata, takes the host of the MCP server for the
// authorization server, and names neither resource nor scope (mcp.md M6, AS-11, AS-27, AS-33).

import { describe, expect, test } from 'vitest'
import { waitForUse } from './support/mcp-answers.ts'
import { compatibilityTitle } from './support/mcp-compatibility.ts'
import { mcpUrls, startMcpStage } from './support/mcp-stage.ts'

describe(compatibilityTitle('sdk-2025-03'), () => {
  test.each([
    [mcpUrls.sessions, 'http'],
    [mcpUrls.events, 'sse'],
  ])('gets from %s to its tools (%s)', async (url, kind) => {
    // Without a name for it, there has to be one resource that is meant.
    const mcp = await startMcpStage({ authorization_server: { default_resource: url } })
    try {
      const run = mcp.drive('sdk-1.mjs', [url, kind, 'plain', 'mcp-sdk-2025-03'])
      const { used, scope } = await waitForUse(run)
      expect([used.sum, used.product, used.hello.user]).toEqual(['42', '42', 'alice@example.com'])
      expect(used.hello.scopes).toBe('mcp:tools')
      expect(scope).toBe('mcp:tools')
      expect(await run.ended()).toBe(0)
    } finally {
      await mcp.stop()
    }
  })
})
