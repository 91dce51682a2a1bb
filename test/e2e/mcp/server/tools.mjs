// What the MCP server can do: tools for people, and for the conformance suite those that it names.

import { McpServer as LegacyServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { McpServer } from '@modelcontextprotocol/server'
import { z } from 'zod'
import { registerConformance } from './conformance.mjs'

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
  const add = (name, description, inputSchema, run) =>
    server.registerTool(name, { description, inputSchema }, run)
  add('hello-world', 'Says hello to whom the proxy names', schema({}), (_, context) =>
    text(callerOf(readHeader(context))),
  )
  add('add_numbers', 'a + b', schema(numbers), ({ a, b }) => text(a + b))
  add('multiply_numbers', 'a * b', schema(numbers), ({ a, b }) => text(a * b))
  add('admin_reset', 'Needs the scope mcp:admin', schema({}), () => text('reset'))
}

/** For the revision of 2026-07-28, and stateless for those before. One for each request. */
export function createModernServer() {
  const server = new McpServer(about)
  register(server, z.object, (context) => (name) => context.http?.req?.headers.get(name))
  return server
}

/** For the revisions with sessions and streams. One for each session. */
export function createLegacyServer() {
  const capabilities = { logging: {}, completions: {}, resources: { subscribe: true } }
  const server = new LegacyServer(about, { capabilities })
  const readHeader = (extra) => (name) => extra.requestInfo?.headers[name]
  register(server, (shape) => shape, readHeader)
  registerConformance(server)
  return server
}
