// What is known about Auth0 before the operator says anything.

import { type Preset, standardClaims, standardScopes, withSlash } from '../preset.ts'

export const auth0: Preset = {
  label: 'Auth0',
  wrongIssuer: withSlash('Auth0'),
  recognises: /^https:\/\/[\w.-]+\.auth0\.com\/$/,
  needsSecret: true,
  scopes: standardScopes,
  claims: { ...standardClaims, username: ['preferred_username', 'nickname'], groups: [] },
  noGroups:
    'Auth0 tells groups only in a claim of your own with a namespace: name it under claims.groups',
  tokens: { kind: 'resource' },
  plainJwtType: true,
  secondFactor: { acr: ['http://schemas.openid.net/pape/policies/2007/06/multi-factor'] },
  quirks: {},
}
