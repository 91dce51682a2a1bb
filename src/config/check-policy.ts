// Whether rules and allow lists fit together and with the rest.

import type { Allow } from '../access/policy.ts'
import { createReach, type ReachSettings } from '../protocol/cookie-reach.ts'
import { covers, type Reach, reachOfResource, reachOfRule } from './coverage.ts'
import { type Findings, shown } from './findings.ts'
import { isWithin } from './hosts.ts'
import type { ResourceEntry } from './resource-schema.ts'
import type { RuleEntry } from './rule-schema.ts'
import { suggestion } from './suggestion.ts'

/** Providers and accounts that allow lists may name; undefined when those settings were unreadable. */
export type Known = {
  readonly providers: readonly string[] | undefined
  readonly localAccounts: boolean
}

function checkAllow(setting: string, allow: Allow, known: Known, findings: Findings): void {
  const { providers, localAccounts } = known
  if (providers === undefined) return
  const names = localAccounts ? [...providers, 'local'] : providers
  for (const { providers: named, users } of allow) {
    for (const name of named ?? []) {
      if (names.includes(name)) continue
      const hint = name === 'local' ? '; local_accounts is off' : suggestion(name, names)
      findings.problem(`Setting "${setting}" names an unknown provider ${shown(name)}${hint}`)
    }
    if (users !== undefined && !localAccounts)
      findings.problem(
        `Setting "${setting}" names users of local accounts, but local_accounts is off`,
      )
  }
}

/** Names in the top-level list and in those of rules and resources. */
export function checkAllowLists(
  allow: Allow,
  rules: readonly RuleEntry[],
  resources: readonly ResourceEntry[],
  context: { readonly known: Known; readonly findings: Findings },
): void {
  const { known, findings } = context
  checkAllow('allow', allow, known, findings)
  for (const [kind, entries] of Object.entries({ rules, resources }))
    for (const [at, entry] of entries.entries())
      checkAllow(`${kind}[${at}].allow`, entry.allow ?? [], known, findings)
}

/** Rules that can never match, and settings of a rule that contradict each other. */
export function checkRules(
  rules: readonly RuleEntry[],
  resources: readonly ResourceEntry[],
  findings: Findings,
): void {
  const before: { readonly name: string; readonly reach: Reach }[] = resources.map((entry, at) => ({
    name: `resources[${at}]`,
    reach: reachOfResource(entry),
  }))
  for (const [at, rule] of rules.entries()) {
    const name = `rules[${at}]`
    const reach = reachOfRule(rule)
    const cover = before.find((earlier) => covers(earlier.reach, reach))
    if (cover !== undefined)
      findings.problem(
        `Setting "${name}" can never match: "${cover.name}" answers all its requests${cover.name.startsWith('rules') ? '; put it first' : ''}`,
      )
    for (const member of ['factor', 'max_age'] as const)
      if (rule[member] !== undefined && (rule.access ?? 'required') !== 'required')
        findings.problem(
          `Setting "${name}.${member}" has no effect with access ${rule.access}; remove one of both`,
        )
    if (rule.access === 'public' && rule.allow !== undefined)
      findings.problem(`Setting "${name}.allow" has no effect on a public rule; remove one of both`)
    before.push({ name, reach })
  }
}

const nameOf = (host: string): string => host.replace(/:(?:\d+|\*)$/, '').replace(/^\*\./, '')

const isOn = (host: string, publicHost: string): boolean =>
  nameOf(host) === publicHost && !host.startsWith('*')

/** Whether the cookie of isolated mode stays with us: an application on our host could sign in everywhere. */
function checkIsolation(rules: readonly RuleEntry[], publicHost: string, findings: Findings): void {
  for (const [at, { host }] of rules.entries())
    if (isOn(host, publicHost))
      findings.warn(
        `Setting "rules[${at}].host": the application on ${shown(host)} shares it with the login, whose cookie opens every host; in isolated mode give Sallyport a host of its own`,
      )
}

/** Whether a cookie reaches the hosts of rules that want a login. */
export function checkCookieReach(
  rules: readonly RuleEntry[],
  { loginHost: publicHost, domain: cookieDomain, scope }: ReachSettings,
  findings: Findings,
): void {
  if (scope?.kind === 'every-host') {
    checkIsolation(rules, publicHost, findings)
    return
  }
  const reaches = createReach({ loginHost: publicHost, domain: cookieDomain, scope })
  for (const [at, { host, access }] of rules.entries()) {
    const name = nameOf(host)
    if (access === 'public' || isOn(host, publicHost)) continue
    if (scope !== undefined) {
      if (access !== 'optional' && reaches(name).kind === 'none')
        findings.problem(
          `Setting "rules[${at}].host": ${shown(host)} is outside of all "cookie.domains", so no login could reach it`,
        )
    } else if (cookieDomain === undefined)
      findings.warn(
        `Setting "rules[${at}].host": ${shown(host)} never gets the session cookie, which stays on ${publicHost}; set cookie.domain to share it`,
      )
    else if (access !== 'optional' && !isWithin(name, cookieDomain))
      findings.problem(
        `Setting "rules[${at}].host": ${shown(host)} is outside cookie.domain ${shown(cookieDomain)}, so no login could reach it`,
      )
  }
}
