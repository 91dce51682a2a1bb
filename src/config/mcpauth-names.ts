// The variables and flags of mcpauth, and what each is called here. Data only.

import type { Form } from './fields.ts'

export type OldName = {
  /** Also the key by which variable and flag are one; flags without a variable have a name in this style. */
  readonly name: string
  readonly variable: boolean
  readonly flag: string | undefined
  /** Whether `<NAME>_FILE` is read too. */
  readonly file?: true
  readonly form: Form
  /** The setting it is now. */
  readonly becomes: string
  /** Taken over as it is, to this path. */
  readonly direct?: string
  /**
   * `unused`: known, without effect in this version.
   * `refused`: there is no such thing here, on purpose.
   */
  readonly state?: 'unused' | 'refused'
  readonly secret?: true
}

const both = (
  name: string,
  flag: string,
  becomes: string,
  more: Partial<OldName> = {},
): OldName => ({
  name,
  variable: true,
  flag,
  form: 'text',
  becomes,
  ...more,
})
const variableOnly = (name: string, becomes: string, more: Partial<OldName> = {}): OldName => ({
  ...both(name, '', becomes, more),
  flag: undefined,
})
const flagOnly = (flag: string, becomes: string, more: Partial<OldName> = {}): OldName => ({
  ...both(flag.replace(/[A-Z]+/g, '_$&').toUpperCase(), flag, becomes, more),
  variable: false,
})

/** Every name, in the order of mcpauth's documentation. */
export const oldNames: readonly OldName[] = [
  both('PORT', 'port', 'port', { form: 'number', direct: 'port' }),
  both('PROTECTED_PATH', 'protectedPath', 'protected_path', { direct: 'protected_path' }),
  both('OAUTH_DOMAIN', 'oauthDomain', 'public_url'),
  both('PROVIDER', 'provider', 'providers[].preset'),
  both('CLIENT_ID', 'clientID', 'providers[].client_id'),
  both('CLIENT_SECRET', 'clientSecret', 'providers[].client_secret', { file: true, secret: true }),
  both('KEYCLOAK_AUTH_HOST', 'keycloakAuthHost', 'providers[].issuer'),
  both('KEYCLOAK_AUTH_PORT', 'keycloakAuthPort', 'providers[].issuer'),
  both('KEYCLOAK_AUTH_PROTOCOL', 'keycloakAuthProtocol', 'providers[].issuer'),
  both('KEYCLOAK_REALM', 'keycloakRealm', 'providers[].issuer'),
  variableOnly('KEYCLOAK_CLIENT_SECRET', 'providers[].client_secret', { file: true, secret: true }),
  variableOnly('ISSUER_URL', 'providers[].issuer'),
  both('GOOGLE_CLIENT_ID', 'googleClientID', 'providers[].client_id'),
  both('GOOGLE_CLIENT_SECRET', 'googleClientSecret', 'providers[].client_secret', {
    file: true,
    secret: true,
  }),
  both('ALLOWED_EMAILS', 'allowedEmails', 'allow.emails'),
  both('ALLOWED_SCOPES', 'allowedScopes', 'providers[].scopes'),
  both('REQUIRED_SCOPES', 'requiredScopes', 'resources[].scopes'),
  both('LOG_LEVEL', 'logLevel', 'log_level', { direct: 'log_level' }),
  both('ENABLE_EDGE_AUTH', 'enableEdgeAuth', 'edge_auth.enabled', {
    form: 'boolean',
    direct: 'edge_auth.enabled',
  }),
  both('COOKIE_DOMAIN', 'cookieDomain', 'cookie.domain', { direct: 'cookie.domain' }),
  both('DEV_MODE', 'devMode', 'development', { form: 'boolean', direct: 'development' }),
  both('DATA_DIR', 'dataDir', 'data_dir', { direct: 'data_dir' }),
  flagOnly('useInternalAuth', 'local_accounts', { form: 'boolean', direct: 'local_accounts' }),
  variableOnly('AUTHORIZATION_BEARER_TOKEN', 'static_tokens', { file: true, secret: true }),
  variableOnly('MCPAUTH_BOOTSTRAP_CLIENTS', 'authorization_server.clients', {
    form: 'yaml',
    secret: true,
  }),
  variableOnly('INTROSPECTION_URL', 'nothing in this version', { state: 'unused' }),
  variableOnly('INTROSPECTION_CLIENT_ID', 'nothing in this version', { state: 'unused' }),
  variableOnly('INTROSPECTION_CLIENT_SECRET', 'nothing in this version', {
    state: 'unused',
    file: true,
    secret: true,
  }),
  flagOnly('adminUsername', 'nothing', { state: 'refused' }),
  flagOnly('adminEmail', 'nothing', { state: 'refused' }),
  flagOnly('adminPassword', 'nothing', { state: 'refused', secret: true }),
]
