// The answers that ask for a credential: login redirect, 401 and step-up. RFC 6750 §3, RFC 9728 §5.1.

import type { AuthenticationPorts } from '../access/authenticate.ts'
import type { ChallengeError, Decision } from '../access/decide.ts'
import type { Resource } from '../access/rules.ts'
import type { Need } from '../protocol/assurance.ts'
import { knowsBasicOnly } from '../protocol/basic-client.ts'
import { dpopAlgorithms } from '../protocol/dpop.ts'
import type { OriginalRequest } from '../protocol/forwarded-request.ts'
import { type HeaderTable, single } from '../protocol/raw-headers.ts'
import { parseResource, protectedResourceMetadataUrl } from '../protocol/resource.ts'
import { formatScope } from '../protocol/scope.ts'
import { bearerChallenge, formatChallenge } from '../protocol/www-authenticate.ts'
import {
  type Answer,
  decisionIdHeader,
  jsonAnswer,
  noStore,
  type Outcome,
  type ReplyContext,
  type ReplySettings,
  returnParameterOf,
} from './decision-answer.ts'

type ChallengeDecision = Extract<Decision, { kind: 'challenge' }>

/** Where to sign in for this request, and what the sign-in has to show. */
export function loginUrl(
  request: OriginalRequest,
  needs: readonly Need[],
  settings: ReplySettings,
): string {
  const asked = needs.map((need) => `&need=${need}`).join('')
  return `${settings.publicUrl}/login?rd=${returnParameterOf(request)}${asked}`
}

/** Sends a page load to the login, in a header where the proxy passes no redirect (rule 10). */
export function formatLogin(
  request: OriginalRequest,
  needs: readonly Need[],
  settings: ReplySettings,
  vocabulary: ReplyContext['vocabulary'],
): Answer {
  const location = loginUrl(request, needs, settings)
  if (vocabulary === 'status-only') {
    const challenge = bearerChallenge({ realm: settings.realm })
    return jsonAnswer(401, { error: 'unauthorized', login_url: location }, [
      'WWW-Authenticate',
      challenge,
      'X-Auth-Redirect',
      location,
    ])
  }
  // 303 makes the browser fetch the login page with GET whatever it wanted to send.
  const status = request.method === 'GET' || request.method === 'HEAD' ? 302 : 303
  return { status, headers: [...noStore, 'Location', location], body: '' }
}

/** A wildcard resource stands for the host it was asked on, which its rule has matched. */
export function metadataUrl(resource: Resource, request: OriginalRequest): string | undefined {
  const { url } = resource.policy
  const own = url.includes('://*.')
    ? url.replace(/^https?:\/\/[^/]+/, `${request.scheme}://${request.host}`)
    : url
  const parsed = parseResource(own)
  return parsed === undefined ? undefined : protectedResourceMetadataUrl(parsed)
}

function formatResourceChallenge(
  resource: Resource,
  request: OriginalRequest,
  realm: string,
  { error, scheme }: ChallengeDecision,
): string {
  const scope = formatScope(resource.policy.scopes)
  return bearerChallenge({
    proofAlgorithms: scheme === 'DPoP' ? dpopAlgorithms : undefined,
    realm,
    error,
    scope: scope === '' ? undefined : scope,
    resourceMetadata: metadataUrl(resource, request),
  })
}

const unauthorized = (challenge: string, error: ChallengeError | undefined): Answer =>
  jsonAnswer(401, { error: error ?? 'unauthorized' }, ['WWW-Authenticate', challenge])

// The answer of a resource without wildcard is the same for every request that has no credential.
const plainAnswers = new WeakMap<Resource, { readonly realm: string; readonly answer: Answer }>()

function refuseAtResource(
  resource: Resource,
  request: OriginalRequest,
  realm: string,
  decision: ChallengeDecision,
): Answer {
  const { error } = decision
  const fresh = () =>
    unauthorized(formatResourceChallenge(resource, request, realm, decision), error)
  if (error !== undefined || resource.policy.url.includes('://*.')) return fresh()
  const known = plainAnswers.get(resource)
  if (known?.realm === realm) return known.answer
  const answer = fresh()
  plainAnswers.set(resource, { realm, answer })
  return answer
}

/** Whether a refusal has to ask for name and password: git and docker show a token only where they are asked so. */
export const offersBasic = (
  { kind }: Decision,
  headers: Pick<HeaderTable, 'user-agent'>,
  { personalTokens }: Pick<AuthenticationPorts, 'personalTokens'>,
): boolean =>
  kind === 'challenge' &&
  personalTokens !== undefined &&
  knowsBasicOnly(single(headers['user-agent']))

/** 401: a credential is missing or does not hold. The body is the same whatever the cause (H4). */
export function formatRefusedCredential(
  outcome: Extract<Outcome, { kind: 'decided' }>,
  decision: ChallengeDecision,
  settings: ReplySettings,
): Answer {
  const { route, request, knowsBasicOnly = false } = outcome
  const { realm } = settings
  const error = decision.error
  if (decision.scheme === 'Basic' || (route.kind === 'rule' && knowsBasicOnly)) {
    const challenge = formatChallenge({ scheme: 'Basic', parameters: [['realm', realm]] })
    return unauthorized(challenge, error)
  }
  if (route.kind === 'resource') return refuseAtResource(route, request, realm, decision)
  const url = loginUrl(request, [], settings)
  return jsonAnswer(401, { error: error ?? 'unauthorized', login_url: url }, [
    'WWW-Authenticate',
    bearerChallenge({ realm, error }),
    'X-Auth-Login',
    url,
  ])
}

/** 403: the token lacks scopes; everything needed is in one challenge (RS-26, RS-27). */
export function formatStepUp(
  outcome: Extract<Outcome, { kind: 'decided' }>,
  decision: Extract<Decision, { kind: 'step-up' }>,
  settings: ReplySettings,
  decisionId: string,
): Answer {
  const { route, request } = outcome
  const scope = formatScope(decision.scopes)
  const challenge = bearerChallenge({
    proofAlgorithms: decision.scheme === 'DPoP' ? dpopAlgorithms : undefined,
    realm: settings.realm,
    error: 'insufficient_scope',
    scope,
    resourceMetadata: route.kind === 'resource' ? metadataUrl(route, request) : undefined,
  })
  return jsonAnswer(403, { error: 'insufficient_scope', scope, decision_id: decisionId }, [
    'WWW-Authenticate',
    challenge,
    decisionIdHeader,
    decisionId,
  ])
}
