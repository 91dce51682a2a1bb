// Clients of the operator's own as the engine wants them.

import type { ConfiguredClient } from '../ports/authorization-server.ts'
import {
  commandLineClientId,
  commandLineRedirectUri,
  deviceGrantType,
} from '../protocol/command-line.ts'
import type { ClientEntry } from './client-schema.ts'
import { judgeOwnSecret, resolveSecret, type SecretSource } from './secrets.ts'

type Keys = ConfiguredClient['jwks']

const hasSecret = ({ secret, secret_file: file }: ClientEntry): boolean =>
  secret !== undefined || file !== undefined

/** The way that is written, else the one that fits what the client has. */
export function authMethodOf(entry: ClientEntry): ConfiguredClient['authMethod'] {
  if (entry.auth_method !== undefined) return entry.auth_method
  if (entry.jwks !== undefined) return 'private_key_jwt'
  return hasSecret(entry) ? 'client_secret_basic' : 'none'
}

export const grantTypesOf = (entry: ClientEntry): readonly string[] =>
  entry.grant_types ?? ['authorization_code', 'refresh_token']

const keysOf = ({ jwks }: ClientEntry): Keys =>
  jwks === undefined ? undefined : { keys: jwks.keys }

function deriveClient(entry: ClientEntry, setting: string, source: SecretSource): ConfiguredClient {
  const name = `${setting}.secret`
  const secret = resolveSecret(name, entry.secret, entry.secret_file, source)
  if (secret !== undefined) judgeOwnSecret(name, secret, source.findings)
  return {
    id: entry.id,
    name: entry.name,
    secret: secret?.reveal(),
    jwks: keysOf(entry),
    authMethod: authMethodOf(entry),
    redirectUris: entry.redirect_uris ?? [],
    postLogoutRedirectUris: entry.post_logout_redirect_uris ?? [],
    backchannelLogoutUri: entry.backchannel_logout_uri,
    grantTypes: grantTypesOf(entry),
    scopes: entry.scopes,
    trusted: entry.trusted ?? false,
    dpopRequired: entry.dpop_required ?? false,
  }
}

/** Our own command line: public, without scopes, and asked about each time. */
export const commandLineClient: ConfiguredClient = {
  id: commandLineClientId,
  name: 'Sallyport command line',
  secret: undefined,
  jwks: undefined,
  authMethod: 'none',
  redirectUris: [commandLineRedirectUri],
  postLogoutRedirectUris: [],
  backchannelLogoutUri: undefined,
  grantTypes: ['authorization_code', 'refresh_token', deviceGrantType],
  scopes: [],
  trusted: false,
  dpopRequired: false,
}

/** The clients; their secrets are read and judged here, everything else in `check-clients.ts`. */
export const deriveClients = (
  entries: readonly ClientEntry[],
  source: SecretSource,
): readonly ConfiguredClient[] =>
  entries.map((entry, at) => deriveClient(entry, `authorization_server.clients[${at}]`, source))
