// The tokens of edge auth: the cookie CF_Authorization, and what the relay hands to a command line. RFC 7519,
// RFC 8725 §3.11. The claims are those that applications behind Cloudflare Access look at.

import { type CompactVerifyGetKey, decodeJwt } from 'jose'
import {
  rewritesPayload,
  type SignatureRejection,
  signatureRejection,
  verifySignature,
} from './signature.ts'
import { type EpochSeconds, epochSeconds } from './time.ts'
import { tokenLimit } from './token-limit.ts'

export const edgeCookieName = 'CF_Authorization'

/** What applications behind Cloudflare Access can verify. */
export const edgeAlgorithm = 'RS256'

export type EdgeTokenKind = 'browser' | 'command-line'

/** `typ` of each kind: neither passes for the other, nor for an access token. */
export const edgeTokenTypes: Readonly<Record<EdgeTokenKind, string>> = {
  browser: 'sallyport-edge+jwt',
  'command-line': 'sallyport-relay+jwt',
}

/** `typ` of what the gateway behind us may verify; shown to us it is nothing. */
export const assertionType = 'sallyport-assertion+jwt'

/** A token whose signature, issuer, kind and times hold. Whether its session lives is not judged here. */
export type EdgeToken = {
  readonly kind: EdgeTokenKind
  /** Hosts, or `*.example.com` for one label, that it is good for. */
  readonly audience: readonly string[]
  /** `sid`: the hash by which the store knows the session. */
  readonly session: string
  readonly expiresAt: EpochSeconds
}

export type EdgeTokenRejection =
  | SignatureRejection
  | 'too-long'
  | 'unknown-issuer'
  | 'wrong-type'
  | 'expired'
  | 'issued-in-future'
  | 'missing-claim'

export type EdgeTokenJudgement =
  | { readonly kind: 'verified'; readonly token: EdgeToken }
  | { readonly kind: 'rejected'; readonly reason: EdgeTokenRejection }

/** Seconds that the clocks of our own nodes may differ. */
const skew = 60

const rejected = (reason: EdgeTokenRejection): EdgeTokenJudgement => ({ kind: 'rejected', reason })

const kindOf = (typ: unknown): EdgeTokenKind | undefined => {
  if (typ === edgeTokenTypes.browser) return 'browser'
  return typ === edgeTokenTypes['command-line'] ? 'command-line' : undefined
}

function readClaims(
  kind: EdgeTokenKind,
  claims: Readonly<Record<string, unknown>>,
  issuer: string,
  now: EpochSeconds,
): EdgeTokenJudgement {
  const { iss, aud, exp, iat, sid } = claims
  if (iss !== issuer) return rejected('unknown-issuer')
  if (typeof exp !== 'number' || typeof iat !== 'number') return rejected('missing-claim')
  if (exp <= now) return rejected('expired')
  if (iat > now + skew) return rejected('issued-in-future')
  const audience = Array.isArray(aud) ? aud.filter((one) => typeof one === 'string') : []
  if (audience.length === 0 || typeof sid !== 'string') return rejected('missing-claim')
  return {
    kind: 'verified',
    token: { kind, audience, session: sid, expiresAt: epochSeconds(exp) },
  }
}

/**
 * Verifies a token of edge auth: signature first, then kind, issuer and times.
 *
 * Does not ask whether the session lives, nor which host the token was shown at. Never throws.
 *
 * @see RFC 8725 §3, security.md R26, R110, R111
 */
export async function verifyEdgeToken(
  text: string,
  issuer: string,
  keys: CompactVerifyGetKey,
  now: EpochSeconds,
): Promise<EdgeTokenJudgement> {
  if (text.length > tokenLimit) return rejected('too-long')
  try {
    const header = await verifySignature(text, [edgeAlgorithm], keys)
    const kind = kindOf(header.typ)
    if (rewritesPayload(header) || kind === undefined) return rejected('wrong-type')
    return readClaims(kind, decodeJwt(text), issuer, now)
  } catch (fault) {
    return rejected(signatureRejection(fault))
  }
}

/** Whether one of the hosts, `*.example.com` for one label among them, is this one. Both in canonical form. */
export const matchesHost = (patterns: readonly string[], host: string): boolean =>
  patterns.includes(host) || patterns.includes(`*${host.slice(host.indexOf('.'))}`)
