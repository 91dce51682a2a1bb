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
  LoginOptions,
  LoginStart,
} from '../ports/identity-provider.ts'
import type { ProviderQuirks } from '../ports/provider-quirks.ts'
import type { Clock, Log } from '../ports/runtime.ts'
import { readAssurance, type SecondFactor } from '../protocol/authentication-methods.ts'
import type { ClaimNames, Claims } from '../protocol/claims.ts'
import type { Secret } from '../protocol/secret.ts'
import { withinDeadline } from './answer-deadline.ts'
import { judgeIdToken } from './id-token.ts'
import { formatDemand } from './login-demand.ts'
import { isIncomplete, readIdentity } from './login-identity.ts'
import { createGuardedFetch, type GuardedFetch } from './outbound.ts'
import { createDiscovery } from './provider-discovery.ts'
import { explainFault } from './provider-fault.ts'
import { behaviourOf } from './providers/behaviours.ts'

export type OpenIdProviderSettings = {
  readonly id: string
  readonly label: string
  /** Name of the preset; some behave in a way of their own. */
  readonly preset: string
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
  /** Tenants that the issuer may stand for; empty: it stands for itself. */
  readonly tenants: readonly string[]
  /** Added to the authorization request; never what the login itself sets. */
  readonly authorizationParameters: Readonly<Record<string, string>>
  /** By what it says that there were two factors; undefined: by `amr` alone. */
  readonly secondFactor?: SecondFactor | undefined
  readonly quirks: ProviderQuirks
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

const refused = (reason: string): LoginAnswer => ({ kind: 'refused', reason, cancelled: false })

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
  const behaviour = behaviourOf(settings.preset)
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
    if (userinfo_endpoint === undefined || settings.quirks.withoutUserInfo) return [idToken]
    if (!isIncomplete(settings, idToken)) return [idToken]
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
    const objection =
      judgeIdToken(idToken, tokens, settings, now()) ??
      behaviour.judgeIdToken?.(idToken, settings.tenants)
    if (objection !== undefined) return refused(objection)
    const warning = behaviour.warningOf?.(idToken)
    if (warning !== undefined)
      log.warn('provider.incomplete', { provider: settings.id, account: idToken.sub, warning })
    const issuer = behaviour.issuerOf?.(idToken, settings.issuer) ?? settings.issuer
    const documents = await documentsOf(configuration, idToken, tokens.access_token)
    return {
      kind: 'identity',
      identity: readIdentity(settings, behaviour, { issuer, subject: idToken.sub }, documents),
      idToken: tokens.id_token,
      providerSession: readSession(idToken),
      assurance: readAssurance(idToken, settings.secondFactor),
    }
  }

  async function begin(
    redirectUri: string,
    checks: LoginChecks,
    options: LoginOptions,
  ): Promise<LoginStart> {
    // Asked each time: a person should see our page and not a browser's when the provider is down (R136).
    const found = await discovery.look()
    if (found.kind === 'unavailable') return found
    const url = buildAuthorizationUrl(found.configuration, {
      ...settings.authorizationParameters,
      redirect_uri: redirectUri,
      scope: settings.scopes.join(' '),
      state: checks.state,
      nonce: checks.nonce,
      code_challenge: await calculatePKCECodeChallenge(checks.codeVerifier),
      code_challenge_method: 'S256',
      ...formatDemand(options, settings.secondFactor?.acr ?? [], behaviour),
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
    if (configuration === undefined) return undefined
    const metadata = configuration.serverMetadata()
    if (behaviour.logoutUrl) return behaviour.logoutUrl(metadata, settings.clientId, returnTo)
    if (metadata.end_session_endpoint === undefined) return undefined
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
    logoutOrigin: () => logoutUrl(undefined, settings.issuer)?.origin,
    warmUp: async () => {
      await discovery.get()
    },
  }
}
