// Which metadata may clients have here? What the settings say, as the rules of the protocol take it.

import type { AuthorizationServerSettings } from '../ports/authorization-server.ts'
import type { ClientMetadataRules } from '../protocol/client-metadata.ts'

const openidScopes = ['openid', 'offline_access', 'profile', 'email', 'groups']

/** The rules for registrations, client-id documents, and clients that the operator adds. */
export const clientRulesOf = (
  settings: Pick<
    AuthorizationServerSettings,
    'clientNames' | 'fapi' | 'privateRedirectUris' | 'redirectHosts' | 'resources'
  >,
): ClientMetadataRules => ({
  redirects: { hosts: settings.redirectHosts, privateUris: settings.privateRedirectUris },
  clientNames: settings.clientNames,
  scopes: [
    ...new Set([
      ...openidScopes,
      ...settings.resources.flatMap(({ scopes, scopesSupported }) => [
        ...scopes,
        ...scopesSupported,
      ]),
    ]),
  ],
  idTokenAlgorithms: settings.fapi ? ['ES256', 'EdDSA'] : ['RS256', 'ES256', 'EdDSA'],
})
