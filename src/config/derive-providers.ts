// Providers as configured, with what their presets know filled in.

import type { SecondFactor } from '../protocol/authentication-methods.ts'
import type { ClaimNames } from '../protocol/claims.ts'
import { checkAgainstPreset } from './check-provider.ts'
import { withoutLastSlash } from './correct-issuer.ts'
import { type Findings, shown, unreadable } from './findings.ts'
import { isLoopbackHost } from './hosts.ts'
import { type Preset, standardClaims } from './preset.ts'
import { type PresetName, presets } from './presets.ts'
import type { ProviderEntry } from './provider-schema.ts'
import { judgeClientSecret, resolveSecret, type SecretSource } from './secrets.ts'
import type { ProviderSettings } from './settings.ts'

type ClaimsEntry = ProviderEntry['claims']

/** The configured claim names over what is usual. */
export function claimNames(entry: ClaimsEntry, usual: ClaimNames = standardClaims): ClaimNames {
  return {
    email: entry?.email ?? usual.email,
    name: entry?.name ?? usual.name,
    username: entry?.username ?? usual.username,
    groups: entry?.groups ?? usual.groups,
  }
}

/** The configured values over what is usual; a kind that is not named stays as usual. */
export const secondFactorOf = (
  entry: ProviderEntry['second_factor'],
  usual: SecondFactor | undefined,
): SecondFactor | undefined =>
  entry === undefined ? usual : { acr: entry.acr ?? usual?.acr ?? [], amr: entry.amr ?? usual?.amr }

/**
 * Whether an issuer's or key set's URL may be asked: https, or http on this machine in development mode.
 * What is wrong is a problem. @see security.md R38
 */
export function checkIssuerUrl(
  setting: string,
  url: string,
  development: boolean,
  findings: Findings,
): void {
  const parsed = URL.parse(url)
  if (parsed === null || parsed.protocol === 'https:') return
  if (development && isLoopbackHost(parsed.hostname)) return
  findings.problem(
    unreadable(setting, 'an https URL (http only on loopback in development mode)', shown(url)),
  )
}

function checkIssuer(name: string, issuer: string, preset: Preset, findings: Findings): void {
  const wanted = preset.wrongIssuer?.(issuer)
  if (wanted !== undefined) findings.problem(unreadable(name, wanted, shown(issuer)))
  const warning = preset.issuerWarning?.(issuer)
  if (warning !== undefined) findings.warn(`Provider at ${shown(issuer)} ${warning}`)
}

function issuerOf(
  setting: string,
  entry: ProviderEntry,
  preset: Preset,
  findings: Findings,
): string | undefined {
  const name = `${setting}.issuer`
  const { issuer: known } = preset
  if (known?.fixed) {
    if (entry.issuer !== undefined && entry.issuer !== known.url)
      findings.problem(unreadable(name, `${known.url} or nothing`, shown(entry.issuer)))
    return known.url
  }
  const written = entry.issuer ?? known?.url
  if (written === undefined) {
    findings.problem(unreadable(name, 'the https URL of the provider', 'nothing'))
    return undefined
  }
  const issuer = preset.dropsSlash ? withoutLastSlash(name, written, findings) : written
  checkIssuer(name, issuer, preset, findings)
  return issuer
}

function checkEntry(
  setting: string,
  entry: ProviderEntry,
  development: boolean,
  findings: Findings,
): void {
  if (entry.issuer !== undefined)
    checkIssuerUrl(`${setting}.issuer`, entry.issuer, development, findings)
  if (entry.client_id === undefined)
    findings.problem(
      unreadable(`${setting}.client_id`, 'the client id from the provider', 'nothing'),
    )
}

function secretOf(setting: string, entry: ProviderEntry, preset: Preset, source: SecretSource) {
  const name = `${setting}.client_secret`
  const value = resolveSecret(name, entry.client_secret, entry.client_secret_file, source)
  if (value !== undefined) judgeClientSecret(name, value, source.findings)
  const given = entry.client_secret !== undefined || entry.client_secret_file !== undefined
  if (preset.needsSecret && !given)
    source.findings.problem(unreadable(name, 'the client secret from the provider', 'nothing'))
  return value
}

function scopesOf(entry: ProviderEntry, name: PresetName, preset: Preset): readonly string[] {
  const scopes = entry.scopes ?? preset.scopes
  return name === 'github' ? scopes : [...new Set(['openid', ...scopes])]
}

function deriveProvider(
  entry: ProviderEntry,
  at: number,
  development: boolean,
  source: SecretSource,
): ProviderSettings {
  const setting = `providers[${at}]`
  const presetName = entry.preset ?? 'oidc'
  const preset = presets[presetName]
  const id = entry.id ?? presetName
  checkEntry(setting, entry, development, source.findings)
  const issuer = issuerOf(setting, entry, preset, source.findings) ?? ''
  checkAgainstPreset(setting, entry, { name: presetName, preset, issuer }, source.findings)
  return {
    id,
    preset: presetName,
    label: entry.label ?? preset.label,
    issuer,
    clientId: entry.client_id ?? '',
    clientSecret: secretOf(setting, entry, preset, source),
    callbackPath: entry.callback_path ?? `/callback/${id}`,
    scopes: scopesOf(entry, presetName, preset),
    claims: claimNames(entry.claims, preset.claims),
    trustEmailWithoutClaim: entry.trust_email_without_claim ?? false,
    acceptVerifiedAsText: entry.accept_verified_as_text ?? preset.verifiedAsText ?? false,
    hostedDomain: entry.hosted_domain,
    tenants: entry.tenants ?? [],
    authorizationParameters: entry.authorization_parameters ?? {},
    secondFactor: secondFactorOf(entry.second_factor, preset.secondFactor),
    quirks: preset.quirks,
  }
}

/** The providers in their order. What is wrong with them is collected. */
export function deriveProviders(
  entries: readonly ProviderEntry[],
  development: boolean,
  source: SecretSource,
): readonly ProviderSettings[] {
  const providers = entries.map((entry, at) => deriveProvider(entry, at, development, source))
  const repeated = (key: 'id' | 'callbackPath', name: string) => {
    for (const [at, provider] of providers.entries()) {
      const first = providers.findIndex((other) => other[key] === provider[key])
      if (first !== at)
        source.findings.problem(
          `Settings "providers[${first}]" and "providers[${at}]" have the same ${name} ${shown(provider[key])}`,
        )
    }
  }
  repeated('id', 'id')
  if (source.findings.problems.length === 0) repeated('callbackPath', 'callback_path')
  return providers
}
