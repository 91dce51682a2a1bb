// A browser login at GitHub, which is OAuth 2.0 with PKCE and no OpenID Connect: there is no ID token, its API is asked.

import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  ClientSecretPost,
  Configuration,
  calculatePKCECodeChallenge,
  customFetch,
  None,
} from 'openid-client'
import { z } from 'zod'
import type { IdentityProvider, LoginAnswer, LoginChecks } from '../../ports/identity-provider.ts'
import { readText, readUsername } from '../../protocol/claims.ts'
import { withinDeadline } from '../answer-deadline.ts'
import type { OpenIdProviderDependencies, OpenIdProviderSettings } from '../openid-provider.ts'
import { createGuardedFetch, type GuardedFetch } from '../outbound.ts'
import { describeFault, explainFault, limitText } from '../provider-fault.ts'
import { apiUrl, createGithubApi, type GithubApi, GithubFault } from './github-api.ts'

export type GithubSettings = Pick<
  OpenIdProviderSettings,
  | 'id'
  | 'label'
  | 'issuer'
  | 'clientId'
  | 'clientSecret'
  | 'scopes'
  | 'authorizationParameters'
  | 'allowInsecureHttp'
>

const errorAnswer = z.object({ error: z.string() })

/** GitHub says no with status 200; the library believes the status (RFC 6749 §5.2). */
const withHonestStatus =
  (fetch: GuardedFetch, tokenEndpoint: string): GuardedFetch =>
  async (url, init) => {
    const answer = await fetch(url, init)
    if (String(url) !== tokenEndpoint || answer.status !== 200) return answer
    const text = await answer.text()
    const isError = errorAnswer.safeParse(parseJson(text)).success
    return new Response(text, { status: isError ? 400 : 200, headers: answer.headers })
  }

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function configure(settings: GithubSettings, fetch: GuardedFetch): Configuration {
  const { issuer, clientId, clientSecret } = settings
  const metadata = {
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/access_token`,
  }
  const authentication = clientSecret ? ClientSecretPost(clientSecret.reveal()) : None()
  const configuration = new Configuration(metadata, clientId, undefined, authentication)
  configuration[customFetch] = withHonestStatus(fetch, metadata.token_endpoint)
  configuration.timeout = 5
  if (settings.allowInsecureHttp) allowInsecureRequests(configuration)
  return configuration
}

function explain(fault: unknown): LoginAnswer {
  if (fault instanceof GithubFault)
    return fault.isTemporary
      ? { kind: 'unavailable', reason: fault.message }
      : { kind: 'refused', reason: fault.message, cancelled: false }
  if (fault instanceof z.ZodError || fault instanceof SyntaxError) {
    const reason = `GitHub's answer cannot be read: ${limitText(describeFault(fault))}`
    return { kind: 'refused', reason, cancelled: false }
  }
  return explainFault(fault)
}

/**
 * Makes the login at GitHub or a GitHub Enterprise host.
 *
 * The subject is the number of the account, because names change hands. Only the primary address counts, and
 * only when GitHub has verified it. Groups are asked for when a scope allows it. There is no logout elsewhere.
 *
 * @see providers.md "GitHub", security.md R32-R45
 */
export function createGithubProvider(
  settings: GithubSettings,
  dependencies: OpenIdProviderDependencies,
): IdentityProvider & { readonly warmUp: () => Promise<void> } {
  const { id, label, issuer, scopes, allowInsecureHttp } = settings
  const fetch =
    dependencies.fetch ?? createGuardedFetch({ allowInsecureLoopback: allowInsecureHttp })
  const configuration = configure(settings, fetch)
  const asksGroups = scopes.some((scope) => /^(read|write|admin):org$/.test(scope))

  async function groupsOf(api: GithubApi, account: string): Promise<readonly string[]> {
    if (!asksGroups) return []
    const { names, complete } = await api.groups()
    const warning = 'the account has more organizations or teams than are read'
    if (!complete) dependencies.log.warn('provider.incomplete', { provider: id, account, warning })
    return names
  }

  async function redeem(answer: URL, checks: LoginChecks): Promise<LoginAnswer> {
    const tokens = await authorizationCodeGrant(configuration, answer, {
      expectedState: checks.state,
      pkceCodeVerifier: checks.codeVerifier,
    })
    const api = createGithubApi(configuration, apiUrl(issuer), tokens.access_token)
    const person = await api.user()
    const subject = String(person.id)
    const [email, groups] = await Promise.all([api.email(), groupsOf(api, subject)])
    return {
      kind: 'identity',
      identity: {
        provider: id,
        issuer,
        subject,
        ...email,
        name: readText(person, ['name']),
        preferredUsername: readUsername(person, ['login']),
        groups,
        scopes: [],
      },
      idToken: undefined,
      providerSession: undefined,
    }
  }

  return {
    id,
    label,
    issuer,
    begin: async (redirectUri, checks, { selectAccount }) => {
      const url = buildAuthorizationUrl(configuration, {
        ...settings.authorizationParameters,
        redirect_uri: redirectUri,
        scope: scopes.join(' '),
        state: checks.state,
        code_challenge: await calculatePKCECodeChallenge(checks.codeVerifier),
        code_challenge_method: 'S256',
        ...(selectAccount ? { prompt: 'select_account' } : {}),
      })
      return { kind: 'redirect', url }
    },
    complete: (answer, checks) => withinDeadline(redeem(answer, checks).catch(explain)),
    logoutUrl: () => undefined,
    logoutOrigin: () => undefined,
    warmUp: async () => {},
  }
}
