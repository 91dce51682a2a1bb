// What is said when something of ours fails where the library cannot say it: no fault of the client's, and it passes
// (security.md R128, R135, mcp.md AS-41).

import type { ServerResponse } from 'node:http'
import type { Exchange } from './consent.ts'
import type { EngineParts } from './dependencies.ts'
import { corsHeaders, type Endpoint } from './endpoints.ts'

/** What every client is told of a fault of ours, with status 503. */
export const outage = {
  body: { error: 'temporarily_unavailable', error_description: 'try again in a moment' },
  headers: { 'Retry-After': '5' },
} as const

type Shown = { readonly body: string; readonly headers: Readonly<Record<string, string>> }

const shownToMachines = ({ cors }: Pick<Endpoint, 'cors'>): Shown => ({
  body: JSON.stringify(outage.body),
  headers: { 'Content-Type': 'application/json; charset=utf-8', ...(cors ? corsHeaders : {}) },
})

const shownToPeople = (
  { request }: Exchange,
  id: string,
  { dependencies }: EngineParts,
): Promise<Shown> => {
  const { error, error_description: description } = outage.body
  const page = { kind: 'problem', error, description, id } as const
  return dependencies.renderPage(page, request.headers['accept-language'])
}

function send(response: ServerResponse, { body, headers }: Shown): void {
  response.writeHead(503, {
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
    ...outage.headers,
    ...headers,
    'Content-Length': Buffer.byteLength(body),
  })
  response.end(body)
}

/**
 * Answers in the place of the library: a page where a browser asks, JSON elsewhere. Ends an answer that has begun.
 *
 * @param id also in the log
 */
export async function answerOutage(
  exchange: Exchange,
  endpoint: Endpoint | undefined,
  id: string,
  parts: EngineParts,
): Promise<void> {
  const { response } = exchange
  const forMachines = shownToMachines(endpoint ?? { cors: false })
  const shown =
    endpoint?.browser === true
      ? await shownToPeople(exchange, id, parts).catch(() => forMachines)
      : forMachines
  if (response.headersSent) response.end()
  else send(response, shown)
}
