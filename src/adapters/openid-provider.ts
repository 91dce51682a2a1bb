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
import { type ClaimNames, type Claims, readClaim, readPerson } from '../protocol/claims.ts'
import type { Identity } from '../protocol/identity.ts'
import type { Secret } from '../protocol/secret.ts'
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
  readonly claims: ClaimNames
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

/** What both documents say about the person; the ID token comes first. */
function readIdentity(
  settings: OpenIdProviderSettings,
  subject: string,
  documents: readonly Claims[],
): Identity {
  const persons = documents.map((document) => ({
    ...readPerson(document, settings),
    hd: readClaim(document, 'hd'),
  }))
  // An address counts with the verification beside it, never with that of another document (R44).
  const address =
    persons.find(({ email }) => email !== undefined) ??
    persons.find(({ unverifiedEmail }) => unverifiedEmail !== undefined)
  const domain = address?.emailDomain
  return {
    provider: settings.id,
    issuer: settings.issuer,
    subject,
    email: address?.email,
    emailDomain: settings.preset === 'google' ? googleDomain(domain, address?.hd) : domain,
    unverifiedEmail: address?.unverifiedEmail,
    name: persons.find(({ name }) => name !== undefined)?.name,
    preferredUsername: persons.find((person) => person.preferredUsername !== undefined)
      ?.preferredUsername,
    groups: persons.find(({ groups }) => groups.length > 0)?.groups ?? [],
    scopes: [],
  }
}

/** Whether UserInfo could tell more than the ID token does: asked for only then. */
function isIncomplete(settings: OpenIdProviderSettings, idToken: Claims): boolean {
  const { claims, scopes } = settings
  const wantsEmail = scopes.includes('email') || settings.trustEmailWithoutClaim
  if (wantsEmail && readPerson(idToken, settings).email === undefined) return true
  return claims.groups.every((name) => readClaim(idToken, name) === undefined)
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

function readSession(claims: Claims): string | undefined {
  const { sid } = claims
  return typeof sid === 'string' && sid.length <= 255 ? sid : undefined
}

/**
 * Makes the login at one provider.
 *
 * Discovery is asked for before each login; after a failure there is a growing pause. ID tokens are
 * verified by signature too, although they come over TLS. Nothing of one login is kept here (R40).
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
    idToken: Claims & { readonly sub: string },
    accessToken: string,
  ): Promise<readonly Claims[]> {
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
    // Asked each time: a person should see our page and not a browser's when the provider is down (R136).
    const found = await discovery.look()
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
