// A client that the operator wrote into the configuration.

import type { ConfiguredClient } from '../../src/ports/authorization-server.ts'

/** A confidential client with `secretOf(id)`, with whatever a case changes. */
export const configuredClient = (
  id: string,
  changes: Partial<ConfiguredClient> = {},
): ConfiguredClient => ({
  id,
  name: undefined,
  secret: secretOf(id),
  jwks: undefined,
  authMethod: 'client_secret_post',
  redirectUris: [],
  postLogoutRedirectUris: [],
  backchannelLogoutUri: undefined,
  grantTypes: ['client_credentials'],
  scopes: undefined,
  trusted: false,
  dpopRequired: false,
  ...changes,
})

export const secretOf = (id: string): string => `the-secret-of-${id}-with-enough-length`
