// What is known about Authelia before the operator says anything.

import { type Preset, standardClaims, standardScopes, withoutSlash } from '../preset.ts'

export const authelia: Preset = {
  label: 'Authelia',
  wrongIssuer: withoutSlash('Authelia'),
  needsSecret: false,
  // Groups have a scope of their own, and are in UserInfo alone.
  scopes: [...standardScopes, 'groups'],
  claims: standardClaims,
  tokens: { kind: 'resource' },
  quirks: {},
}
