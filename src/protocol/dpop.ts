// Does the caller hold the key, for this request and now? RFC 9449 §4.3, security.md R96-R99, mcp.md DP-3.

import { hash } from 'node:crypto'
import {
  type CompactVerifyGetKey,
  calculateJwkThumbprint,
  compactVerify,
  EmbeddedJWK,
  errors,
} from 'jose'
import type { Claims } from './claims.ts'
import { parsePublicJwk } from './public-jwk.ts'
import { rewritesPayload } from './signature.ts'
import { type EpochSeconds, later, seconds } from './time.ts'

/** A request that came with a proof, as the client sent it. */
export type ProvenRequest = {
  /** Every `DPoP` header field; exactly one is right. */
  readonly proofs: readonly string[]
  readonly method: string
  /** The URL the client asked for, before any proxy (R96). */
  readonly url: string
  /** The token that came along; undefined at the token endpoint, where there is none yet. */
  readonly accessToken: string | undefined
  /** `cnf.jkt` of that token, or whatever else the key has to be; undefined when any will do. */
  readonly expectedThumbprint: string | undefined
}

export type DpopRejection =
  | 'missing'
  | 'several-proofs'
  | 'too-long'
  | 'malformed'
  | 'wrong-type'
  | 'wrong-algorithm'
  | 'bad-key'
  | 'bad-signature'
  | 'wrong-method'
  | 'wrong-url'
  | 'bad-identifier'
  | 'stale'
  | 'in-future'
  | 'wrong-token'
  | 'wrong-key'

export type DpopJudgement =
  | {
      readonly kind: 'valid'
      /** Thumbprint of the key, RFC 7638. */
      readonly jkt: string
      /** To be taken once per key: from the caller's memory (R96). */
      readonly jti: string
      /** From then on the same proof is refused as stale, and `jti` may be forgotten. */
      readonly replayUntil: EpochSeconds
    }
  | { readonly kind: 'rejected'; readonly reason: DpopRejection }

/** `RS256` and `PS256` may be added; verifying those costs more. */
export const dpopAlgorithms: readonly string[] = ['ES256', 'EdDSA', 'Ed25519']

/** Longest proof that is looked at at all, in bytes (R118). */
const proofLimit = 8192
/** Seconds that the client's clock and ours may differ (R96). */
const skew = 60
const shortestIdentifier = 8
const longestIdentifier = 256

const rejected = (reason: DpopRejection): DpopJudgement => ({ kind: 'rejected', reason })

const unreserved = /[A-Za-z0-9\-._~]/

/** Two spellings of one path become the same: hex digits in capitals, needless encoding undone (RFC 3986 §6.2.2). */
const normalisePath = (path: string): string =>
  path.replace(/%[0-9a-f]{2}/gi, (encoded) => {
    const character = String.fromCharCode(Number.parseInt(encoded.slice(1), 16))
    return unreserved.test(character) ? character : encoded.toUpperCase()
  })

/** Scheme, host, port and path; undefined when the text is no web URL. */
function targetOf(text: unknown): string | undefined {
  const url = typeof text === 'string' ? URL.parse(text) : null
  if (url === null || !/^https?:$/.test(url.protocol)) return undefined
  if (url.username !== '' || url.password !== '') return undefined
  return `${url.origin}${normalisePath(url.pathname)}`
}

function faultOfClaims(
  { htm, htu, iat, jti, ath }: Claims,
  request: ProvenRequest,
  now: EpochSeconds,
): DpopRejection | undefined {
  if (typeof jti !== 'string') return 'bad-identifier'
  if (jti.length < shortestIdentifier || jti.length > longestIdentifier) return 'bad-identifier'
  if (htm !== request.method) return 'wrong-method'
  const target = targetOf(request.url)
  if (target === undefined || targetOf(htu) !== target) return 'wrong-url'
  if (typeof iat !== 'number') return 'malformed'
  if (iat < now - skew) return 'stale'
  if (iat > now + skew) return 'in-future'
  const { accessToken } = request
  if (accessToken !== undefined && ath !== hash('sha256', accessToken, 'base64url'))
    return 'wrong-token'
  return undefined
}

function parseClaims(payload: Uint8Array): Claims | undefined {
  const value: unknown = JSON.parse(new TextDecoder().decode(payload))
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? { ...value }
    : undefined
}

/** Size and kind of the key are the stranger's choice: they are looked at before anything is computed with it. */
const keyOf: CompactVerifyGetKey = async (header, token) => {
  if (parsePublicJwk(header.jwk) === undefined) throw new errors.JWKInvalid()
  return EmbeddedJWK(header, token).catch((cause: unknown) => {
    throw new errors.JWKInvalid('The key does not fit the algorithm', { cause })
  })
}

async function judge(
  proof: string,
  request: ProvenRequest,
  algorithms: readonly string[],
  now: EpochSeconds,
): Promise<DpopJudgement> {
  const options = { algorithms: [...algorithms] }
  const { protectedHeader: header, payload } = await compactVerify(proof, keyOf, options)
  if (rewritesPayload(header)) return rejected('malformed')
  // Any other JWT that its key holder once signed is no proof (RFC 8725 §3.11).
  if (header.typ !== 'dpop+jwt') return rejected('wrong-type')
  const claims = parseClaims(payload)
  const key = parsePublicJwk(header.jwk)
  if (claims === undefined || key === undefined) return rejected('malformed')
  const fault = faultOfClaims(claims, request, now)
  if (fault !== undefined) return rejected(fault)
  const jkt = await calculateJwkThumbprint({ ...key })
  if (request.expectedThumbprint !== undefined && request.expectedThumbprint !== jkt)
    return rejected('wrong-key')
  const replayUntil = later(now, seconds(2 * skew + 1))
  return { kind: 'valid', jkt, jti: String(claims['jti']), replayUntil }
}

function rejectionOf(fault: unknown): DpopRejection {
  if (fault instanceof errors.JWSSignatureVerificationFailed) return 'bad-signature'
  if (fault instanceof errors.JOSEAlgNotAllowed) return 'wrong-algorithm'
  if (fault instanceof errors.JWKInvalid) return 'bad-key'
  const malformed = [errors.JWSInvalid, errors.JOSENotSupported, SyntaxError]
  if (malformed.some((kind) => fault instanceof kind)) return 'malformed'
  // Not of jose: a key that verifies nothing, a short RSA key for example.
  return 'bad-key'
}

/**
 * Verifies a DPoP proof: one header field, its signature with the key it carries, and that it was made for this method
 * and URL (query and fragment aside), about now, for this token and with the expected key.
 *
 * Does not notice a proof that comes a second time: whoever asks has to spend `jti` together with `jkt` until
 * `replayUntil`. Does not look at server nonces (RFC 9449 §8). Without `expectedThumbprint` it is for the caller to
 * bind something to the key.
 *
 * @returns `rejected` with the reason for the log; a rejected proof never means "like a bearer token" (R99). Never
 *   throws
 * @see RFC 9449 §4.3
 */
export async function verifyDpopProof(
  request: ProvenRequest,
  now: EpochSeconds,
  algorithms: readonly string[] = dpopAlgorithms,
): Promise<DpopJudgement> {
  const [proof, ...others] = request.proofs
  if (proof === undefined) return rejected('missing')
  if (others.length > 0) return rejected('several-proofs')
  if (proof.length > proofLimit) return rejected('too-long')
  try {
    return await judge(proof, request, algorithms, now)
  } catch (fault) {
    return rejected(rejectionOf(fault))
  }
}
