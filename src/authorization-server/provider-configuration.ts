// oidc-provider's configuration: what is on, how long things live, what is never done.

import type { ClientMetadata, Configuration } from 'oidc-provider'
import type { ConfiguredClient } from '../ports/authorization-server.ts'
import { createTokenClaims } from './access-tokens.ts'
import { type Accounts, claimsByScope } from './accounts.ts'
import type { Binding } from './binding.ts'
import { cookieNameFor } from './binding.ts'
import { assertClientAssertion } from './client-assertions.ts'
import { keptSecret } from './client-secret.ts'
import type { EngineParts } from './dependencies.ts'
import { findClient } from './find-client.ts'
import { createGrantLoader } from './grants.ts'
import { createInteractionPolicy } from './interaction-policy.ts'
import { createErrorRenderer, createPageFeatures } from './library-pages.ts'
import { refreshLifetime } from './refresh.ts'
import { createResourceIndicators, createScopeNarrowing } from './scopes.ts'
import type { Keyring } from './signing-keys.ts'
import { createStoreAdapter } from './store-adapter.ts'
import type { Visitors } from './visitors.ts'

export type ConfigurationParts = EngineParts & {
  readonly keyring: Keyring
  readonly accounts: Accounts
  readonly visitors: Visitors
  readonly binding: Binding
}

type IntrospectionPolicy = NonNullable<
  NonNullable<NonNullable<Configuration['features']>['introspection']>['allowedPolicy']
>

export const deviceGrant = 'urn:ietf:params:oauth:grant-type:device_code'

export const routes = {
  authorization: '/authorize',
  token: '/token',
  registration: '/register',
  jwks: '/jwks',
  revocation: '/revoke',
  introspection: '/introspect',
  userinfo: '/userinfo',
  code_verification: '/device',
  device_authorization: '/device/auth',
  pushed_authorization_request: '/request',
  end_session: '/session/end',
}

/** Which authorization of the browser goes on at the end of its address. */
export const resumeCookie = 'sallyport-resume'

const idTokenLifetime = 3_600
const interactionLifetime = 600
const sessionLifetime = 30 * 86_400

const authMethods = [
  'none',
  'client_secret_basic',
  'client_secret_post',
  'private_key_jwt',
] as const

function toMetadata(
  client: ConfiguredClient,
  { settings, dependencies }: EngineParts,
): ClientMetadata {
  const { secret, jwks, backchannelLogoutUri, name } = client
  const redirects = client.redirectUris.length > 0
  return {
    client_id: client.id,
    ...(name === undefined ? {} : { client_name: name }),
    ...(secret === undefined ? {} : { client_secret: keptSecret(secret, dependencies.hashOf) }),
    ...(jwks === undefined ? {} : { jwks: { keys: [...jwks.keys] } }),
    application_type: 'native',
    token_endpoint_auth_method: client.authMethod,
    redirect_uris: [...client.redirectUris],
    post_logout_redirect_uris: [...client.postLogoutRedirectUris],
    ...(backchannelLogoutUri === undefined ? {} : { backchannel_logout_uri: backchannelLogoutUri }),
    grant_types: [...client.grantTypes],
    response_types: redirects ? ['code'] : [],
    dpop_bound_access_tokens: client.dpopRequired || settings.fapi,
  }
}

function lifetimes({ settings }: EngineParts): NonNullable<Configuration['ttl']> {
  const now = () => Math.floor(Date.now() / 1000)
  return {
    AccessToken: (_ctx, { resourceServer }) =>
      resourceServer?.accessTokenTTL ?? settings.accessTokenLifetime,
    ClientCredentials: settings.accessTokenLifetime,
    AuthorizationCode: 60,
    DeviceCode: interactionLifetime,
    Grant: settings.refreshLifetime + interactionLifetime,
    IdToken: idTokenLifetime,
    Interaction: interactionLifetime,
    RefreshToken: (_ctx, token) => refreshLifetime(settings, token, now()),
    // Anyone makes one of nobody's by asking: it lives as long as what it could be needed for.
    Session: (_ctx, { accountId }) =>
      accountId === undefined ? interactionLifetime : sessionLifetime,
  }
}

/**
 * Who may know of a token: the client that has it, and resource servers, which are configured clients with a secret.
 * The answer is the gate's: nothing counts for an account that may not sign in any more, nor for a client that is
 * gone, which the library would stumble over (R89).
 */
const createIntrospectionPolicy =
  ({ settings, accounts }: ConfigurationParts): IntrospectionPolicy =>
  async (ctx, client, token) => {
    if (client.clientAuthMethod === 'none') return false
    const isOwn = token.clientId === client.clientId
    if (!isOwn && !settings.clients.some(({ id }) => id === client.clientId)) return false
    const { provider } = ctx.oidc
    const { clientId = '' } = token
    if (!isOwn && (await findClient(provider, clientId)) === undefined) return false
    const account: unknown = Reflect.get(token, 'accountId')
    return typeof account !== 'string' || (await accounts.identify(ctx, account)) !== undefined
  }

