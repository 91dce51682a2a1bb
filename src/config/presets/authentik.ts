// What is known about authentik before the operator says anything.

import { type Preset, standardClaims, standardScopes, withSlash } from '../preset.ts'

export const authentik: Preset = {
  label: 'authentik',
  // One issuer for each application; in the global mode it is the address alone, with its slash.
  wrongIssuer: withSlash('authentik'),
  needsSecret: false,
  scopes: standardScopes,
  claims: standardClaims,
  tokens: { kind: 'audience', weak: true, wanted: 'the client id at authentik' },
  plainJwtType: true,
  quirks: {},
}
