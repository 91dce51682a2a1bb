// Client assertions say one thing to one server, for a short time (RFC 7523 §3, security.md R87).

import { type Configuration, errors } from 'oidc-provider'

/** Longest life of an assertion, in seconds, with room for clocks that differ. */
const longest = 300
const tolerance = 15

type Assert = NonNullable<Configuration['assertJwtClientAuthClaimsAndHeader']>

/** What the library leaves open: `aud` is the issuer and nothing else, and `exp` is near. */
export const assertClientAssertion =
  (issuer: string): Assert =>
  async (_ctx, claims) => {
    const { aud, exp, sub, iss } = claims
    const audience = Array.isArray(aud) && aud.length === 1 ? aud[0] : aud
    if (audience !== issuer)
      throw new errors.InvalidClientAuth('aud must be the issuer, and only that')
    if (sub !== iss) throw new errors.InvalidClientAuth('iss and sub must be the client_id')
    if (typeof exp !== 'number' || exp > Date.now() / 1000 + longest + tolerance)
      throw new errors.InvalidClientAuth('exp must be at most five minutes away')
  }
