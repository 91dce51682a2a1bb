// The answer to somebody who is known, but not as surely as wanted. RFC 9470 §3.

import type { Decision } from '../access/decide.ts'
import { dpopAlgorithms } from '../protocol/dpop.ts'
import { bearerChallenge } from '../protocol/www-authenticate.ts'
import { loginUrl, metadataUrl } from './challenge-answer.ts'
import {
  type Answer,
  decisionIdHeader,
  jsonAnswer,
  type Outcome,
  type ReplySettings,
} from './decision-answer.ts'

const error = 'insufficient_user_authentication'

/** 401: says what is missing, and where a browser's script or a client gets it. */
export function formatInsufficient(
  outcome: Extract<Outcome, { kind: 'decided' }>,
  decision: Extract<Decision, { kind: 'insufficient' }>,
  settings: ReplySettings,
  decisionId: string,
): Answer {
  const { route, request } = outcome
  const { missing, demand, scheme } = decision
  const resource = route.kind === 'resource' ? route : undefined
  const acrValues = demand.factor === 2 ? resource?.policy.acrValues : undefined
  const challenge = bearerChallenge({
    proofAlgorithms: scheme === 'DPoP' ? dpopAlgorithms : undefined,
    realm: settings.realm,
    error,
    acrValues,
    maxAge: demand.maxAge,
    resourceMetadata: resource && metadataUrl(resource, request),
  })
  const url = resource ? undefined : loginUrl(request, missing, settings)
  return jsonAnswer(
    401,
    {
      error,
      missing: missing.join(' '),
      ...(url === undefined ? {} : { login_url: url }),
      decision_id: decisionId,
    },
    [
      'WWW-Authenticate',
      challenge,
      decisionIdHeader,
      decisionId,
      ...(url === undefined ? [] : ['X-Auth-Login', url]),
    ],
  )
}
