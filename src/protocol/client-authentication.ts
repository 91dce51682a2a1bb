// How will a client prove at the token endpoint who it is? RFC 7591 §2, RFC 7523 §2.2, security.md R85, R104, R105.

import { type Reading, readList, readMember, readText } from './metadata-members.ts'
import { type PublicJwk, parsePublicJwk } from './public-jwk.ts'

export const clientAuthMethods = [
  'none',
  'client_secret_basic',
  'client_secret_post',
  'private_key_jwt',
] as const

export type ClientAuthMethod = (typeof clientAuthMethods)[number]

export type ClientAuthentication = {
  readonly method: ClientAuthMethod
  readonly jwks: { readonly keys: readonly PublicJwk[] } | undefined
}

export type AuthenticationRules = {
  /** A shared secret cannot be agreed on: the metadata are published (mcp.md AS-48). */
  readonly noSecret: boolean
  /** Method of a client that names none. */
  readonly fallback: ClientAuthMethod
}

const keyLimit = 5
const secretMethods: readonly string[] = [
  'client_secret_basic',
  'client_secret_post',
  'client_secret_jwt',
]

/** Keys the client publishes here; `jwks_uri` is another matter, it would have to be fetched. */
function readKeys(reading: Reading): { readonly keys: readonly PublicJwk[] } | undefined {
  const jwks = readMember(reading, 'jwks')
  if (jwks === undefined) return undefined
  const listed =
    typeof jwks === 'object' && jwks !== null && Object.hasOwn(jwks, 'keys') && 'keys' in jwks
      ? jwks.keys
      : undefined
  const given: readonly unknown[] = Array.isArray(listed) ? listed : []
  const keys = given.map(parsePublicJwk).filter((key) => key !== undefined)
  if (Array.isArray(listed) && keys.length === given.length && keys.length <= keyLimit)
    return keys.length === 0 ? undefined : { keys }
  reading.problems.push(
    `jwks: expected at most ${keyLimit} public keys (EC, OKP or RSA up to 4096 bits), without private parts`,
  )
  return undefined
}

/**
 * Chooses the method: the one asked for, else the first usable one of `token_endpoint_auth_methods_supported`, by
 * which a client says that it can do several. One that only works with keys from `jwks_uri` is not usable here.
 * Without a usable one there is a problem in the reading.
 */
export function readAuthentication(
  reading: Reading,
  rules: AuthenticationRules,
): ClientAuthentication {
  const jwks = readKeys(reading)
  const asked = readText(reading, 'token_endpoint_auth_method')
  const others = readList(reading, 'token_endpoint_auth_methods_supported') ?? []
  const wanted = asked === undefined ? others : [asked, ...others]
  if (wanted.length === 0) return { method: rules.fallback, jwks }
  const usable = clientAuthMethods.filter(
    (method) =>
      !(rules.noSecret && secretMethods.includes(method)) &&
      !(method === 'private_key_jwt' && jwks === undefined),
  )
  const method = wanted.flatMap((one) => usable.filter((other) => other === one))[0]
  if (method === undefined || (rules.noSecret && secretMethods.includes(asked ?? ''))) {
    reading.problems.push(
      `token_endpoint_auth_method: expected ${rules.noSecret ? 'none' : 'none, client_secret_basic, client_secret_post'} or private_key_jwt with keys in jwks (jwks_uri is not fetched)`,
    )
    return { method: rules.fallback, jwks }
  }
  if (asked !== undefined && asked !== method) reading.dropped.push('token_endpoint_auth_method')
  return { method, jwks }
}
