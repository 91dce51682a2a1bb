// What the MCP server can do: tools for people, and for the conformance suite those that it names.

import {
  McpServer as LegacyServer,
  ResourceTemplate as LegacyTemplate,
} from '@modelcontextprotocol/sdk/server/mcp.js'
import { CompleteRequestSchema } from '@modelcontextprotocol/sdk/types.js'
import { McpServer, ResourceTemplate } from '@modelcontextprotocol/server'
import { z } from 'zod'
import { registerContent, registerConversation } from './conformance.mjs'

const about = { name: 'small-server', version: '1.0.0' }
const text = (value) => ({ content: [{ type: 'text', text: String(value) }] })
const numbers = { a: z.number(), b: z.number() }

/** Which of the identity headers arrived, and with what. */
const callerOf = (header) => {
  const named = (name) => header(`x-forwarded-${name}`) ?? ''
  const unwanted = ['authorization', 'cookie', 'dpop'].filter((name) => header(name))
  return JSON.stringify({
    greeting: `Hello ${named('user')}`,
    user: named('user'),
    scopes: named('scopes'),
    unwanted,
  })
}

function register(server, schema, readHeader) {
  const add = (name, description, given, run) =>
    server.registerTool(name, { description, inputSchema: schema(given) }, run)
  add('hello-world', 'Says hello to whom the proxy names', {}, (_, context) =>
    text(callerOf(readHeader(context))),
  )
  add('add_numbers', 'a + b', numbers, ({ a, b }) => text(a + b))
  add('multiply_numbers', 'a * b', numbers, ({ a, b }) => text(a * b))
  add('admin_reset', 'Needs the scope mcp:admin', {}, () => text('reset'))
}

const modern = { schema: z.object, ResourceTemplate, completion: 'completion/complete' }
const legacy = {
  schema: (shape) => shape,
  ResourceTemplate: LegacyTemplate,
  completion: CompleteRequestSchema,
}

/** For the revision of 2026-07-28, and stateless for those before. One for each request. */
export function createModernServer() {
  const server = new McpServer(about, { capabilities: { completions: {} } })
  register(server, modern.schema, (context) => (name) => context.http?.req?.headers.get(name))
  registerContent(server, modern)
  return server
}

/** For the revisions with sessions and streams. One for each session. */
export function createLegacyServer() {
  const capabilities = { logging: {}, completions: {}, resources: { subscribe: true } }
  const server = new LegacyServer(about, { capabilities })
  register(server, legacy.schema, (extra) => (name) => extra.requestInfo?.headers[name])
  registerContent(server, legacy)
  registerConversation(server, legacy)
  return server
}
