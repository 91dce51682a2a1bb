// What does the provider say about itself? (OpenID Connect Discovery 1.0 §4) Asked before each login, kept for its end.

import { isDeepStrictEqual } from 'node:util'
import {
  ClientSecretBasic,
  ClientSecretPost,
  Configuration,
  clockTolerance,
  customFetch,
  discovery as discover,
  enableNonRepudiationChecks,
  None,
  type ServerMetadata,
} from 'openid-client'
import type { ProviderQuirks } from '../ports/provider-quirks.ts'
import type { Clock, Log } from '../ports/runtime.ts'
import type { Secret } from '../protocol/secret.ts'
import { maxClockSkew } from './id-token.ts'
import { type GuardedFetch, isLoopbackHost } from './outbound.ts'
import { describeFault } from './provider-fault.ts'

/** Never `none`, never HS*: the client secret must not be able to sign an identity (R37, RFC 8725 §3.1). */
const idTokenAlgorithms = ['RS256', 'PS256', 'ES256', 'EdDSA', 'Ed25519']

const longestPause = 30

/** What Microsoft writes as the issuer where many tenants share one document. */
const tenantTemplate = 'https://login.microsoftonline.com/{tenantid}/v2.0'

export type DiscoverySettings = {
  readonly id: string
  readonly issuer: string
  readonly clientId: string
  readonly clientSecret: Secret | undefined
  readonly allowInsecureHttp: boolean
  readonly quirks: ProviderQuirks
  /** Not empty: the issuer is Microsoft's for many tenants, and ID tokens name that of their own. */
  readonly tenants: readonly string[]
  /** The library's switch for plain http, when it is allowed. */
  readonly execute: ((configuration: Configuration) => void)[]
}

export type Discovered =
  | { readonly kind: 'discovered'; readonly configuration: Configuration }
  | { readonly kind: 'unavailable'; readonly reason: string }

export type Discovery = {
  /** Looks whether the provider answers now, at most once a second. */
  readonly look: () => Promise<Discovered>
  /** What is known, looking only when nothing is. */
  readonly get: () => Promise<Discovered>
  /** What was discovered so far; asks nobody. */
  readonly peek: () => Configuration | undefined
}

const endpoints = [
  'authorization_endpoint',
  'token_endpoint',
  'jwks_uri',
  'userinfo_endpoint',
  'end_session_endpoint',
] as const
const needed: readonly string[] = ['authorization_endpoint', 'token_endpoint', 'jwks_uri']

/** Why this document cannot be used, or undefined (R38). */
function judgeMetadata(metadata: ServerMetadata, settings: DiscoverySettings): string | undefined {
  // The library forgives a missing slash and Microsoft's templates; the issuer is an identifier, so we do
  // not, unless the operator listed the tenants that the template may stand for.
  const wanted = settings.tenants.length > 0 ? tenantTemplate : settings.issuer
  if (metadata.issuer !== wanted)
    return `its discovery document names the issuer "${metadata.issuer.slice(0, 200)}"`
  for (const name of endpoints) {
    const value = metadata[name]
    if (value === undefined && !needed.includes(name)) continue
    const url = URL.parse(value ?? '')
    const plain = url?.protocol === 'http:' && settings.allowInsecureHttp
    if (url?.protocol === 'https:' || (plain && url && isLoopbackHost(url.hostname))) continue
    return `its "${name}" is not an https URL`
  }
  return undefined
}

const algorithmsOf = ({ quirks }: DiscoverySettings): string[] => [
  ...idTokenAlgorithms,
  ...(quirks.furtherAlgorithms ?? []),
]

function authenticationOf(metadata: ServerMetadata, clientSecret: Secret | undefined) {
  if (clientSecret === undefined) return None()
  const methods = metadata.token_endpoint_auth_methods_supported ?? ['client_secret_basic']
  return methods.includes('client_secret_post')
    ? ClientSecretPost(clientSecret.reveal())
    : ClientSecretBasic(clientSecret.reveal())
}

