// Is a client still what it was when an authorization began? security.md R107

import { hash } from 'node:crypto'
import type { Client } from 'oidc-provider'

/** Two clients with one digest behave the same towards us and look the same to people. */
export function digestOf(client: Client): string {
  const { redirect_uris, token_endpoint_auth_method, jwks, jwks_uri, client_name, client_uri } =
    client.metadata()
  const behaviour = [redirect_uris, token_endpoint_auth_method, jwks, jwks_uri]
  const relevant = [...behaviour, client_name, client_uri]
  return hash('sha256', JSON.stringify(relevant), 'base64url')
}
