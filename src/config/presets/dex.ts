// What is known about Dex before the operator says anything.

import { type Preset, standardClaims, standardScopes } from '../preset.ts'

export const dex: Preset = {
  label: 'Dex',
  needsSecret: false,
  scopes: [...standardScopes, 'groups'],
  claims: standardClaims,
  tokens: {
    kind: 'none',
    because: "Dex's access tokens cannot be told from its ID tokens",
  },
  quirks: {},
}
