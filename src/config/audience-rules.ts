// By what does a token of this issuer show that it is for the resource? RFC 8707 §2; where it cannot, what takes its place.

import type { AudienceRule } from '../access/policy.ts'
import { type Findings, unreadable } from './findings.ts'
import { presetOfIssuer } from './presets.ts'
import type { IssuerEntry, ResourceEntry } from './resource-schema.ts'
import type { ProviderSettings } from './settings.ts'

type RuleKind = NonNullable<IssuerEntry['audience_rule']>

const perResource: readonly string[] = [
  'issuer',
  'audience_rule',
  'audiences',
  'client_ids',
  'acknowledge_weak_audience',
  'accept_plain_audience',
]

/** What an entry says of the issuer itself, whatever the resource. */
export const descriptionOf = (entry: IssuerEntry): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(entry).filter(([key]) => !perResource.includes(key)))

export const isDescribed = (entry: IssuerEntry): boolean =>
  Object.keys(descriptionOf(entry)).length > 0

/** The rule that holds for an issuer: the one that is written, else that of its preset. */
export function ruleKindOf(entry: IssuerEntry, providers: readonly ProviderSettings[]): RuleKind {
  if (entry.audience_rule !== undefined) return entry.audience_rule
  const { kind } = presetOfIssuer(entry.issuer, providers).tokens
  return kind === 'none' ? 'resource' : kind
}

/** The rule as the gate wants it; undefined for the usual one. */
export function audienceRuleOf(
  entry: IssuerEntry,
  providers: readonly ProviderSettings[],
): AudienceRule | undefined {
  const { issuer } = entry
  const kind = ruleKindOf(entry, providers)
  if (kind === 'audience') return { issuer, kind, audiences: entry.audiences ?? [] }
  if (kind === 'client-id') return { issuer, kind, clientIds: entry.client_ids ?? [] }
  return undefined
}

const members = { audience: 'audiences', 'client-id': 'client_ids' } as const

function checkMembers(
  setting: string,
  entry: IssuerEntry,
  kind: RuleKind,
  { wanted, findings }: { readonly wanted: string; readonly findings: Findings },
): void {
  for (const rule of ['audience', 'client-id'] as const) {
    const name = members[rule]
    if (kind === rule && entry[name] === undefined)
      findings.problem(
        unreadable(`${setting}.${name}`, `${wanted} (audience_rule ${rule})`, 'nothing'),
      )
    if (kind !== rule && entry[name] !== undefined)
      findings.problem(
        `Setting "${setting}.${name}" has a meaning only with audience_rule: ${rule}`,
      )
  }
}

/** Whether an issuer's rule is complete, and acknowledged where it is weak. */
export function checkAudienceRule(
  setting: string,
  entry: IssuerEntry,
  resource: Pick<ResourceEntry, 'scopes'>,
  {
    providers,
    findings,
  }: { readonly providers: readonly ProviderSettings[]; readonly findings: Findings },
): void {
  const { label, tokens } = presetOfIssuer(entry.issuer, providers)
  if (tokens.kind === 'none') {
    findings.problem(`Setting "${setting}": ${tokens.because}; name another issuer`)
    return
  }
  const kind = ruleKindOf(entry, providers)
  const wanted =
    kind === 'client-id'
      ? 'the client ids whose tokens count'
      : tokens.kind === 'audience'
        ? tokens.wanted
        : 'the values of "aud" that count'
  checkMembers(setting, entry, kind, { wanted, findings })
  if (kind === 'client-id' && (resource.scopes ?? []).length === 0)
    findings.problem(
      `Setting "${setting}" with audience_rule client-id needs "scopes" on the resource: a scope of its own is what ties a token of ${label} to it`,
    )
  const isWeak =
    kind === 'client-id' || (kind === 'audience' && (tokens.kind !== 'audience' || tokens.weak))
  if (isWeak && entry.acknowledge_weak_audience !== true)
    findings.problem(
      `Setting "${setting}" takes every token of a client, whatever it was asked for; say acknowledge_weak_audience: true when that client is for this resource only`,
    )
  if (!isWeak && entry.acknowledge_weak_audience !== undefined)
    findings.problem(
      `Setting "${setting}.acknowledge_weak_audience" acknowledges what is not so: the audience rule is not weak`,
    )
}
