// What every public request passes: the host check, one log line, and the boundary that faults stop at.

import type { Context, MiddlewareHandler } from 'hono'
import type { LookFor } from '../appearance/look.ts'
import { type ProblemPageContent, problemPage } from '../pages/problem.ts'
import type { Clock, Log } from '../ports/runtime.ts'
import { prefersHtml } from '../protocol/page-load.ts'
import { loggedPath } from './logged-path.ts'
import { json, page } from './reply.ts'

/** 421 for a host that is not ours: a name that was made to point here reads nothing (R10). */
export const guardHost =
  (isOurs: (c: Context) => boolean): MiddlewareHandler =>
  async (c, next) => {
    if (isOurs(c)) await next()
    else c.res = json(421, { error: 'misdirected_request' })
  }

/** One line for each request, path without query. Probes of the machinery are debug lines. */
export const logRequests =
  (log: Log, now: Clock, clientAddress: (c: Context) => string): MiddlewareHandler =>
  async (c, next) => {
    const began = now()
    await next()
    const { path, method } = c.req
    const write = path === '/health' || path === '/ready' ? log.debug : log.info
    write('request', {
      method,
      path: loggedPath(path),
      status: c.res.status,
      seconds: now() - began,
      client: clientAddress(c),
    })
  }

export type FaultParts = {
  readonly log: Log
  readonly newId: () => string
  readonly https: boolean
  readonly lookFor: LookFor
}

/** 503 for a fault: a page for people, JSON for programs, the number in both and in the log. Never a detail. */
export function answerFault(
  c: Context,
  fault: unknown,
  parts: FaultParts,
): Response | Promise<Response> {
  const decisionId = parts.newId()
  const { method, path } = c.req
  parts.log.error('request.fault', { decisionId, method, path: loggedPath(path) }, fault)
  const headers = { 'Retry-After': '5' }
  if (!prefersHtml(c.req.header('accept'))) {
    return json(503, { error: 'temporarily_unavailable', id: decisionId }, { headers })
  }
  const content: ProblemPageContent = {
    title: 'fault.title',
    explanation: ['fault.explanation'],
    decisionId,
  }
  const look = parts.lookFor(c.req.header('accept-language'))
  const { https } = parts
  return page(503, (nonce) => problemPage({ ...look, nonce }, content), { https, headers })
}
