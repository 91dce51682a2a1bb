// What is known about GitHub, which is no OpenID provider: adapters/providers/github.ts speaks its own API.

import type { Preset } from '../preset.ts'

export const github: Preset = {
  label: 'GitHub',
  // As in GitHub's own RFC 8414 document; an Enterprise server has its host in this place.
  issuer: { url: 'https://github.com/login/oauth', fixed: false },
  wrongIssuer: (issuer) =>
    /^https?:\/\/[^/]+\/login\/oauth$/.test(issuer)
      ? undefined
      : 'https://<host of your GitHub Enterprise>/login/oauth, or nothing for github.com',
  recognises: /^https:\/\/github\.com(\/|$)/,
  needsSecret: true,
  scopes: ['read:user', 'user:email', 'read:org'],
  claims: { email: [], name: [], username: [], groups: [] },
  tokens: {
    kind: 'none',
    because: 'GitHub issues no access tokens for a resource: its tokens are for its own API',
  },
  noAssurance: 'GitHub has no ID token that could say how and when people signed in',
  quirks: {},
}
