// Is this a genuine logout token for us, and whose sessions does it end? OpenID Connect Back-Channel Logout 1.0 §2.4, §2.6.

import { type CompactJWSHeaderParameters, type CompactVerifyGetKey, decodeJwt } from 'jose'
import type { Claims } from './claims.ts'
import {
  rewritesPayload,
  type SignatureRejection,
  signatureRejection,
  verifySignature,
} from './signature.ts'
import { type EpochSeconds, epochSeconds } from './time.ts'
import { tokenLimit } from './token-limit.ts'

/** Whom the token must come from and be for. */
export type LogoutTokenProfile = {
  /** Compared byte for byte. */
  readonly issuer: string
  readonly clientId: string
  /** As for ID tokens of that issuer. */
  readonly algorithms: readonly string[]
}

export type LogoutToken = {
  readonly issuer: string
  /** `jti`: to be accepted once. */
  readonly tokenId: string
  /** From then on it is refused as expired. */
  readonly usableUntil: EpochSeconds
  /** One session at the provider, or all sessions of a subject. */
  readonly about:
    | { readonly kind: 'session'; readonly providerSession: string }
    | { readonly kind: 'subject'; readonly subject: string }
}

export type LogoutTokenRejection =
  | SignatureRejection
  | 'too-long'
  | 'unknown-issuer'
  | 'wrong-type'
  | 'wrong-audience'
  | 'expired'
  | 'not-yet-valid'
  | 'issued-in-future'
  | 'missing-claim'

export type LogoutTokenJudgement =
  | { readonly kind: 'verified'; readonly token: LogoutToken }
  | { readonly kind: 'rejected'; readonly reason: LogoutTokenRejection }

const rejected = (reason: LogoutTokenRejection): LogoutTokenJudgement => ({
  kind: 'rejected',
  reason,
})

/** Seconds that our clock and the provider's may differ. */
const skew = 60

/** Seconds after `iat` in which a token is good at most: its use must be remembered as long. */
const longestUse = 3600

const nameLimit = 255
const event = 'http://schemas.openid.net/event/backchannel-logout'

const isObject = (value: unknown): value is Claims =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** A JWT that calls itself something else is no logout token; many providers call it nothing (§2.4). */
function isRightType(header: CompactJWSHeaderParameters): boolean {
  const kind = header.typ?.toLowerCase().replace(/^application\//, '')
  return kind === undefined || kind === 'jwt' || kind === 'logout+jwt'
}

/** The event tells it from every other kind of token; a nonce belongs to ID tokens (§2.4, §2.6 steps 5-7). */
const isLogout = ({ events, ...claims }: Claims): boolean =>
  isObject(events) &&
  Object.hasOwn(events, event) &&
  isObject(events[event]) &&
  !Object.hasOwn(claims, 'nonce')

const isForUs = ({ aud }: Claims, clientId: string): boolean =>
  aud === clientId || (Array.isArray(aud) && aud.length === 1 && aud[0] === clientId)

const isMoment = (value: unknown): value is number => typeof value === 'number'

/** When the token ends, or what speaks against its times, with the skew on our side of each. */
function readEnd(claims: Claims, now: EpochSeconds): EpochSeconds | LogoutTokenRejection {
  const { iat, exp, nbf } = claims
  if (iat === undefined || exp === undefined) return 'missing-claim'
  if (!isMoment(iat) || !isMoment(exp) || !isMoment(nbf ?? 0)) return 'malformed'
  const end = epochSeconds(Math.min(exp, iat + longestUse) + skew)
  if (end <= now) return 'expired'
  if (isMoment(nbf) && nbf > now + skew) return 'not-yet-valid'
  return iat > now + skew ? 'issued-in-future' : end
}

const isName = (value: unknown): value is string =>
  typeof value === 'string' && value !== '' && value.length <= nameLimit

/** The session if one is named: a provider that names it means this one and no other of the person. */
function readAbout({ sid, sub }: Claims): LogoutToken['about'] | LogoutTokenRejection {
  if (sid === undefined && sub === undefined) return 'missing-claim'
  if ((sid !== undefined && !isName(sid)) || (sub !== undefined && !isName(sub))) return 'malformed'
  if (sid !== undefined) return { kind: 'session', providerSession: sid }
  return sub === undefined ? 'missing-claim' : { kind: 'subject', subject: sub }
}

function judge(
  header: CompactJWSHeaderParameters,
  claims: Claims,
  profile: LogoutTokenProfile,
  now: EpochSeconds,
): LogoutTokenJudgement {
  if (rewritesPayload(header)) return rejected('malformed')
  if (!isRightType(header) || !isLogout(claims)) return rejected('wrong-type')
  if (!isForUs(claims, profile.clientId)) return rejected('wrong-audience')
  const end = readEnd(claims, now)
  if (typeof end === 'string') return rejected(end)
  const about = readAbout(claims)
  if (typeof about === 'string') return rejected(about)
  const { jti } = claims
  if (!isName(jti)) return rejected(jti === undefined ? 'missing-claim' : 'malformed')
  return {
    kind: 'verified',
    token: { issuer: profile.issuer, tokenId: jti, usableUntil: end, about },
  }
}

/**
 * Reads the issuer that a token claims, before any key is looked for: a foreign one costs nobody a request.
 *
 * @returns why the token can be none of this issuer's, or undefined
 */
export function objectToLogoutToken(
  text: string,
  profile: LogoutTokenProfile,
): LogoutTokenRejection | undefined {
  if (text.length > tokenLimit) return 'too-long'
  try {
    return decodeJwt(text).iss === profile.issuer ? undefined : 'unknown-issuer'
  } catch {
    return 'malformed'
  }
}

/**
 * Verifies a logout token with the keys of one provider: signature first, then kind, audience, times
 * (60 seconds of skew, an hour of age at most) and names.
 *
 * Does not check whether the token was used before: that is the store's.
 *
 * @param keys the provider's own key set and no other
 * @returns `rejected` with the reason for the log; never throws
 * @see OpenID Connect Back-Channel Logout 1.0 §2.6, RFC 8725 §3
 */
export async function verifyLogoutToken(
  text: string,
  profile: LogoutTokenProfile,
  keys: CompactVerifyGetKey,
  now: EpochSeconds,
): Promise<LogoutTokenJudgement> {
  const objection = objectToLogoutToken(text, profile)
  if (objection !== undefined) return rejected(objection)
  try {
    const header = await verifySignature(text, profile.algorithms, keys)
    return judge(header, decodeJwt(text), profile, now)
  } catch (fault) {
    return rejected(signatureRejection(fault))
  }
}
