// What is known about Logto before the operator says anything.

import { type Preset, standardClaims, standardScopes } from '../preset.ts'

export const logto: Preset = {
  label: 'Logto',
  wrongIssuer: (issuer) =>
    issuer.endsWith('/oidc') ? undefined : `"https://<endpoint>/oidc" (Logto's issuer ends so)`,
  recognises: /^https:\/\/[\w.-]+\.logto\.app\/oidc$/,
  needsSecret: true,
  scopes: [...standardScopes, 'roles'],
  claims: { ...standardClaims, username: ['username'], groups: ['roles'] },
  tokens: { kind: 'resource' },
  // Its keys are for ES384 unless they were rotated to RSA.
  quirks: { furtherAlgorithms: ['ES384'] },
}
