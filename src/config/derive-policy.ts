// Rules and resources as the gate wants them, and the issuers whose tokens they accept.

import type { Allow, Policy, ResourcePolicy, RulePolicy } from '../access/policy.ts'
import { claimNames } from './derive-providers.ts'
import type { IssuerEntry, ResourceEntry } from './resource-schema.ts'
import type { RuleEntry } from './rule-schema.ts'
import type { ProviderSettings, TokenIssuerSettings } from './settings.ts'

const usualAlgorithms: readonly string[] = ['RS256', 'PS256', 'ES256', 'EdDSA', 'Ed25519']

const deriveRule = (entry: RuleEntry, at: number): RulePolicy => ({
  name: entry.name ?? `rule ${at + 1}`,
  host: entry.host,
  path: entry.path,
  methods: entry.methods,
  access: entry.access ?? 'required',
  allow: entry.allow,
  origins: entry.origins,
  allowPreflight: entry.allow_preflight,
  applicationAuthorization: entry.app_authorization,
})

const deriveResource = (entry: ResourceEntry): ResourcePolicy => ({
  url: entry.url,
  scopes: entry.scopes ?? [],
  impliedScopes: entry.implied_scopes,
  issuers: (entry.issuers ?? []).map(({ issuer }) => issuer),
  audiences: entry.audiences ?? [],
  allow: entry.allow,
  allowPreflight: entry.allow_preflight,
  name: entry.name,
  documentation: entry.documentation,
  policyUri: entry.policy_uri,
  termsUri: entry.tos_uri,
  scopesSupported: entry.scopes_supported,
})

/** The policy; the entries have been checked before. */
export function derivePolicy(
  allow: Allow,
  rules: readonly RuleEntry[],
  resources: readonly ResourceEntry[],
): Policy {
  return { allow, rules: rules.map(deriveRule), resources: resources.map(deriveResource) }
}

function deriveIssuer(
  entries: readonly IssuerEntry[],
  provider: ProviderSettings | undefined,
): TokenIssuerSettings | undefined {
  const [first] = entries
  if (first === undefined) return undefined
  // Resources may name an issuer by its URL alone once one of them has described it.
  const described = entries.find((entry) => Object.keys(entry).length > 1) ?? first
  return {
    issuer: first.issuer,
    jwksUri: described.jwks_uri,
    algorithms: described.algorithms ?? usualAlgorithms,
    acceptPlainJwtType: described.accept_jwt_type ?? provider?.preset === 'keycloak',
    claims: claimNames(described.claims, provider?.claims),
    provider: provider?.id ?? '',
    trustEmailWithoutClaim: provider?.trustEmailWithoutClaim ?? false,
    acceptVerifiedAsText: provider?.acceptVerifiedAsText ?? false,
  }
}

/** Each issuer once, in the order in which resources name them. */
export function deriveTokenIssuers(
  resources: readonly ResourceEntry[],
  providers: readonly ProviderSettings[],
): readonly TokenIssuerSettings[] {
  const entries = resources.flatMap(({ issuers }) => issuers ?? [])
  return [...Map.groupBy(entries, ({ issuer }) => issuer)].flatMap(([issuer, described]) => {
    const provider = providers.find((known) => known.issuer === issuer)
    return deriveIssuer(described, provider) ?? []
  })
}
