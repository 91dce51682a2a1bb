// What is known about Keycloak before the operator says anything.

import { type Preset, standardClaims, standardScopes } from '../preset.ts'

export const keycloak: Preset = {
  label: 'Keycloak',
  dropsSlash: true,
  issuerWarning: (issuer) =>
    /\/realms\/master$/.test(issuer)
      ? `is Keycloak's master realm, which is for administrators; use a realm of your own`
      : undefined,
  needsSecret: false,
  scopes: standardScopes,
  // Groups need a mapper at Keycloak and may be full paths, `/staff/admins`: they count as they are written there.
  claims: { ...standardClaims, groups: ['groups', 'realm_access.roles'] },
  tokens: { kind: 'resource' },
  plainJwtType: true,
  // Level 2 of step-up authentication; a realm may map names to levels, which are then to be configured.
  secondFactor: { acr: ['2'] },
  quirks: {},
}
