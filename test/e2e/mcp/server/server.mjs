// The MCP server behind the gate: a stateless endpoint, one with sessions, and one of the kind before 2025.
// It asks for no token; who calls and with which scopes it reads from the headers of the proxy.
// Its packages are those of test/e2e/mcp, installed outside of the project.

import { randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import { toNodeHandler } from '@modelcontextprotocol/node'
import { SSEServerTransport } from '@modelcontextprotocol/sdk/server/sse.js'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import { createMcpHandler } from '@modelcontextprotocol/server'
import { createLegacyServer, createModernServer } from './tools.mjs'

/** Tools that need more than the gate asks of everybody: by name, the scope. */
const extraScopes = { admin_reset: 'mcp:admin' }

/** By session id. */
const sessions = new Map()
const streams = new Map()

async function readBody(request) {
  if (request.method !== 'POST') return undefined
  const chunks = await Array.fromAsync(request)
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'))
  } catch {
    return undefined
  }
}

/** Against DNS rebinding: the names under which a client may reach this machine. */
const allowedHosts = process.env.ALLOWED_HOSTS?.split(',')

const scopesOf = (request) => (request.headers['x-forwarded-scopes'] ?? '').split(/[ ,]+/)

/** The scope that a call lacks. The gate does not look into bodies; the server that does can tell. */
function missingScope(request, body) {
  const call = body?.method === 'tools/call' ? body.params?.name : undefined
  const scope = extraScopes[call]
  return scope === undefined || scopesOf(request).includes(scope) ? undefined : scope
}

/** RFC 6750 §3.1, and the runtime errors of the MCP authorization text. */
function refuse(request, response, resource, scope) {
  const metadata = `https://${request.headers.host}/.well-known/oauth-protected-resource${resource}`
  const scopes = [...new Set([...scopesOf(request), scope])].filter(Boolean).join(' ')
  response
    .writeHead(403, {
      'WWW-Authenticate': `Bearer error="insufficient_scope", scope="${scopes}", resource_metadata="${metadata}"`,
    })
    .end()
}

const modern = toNodeHandler(createMcpHandler(createModernServer))

async function withSession(request, response, body) {
  const id = request.headers['mcp-session-id']
  const known = sessions.get(id)
  if (known !== undefined) return known.handleRequest(request, response, body)
  if (id !== undefined) return response.writeHead(404).end()
  const transport = new StreamableHTTPServerTransport({
    sessionIdGenerator: randomUUID,
    onsessioninitialized: (session) => sessions.set(session, transport),
  })
  transport.onclose = () => sessions.delete(transport.sessionId)
  await createLegacyServer().connect(transport)
  return transport.handleRequest(request, response, body)
}

async function openStream(response) {
  const transport = new SSEServerTransport('/sse/messages', response)
  streams.set(transport.sessionId, transport)
  response.on('close', () => streams.delete(transport.sessionId))
  await createLegacyServer().connect(transport)
}

function postToStream(request, response, body, url) {
  const transport = streams.get(url.searchParams.get('sessionId'))
  if (transport === undefined) return response.writeHead(404).end()
  return transport.handlePostMessage(request, response, body)
}

async function answer(request, response) {
  if (allowedHosts !== undefined && !allowedHosts.includes(request.headers.host))
    return response.writeHead(403).end()
  const url = new URL(request.url, 'http://localhost')
  const body = await readBody(request)
  const [, first = ''] = url.pathname.split('/')
  const scope = missingScope(request, body)
  if (scope !== undefined) return refuse(request, response, `/${first}`, scope)
  switch (url.pathname) {
    case '/mcp':
      return modern(request, response, body)
    case '/sessions':
      return withSession(request, response, body)
    case '/sse':
      // An old server knows no POST here, by which clients tell that it is one.
      return request.method === 'GET' ? openStream(response) : response.writeHead(404).end()
    case '/sse/messages':
      return postToStream(request, response, body, url)
    default:
      return response.writeHead(404).end()
  }
}

const server = createServer((request, response) => {
  answer(request, response).catch((fault) => {
    console.error(fault)
    if (!response.headersSent) response.writeHead(500)
    response.end()
  })
})

server.listen(Number(process.env.PORT), '127.0.0.1', () => console.log('listening'))
