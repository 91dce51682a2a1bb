// GET /_ws_tunnel: may this tunnel to a gateway be opened? The answers are those of mcpauth, word for word (H8-H10).

import type { FindEdgeHost } from '../access/edge-hosts.ts'
import type { CompiledPolicy, Route, RouteMatch, Rule } from '../access/rules.ts'
import type { OriginalRequest } from '../protocol/forwarded-request.ts'
import { bearerChallenge } from '../protocol/www-authenticate.ts'
import { type Answer, jsonAnswer, type Outcome, type ReplySettings } from './decision-answer.ts'
import { readEdgeToken } from './decision-credential.ts'
import type { Door } from './decision-door.ts'
import { formatOutcome } from './decision-reply.ts'

export const tunnelPath = '/_ws_tunnel'

/** For a gateway that the operator names and no rule describes: whoever may sign in at all. */
const namedGateway: Rule = {
  kind: 'rule',
  name: 'edge_auth',
  access: 'required',
  allow: undefined,
  origins: [],
  allowPreflight: false,
  applicationAuthorization: false,
}

// A tunnel is never open, whatever a rule says of the pages around it.
const closed = (route: Route): Route =>
  route.kind === 'rule'
    ? { ...route, access: 'required', allowPreflight: false }
    : { ...route, allowPreflight: false }

function matchTunnel(
  findHost: FindEdgeHost,
  policy: CompiledPolicy,
  request: OriginalRequest,
): RouteMatch {
  const host = findHost(request.hostname)
  if (host === undefined) return { kind: 'none' }
  const match = policy.match(request)
  if (match.kind === 'route') return { kind: 'route', route: closed(match.route) }
  if (match.kind === 'none' && host === 'named') return { kind: 'route', route: namedGateway }
  return match
}

const refuse = (error: string, { realm }: ReplySettings): Answer =>
  jsonAnswer(401, { error }, ['WWW-Authenticate', bearerChallenge({ realm })])

function formatTunnel(
  outcome: Outcome,
  settings: ReplySettings,
  context: Parameters<typeof formatOutcome>[2],
) {
  if (outcome.kind === 'refused') return formatOutcome(outcome, settings, context)
  const { decision } = outcome
  if (decision.kind === 'login' || decision.kind === 'challenge') {
    const missing = decision.reason === 'anonymous'
    return refuse(missing ? 'authentication required' : 'invalid or expired token', settings)
  }
  // Nobody looks at the answer to a handshake: no page.
  return formatOutcome({ ...outcome, pageLoad: false }, settings, context)
}

/** The door of tunnels. Only a token of edge auth opens it, and every list is asked each time (X16). */
export const createTunnelDoor = (findHost: FindEdgeHost): Door => ({
  match: (policy, request) => matchTunnel(findHost, policy, request),
  readCredential: readEdgeToken,
  format: formatTunnel,
})
