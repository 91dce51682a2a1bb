// Where does an issuer publish its keys? OpenID Connect Discovery 1.0 §4, RFC 8414 §3.

import { allowInsecureRequests, customFetch, discovery, None } from 'openid-client'
import type { GuardedFetch } from './outbound.ts'

async function discover(
  issuer: string,
  algorithm: 'oidc' | 'oauth2',
  fetch: GuardedFetch,
): Promise<string> {
  const configuration = await discovery(new URL(issuer), 'sallyport', undefined, None(), {
    algorithm,
    [customFetch]: fetch,
    // The guarded fetch decides about plain http, more strictly than the library.
    execute: [allowInsecureRequests],
    timeout: 5,
  })
  const { issuer: stated, jwks_uri: keys } = configuration.serverMetadata()
  // The library forgives a slash and Microsoft's templates; an issuer is an identifier, so we do not.
  if (stated !== issuer) throw new Error('Discovery document names another issuer')
  if (keys === undefined) throw new Error('Discovery document names no "jwks_uri"')
  return keys
}

/**
 * The address of an issuer's key set: from its OpenID document, otherwise from its RFC 8414 document.
 * The issuer in the document must equal the configured one byte for byte.
 *
 * Rejects when neither document can be used, with what was wrong with the first.
 *
 * @see security.md R38
 */
export async function findKeySetUrl(issuer: string, fetch: GuardedFetch): Promise<string> {
  try {
    return await discover(issuer, 'oidc', fetch)
  } catch (fault) {
    return discover(issuer, 'oauth2', fetch).catch(() => {
      throw fault
    })
  }
}
