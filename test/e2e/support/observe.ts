// One request, and what everybody behind the edge saw of it.

import type { HttpMessage } from './http-message.ts'
import { type RawRequest, requestBytes, sendBytes } from './raw-client.ts'
import type { Stage } from './stage.ts'

export type Observation = {
  readonly answer: HttpMessage
  /** What arrived while the request was under way. */
  readonly app: readonly HttpMessage[]
  readonly mcp: readonly HttpMessage[]
  readonly decisions: readonly HttpMessage[]
}

/** Sends bytes under a TLS name and reports what came of them. Checks run one after the other, never at once. */
export async function observeBytes(
  stage: Stage,
  serverName: string,
  bytes: string,
): Promise<Observation> {
  const counts = [stage.app, stage.mcp, stage.decisions].map(({ requests }) => requests.length)
  const [app = 0, mcp = 0, decisions = 0] = counts
  const answer = await sendBytes(stage.edge, serverName, bytes)
  return {
    answer,
    app: stage.app.requests.slice(app),
    mcp: stage.mcp.requests.slice(mcp),
    decisions: stage.decisions.requests.slice(decisions),
  }
}

/** Sends a request and reports what came of it. */
export const observe = (stage: Stage, request: RawRequest): Promise<Observation> =>
  observeBytes(stage, request.host, requestBytes(request))

/** The only request that arrived. */
export function only(messages: readonly HttpMessage[]): HttpMessage {
  const [first] = messages
  if (first === undefined || messages.length > 1) {
    throw new Error(`Expected one request, got ${messages.length}`)
  }
  return first
}
