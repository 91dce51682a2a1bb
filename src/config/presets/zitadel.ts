// What is known about ZITADEL before the operator says anything.

import { type Preset, standardClaims, standardScopes, withoutSlash } from '../preset.ts'

export const zitadel: Preset = {
  label: 'ZITADEL',
  wrongIssuer: withoutSlash('ZITADEL'),
  recognises: /^https:\/\/[\w.-]+\.zitadel\.cloud\/?$/,
  needsSecret: false,
  scopes: standardScopes,
  claims: { ...standardClaims, groups: ['urn:zitadel:iam:org:project:roles'] },
  tokens: {
    kind: 'audience',
    weak: false,
    wanted: 'the id of the project',
  },
  plainJwtType: true,
  // All applications of a project stand in `aud`, and the project too; roles are an object by role.
  quirks: { furtherAudiences: true, groupsAreMembers: true },
}
