// What holds for every OpenID provider of which nothing more is known.

import { type Preset, standardClaims, standardScopes } from '../preset.ts'

export const oidc: Preset = {
  label: 'Single sign-on',
  needsSecret: false,
  scopes: standardScopes,
  claims: standardClaims,
  tokens: { kind: 'resource' },
  quirks: {},
}
