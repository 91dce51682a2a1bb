// Is a proof of possession one that we take? The library takes older ones and ids of any length (RFC 9449 §4.3, R96).

import type { IncomingMessage } from 'node:http'
import { dpopAlgorithms, verifyDpopProof } from '../protocol/dpop.ts'
import { bearerChallenge } from '../protocol/www-authenticate.ts'
import type { EngineParts } from './dependencies.ts'
import type { Endpoint } from './endpoints.ts'
import { type Refusal, refuse } from './normalise-request.ts'

/** Where a proof stands for no token yet. RFC 9449 §5, §10 */
const withoutToken: readonly string[] = ['token', 'pushed_authorization_request']

type Judged = { readonly accessToken: string | undefined }

/** What the proof of a request stands for; undefined where proofs mean nothing, or the library refuses them anyway. */
function judgedOf({ headers }: IncomingMessage, { name }: Endpoint): Judged | undefined {
  if (withoutToken.includes(name)) return { accessToken: undefined }
  if (name !== 'userinfo') return undefined
  const [, accessToken] = /^dpop (\S+)$/i.exec(headers.authorization ?? '') ?? []
  return accessToken === undefined ? undefined : { accessToken }
}

/**
 * Makes what judges the proof of a request: its age, id, method, address, and the token it came with. Whether it came
 * before, and whether its key is the token's, is left to the library.
 */
export function createProofJudge({ settings, dependencies }: EngineParts) {
  const { issuer } = settings
  return async (request: IncomingMessage, endpoint: Endpoint): Promise<Refusal | undefined> => {
    const proofs = request.headersDistinct['dpop']
    const judged = judgedOf(request, endpoint)
    if (proofs === undefined || judged === undefined) return undefined
    const { method = '', url = '' } = request
    const { accessToken } = judged
    const proven = { method, url: issuer + url, proofs, accessToken, expectedThumbprint: undefined }
    const verified = await verifyDpopProof(proven, dependencies.now())
    if (verified.kind === 'valid') return undefined
    const error = 'invalid_dpop_proof'
    const { reason } = verified
    dependencies.log.info('token.refused', { error, reason })
    const errorDescription = `the proof cannot be taken: ${reason}`
    if (accessToken === undefined) return refuse(400, error, errorDescription)
    // RFC 9449 §7.1
    const proofAlgorithms = dpopAlgorithms
    const challenge = bearerChallenge({ proofAlgorithms, realm: issuer, error, errorDescription })
    return refuse(401, error, errorDescription, { 'WWW-Authenticate': challenge })
  }
}