/** The configuration of every login. The library takes the issuer of ID tokens from the document. */
function configure(settings: DiscoverySettings, metadata: ServerMetadata): Configuration {
  return new Configuration(
    { ...metadata, id_token_signing_alg_values_supported: algorithmsOf(settings) },
    settings.clientId,
    { [clockTolerance]: maxClockSkew },
    authenticationOf(metadata, settings.clientSecret),
  )
}

// Only a configuration that the library discovered itself fills in the tenant of each ID token.
async function configureForTenants(
  { issuer, clientId, clientSecret, execute }: DiscoverySettings,
  fetch: GuardedFetch,
): Promise<Configuration> {
  const authentication = clientSecret ? ClientSecretPost(clientSecret.reveal()) : None()
  const client = { [clockTolerance]: maxClockSkew, id_token_signed_response_alg: 'RS256' }
  const options = { [customFetch]: fetch, execute, timeout: 5 }
  return discover(new URL(issuer), clientId, client, authentication, options)
}

async function fetchConfiguration(
  settings: DiscoverySettings,
  fetch: GuardedFetch,
  known: Configuration | undefined,
): Promise<Discovered> {
  const { issuer, clientId, execute, tenants } = settings
  const options = { [customFetch]: fetch, execute, timeout: 5 }
  const found =
    tenants.length > 0
      ? await configureForTenants(settings, fetch)
      : await discover(new URL(issuer), clientId, undefined, None(), options)
  const metadata: ServerMetadata = found.serverMetadata()
  const objection = judgeMetadata(metadata, settings)
  if (objection !== undefined) return { kind: 'unavailable', reason: objection }
  const configuration = tenants.length > 0 ? found : configure(settings, metadata)
  // The library keeps the provider's keys with the object: the same document keeps the object.
  if (known && isDeepStrictEqual(known.serverMetadata(), configuration.serverMetadata())) {
    return { kind: 'discovered', configuration: known }
  }
  configuration[customFetch] = fetch
  configuration.timeout = 5
  // Without this the library trusts TLS alone and leaves the signature unchecked.
  enableNonRepudiationChecks(configuration)
  for (const switchOn of execute) switchOn(configuration)
  return { kind: 'discovered', configuration }
}

/**
 * Keeps a provider's configuration: one request at a time however many wait, and a pause of 1 to 30 seconds
 * after each failure in which everyone is told at once. Logins that have begun go on with what is known.
 */
export function createDiscovery(
  settings: DiscoverySettings,
  ports: { readonly log: Log; readonly now: Clock; readonly fetch: GuardedFetch },
): Discovery {
  const { log, now } = ports
  let kept: { readonly found: Discovered; readonly configuration: Configuration } | undefined
  let seenAt = 0
  let pending: Promise<Discovered> | undefined
  let failure = { count: 0, at: 0, reason: '' }

  const isPaused = () => {
    const waited = now() - failure.at
    // A clock that was set back must not make the pause longer.
    return (
      failure.count > 0 && waited >= 0 && waited < Math.min(2 ** (failure.count - 1), longestPause)
    )
  }

  function succeed(found: Discovered & { readonly kind: 'discovered' }): void {
    const isNew = kept === undefined || failure.count > 0
    kept = { found, configuration: found.configuration }
    seenAt = now()
    failure = { count: 0, at: 0, reason: '' }
    if (isNew) log.info('provider.discovered', { provider: settings.id, issuer: settings.issuer })
  }

  async function fetchOnce(): Promise<Discovered> {
    const result = await fetchConfiguration(settings, ports.fetch, kept?.configuration).catch(
      (fault): Discovered => ({ kind: 'unavailable', reason: describeFault(fault) }),
    )
    if (result.kind === 'discovered') succeed(result)
    else {
      failure = { count: Math.min(failure.count + 1, 10), at: now(), reason: result.reason }
      log.warn('provider.unavailable', { provider: settings.id, reason: result.reason })
    }
    return result
  }

  async function look(): Promise<Discovered> {
    if (kept && failure.count === 0 && seenAt === now()) return kept.found
    if (pending === undefined && isPaused()) return { kind: 'unavailable', reason: failure.reason }
    pending ??= fetchOnce().finally(() => {
      pending = undefined
    })
    return pending
  }

  return {
    look,
    get: async () => kept?.found ?? look(),
    peek: () => kept?.configuration,
  }
}
