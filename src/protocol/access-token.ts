// Is this a genuine access token of that issuer, and what does it say? RFC 9068 §4, RFC 8725 §3.

import type { CompactJWSHeaderParameters, CompactVerifyGetKey } from 'jose'
import type { Assurance } from './assurance.ts'
import { readAssurance, type SecondFactor } from './authentication-methods.ts'
import { type ClaimRules, type Claims, readPerson } from './claims.ts'
import type { Identity } from './identity.ts'
import { parseScope } from './scope.ts'
import {
  rewritesPayload,
  type SignatureRejection,
  signatureRejection,
  verifySignature,
} from './signature.ts'
import { type EpochSeconds, epochSeconds } from './time.ts'
import { tokenLimit } from './token-limit.ts'

/** How the tokens of one issuer look. */
export type AccessTokenProfile = ClaimRules & {
  /** Compared byte for byte. */
  readonly issuer: string
  /** JWS algorithms accepted; the token's header only chooses among them (CVE-2026-22817). */
  readonly algorithms: readonly string[]
  /** Also takes `typ: JWT` or none; ID tokens are then told apart by their claims. */
  readonly acceptPlainJwtType: boolean
  /** What the issuer says of two factors. */
  readonly secondFactor?: SecondFactor | undefined
  /** Becomes `identity.provider`. */
  readonly provider: string
}

/** What a token says once its signature, issuer, kind and times hold. */
export type VerifiedToken = {
  readonly issuer: string
  readonly audience: readonly string[]
  readonly clientId: string | undefined
  /** `token_use` is `access`: what tells access tokens from ID tokens where neither has an `aud` to go by. */
  readonly markedAccess?: true
  /** `jti`, by which the issuer may have revoked it. */
  readonly jwtId?: string
  /** Thumbprint (RFC 7638) of the key whose holder alone may use it, `cnf.jkt`. */
  readonly boundTo?: string
  readonly identity: Identity
  /** How the person signed in, for whom it was issued. */
  readonly assurance?: Assurance
  readonly expiresAt: EpochSeconds
}

export type TokenRejection =
  | SignatureRejection
  | 'too-long'
  | 'unknown-issuer'
  | 'wrong-type'
  | 'expired'
  | 'not-yet-valid'
  | 'issued-in-future'
  | 'missing-claim'
  | 'sender-constrained'
  | 'revoked'

type TokenRejected = { readonly kind: 'rejected'; readonly reason: TokenRejection }

export type TokenJudgement =
  | { readonly kind: 'verified'; readonly token: VerifiedToken }
  | TokenRejected

export const defaultAlgorithms: readonly string[] = ['RS256', 'PS256', 'ES256', 'EdDSA']

/** Seconds that our clock and the issuer's may differ. */
const skew = 60

/** A token and what it claims. Nothing has been checked: good for choosing whose keys to try, for nothing else. */
export type UnverifiedToken = {
  readonly kind: 'unverified'
  readonly text: string
  readonly claims: Claims
}

const isClaims = (value: unknown): value is Claims =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Reads a token without judging it; `too-long` before anything is decoded (security.md R118). Total. */
export function parseAccessToken(text: string): UnverifiedToken | TokenRejected {
  if (text.length > tokenLimit) return rejected('too-long')
  const [, payload, signature, surplus] = text.split('.', 4)
  if (payload === undefined || signature === undefined || surplus !== undefined)
    return rejected('malformed')
  try {
    // Half the time of jose's decodeJwt. It may be as lenient as it likes: jose decodes all of it once more, and
    // strictly, before the signature holds.
    const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'))
    return isClaims(claims) ? { kind: 'unverified', text, claims } : rejected('malformed')
  } catch {
    return rejected('malformed')
  }
}

const rejected = (reason: TokenRejection): TokenRejected => ({ kind: 'rejected', reason })

const plainTypes = new Set(['bearer', 'dpop', 'at+jwt', 'jwt'])
const idTokenClaims = ['nonce', 'at_hash', 'c_hash', 's_hash', 'events']

