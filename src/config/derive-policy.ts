// Rules and resources as the gate wants them, and the issuers whose tokens they accept.

import type { Allow, Policy, ResourcePolicy, RulePolicy } from '../access/policy.ts'
import type { Demand } from '../protocol/assurance.ts'
import type { SecondFactor } from '../protocol/authentication-methods.ts'
import { audienceRuleOf, isDescribed } from './audience-rules.ts'
import { claimNames, secondFactorOf } from './derive-providers.ts'
import { presetOfIssuer } from './presets.ts'
import type { IssuerEntry, ResourceEntry } from './resource-schema.ts'
import type { RuleEntry } from './rule-schema.ts'
import type { ProviderSettings, TokenIssuerSettings } from './settings.ts'

const usualAlgorithms: readonly string[] = ['RS256', 'PS256', 'ES256', 'EdDSA', 'Ed25519']

const demandOf = ({
  factor,
  max_age: maxAge,
}: Pick<RuleEntry, 'factor' | 'max_age'>): Demand | undefined =>
  factor === undefined && maxAge === undefined ? undefined : { factor, maxAge }

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
  demand: demandOf(entry),
})

function issuerFactor(
  entry: IssuerEntry,
  providers: readonly ProviderSettings[],
): SecondFactor | undefined {
  const provider = providers.find((known) => known.issuer === entry.issuer)
  const usual = provider?.secondFactor ?? presetOfIssuer(entry.issuer, providers).secondFactor
  return secondFactorOf(entry.second_factor, usual)
}

/** What clients are told to ask for; undefined when no issuer has a name for it. */
function contextsOf(
  issuers: readonly IssuerEntry[],
  providers: readonly ProviderSettings[],
): readonly string[] | undefined {
  const values = issuers.flatMap((issuer) => issuerFactor(issuer, providers)?.acr ?? [])
  return values.length === 0 ? undefined : [...new Set(values)]
}

const deriveResource = (
  entry: ResourceEntry,
  providers: readonly ProviderSettings[],
): ResourcePolicy => ({
  url: entry.url,
  scopes: entry.scopes ?? [],
  impliedScopes: entry.implied_scopes,
  issuers: (entry.issuers ?? []).map(({ issuer }) => issuer),
  audiences: entry.audiences ?? [],
  audienceRules: (entry.issuers ?? []).flatMap((issuer) => audienceRuleOf(issuer, providers) ?? []),
  allow: entry.allow,
  allowPreflight: entry.allow_preflight,
  name: entry.name,
  documentation: entry.documentation,
  policyUri: entry.policy_uri,
  termsUri: entry.tos_uri,
  scopesSupported: entry.scopes_supported,
  dpopRequired: entry.dpop_required,
  demand: demandOf(entry),
  acrValues: entry.factor === 2 ? contextsOf(entry.issuers ?? [], providers) : undefined,
})

/** The policy; the entries have been checked before. */
export function derivePolicy(
  allow: Allow,
  rules: readonly RuleEntry[],
  resources: readonly ResourceEntry[],
  providers: readonly ProviderSettings[],
): Policy {
  return {
    allow,
    rules: rules.map(deriveRule),
    resources: resources.map((entry) => deriveResource(entry, providers)),
  }
}

function deriveIssuer(
  entries: readonly IssuerEntry[],
  providers: readonly ProviderSettings[],
): TokenIssuerSettings | undefined {
  const [first] = entries
  if (first === undefined) return undefined
  const provider = providers.find((known) => known.issuer === first.issuer)
  const preset = presetOfIssuer(first.issuer, providers)
  // Resources may name an issuer by its URL alone once one of them has described it.
  const described = entries.find(isDescribed) ?? first
  return {
    issuer: first.issuer,
    jwksUri: described.jwks_uri ?? (preset.keysPath && first.issuer + preset.keysPath),
    algorithms: described.algorithms ?? [
      ...usualAlgorithms,
      ...(preset.quirks.furtherAlgorithms ?? []),
    ],
    acceptPlainJwtType: described.accept_jwt_type ?? preset.plainJwtType ?? false,
    claims: claimNames(described.claims, provider?.claims ?? preset.claims),
    provider: provider?.id ?? '',
    trustEmailWithoutClaim: provider?.trustEmailWithoutClaim ?? preset.vouchesForEmail ?? false,
    acceptVerifiedAsText: provider?.acceptVerifiedAsText ?? preset.verifiedAsText ?? false,
    secondFactor: issuerFactor(described, providers),
    quirks: preset.quirks,
  }
}

/** Each issuer but ourselves once, in the order in which resources name them. */
export function deriveTokenIssuers(
  resources: readonly ResourceEntry[],
  providers: readonly ProviderSettings[],
  ownIssuer: string,
): readonly TokenIssuerSettings[] {
  const entries = resources
    .flatMap(({ issuers }) => issuers ?? [])
    .filter(({ issuer }) => issuer !== ownIssuer)
  return [...Map.groupBy(entries, ({ issuer }) => issuer).values()].flatMap(
    (described) => deriveIssuer(described, providers) ?? [],
  )
}
