// What does a client say of itself, and what of that do we take over? RFC 7591 §2, security.md R100-R104, mcp.md AS-53-AS-57.

import { type ClientAuthMethod, readAuthentication } from './client-authentication.ts'
import { cleanClientName, isListedName } from './client-name.ts'
import { readApplicationType, readRedirects } from './client-redirects.ts'
import {
  type Reading,
  readFlag,
  readList,
  readText,
  readWebUrl,
  startReading,
  urlLimit,
} from './metadata-members.ts'
import type { PublicJwk } from './public-jwk.ts'
import { judgeRedirectUri, type RedirectUriRules } from './redirect-uri.ts'
import { formatScope, parseScope } from './scope.ts'

/** Client metadata as they are stored and echoed: wire names, no null, no empty text (mcp.md AS-10). */
export type ClientMetadata = {
  /** At least one, unless the client uses no redirect. */
  readonly redirect_uris: readonly string[]
  readonly grant_types: readonly string[]
  readonly response_types: readonly string[]
  readonly application_type: 'native' | 'web'
  readonly token_endpoint_auth_method: ClientAuthMethod
  readonly client_name?: string
  readonly client_uri?: string
  readonly logo_uri?: string
  readonly policy_uri?: string
  readonly tos_uri?: string
  /** Absent: whatever is supported. */
  readonly scope?: string
  readonly jwks?: { readonly keys: readonly PublicJwk[] }
  readonly software_id?: string
  readonly software_version?: string
  readonly dpop_bound_access_tokens?: true
  readonly id_token_signed_response_alg?: string
  readonly post_logout_redirect_uris?: readonly string[]
  readonly backchannel_logout_uri?: string
}

export type ClientMetadataRules = {
  readonly redirects: RedirectUriRules
  /** Names that registrations may have, compared without case; undefined: any. */
  readonly clientNames: readonly string[] | undefined
  /** Scopes there are. */
  readonly scopes: readonly string[]
  /** Signature algorithms for ID tokens that we have keys for. */
  readonly idTokenAlgorithms: readonly string[]
}

/** `registration`: the client sent it; `document`: found at its client id; `manual`: the operator wrote it. */
export type ClientSource = 'registration' | 'document' | 'manual'

export type ClientRefusal = {
  readonly kind: 'refused'
  readonly error: 'invalid_redirect_uri' | 'invalid_client_metadata'
  /** What was wrong and what is wanted: ASCII, without quotes and without the client's own words. */
  readonly description: string
}

export type NarrowedClient =
  | ClientRefusal
  | {
      readonly kind: 'narrowed'
      readonly metadata: ClientMetadata
      /** What was given and not taken over, by name; for the log. */
      readonly dropped: readonly string[]
    }

const refused = (error: ClientRefusal['error'], problems: readonly string[]): ClientRefusal => ({
  kind: 'refused',
  error,
  description: problems.slice(0, 3).join('; '),
})

const shownUrls = ['client_uri', 'logo_uri', 'policy_uri', 'tos_uri'] as const
const softwareNames = ['software_id', 'software_version'] as const
const commonMembers = [
  ...['redirect_uris', 'grant_types', 'response_types', 'application_type', 'client_name', 'scope'],
  ...['token_endpoint_auth_method', 'token_endpoint_auth_methods_supported', 'jwks'],
  ...['dpop_bound_access_tokens', 'id_token_signed_response_alg', ...shownUrls, ...softwareNames],
]
const logoutMembers = ['post_logout_redirect_uris', 'backchannel_logout_uri']
const knownMembers: Readonly<Record<ClientSource, ReadonlySet<string>>> = {
  registration: new Set(commonMembers),
  document: new Set([...commonMembers, 'client_id']),
  manual: new Set([...commonMembers, ...logoutMembers]),
}

const strangersGrants = ['authorization_code', 'refresh_token']
const vouchedGrants = [
  ...strangersGrants,
  'urn:ietf:params:oauth:grant-type:device_code',
  'client_credentials',
]

/**
 * A client that nobody vouched for gets a code at its own address and nothing else (R102): with the device
 * grant it could ask people to type in a code that a stranger sent them.
 */
function readGrants(reading: Reading, source: ClientSource): readonly string[] {
  const allowed = source === 'manual' ? vouchedGrants : strangersGrants
  const asked = readList(reading, 'grant_types') ?? ['authorization_code']
  const grants = asked.filter((grant) => allowed.includes(grant))
  if (grants.length < asked.length) reading.dropped.push('grant_types')
  if (grants.every((grant) => grant === 'refresh_token'))
    reading.problems.push(`grant_types: expected ${allowed.join(', ')}`)
  return grants
}

/** None left means none named, which is how `scope: ""` is meant (AS-27, AS-28, AS-55). */
function readScope(reading: Reading, supported: readonly string[]): string | undefined {
  const asked = parseScope(readText(reading, 'scope', urlLimit) ?? '')
  const kept = asked.filter((scope) => supported.includes(scope))
  if (kept.length < asked.length) reading.dropped.push('scope')
  return formatScope(kept) || undefined
}

