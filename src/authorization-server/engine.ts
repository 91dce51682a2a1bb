// The authorization server: oidc-provider behind our front, with our store, sessions, consent and keys.

import Provider from 'oidc-provider'
import type { AuthorizationServer } from '../ports/authorization-server.ts'
import { seconds } from '../protocol/time.ts'
import { keepAccessTokens, kindOfTokenId } from './access-tokens.ts'
import { createAccountGrants } from './account-grants.ts'
import { createAccounts } from './accounts.ts'
import { createBinding } from './binding.ts'
import { createConsent, type Exchange } from './consent.ts'
import type { EngineParts } from './dependencies.ts'
import { endpointAt } from './endpoints.ts'
import { createEvents } from './events.ts'
import { extendGrants } from './grants.ts'
import { createHandler, readDiscovery } from './handler.ts'
import { applyRules } from './library-rules.ts'
import { correctMetadata } from './metadata.ts'
import { createMiddleware, type Handlings } from './middleware.ts'
import { createOwnTokens } from './own-tokens.ts'
import { createConfiguration } from './provider-configuration.ts'
import { deriveSuccessors, narrowRefreshes } from './refresh.ts'
import { createResumeGuard } from './resume-guard.ts'
import { createSigningKeys, type Keyring, publicKeysOf } from './signing-keys.ts'
import { createVisitors, followVisitors } from './visitors.ts'

/** ID tokens live this long, access tokens at most an hour (R92). */
const longestToken = seconds(3_600)

/**
 * Makes the authorization server. Its keys are made with the first request that needs them.
 *
 * @see mcp.md section 3, security.md 3.7 to 3.13
 */
export function createAuthorizationServer(parts: EngineParts): AuthorizationServer<Exchange> {
  const { settings, dependencies } = parts
  const { store, hashOf } = dependencies
  const visitors = createVisitors(dependencies)
  const accounts = createAccounts(dependencies, visitors)
  const binding = createBinding(parts)
  const handlings: Handlings = new WeakMap()
  const signingKeys = createSigningKeys({
    ...dependencies,
    store: store.signingKeys,
    secret: settings.secret,
    tokenLifetime: longestToken,
  })
  const ownTokens = createOwnTokens(parts, signingKeys)

  const build = (keyring: Keyring): Provider => {
    const provider = new Provider(
      settings.issuer,
      createConfiguration({ ...parts, keyring, accounts, visitors, binding }),
    )
    // The front writes the headers that this makes the library trust.
    provider.proxy = true
    extendGrants(provider)
    applyRules(provider, parts)
    ownTokens.guardLookups(provider)
    keepAccessTokens(provider)
    deriveSuccessors(provider, settings.secret)
    narrowRefreshes(provider, settings)
    followVisitors(provider, visitors)
    provider.use(createMiddleware(parts, handlings))
    provider.use(createResumeGuard(parts, { provider, binding, visitors, handlings }))
    createEvents(provider, parts)
    return provider
  }

  let built: { readonly version: string; readonly provider: Provider } | undefined
  const current = async (): Promise<Provider> => {
    const keyring = await signingKeys.current()
    if (built?.version !== keyring.version)
      built = { version: keyring.version, provider: build(keyring) }
    return built.provider
  }

  const handle = createHandler(parts, { provider: current, handlings, ownTokens })
  return {
    owns: (path) => endpointAt(path) !== undefined,
    handle,
    metadata: async () => {
      const said = await readDiscovery({ provider: current, handlings }, settings.issuer)
      const hasDocuments = dependencies.clientDocuments !== undefined
      return JSON.stringify(correctMetadata(said, settings, hasDocuments))
    },
    ...createConsent(parts, { provider: current, binding }),
    ...createAccountGrants(parts, current),
    isLive: (jti, now) => {
      const found = store.artifacts.find(kindOfTokenId(jti), hashOf(jti))
      const judge = (token: Awaited<typeof found>): boolean =>
        token !== undefined && (token.expiresAt === undefined || token.expiresAt > now)
      return found instanceof Promise ? found.then(judge) : judge(found)
    },
    publicKeys: async () => publicKeysOf(await signingKeys.current()),
    stop: () => {},
  }
}
