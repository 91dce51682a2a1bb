// Was this text signed with one of these keys? RFC 7515 §5.2, RFC 8725 §3.1.

import {
  type CompactJWSHeaderParameters,
  type CompactVerifyGetKey,
  compactVerify,
  errors,
} from 'jose'

/** Why a signature does not hold. `unknown-key`: newer keys of the issuer may change that. */
export type SignatureRejection = 'bad-signature' | 'wrong-algorithm' | 'unknown-key' | 'malformed'

// Several keys fit when the token names none; trying more than this is not worth the time.
const keyLimit = 8

/**
 * Checks the signature of a compact JWS with the key that fits, or with one after the other of several;
 * `jku`, `jwk`, `x5u` and `x5c` of the header are never followed. Says nothing about what was signed.
 *
 * @throws an error of jose when it does not hold; `signatureRejection` names the reason
 */
export async function verifySignature(
  token: string,
  algorithms: readonly string[],
  keys: CompactVerifyGetKey,
): Promise<CompactJWSHeaderParameters> {
  const options = { algorithms: [...algorithms] }
  try {
    return (await compactVerify(token, keys, options)).protectedHeader
  } catch (fault) {
    if (!(fault instanceof errors.JWKSMultipleMatchingKeys)) throw fault
    let tried = 0
    for await (const key of fault) {
      if (tried++ === keyLimit) break
      const attempt = await compactVerify(token, key, options).catch(() => undefined)
      if (attempt) return attempt.protectedHeader
    }
    throw new errors.JWSSignatureVerificationFailed()
  }
}

/** The reason in what `verifySignature` threw. */
export function signatureRejection(fault: unknown): SignatureRejection {
  if (fault instanceof errors.JWSSignatureVerificationFailed) return 'bad-signature'
  if (fault instanceof errors.JOSEAlgNotAllowed) return 'wrong-algorithm'
  const unusable = [errors.JWKSNoMatchingKey, errors.JWKSInvalid, errors.JWKInvalid]
  if (unusable.some((kind) => fault instanceof kind)) return 'unknown-key'
  // Not of jose: a published key that cannot verify, a short RSA key for example.
  return fault instanceof errors.JOSEError ? 'malformed' : 'unknown-key'
}

/** Whether the header changes what was signed or how it is read; jose passes over these when `crit` does not name them. */
export const rewritesPayload = (header: CompactJWSHeaderParameters): boolean =>
  Object.hasOwn(header, 'b64') || Object.hasOwn(header, 'zip')
