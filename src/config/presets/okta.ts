// What is known about Okta before the operator says anything.

import { type Preset, standardClaims, standardScopes, withoutSlash } from '../preset.ts'

export const okta: Preset = {
  label: 'Okta',
  wrongIssuer: (issuer) =>
    /^https:\/\/[\w-]+-admin\.okta/.test(issuer)
      ? `the address without "-admin", which is Okta's console`
      : withoutSlash('Okta')(issuer),
  recognises: /^https:\/\/[\w-]+\.okta(preview|-emea|-gov)?\.com(\/|$)/,
  needsSecret: true,
  // No `groups`: a custom authorization server that has no such scope answers with an error.
  scopes: standardScopes,
  claims: standardClaims,
  tokens: { kind: 'resource' },
  plainJwtType: true,
  secondFactor: { acr: ['urn:okta:loa:2fa:any'] },
  quirks: {},
}
