// The checks of an ID token that the client library leaves to its caller (OpenID Connect Core 1.0 §3.1.3.7).

import { createHash } from 'node:crypto'
import { decodeProtectedHeader } from 'jose'
import type { ProviderQuirks } from '../ports/provider-quirks.ts'
import type { Claims } from '../protocol/claims.ts'
import type { EpochSeconds } from '../protocol/time.ts'

/** Seconds by which the provider's clock may differ (R37). */
export const maxClockSkew = 60

/** OpenID Connect Core 1.0 §3.1.3.6: the left half of the hash that belongs to the token's algorithm. */
function accessTokenHash(accessToken: string, idToken: string): string {
  const { alg = '' } = decodeProtectedHeader(idToken)
  const size = alg.startsWith('Ed') ? '512' : alg.slice(-3)
  const hash = createHash(`sha${size}`)
  const digest = hash.update(accessToken, 'ascii').digest()
  return digest.subarray(0, digest.length / 2).toString('base64url')
}

/**
 * Judges the claims of an ID token whose signature, algorithm, issuer, nonce and expiry were verified before.
 *
 * @returns why it is refused, or undefined
 * @see security.md R37
 */
export function judgeIdToken(
  claims: Claims,
  tokens: { readonly id_token?: string | undefined; readonly access_token: string },
  client: {
    readonly clientId: string
    readonly hostedDomain: string | undefined
    readonly quirks: ProviderQuirks
  },
  now: EpochSeconds,
): string | undefined {
  const { sub, iat, azp, aud, at_hash, hd } = claims
  if (typeof sub !== 'string' || sub === '' || sub.length > 255)
    return 'ID token without a usable "sub"'
  // OpenID Connect Core 1.0 §3.1.3.7 step 3: refuse audiences that are not trusted. We trust no other,
  // but where the provider lists whole projects; the authorized party below is then what counts.
  const furtherAllowed = client.quirks.furtherAudiences === true && azp !== undefined
  if (Array.isArray(aud) && aud.length !== 1 && !furtherAllowed)
    return 'ID token for further audiences'
  if (azp !== undefined && azp !== client.clientId) return 'ID token for another authorized party'
  if (typeof iat !== 'number' || iat > now + maxClockSkew) return 'ID token issued in the future'
  if (
    at_hash !== undefined &&
    at_hash !== accessTokenHash(tokens.access_token, tokens.id_token ?? '')
  )
    return 'ID token for another access token'
  if (client.hostedDomain !== undefined && hd !== client.hostedDomain)
    return 'account is not of the Workspace domain'
  return undefined
}
