// Do rules ask for groups of people whose provider tells none?

import type { AllowClause, Policy } from '../access/policy.ts'
import { type Findings, shown } from './findings.ts'
import { presets } from './presets.ts'
import type { ProviderSettings } from './settings.ts'

const reasonOf = ({ preset, claims }: ProviderSettings): string | undefined =>
  claims.groups.length > 0 ? undefined : presets[preset].noGroups

/** Everyone whom a clause is for: providers, and local accounts, which have groups. */
function audienceOf(
  { providers: named }: AllowClause,
  providers: readonly ProviderSettings[],
  localAccounts: boolean,
) {
  const isMeant = (id: string) => named?.includes(id) ?? true
  return {
    meant: providers.filter(({ id }) => isMeant(id)),
    local: localAccounts && isMeant('local'),
  }
}

/**
 * Says which providers tell no groups although an allow list waits for some: a warning when that keeps
 * everyone out, otherwise a notice.
 */
export function checkGroups(
  { allow, rules, resources }: Policy,
  known: { readonly providers: readonly ProviderSettings[]; readonly localAccounts: boolean },
  findings: Findings,
): void {
  const lists = [allow, ...[...rules, ...resources].map((one) => one.allow ?? [])]
  for (const clause of lists.flat().filter(({ groups }) => groups !== undefined)) {
    const { meant, local } = audienceOf(clause, known.providers, known.localAccounts)
    const silent = meant.filter((provider) => reasonOf(provider) !== undefined)
    const isHopeless = !local && meant.length > 0 && silent.length === meant.length
    for (const provider of silent) {
      const { id } = provider
      const text = `Provider ${shown(id)} brings nobody in by groups, which "allow" asks for: ${reasonOf(provider)}`
      if (isHopeless) findings.warn(text)
      else findings.notice(text)
    }
  }
}
