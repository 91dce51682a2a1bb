// Challenges: what a 401 or 403 says about the credential that is wanted. RFC 9110 §11.6.1, RFC 6750 §3, RFC 9728 §5.1.

import type { Seconds } from './time.ts'

export type Challenge = {
  readonly scheme: 'Bearer' | 'Basic' | 'DPoP'
  /** In the order written. Names outside the token grammar are dropped. */
  readonly parameters: readonly (readonly [name: string, value: string])[]
}

const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/

/**
 * A quoted string. Control and non-ASCII characters become `?`: the header must stay one line and one
 * encoding, whatever a configuration or a client put into a value.
 *
 * @see RFC 9110 §5.6.4
 */
function formatQuoted(value: string): string {
  return `"${value.replace(/[^\x20-\x7e]/g, '?').replace(/["\\]/g, '\\$&')}"`
}

/** A challenge as header value: the scheme, then the parameters with a comma between each two. */
export function formatChallenge({ scheme, parameters }: Challenge): string {
  const list = parameters
    .filter(([name]) => token.test(name))
    .map(([name, value]) => `${name}=${formatQuoted(value)}`)
  return list.length === 0 ? scheme : `${scheme} ${list.join(', ')}`
}

/** Error codes of RFC 6750 §3.1, and those of RFC 9449 §7.1 and RFC 9470 §3. */
export type BearerError =
  | 'invalid_request'
  | 'invalid_token'
  | 'insufficient_scope'
  | 'invalid_dpop_proof'
  | 'insufficient_user_authentication'

export type BearerChallenge = {
  /** Set: a token with a proof of possession is wanted, signed in one of these ways (RFC 9449 §7.1). */
  readonly proofAlgorithms?: readonly string[] | undefined
  readonly realm: string
  /** Left out when the request had no credential at all (RFC 6750 §3.1, mcp.md RS-11). */
  readonly error?: BearerError | undefined
  readonly scope?: string | undefined
  /** Authentication contexts of which one is wanted (RFC 9470 §3). */
  readonly acrValues?: readonly string[] | undefined
  readonly maxAge?: Seconds | undefined
  readonly resourceMetadata?: string | undefined
  readonly errorDescription?: string | undefined
}

/**
 * The bearer challenge, or with `proofAlgorithms` its DPoP counterpart. `error_description` comes last and is freed of `name=` parts, because MCP SDK 1.x
 * picks fields by pattern from the whole header (mcp.md RS-12).
 */
export function bearerChallenge(challenge: BearerChallenge): string {
  const { proofAlgorithms, realm, error, scope, resourceMetadata, errorDescription } = challenge
  const { acrValues, maxAge } = challenge
  const parameters = [
    ['realm', realm],
    ['algs', proofAlgorithms?.join(' ')],
    ['error', error],
    ['scope', scope],
    ['acr_values', acrValues?.join(' ')],
    ['max_age', maxAge === undefined ? undefined : String(maxAge)],
    ['resource_metadata', resourceMetadata],
    ['error_description', errorDescription?.replaceAll('=', ' ')],
  ] as const
  return formatChallenge({
    scheme: proofAlgorithms === undefined ? 'Bearer' : 'DPoP',
    parameters: parameters.flatMap(([name, value]) => (value ? [[name, value] as const] : [])),
  })
}
