// Whether a provider's entry fits what is known of its kind.

import { type Findings, shown } from './findings.ts'
import type { Preset } from './preset.ts'
import { isSharedIssuer } from './presets/entra.ts'
import { kindOfIssuer, type PresetName, recognisedName } from './presets.ts'
import type { ProviderEntry } from './provider-schema.ts'

type Known = { readonly name: PresetName; readonly preset: Preset; readonly issuer: string }

/** Settings that mean something to one kind of provider only. */
const particular = {
  hosted_domain: 'google',
  tenants: 'entra',
} as const

function checkParticular(
  setting: string,
  entry: ProviderEntry,
  name: PresetName,
  findings: Findings,
) {
  for (const key of ['hosted_domain', 'tenants'] as const)
    if (entry[key] !== undefined && particular[key] !== name)
      findings.problem(
        `Setting "${setting}.${key}" has a meaning only for preset ${particular[key]}`,
      )
  if (name === 'github' && entry.claims !== undefined)
    findings.problem(
      `Setting "${setting}.claims" has no meaning for preset github, which sends none`,
    )
}

/** An issuer that many tenants share says nothing about who may come (R47, nOAuth). */
function checkTenants(
  setting: string,
  entry: ProviderEntry,
  known: Known,
  findings: Findings,
): void {
  if (known.name !== 'entra') return
  const isShared = isSharedIssuer(known.issuer)
  if (isShared && entry.tenants === undefined)
    findings.problem(
      `Setting "${setting}.tenants" is needed with ${shown(known.issuer)}, where every tenant in the world can log in; list those you trust, or name one tenant in the issuer`,
    )
  if (!isShared && entry.tenants !== undefined)
    findings.problem(
      `Setting "${setting}.tenants" has no meaning beside an issuer of one tenant, ${shown(known.issuer)}`,
    )
}

function checkScopes(
  setting: string,
  entry: ProviderEntry,
  known: Known,
  findings: Findings,
): void {
  for (const scope of entry.scopes ?? []) {
    const refusal = known.preset.refusedScopes?.[scope]
    if (refusal !== undefined)
      findings.problem(`Setting "${setting}.scopes" must not hold ${shown(scope)}: ${refusal}`)
    else if (scope === 'offline_access')
      findings.warn(
        `Setting "${setting}.scopes" asks for offline_access, which gets a refresh token that Sallyport does not keep; leave it out`,
      )
  }
}

/** Claims that are no addresses must not open what is for addresses. */
export function checkEmailClaims(
  setting: string,
  names: readonly string[] | undefined,
  preset: Preset,
  findings: Findings,
): void {
  for (const name of names ?? [])
    if (preset.notEmail?.includes(name))
      findings.problem(
        `Setting "${setting}.claims.email" must not hold ${shown(name)}: at ${preset.label} the person can choose it, it is no address`,
      )
}

/** A kind that is known but not named does without what is known of it. */
function checkKind(setting: string, { name, issuer }: Known, findings: Findings): void {
  const better = name === 'oidc' ? recognisedName(issuer) : undefined
  if (better !== undefined)
    findings.warn(
      `Setting "${setting}.preset" is oidc for ${shown(issuer)}: use preset: ${better}, which knows what is particular there`,
    )
}

/** Everything about one provider that needs its preset to be judged. */
export function checkAgainstPreset(
  setting: string,
  entry: ProviderEntry,
  known: Known,
  findings: Findings,
): void {
  checkParticular(setting, entry, known.name, findings)
  checkTenants(setting, entry, known, findings)
  checkScopes(setting, entry, known, findings)
  checkKind(setting, known, findings)
  checkEmailClaims(setting, entry.claims?.email, kindOfIssuer(known.issuer, known.preset), findings)
}
