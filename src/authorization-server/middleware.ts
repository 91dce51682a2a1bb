// What every answer passes: refusals of the front, who may read it, what the library says that is not so here.

import type { IncomingMessage } from 'node:http'
import type { KoaContextWithOIDC } from 'oidc-provider'
import { isKeptSecret } from './client-secret.ts'
import type { EngineParts } from './dependencies.ts'
import { corsHeaders, type Endpoint } from './endpoints.ts'
import { showPage } from './library-pages.ts'
import { correctMetadata } from './metadata.ts'
import type { Ready, Refusal } from './normalise-request.ts'
import { outage } from './outage.ts'

export type Handling = {
  readonly endpoint: Endpoint
  /** What is answered without the library; undefined: it answers. */
  readonly answer: Refusal | Ready | undefined
  readonly answered: ((answer: { status: number; body: unknown }) => Promise<void>) | undefined
}

/** How the front took a request, by the request that the library sees. */
export type Handlings = WeakMap<IncomingMessage, Handling>

type Next = () => Promise<unknown>

/**
 * For what the library shows by itself: it adds the hash of its one script, which sends a form on. Browsers apply
 * form-action to where that form leads.
 */
const browserHeaders = ({ dependencies }: EngineParts): Record<string, string> => ({
  'Content-Security-Policy':
    `default-src 'none'; script-src 'nonce-${dependencies.randomToken()}'; ` +
    `form-action 'self' https: http:; frame-ancestors 'none'; base-uri 'none'`,
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
})

/** The library would say once more in the body where it leads, code and all. */
function emptyRedirect(ctx: KoaContextWithOIDC): void {
  const { status } = ctx
  if (status < 300 || status > 399) return
  ctx.body = ''
  ctx.status = status
  ctx.remove('Content-Type')
}

const isJson = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Buffer.isBuffer(value)

/** Only the names of R131; the library would reflect whatever origin asks. */
function allowOrigins(ctx: KoaContextWithOIDC, endpoint: Endpoint): void {
  for (const name of Object.keys(ctx.response.headers))
    if (name.startsWith('access-control-')) ctx.remove(name)
  ctx.remove('Vary')
  if (!endpoint.cors) return
  ctx.set(corsHeaders)
  if (ctx.method !== 'OPTIONS') return
  ctx.set({
    'Access-Control-Allow-Methods': [...endpoint.methods, 'OPTIONS'].join(', '),
    'Access-Control-Allow-Headers': 'Authorization, Content-Type, DPoP, MCP-Protocol-Version',
    'Access-Control-Max-Age': '600',
  })
}

/** RFC 6749 §5.2 has a code of its own for it. */
function isForbiddenGrant({ error, error_description }: Record<string, unknown>): boolean {
  return (
    error === 'invalid_request' &&
    error_description === 'requested grant type is not allowed for this client'
  )
}

function correctBody(ctx: KoaContextWithOIDC, endpoint: Endpoint, parts: EngineParts): void {
  const { body } = ctx
  if (!isJson(body)) return
  if (endpoint.name === 'discovery' && ctx.status === 200) {
    const hasDocuments = parts.dependencies.clientDocuments !== undefined
    ctx.body = correctMetadata(body, parts.settings, hasDocuments)
  }
  // A hash is no secret of the client's: it was told the secret once.
  if (isKeptSecret(body['client_secret'])) delete body['client_secret']
  if (body['scope'] === '') delete body['scope']
  if (isForbiddenGrant(body))
    ctx.body = { error: 'unauthorized_client', error_description: body['error_description'] }
}

/** A fault of ours is no fault of the client's, and passes (R135, mcp.md AS-41). */
function softenFault(ctx: KoaContextWithOIDC, endpoint: Endpoint): void {
  const isOurs = ctx.status >= 500
  const said = isJson(ctx.body) ? ctx.body : {}
  const isPassing = said['error'] === 'temporarily_unavailable'
  if (endpoint.browser || ctx.status === 429 || !(isOurs || isPassing)) return
  const told = isPassing ? { error_description: said['error_description'] } : {}
  ctx.status = 503
  ctx.body = { ...outage.body, ...told }
  ctx.set(outage.headers)
}

