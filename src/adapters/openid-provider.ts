// A browser login at one OpenID provider (OpenID Connect Core 1.0 §3.1), on the certified client library.

import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  buildEndSessionUrl,
  type Configuration,
  calculatePKCECodeChallenge,
  fetchUserInfo,
} from 'openid-client'
import type {
  IdentityProvider,
  LoginAnswer,
  LoginChecks,
  LoginStart,
} from '../ports/identity-provider.ts'
import type { Clock, Log } from '../ports/runtime.ts'
import type { Identity } from '../protocol/identity.ts'
import type { Secret } from '../protocol/secret.ts'
import { type ClaimDocument, readEmailClaim, readGroupsClaim, readTextClaim } from './claims.ts'
import { judgeIdToken } from './id-token.ts'
import { createGuardedFetch, type GuardedFetch } from './outbound.ts'
import { createDiscovery } from './provider-discovery.ts'
import { explainFault } from './provider-fault.ts'

export type OpenIdProviderSettings = {
  readonly id: string
  readonly label: string
  readonly preset: 'google' | 'keycloak' | 'oidc'
  /** Byte for byte what the discovery document says. */
  readonly issuer: string
  readonly clientId: string
  readonly clientSecret: Secret | undefined
  readonly scopes: readonly string[]
  /** Claim names in order of preference; a name with dots may be a path. */
  readonly claims: {
    readonly email: readonly string[]
    readonly name: readonly string[]
    readonly username: readonly string[]
    readonly groups: readonly string[]
  }
  readonly trustEmailWithoutClaim: boolean
  readonly acceptVerifiedAsText: boolean
  /** Google Workspace: nobody but members of this domain (R47). */
  readonly hostedDomain: string | undefined
  /** Plain http to a loopback address: development only. */
  readonly allowInsecureHttp: boolean
}

export type OpenIdProviderDependencies = {
  readonly log: Log
  readonly now: Clock
  /** Default: `createGuardedFetch`, which sets the limits of R38 and R136. */
  readonly fetch?: GuardedFetch
}

export type OpenIdProvider = IdentityProvider & {
  /** Fetches the discovery document ahead of the first login; a failure is logged and tried again later. */
  readonly warmUp: () => Promise<void>
}

const answerDeadlineMs = 5500

const consumerDomains = ['gmail.com', 'googlemail.com']

/** The domain Google vouches for: `hd` for a Workspace, its own domains for everyone else (R47). */
function googleDomain(emailDomain: string | undefined, hd: unknown): string | undefined {
  if (emailDomain === undefined) return undefined
  if (typeof hd === 'string') return hd.toLowerCase() === emailDomain ? emailDomain : undefined
  return consumerDomains.includes(emailDomain) ? emailDomain : undefined
}

function readIdentity(
  settings: OpenIdProviderSettings,
  subject: string,
  documents: readonly ClaimDocument[],
): Identity {
  const { claims, preset } = settings
  const first = <T>(read: (document: ClaimDocument) => T | undefined): T | undefined =>
    documents.map(read).find((value) => value !== undefined)
  const emails = documents.map((document) => ({
    document,
    claim: readEmailClaim(document, { ...settings, names: claims.email }),
  }))
  // An address counts with the verification beside it, never with that of another document (R44).
  const chosen =
    emails.find(({ claim }) => claim?.email !== undefined) ??
    emails.find(({ claim }) => claim !== undefined)
  const domain = chosen?.claim?.emailDomain
  const { hd } = chosen?.document ?? {}
  return {
    provider: settings.id,
    issuer: settings.issuer,
    subject,
    email: chosen?.claim?.email,
    emailDomain: preset === 'google' ? googleDomain(domain, hd) : domain,
    unverifiedEmail: chosen?.claim?.unverifiedEmail,
    name: first((document) => readTextClaim(document, claims.name)),
    preferredUsername: first((document) => readTextClaim(document, claims.username)),
    groups: first((document) => readGroupsClaim(document, claims.groups)) ?? [],
    scopes: [],
  }
}

/** Whether UserInfo could tell more than the ID token does: asked for only then. */
function isIncomplete(settings: OpenIdProviderSettings, idToken: ClaimDocument): boolean {
  const { claims, scopes } = settings
  const wantsEmail = scopes.includes('email') || settings.trustEmailWithoutClaim
  const email = readEmailClaim(idToken, { ...settings, names: claims.email })
  if (wantsEmail && email?.email === undefined) return true
  return claims.groups.length > 0 && readGroupsClaim(idToken, claims.groups) === undefined
}

const refused = (reason: string): LoginAnswer => ({ kind: 'refused', reason, cancelled: false })

