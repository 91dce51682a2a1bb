// What is known about identity providers before the operator says anything.

import type { ClaimNames } from '../protocol/claims.ts'
import type { ProviderSettings } from './settings.ts'

export type Preset = {
  readonly label: string
  /** Fixed by the provider; undefined: the operator names it. */
  readonly issuer: string | undefined
  readonly needsSecret: boolean
  readonly scopes: readonly string[]
  readonly claims: ClaimNames
  /** Whether its access tokens can be checked here as JWTs made for a resource. */
  readonly issuesResourceTokens: boolean
  /** Access tokens carry `typ: JWT` instead of `at+jwt` (RFC 9068 §2.1). */
  readonly plainJwtType: boolean
}

export const standardClaims: ClaimNames = {
  email: ['email'],
  name: ['name'],
  username: ['preferred_username'],
  groups: ['groups'],
}

export const presets: Readonly<Record<ProviderSettings['preset'], Preset>> = {
  google: {
    label: 'Google',
    issuer: 'https://accounts.google.com',
    needsSecret: true,
    scopes: ['openid', 'email', 'profile'],
    claims: { ...standardClaims, username: [], groups: [] },
    issuesResourceTokens: false,
    plainJwtType: false,
  },
  keycloak: {
    label: 'Keycloak',
    issuer: undefined,
    needsSecret: false,
    scopes: ['openid', 'email', 'profile'],
    claims: { ...standardClaims, groups: ['groups', 'realm_access.roles'] },
    issuesResourceTokens: true,
    plainJwtType: true,
  },
  oidc: {
    label: 'Single sign-on',
    issuer: undefined,
    needsSecret: false,
    scopes: ['openid', 'email', 'profile'],
    claims: standardClaims,
    issuesResourceTokens: true,
    plainJwtType: false,
  },
}

/** Providers that will have a preset; until then they are reached through `oidc` where they can be. */
export const laterPresets: readonly string[] = [
  'auth0',
  'authelia',
  'authentik',
  'clerk',
  'cognito',
  'descope',
  'dex',
  'entra',
  'fusionauth',
  'github',
  'gitlab',
  'hydra',
  'janssen',
  'logto',
  'okta',
  'ping',
  'pocket-id',
  'stytch',
  'supertokens',
  'workos',
  'wso2',
  'zitadel',
]