function readIdTokenAlgorithm(reading: Reading, supported: readonly string[]): string | undefined {
  const name = 'id_token_signed_response_alg'
  const algorithm = readText(reading, name)
  if (algorithm === undefined || supported.includes(algorithm)) return algorithm
  reading.dropped.push(name)
  return undefined
}

/** What only the operator may set: with strangers these members are unknown ones. */
function readLogout(reading: Reading, rules: RedirectUriRules) {
  const uri = readText(reading, 'backchannel_logout_uri', urlLimit)
  const judged = uri === undefined ? undefined : judgeRedirectUri(uri, rules)
  if (judged && !(judged.kind === 'registrable' && judged.target.scheme === 'https'))
    reading.problems.push('backchannel_logout_uri: expected an https URL')
  const { kept, faults } = readRedirects(reading, 'post_logout_redirect_uris', rules)
  reading.problems.push(...faults)
  return {
    ...(kept.length > 0 && { post_logout_redirect_uris: kept }),
    ...(uri !== undefined && { backchannel_logout_uri: uri }),
  }
}

/** What pages show of the client. */
function readAppearance(reading: Reading, rules: ClientMetadataRules, source: ClientSource) {
  const name = cleanClientName(readText(reading, 'client_name') ?? '')
  if (source === 'document' && name === undefined)
    reading.problems.push('client_name: expected a name (MCP asks for it)')
  const listed = source !== 'registration' || rules.clientNames === undefined
  if (!listed && !isListedName(name, rules.clientNames ?? []))
    reading.problems.push('client_name: expected a name that is allowed to register here')
  const urls = shownUrls.map((member) => [member, readWebUrl(reading, member)])
  const software = softwareNames.map((member) => [member, readText(reading, member)])
  const texts: Partial<
    Record<(typeof shownUrls)[number] | (typeof softwareNames)[number], string>
  > = Object.fromEntries([...urls, ...software].filter(([, value]) => value !== undefined))
  return { ...(name !== undefined && { client_name: name }), ...texts }
}

/** What tokens for the client will be like. */
function readTokens(reading: Reading, rules: ClientMetadataRules) {
  const scope = readScope(reading, rules.scopes)
  const algorithm = readIdTokenAlgorithm(reading, rules.idTokenAlgorithms)
  const bound = readFlag(reading, 'dpop_bound_access_tokens')
  return {
    ...(scope !== undefined && { scope }),
    ...(algorithm !== undefined && { id_token_signed_response_alg: algorithm }),
    ...(bound === true && { dpop_bound_access_tokens: bound }),
  }
}

/** A client that runs on people's own machines cannot keep a secret, whether or not it says so (RFC 8252 §8.4). */
function readProof(reading: Reading, native: boolean, source: ClientSource) {
  const noSecret = source === 'document'
  const secretless = noSecret || (native && source === 'registration')
  const fallback = secretless ? 'none' : 'client_secret_basic'
  const { method, jwks } = readAuthentication(reading, { noSecret, fallback })
  return { token_endpoint_auth_method: method, ...(jwks !== undefined && { jwks }) }
}

/**
 * Narrows client metadata to what we take over. What we do not know or do not allow is dropped and named; what has
 * the wrong form, or leaves nothing to work with, is refused. Everything shown, stored or echoed comes from here.
 * A secret that the client brings along is dropped: we make them (R101).
 *
 * Does not check an initial access token, limits on how many may register, or `client_id` of a document.
 *
 * @param input parsed JSON, of at most the size that was read from the wire (R103)
 * @returns `invalid_redirect_uri` when it is the redirects that are wrong
 * @see RFC 7591 §2, §3.2.2, security.md R100-R105, R120
 */
export function narrowClientMetadata(
  input: unknown,
  source: ClientSource,
  rules: ClientMetadataRules,
): NarrowedClient {
  const reading = startReading(input, knownMembers[source])
  if (typeof reading === 'string') return refused('invalid_client_metadata', [reading])
  const { kept, faults } = readRedirects(reading, 'redirect_uris', rules.redirects)
  if (reading.problems.length > 0) return refused('invalid_redirect_uri', reading.problems)
  const grants = readGrants(reading, source)
  const interactive = grants.includes('authorization_code')
  if (kept.length === 0 && (interactive || faults.length > 0))
    return refused('invalid_redirect_uri', [
      ...(faults.length > 0 ? faults : ['redirect_uris: expected at least one']),
    ])
  const { type, uris } = readApplicationType(reading, kept)
  const metadata: ClientMetadata = {
    redirect_uris: uris,
    grant_types: grants,
    // They follow from the grants (RFC 7591 §2.1), and there is only one kind (R64).
    response_types: interactive ? ['code'] : [],
    application_type: type,
    ...readAppearance(reading, rules, source),
    ...readProof(reading, type === 'native', source),
    ...readTokens(reading, rules),
    ...(source === 'manual' && readLogout(reading, rules.redirects)),
  }
  if (metadata.token_endpoint_auth_method === 'none' && grants.includes('client_credentials'))
    reading.problems.push('token_endpoint_auth_method: expected one with credentials')
  if (reading.problems.length > 0) return refused('invalid_client_metadata', reading.problems)
  return { kind: 'narrowed', metadata, dropped: reading.dropped }
}