function features(parts: ConfigurationParts): NonNullable<Configuration['features']> {
  const { settings, keyring } = parts
  return {
    devInteractions: { enabled: false },
    dPoP: { enabled: true },
    backchannelLogout: { enabled: true },
    clientCredentials: { enabled: true },
    introspection: { enabled: true, allowedPolicy: createIntrospectionPolicy(parts) },
    pushedAuthorizationRequests: {
      enabled: true,
      requirePushedAuthorizationRequests: settings.fapi,
    },
    registration: {
      enabled: settings.registration !== 'off',
      initialAccessToken: settings.registration !== 'open',
      idFactory: () => parts.dependencies.randomToken(),
      secretFactory: () => parts.dependencies.randomToken(),
    },
    registrationManagement: {
      enabled: settings.registration !== 'off',
      rotateRegistrationAccessToken: true,
    },
    resourceIndicators: createResourceIndicators(settings, keyring.accessTokenKey),
    revocation: {
      enabled: true,
      allowedPolicy: (_ctx, client, token) => token.clientId === client.clientId,
    },
    userinfo: { enabled: true },
    ...(settings.fapi ? { fapi: { enabled: true, profile: () => '2.0' as const } } : {}),
    ...createPageFeatures(parts),
  }
}

function algorithms({ settings }: EngineParts): NonNullable<Configuration['enabledJWA']> {
  const asymmetric = ['ES256', 'EdDSA', 'Ed25519', 'PS256'] as const
  return {
    clientAuthSigningAlgValues: settings.fapi ? asymmetric : [...asymmetric, 'RS256'],
    idTokenSigningAlgValues: settings.fapi ? ['ES256', 'EdDSA'] : ['RS256', 'ES256', 'EdDSA'],
    dPoPSigningAlgValues: ['ES256', 'EdDSA', 'Ed25519'],
  }
}

/** Hands on only what our own fetch knows; the library's dispatcher is none of it. */
function createLibraryFetch(
  outbound: EngineParts['dependencies']['fetch'],
): NonNullable<Configuration['fetch']> {
  return (url, options) => {
    const { method = 'GET', headers, body } = options ?? {}
    const target = url instanceof Request ? url.url : url
    return outbound(target, {
      method,
      headers: new Headers(headers),
      ...(body === undefined || body === null ? {} : { body: String(body) }),
    })
  }
}

export function createConfiguration(parts: ConfigurationParts): Configuration {
  const { settings, dependencies, keyring, accounts, visitors, binding } = parts
  const short = { httpOnly: true, sameSite: 'lax', signed: false } as const
  return {
    adapter: createStoreAdapter(parts),
    jwks: { keys: keyring.keys },
    clients: settings.clients.map((client) => toMetadata(client, parts)),
    clientDefaults: {
      grant_types: ['authorization_code'],
      response_types: ['code'],
      token_endpoint_auth_method: 'client_secret_basic',
      id_token_signed_response_alg: settings.fapi ? 'ES256' : 'RS256',
    },
    cookies: {
      names: {
        session: cookieNameFor(settings.issuer, 'server'),
        interaction: 'sallyport-interaction',
        resume: resumeCookie,
      },
      long: short,
      short,
    },
    claims: claimsByScope,
    scopes: ['openid', 'offline_access', 'profile', 'email', 'groups'],
    subjectTypes: ['public'],
    responseTypes: ['code'],
    routes,
    clientAuthMethods: settings.fapi ? ['private_key_jwt'] : [...authMethods],
    enabledJWA: algorithms(parts),
    assertJwtClientAuthClaimsAndHeader: assertClientAssertion(settings.issuer),
    allowOmittingSingleRegisteredRedirectUri: false,
    acceptQueryParamAccessTokens: false,
    // Tokens outlive a browser session; who signs out everywhere ends grants.
    expiresWithSession: () => false,
    issueRefreshToken: (_ctx, client) => client.grantTypeAllowed('refresh_token'),
    rotateRefreshToken: true,
    pkce: { required: () => true },
    // Our own middleware says who may read an answer; the library only may not refuse.
    clientBasedCORS: () => true,
    clockTolerance: 15,
    extraParams: { narrowed_scope: createScopeNarrowing(settings) },
    extraTokenClaims: createTokenClaims(accounts),
    features: features(parts),
    fetch: createLibraryFetch(dependencies.fetch),
    fetchResponseBodyLimits: { jwks_uri: 32 * 1024, sector_identifier_uri: 5 * 1024 },
    findAccount: accounts.find,
    interactions: {
      policy: createInteractionPolicy(binding, dependencies.now),
      url: (_ctx, interaction) => `/interaction/${interaction.uid}`,
    },
    loadExistingGrant: createGrantLoader(parts, visitors),
    renderError: createErrorRenderer(parts),
    ttl: lifetimes(parts),
  }
}
