// Providers as configured, with what their presets know filled in.

import type { ClaimNames } from '../protocol/claims.ts'
import { type Findings, shown, unreadable } from './findings.ts'
import { isLoopbackHost } from './hosts.ts'
import { type Preset, presets, standardClaims } from './presets.ts'
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

function issuerOf(
  setting: string,
  entry: ProviderEntry,
  preset: Preset,
  findings: Findings,
): string | undefined {
  const name = `${setting}.issuer`
  if (preset.issuer !== undefined) {
    if (entry.issuer !== undefined && entry.issuer !== preset.issuer)
      findings.problem(unreadable(name, `${preset.issuer} or nothing`, shown(entry.issuer)))
    return preset.issuer
  }
  if (entry.issuer === undefined) {
    findings.problem(unreadable(name, 'the https URL of the provider', 'nothing'))
    return undefined
  }
  if (preset === presets.keycloak && entry.issuer.endsWith('/')) {
    const right = shown(entry.issuer.replace(/\/+$/, ''))
    findings.problem(
      unreadable(name, `${right} (Keycloak's issuer has no slash at its end)`, shown(entry.issuer)),
    )
  }
  if (preset === presets.keycloak && /\/realms\/master\/?$/.test(entry.issuer))
    findings.warn(
      `Provider at ${shown(entry.issuer)} is Keycloak's master realm, which is for administrators; use a realm of your own`,
    )
  return entry.issuer
}

function checkEntry(
  setting: string,
  entry: ProviderEntry,
  development: boolean,
  findings: Findings,
): void {
  if (entry.issuer !== undefined)
    checkIssuerUrl(`${setting}.issuer`, entry.issuer, development, findings)
  if (entry.hosted_domain !== undefined && entry.preset !== 'google')
    findings.problem(`Setting "${setting}.hosted_domain" has a meaning only for preset google`)
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
  return {
    id,
    preset: presetName,
    label: entry.label ?? preset.label,
    issuer: issuerOf(setting, entry, preset, source.findings) ?? '',
    clientId: entry.client_id ?? '',
    clientSecret: secretOf(setting, entry, preset, source),
    callbackPath: entry.callback_path ?? `/callback/${id}`,
    scopes: [...new Set(['openid', ...(entry.scopes ?? preset.scopes)])],
    claims: claimNames(entry.claims, preset.claims),
    trustEmailWithoutClaim: entry.trust_email_without_claim ?? false,
    acceptVerifiedAsText: entry.accept_verified_as_text ?? false,
    hostedDomain: entry.hosted_domain,
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