// Three calls of five seconds each would keep a person waiting too long (R136: a page within six seconds).
async function withinDeadline(answer: Promise<LoginAnswer>): Promise<LoginAnswer> {
  const { promise, resolve } = Promise.withResolvers<LoginAnswer>()
  const late = () => resolve({ kind: 'unavailable', reason: 'provider took too long' })
  const timer = setTimeout(late, answerDeadlineMs)
  try {
    return await Promise.race([answer, promise])
  } finally {
    clearTimeout(timer)
  }
}

function readSession(claims: ClaimDocument): string | undefined {
  const { sid } = claims
  return typeof sid === 'string' && sid.length <= 255 ? sid : undefined
}

/**
 * Makes the login at one provider.
 *
 * Discovery is fetched when first needed and kept; after a failure it is tried again with a growing pause. ID
 * tokens are verified by signature too, although they come over TLS. Nothing of one login is kept here (R40).
 *
 * @see security.md R32-R49, R136
 */
export function createOpenIdProvider(
  settings: OpenIdProviderSettings,
  dependencies: OpenIdProviderDependencies,
): OpenIdProvider {
  const { log, now } = dependencies
  const fetch =
    dependencies.fetch ?? createGuardedFetch({ allowInsecureLoopback: settings.allowInsecureHttp })
  const discovery = createDiscovery(
    { ...settings, execute: settings.allowInsecureHttp ? [allowInsecureRequests] : [] },
    { log, now, fetch },
  )

  async function documentsOf(
    configuration: Configuration,
    idToken: ClaimDocument & { readonly sub: string },
    accessToken: string,
  ): Promise<readonly ClaimDocument[]> {
    const { userinfo_endpoint } = configuration.serverMetadata()
    if (userinfo_endpoint === undefined || !isIncomplete(settings, idToken)) return [idToken]
    // The library compares the subjects (OpenID Connect Core 1.0 §5.3.2).
    return [idToken, await fetchUserInfo(configuration, accessToken, idToken.sub)]
  }

  async function redeem(
    configuration: Configuration,
    answer: URL,
    checks: LoginChecks,
  ): Promise<LoginAnswer> {
    const tokens = await authorizationCodeGrant(configuration, answer, {
      expectedState: checks.state,
      expectedNonce: checks.nonce,
      pkceCodeVerifier: checks.codeVerifier,
      idTokenExpected: true,
    })
    const idToken = tokens.claims()
    if (idToken === undefined) return refused('answer without an ID token')
    const objection = judgeIdToken(idToken, tokens, settings, now())
    if (objection !== undefined) return refused(objection)
    const documents = await documentsOf(configuration, idToken, tokens.access_token)
    return {
      kind: 'identity',
      identity: readIdentity(settings, idToken.sub, documents),
      idToken: tokens.id_token,
      providerSession: readSession(idToken),
    }
  }

  async function begin(
    redirectUri: string,
    checks: LoginChecks,
    options: { readonly selectAccount: boolean },
  ): Promise<LoginStart> {
    const found = await discovery.get()
    if (found.kind === 'unavailable') return found
    const url = buildAuthorizationUrl(found.configuration, {
      redirect_uri: redirectUri,
      scope: settings.scopes.join(' '),
      state: checks.state,
      nonce: checks.nonce,
      code_challenge: await calculatePKCECodeChallenge(checks.codeVerifier),
      code_challenge_method: 'S256',
      ...(options.selectAccount ? { prompt: 'select_account' } : {}),
      ...(settings.hostedDomain === undefined ? {} : { hd: settings.hostedDomain }),
    })
    return { kind: 'redirect', url }
  }

  async function complete(answer: URL, checks: LoginChecks): Promise<LoginAnswer> {
    const found = await discovery.get()
    if (found.kind === 'unavailable') return found
    const redeemed = redeem(found.configuration, answer, checks).catch(explainFault)
    return withinDeadline(redeemed)
  }

  function logoutUrl(idToken: string | undefined, returnTo: string): URL | undefined {
    const configuration = discovery.peek()
    if (configuration?.serverMetadata().end_session_endpoint === undefined) return undefined
    return buildEndSessionUrl(configuration, {
      post_logout_redirect_uri: returnTo,
      ...(idToken === undefined ? {} : { id_token_hint: idToken }),
    })
  }

  return {
    id: settings.id,
    label: settings.label,
    issuer: settings.issuer,
    begin,
    complete,
    logoutUrl,
    logoutOrigin: () => {
      const endpoint = discovery.peek()?.serverMetadata().end_session_endpoint
      return endpoint === undefined ? undefined : new URL(endpoint).origin
    },
    warmUp: async () => {
      await discovery.get()
    },
  }
}
