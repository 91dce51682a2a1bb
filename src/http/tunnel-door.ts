// GET /_ws_tunnel: may this tunnel to a gateway be opened? The answers are those of mcpauth, word for word (H8-H10).

import type { FindEdgeHost } from '../access/edge-hosts.ts'
import type { CompiledPolicy, Route, RouteMatch, Rule } from '../access/rules.ts'
import type { Assertion } from '../ports/edge-tokens.ts'
import { accountIdOf } from '../protocol/account-id.ts'
import type { OriginalRequest } from '../protocol/forwarded-request.ts'
import type { Identity } from '../protocol/identity.ts'
import { bearerChallenge } from '../protocol/www-authenticate.ts'
import {
  type Answer,
  jsonAnswer,
  type Outcome,
  type ReplyContext,
  type ReplySettings,
} from './decision-answer.ts'
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

/** Where applications written for Cloudflare Access look for who asks. */
const assertionHeader = 'Cf-Access-Jwt-Assertion'

/** Signs who asks, for the application of one host. */
export type Assert = (assertion: Assertion) => Promise<string>

async function formatAllowed(
  answer: Answer,
  identity: Identity,
  { host }: OriginalRequest,
  assert: Assert,
): Promise<Answer> {
  const { email } = identity
  const assertion = await assert({ subject: accountIdOf(identity), email, host })
  return { ...answer, headers: [...answer.headers, assertionHeader, assertion] }
}

async function formatTunnel(
  outcome: Outcome,
  settings: ReplySettings,
  context: ReplyContext,
  assert: Assert,
): Promise<Answer> {
  if (outcome.kind === 'refused') return formatOutcome(outcome, settings, context)
  const { decision } = outcome
  if (decision.kind === 'login' || decision.kind === 'challenge') {
    const missing = decision.reason === 'anonymous'
    return refuse(missing ? 'authentication required' : 'invalid or expired token', settings)
  }
  // Nobody looks at the answer to a handshake: no page.
  const answer = await formatOutcome({ ...outcome, pageLoad: false }, settings, context)
  return decision.kind === 'allow' && decision.identity !== undefined
    ? formatAllowed(answer, decision.identity, outcome.request, assert)
    : answer
}

/** The door of tunnels. Only a token of edge auth opens it, and every list is asked each time (X16). */
export const createTunnelDoor = (findHost: FindEdgeHost, assert: Assert): Door => ({
  match: (policy, request) => matchTunnel(findHost, policy, request),
  readCredential: readEdgeToken,
  format: (outcome, settings, context) => formatTunnel(outcome, settings, context, assert),
})
