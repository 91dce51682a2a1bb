// What is known about GitLab, gitlab.com or an instance of one's own, before the operator says anything.

import { type Preset, standardClaims, standardScopes, withoutSlash } from '../preset.ts'

export const gitlab: Preset = {
  label: 'GitLab',
  issuer: { url: 'https://gitlab.com', fixed: false },
  wrongIssuer: withoutSlash('GitLab'),
  recognises: /^https:\/\/gitlab\.com\/?$/,
  needsSecret: true,
  scopes: standardScopes,
  // `groups` is in UserInfo alone; `groups_direct` in the ID token would hide inherited ones.
  claims: { ...standardClaims, username: ['preferred_username', 'nickname'] },
  tokens: {
    kind: 'none',
    because: 'GitLab issues no access tokens for a resource: its tokens are for its own API',
  },
  quirks: {},
}
