// The metadata document: what the library says, corrected to what is true here. RFC 8414, mcp.md AS-2 to AS-10.

import type { AuthorizationServerSettings } from '../ports/authorization-server.ts'
import { withoutOfflineAccess } from '../protocol/scope.ts'
import { personScopes } from './grants.ts'
import { scopesOf } from './resources.ts'

type Document = Readonly<Record<string, unknown>>

function scopesSupported(settings: AuthorizationServerSettings): readonly string[] {
  const ofResources = settings.resources.flatMap(scopesOf)
  return [...new Set([...withoutOfflineAccess(ofResources), ...personScopes])]
}

/** The document; members that do not hold are left out, never null. */
export function correctMetadata(
  said: Document,
  settings: AuthorizationServerSettings,
  clientDocuments: boolean,
): Document {
  const corrected: Document = {
    ...said,
    issuer: settings.issuer,
    response_modes_supported: ['query'],
    code_challenge_methods_supported: ['S256'],
    authorization_response_iss_parameter_supported: true,
    scopes_supported: scopesSupported(settings),
    introspection_endpoint_auth_methods_supported: [
      'client_secret_basic',
      'client_secret_post',
      'private_key_jwt',
    ],
    revocation_endpoint_auth_methods_supported: said['token_endpoint_auth_methods_supported'],
    client_id_metadata_document_supported: clientDocuments ? true : undefined,
    // Sessions end with ours, whichever they are of the library's: logout tokens name the person alone.
    backchannel_logout_session_supported: false,
    claims_parameter_supported: undefined,
    request_parameter_supported: false,
  }
  return Object.fromEntries(
    Object.entries(corrected).filter(([, value]) => value !== undefined && value !== null),
  )
}
