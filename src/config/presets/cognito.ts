// What is known about Amazon Cognito user pools before the operator says anything.

import { type Preset, standardClaims, standardScopes, withoutSlash } from '../preset.ts'

export const cognito: Preset = {
  label: 'Amazon Cognito',
  wrongIssuer: (issuer) =>
    /\.amazoncognito\.com/.test(issuer)
      ? "https://cognito-idp.<region>.amazonaws.com/<pool id> (not the pool's own domain)"
      : withoutSlash('Cognito')(issuer),
  recognises: /^https:\/\/cognito-idp\.[\w-]+\.amazonaws\.com(\.cn)?\//,
  needsSecret: false,
  scopes: standardScopes,
  claims: {
    ...standardClaims,
    username: ['cognito:username', 'preferred_username'],
    groups: ['cognito:groups'],
  },
  tokens: { kind: 'client-id' },
  plainJwtType: true,
  // Boolean in the ID token, text in UserInfo.
  verifiedAsText: true,
  quirks: {},
}
