// What is known about Microsoft Entra ID (External ID too) before the operator says anything.

import { type Preset, standardClaims, standardScopes } from '../preset.ts'

const guid = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}'
const ofTenant = new RegExp(`^https?://[^/]+/${guid}/v2\\.0$`)

/** Issuers behind which there are many tenants: good only with a list of them (R47). */
const shared = /^https:\/\/login\.microsoftonline\.com\/(common|organizations|consumers)\/v2\.0$/

/** Whether this issuer is one that answers for tenants of strangers too. */
export const isSharedIssuer = (issuer: string): boolean => shared.test(issuer)

export const entra: Preset = {
  label: 'Microsoft',
  wrongIssuer: (issuer) =>
    ofTenant.test(issuer) || isSharedIssuer(issuer)
      ? undefined
      : 'https://login.microsoftonline.com/<id of the tenant, a GUID in lower case>/v2.0',
  recognises:
    /^https:\/\/(login\.microsoftonline\.(com|us)|login\.partner\.microsoftonline\.cn|sts\.windows\.net)\//,
  needsSecret: true,
  scopes: standardScopes,
  // App roles are complete and have names; groups are ids, and above 200 only a pointer.
  claims: { ...standardClaims, groups: ['roles', 'groups'] },
  // Anybody who administers some tenant chooses these (nOAuth).
  notEmail: ['preferred_username', 'upn', 'unique_name'],
  tokens: {
    kind: 'audience',
    weak: false,
    wanted: 'the client id of the API app (with v1 tokens its App ID URI)',
  },
  plainJwtType: true,
  verifiedAsText: true,
  // Tokens of v2.0 say `amr` only as an optional claim; an authentication context is asked for by its id, `c1`.
  secondFactor: { acr: [], amr: ['mfa', 'ngcmfa'] },
  quirks: { verifiedBy: 'xms_edov', withoutUserInfo: true },
}
