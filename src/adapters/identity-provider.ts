// Which adapter speaks with this provider?

import {
  createOpenIdProvider,
  type OpenIdProvider,
  type OpenIdProviderDependencies,
  type OpenIdProviderSettings,
} from './openid-provider.ts'
import { createGithubProvider } from './providers/github.ts'

/** Makes the login at one configured provider: OpenID Connect, but at GitHub. */
export function createIdentityProvider(
  settings: OpenIdProviderSettings,
  dependencies: OpenIdProviderDependencies,
): OpenIdProvider {
  return settings.preset === 'github'
    ? createGithubProvider(settings, dependencies)
    : createOpenIdProvider(settings, dependencies)
}