/** Whether header and claims are those of an access token and of no other kind (RFC 9068 §4, RFC 8725 §3.11). */
function isAccessToken(
  header: CompactJWSHeaderParameters,
  claims: Claims,
  plain: boolean,
): boolean {
  const { typ, token_use: use, stt } = claims
  // Keycloak says `Bearer`, `ID`, `Refresh`, `Offline`, `Logout`; Cognito and SuperTokens have marks of their own.
  if (typ !== undefined && !(typeof typ === 'string' && plainTypes.has(typ.toLowerCase())))
    return false
  if ((use !== undefined && use !== 'access') || (stt !== undefined && stt !== 1)) return false
  const kind = header.typ?.toLowerCase().replace(/^application\//, '')
  if (kind === 'at+jwt') return true
  if (!plain || (kind !== undefined && kind !== 'jwt')) return false
  return !idTokenClaims.some((name) => Object.hasOwn(claims, name))
}

const isMoment = (value: unknown): value is number => typeof value === 'number'

/** What speaks against the times, with the skew on our side of each. RFC 7519 §4.1.4-4.1.6 */
function checkTimes(claims: Claims, now: EpochSeconds): TokenRejection | undefined {
  const { exp, nbf, iat } = claims
  if (exp === undefined) return 'missing-claim'
  if (!isMoment(exp) || !isMoment(nbf ?? 0) || !isMoment(iat ?? 0)) return 'malformed'
  if (exp <= now - skew) return 'expired'
  if (isMoment(nbf) && nbf > now + skew) return 'not-yet-valid'
  if (isMoment(iat) && iat > now + skew) return 'issued-in-future'
  return undefined
}

const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined

const textsOf = (value: unknown): readonly string[] =>
  (Array.isArray(value) ? value : [value]).filter((entry) => typeof entry === 'string')

/** `scope` (RFC 9068 §2.2.3), or `scp` as Entra ID and Okta write it. */
function readScopes(claims: Claims): readonly string[] {
  return parseScope(textsOf(claims['scope'] ?? claims['scp']).join(' '))
}

/** The key a token is bound to; `unfit` when it is bound in another way than by a DPoP key. RFC 9449 §6 */
function readBinding(cnf: unknown): string | undefined | 'unfit' {
  if (cnf === undefined) return undefined
  if (typeof cnf !== 'object' || cnf === null || Object.keys(cnf).join() !== 'jkt') return 'unfit'
  const thumbprint = 'jkt' in cnf ? cnf.jkt : undefined
  return typeof thumbprint === 'string' && /^[\w-]{43}$/.test(thumbprint) ? thumbprint : 'unfit'
}

function readToken(claims: Claims, profile: AccessTokenProfile): VerifiedToken | undefined {
  const { issuer, provider } = profile
  const clientId = textOf(claims['client_id']) ?? textOf(claims['azp'])
  // A machine without a subject must not become the user whose subject happens to be that client id (RFC 9068 §5).
  const machine = clientId === undefined ? undefined : `client:${clientId}`
  const subject = claims['sub'] === undefined ? machine : textOf(claims['sub'])
  if (subject === undefined) return undefined
  const scopes = readScopes(claims)
  const jwtId = textOf(claims['jti'])
  const boundTo = readBinding(claims['cnf'])
  const assurance = readAssurance(claims, profile.secondFactor)
  return {
    issuer,
    audience: textsOf(claims['aud']),
    clientId,
    ...(claims['token_use'] === 'access' ? { markedAccess: true as const } : {}),
    ...(jwtId === undefined ? {} : { jwtId }),
    ...(boundTo === undefined ? {} : { boundTo }),
    identity: { provider, issuer, subject, ...readPerson(claims, profile), scopes },
    ...(assurance === undefined ? {} : { assurance }),
    expiresAt: epochSeconds(Number(claims['exp'])),
  }
}

function judge(
  header: CompactJWSHeaderParameters,
  claims: Claims,
  profile: AccessTokenProfile,
  now: EpochSeconds,
): TokenJudgement {
  if (rewritesPayload(header)) return rejected('malformed')
  if (claims['iss'] !== profile.issuer) return rejected('unknown-issuer')
  if (!isAccessToken(header, claims, profile.acceptPlainJwtType)) return rejected('wrong-type')
  const fault = checkTimes(claims, now)
  if (fault !== undefined) return rejected(fault)
  // A token bound to a certificate is worth nothing without it; whoever shows it may have stolen it.
  if (readBinding(claims['cnf']) === 'unfit') return rejected('sender-constrained')
  const token = readToken(claims, profile)
  return token === undefined ? rejected('missing-claim') : { kind: 'verified', token }
}

/**
 * Verifies a JWT access token with the keys of one issuer. The signature comes first, then issuer, kind
 * and times (60 seconds of skew); `jku`, `jwk`, `x5u` and `x5c` of the header are never followed.
 *
 * Does not check audience and scope, nor whether the token was revoked.
 *
 * @param keys the issuer's own key set and no other
 * @returns `rejected` with the reason for the log; never throws
 * @see RFC 9068 §4, RFC 8725 §3, security.md R26, R110, R111
 */
export async function verifyAccessToken(
  { text, claims }: UnverifiedToken,
  profile: AccessTokenProfile,
  keys: CompactVerifyGetKey,
  now: EpochSeconds,
): Promise<TokenJudgement> {
  try {
    return judge(await verifySignature(text, profile.algorithms, keys), claims, profile, now)
  } catch (fault) {
    return rejected(signatureRejection(fault))
  }
}
