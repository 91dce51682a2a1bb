// What is known about Google before the operator says anything: logs people in, and no more.

import { type Preset, standardClaims, standardScopes } from '../preset.ts'

export const google: Preset = {
  label: 'Google',
  issuer: { url: 'https://accounts.google.com', fixed: true },
  recognises: /^https:\/\/accounts\.google\.com\/?$/,
  needsSecret: true,
  scopes: standardScopes,
  // Google knows offline access only by parameters of the authorization request.
  refusedScopes: {
    offline_access:
      'Google knows no such scope; authorization_parameters: { access_type: offline, prompt: consent } is what it has instead',
  },
  claims: { ...standardClaims, username: [], groups: [] },
  noGroups: 'Google tells applications no groups',
  tokens: { kind: 'none', because: 'Google issues no access tokens for a resource' },
  noAssurance: 'Google tells applications neither how nor when people signed in',
  quirks: {},
}
