// Do rules want a sign-in to show what its provider never says?

import type { Policy } from '../access/policy.ts'
import { type Findings, shown } from './findings.ts'
import { presets } from './presets.ts'
import type { ProviderSettings } from './settings.ts'

const reasonOf = ({ preset, secondFactor }: ProviderSettings): string | undefined =>
  // Values of the operator's own: they have seen them.
  secondFactor === undefined ? presets[preset].noAssurance : undefined

/**
 * Says which providers bring nobody in where a rule wants `factor` or `max_age`: a warning when that keeps everyone
 * out, otherwise a notice.
 */
export function checkDemands(
  { rules }: Pick<Policy, 'rules'>,
  known: { readonly providers: readonly ProviderSettings[]; readonly localAccounts: boolean },
  findings: Findings,
): void {
  const at = rules.findIndex(({ demand }) => demand !== undefined)
  if (at === -1) return
  const { providers, localAccounts } = known
  const silent = providers.filter((provider) => reasonOf(provider) !== undefined)
  const isHopeless = !localAccounts && silent.length === providers.length
  for (const provider of silent) {
    const text = `Provider ${shown(provider.id)} brings nobody in where "rules[${at}]" wants "factor" or "max_age": ${reasonOf(provider)}`
    if (isHopeless) findings.warn(text)
    else findings.notice(text)
  }
}