/** What fails outside of the library's own handling of faults is answered as it answers those. */
function answerFault(
  ctx: KoaContextWithOIDC,
  endpoint: Endpoint,
  fault: unknown,
  parts: EngineParts,
): void {
  parts.dependencies.log.error('authorization_server.fault', { route: endpoint.name }, fault)
  // Half an answer may stand there already: a redirect with a code, a cookie.
  for (const name of Object.keys(ctx.response.headers)) ctx.remove(name)
  if (endpoint.browser) ctx.set(browserHeaders(parts))
  ctx.status = 500
  ctx.body = { error: 'server_error', error_description: 'something went wrong here' }
}

/** Tells who wants to know; what fails there changes nothing of an answer that stands. */
async function tell(
  { status, body }: KoaContextWithOIDC,
  { endpoint, answered }: Handling,
  { dependencies }: EngineParts,
): Promise<void> {
  try {
    await answered?.({ status, body })
  } catch (fault) {
    dependencies.log.error('authorization_server.fault', { route: endpoint.name }, fault)
  }
}

function setCaching(ctx: KoaContextWithOIDC, { name }: Endpoint): void {
  if (name === 'jwks' || name === 'discovery') {
    ctx.set('Cache-Control', 'public, max-age=300')
    return
  }
  ctx.set({ 'Cache-Control': 'no-store', Pragma: 'no-cache' })
}

/** The middleware that stands around the library. */
export const createMiddleware =
  (parts: EngineParts, handlings: Handlings) =>
  async (ctx: KoaContextWithOIDC, next: Next): Promise<void> => {
    const handling = handlings.get(ctx.req)
    if (handling === undefined) throw new Error('A request came past the front')
    const { endpoint, answer } = handling
    if (endpoint.browser) ctx.set(browserHeaders(parts))
    if (ctx.method === 'OPTIONS') ctx.status = 204
    else if (answer === undefined)
      await next().catch((fault: unknown) => answerFault(ctx, endpoint, fault, parts))
    else if (answer.kind === 'refused') await answerRefusal(ctx, endpoint, answer, parts)
    else {
      ctx.status = answer.status
      ctx.body = { ...answer.body }
    }
    await tell(ctx, handling, parts)
    await showFaults(ctx, endpoint, parts)
    correctBody(ctx, endpoint, parts)
    softenFault(ctx, endpoint)
    emptyRedirect(ctx)
    allowOrigins(ctx, endpoint)
    setCaching(ctx, endpoint)
    ctx.set('X-Content-Type-Options', 'nosniff')
  }

/** The library answers with JSON to whoever does not say that HTML is wanted; a person sees a page. */
async function showFaults(
  ctx: KoaContextWithOIDC,
  endpoint: Endpoint,
  parts: EngineParts,
): Promise<void> {
  const { body } = ctx
  if (!endpoint.browser || !isJson(body) || typeof body['error'] !== 'string') return
  const { error, error_description: said } = body
  const description = typeof said === 'string' ? said : undefined
  const id = parts.dependencies.newId()
  parts.dependencies.log.info('authorization.refused', { decisionId: id, error })
  await showPage(ctx, { kind: 'problem', error, description, id }, parts)
}

async function answerRefusal(
  ctx: KoaContextWithOIDC,
  endpoint: Endpoint,
  { status, error, description, headers = {} }: Refusal,
  parts: EngineParts,
): Promise<void> {
  ctx.status = status
  ctx.set({ ...headers })
  if (!endpoint.browser) {
    ctx.body = { error, error_description: description }
    return
  }
  const id = parts.dependencies.newId()
  parts.dependencies.log.info('authorization.refused', { decisionId: id, error })
  await showPage(ctx, { kind: 'problem', error, description, id }, parts)
}
