// What is known about Pocket ID before the operator says anything.

import { type Preset, standardClaims, standardScopes, withoutSlash } from '../preset.ts'

export const pocketId: Preset = {
  label: 'Pocket ID',
  wrongIssuer: withoutSlash('Pocket ID'),
  needsSecret: false,
  scopes: [...standardScopes, 'groups'],
  claims: standardClaims,
  tokens: { kind: 'resource' },
  plainJwtType: true,
  quirks: {},
}
