// The two doors: a public one, and a private one on which nothing but a decision can be 200.

import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http'
import { maxTargetLength } from '../protocol/request-path.ts'
import type { DecisionEndpoint } from './decision-endpoint.ts'
import type { HalfOpenLimit } from './half-open.ts'

/** Own routes match exact canonical paths: no case, slash, dot or encoding variant reaches a handler (R9). */
const ownPath =
  /^(?:\/|(?:\/(?!\.{1,2}(?:\/|$))(?:[A-Za-z0-9._~:@!$&'()*+,=-]|%[89A-F][0-9A-F])+)+)$/

function refuse(outgoing: ServerResponse, status: 404 | 414, error: string): void {
  const body = JSON.stringify({ error })
  outgoing.writeHead(status, {
    'Content-Type': 'application/json',
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
  })
  outgoing.end(outgoing.req.method === 'HEAD' ? undefined : body)
}

function isOwnPath(target: string): boolean {
  const end = target.indexOf('?')
  const path = end === -1 ? target : target.slice(0, end)
  return ownPath.test(path)
}

/**
 * The public listener. Decisions are answered here too, for proxies that know only one port; everything
 * else goes to `pages` if its path is spelled canonically. A decision prefix with something after it
 * reaches no page (proxies.md rule 2).
 */
export function publicListener(
  decision: DecisionEndpoint,
  pages: RequestListener,
): RequestListener {
  return (incoming, outgoing) => {
    const target = incoming.url ?? ''
    const dialect = decision.dialectOf(target)
    if (dialect !== undefined) return decision.answer(dialect, incoming, outgoing)
    if (target.length > maxTargetLength) return refuse(outgoing, 414, 'uri_too_long')
    if (!isOwnPath(target)) return refuse(outgoing, 404, 'not_found')
    if (incoming.headers.expect?.toLowerCase() === '100-continue') outgoing.writeContinue()
    pages(incoming, outgoing)
  }
}

/** The private listener: a decision, or 404. */
export function decisionListener(decision: DecisionEndpoint): RequestListener {
  return (incoming, outgoing) => {
    const dialect = decision.dialectOf(incoming.url ?? '')
    if (dialect === undefined) return refuse(outgoing, 404, 'not_found')
    decision.answer(dialect, incoming, outgoing)
  }
}

// A proxy that hands on Expect must get one answer, and a decision: an interim 100 would be taken for it, and
// Node's own 417 to an unknown expectation is neither 401 nor 403.
function answerAtOnce(server: Server, listener: RequestListener): void {
  const answer = (incoming: IncomingMessage, outgoing: ServerResponse) =>
    listener(incoming, outgoing as Parameters<RequestListener>[1])
  server.on('checkContinue', answer)
  server.on('checkExpectation', answer)
}

// A unix socket has no peer address, and neither has a TCP peer that is gone: one that sends its request and a reset
// would be trusted like the former (R2). Asking here also has the address kept for whoever asks later.
const withPeerAddress =
  (listener: RequestListener): RequestListener =>
  (incoming, outgoing) => {
    if (incoming.socket.remoteAddress === undefined) incoming.socket.destroy()
    else listener(incoming, outgoing)
  }

/**
 * The server of the public port. Limits of R118 and R122; `keepAliveTimeout` above the idle time of every proxy's
 * pool. A request whose peer is gone already is dropped.
 */
export function createPublicServer(unguarded: RequestListener, halfOpen: HalfOpenLimit): Server {
  const listener = withPeerAddress((incoming, outgoing) => {
    halfOpen.heard(incoming.socket)
    unguarded(incoming, outgoing)
  })
  const server = createServer(
    {
      maxHeaderSize: 16 * 1024,
      headersTimeout: 10_000,
      requestTimeout: 15_000,
      keepAliveTimeout: 125_000,
      connectionsCheckingInterval: 2_000,
    },
    listener,
  )
  server.maxConnections = 10_000
  server.on('connection', halfOpen.admit)
  answerAtOnce(server, listener)
  return server
}

/**
 * The server of the private port or unix socket. Header room for what proxies copy; no body is ever read, so a
 * request is over quickly (rule 13).
 *
 * @param place where it will listen: on a port, a request whose peer is gone already is dropped
 */
export function createDecisionServer(unguarded: RequestListener, place: 'port' | 'socket'): Server {
  const listener = place === 'port' ? withPeerAddress(unguarded) : unguarded
  const server = createServer(
    {
      maxHeaderSize: 64 * 1024,
      headersTimeout: 5_000,
      requestTimeout: 5_000,
      keepAliveTimeout: 125_000,
      connectionsCheckingInterval: 1_000,
    },
    listener,
  )
  server.maxConnections = 10_000
  answerAtOnce(server, listener)
  return server
}
