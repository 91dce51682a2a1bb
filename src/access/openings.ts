// Which rule lets a person in where, and why? From the policy alone, for the person to read.

import type { Demand } from '../protocol/assurance.ts'
import type { Identity } from '../protocol/identity.ts'
import { type Allow, type AllowClause, matchAllow, type RulePolicy } from './policy.ts'
import { exampleOf } from './route-entries.ts'
import type { CompiledPolicy } from './rules.ts'

/** What of a clause fits the person; without any member it was `anyone`. */
export type Because =
  | { readonly kind: 'public' }
  | { readonly kind: 'everyone' }
  | {
      readonly kind: 'conditions'
      readonly emails: readonly string[]
      readonly groups: readonly string[]
      readonly providers: readonly string[]
      readonly users: readonly string[]
    }

export type Opening = {
  readonly rule: string
  /** Host and path of a rule, as they are written; the URL of a resource. */
  readonly place: string
  /** Undefined: all. */
  readonly methods: readonly string[] | undefined
  /** Undefined: the person may not. */
  readonly because: Because | undefined
  readonly demand: Demand | undefined
}

const isAlone = (clause: AllowClause, identity: Identity): boolean =>
  matchAllow([clause], identity) === undefined

/** The entries that would fit on their own. */
const fitting = (
  kind: 'emails' | 'groups' | 'providers' | 'users',
  clause: AllowClause,
  identity: Identity,
): readonly string[] =>
  (clause[kind] ?? []).filter((entry) => isAlone({ [kind]: [entry] }, identity))

function explain(allow: Allow, identity: Identity): Because | undefined {
  const clause = allow.find((one) => isAlone(one, identity))
  if (clause === undefined) return undefined
  const { emails, groups, providers, users } = clause
  if (!emails && !groups && !providers && !users) return { kind: 'everyone' }
  return {
    kind: 'conditions',
    emails: fitting('emails', clause, identity),
    groups: fitting('groups', clause, identity),
    providers: fitting('providers', clause, identity),
    users: fitting('users', clause, identity),
  }
}

/** A list of its own is the narrower reason; without one it is that everybody's list has the person. */
function because(own: Allow | undefined, everyone: Allow, identity: Identity): Because | undefined {
  const general = explain(everyone, identity)
  return own === undefined || general === undefined ? general : explain(own, identity)
}

function becauseOfRule(rule: RulePolicy, everyone: Allow, identity: Identity): Because | undefined {
  if (rule.access === 'public') return { kind: 'public' }
  const known = because(rule.allow, everyone, identity)
  // Whom the lists do not name comes in as nobody in particular.
  return known ?? (rule.access === 'optional' ? { kind: 'public' } : undefined)
}

const hostOf = (rule: RulePolicy): string => rule.host.toLowerCase()

// A method that no rule names, for those of a rule that names none.
const anyOther = ''

/** The methods for which no earlier rule or resource decides; `none`: the rule is never asked. */
function decidedMethods(
  rule: RulePolicy,
  { match }: CompiledPolicy,
): readonly string[] | undefined | 'none' {
  const decides = (method: string): boolean => {
    const found = match(exampleOf(rule, method))
    if (found.kind !== 'route' || found.route.kind !== 'rule') return false
    return found.route.name === rule.name && found.route.allow === rule.allow
  }
  if (rule.methods === undefined) return decides(anyOther) ? undefined : 'none'
  const methods = rule.methods.filter(decides)
  return methods.length === 0 ? 'none' : methods
}

/**
 * What a person may open, in the order of the policy: resources, then rules. Of hosts that they may open in part, the
 * rest is there too, without a reason; hosts that are not for them are left out, and rules behind an earlier one that
 * decides all of theirs.
 *
 * Says nothing of scopes, and nothing of how the person signed in: `demand` says what is wanted.
 */
export function openingsOf(compiled: CompiledPolicy, identity: Identity): readonly Opening[] {
  const { allow, rules, resources } = compiled.policy
  const ofRules = rules.flatMap((rule) => {
    const methods = decidedMethods(rule, compiled)
    if (methods === 'none') return []
    const opening: Opening = {
      rule: rule.name,
      place: `${rule.host}${rule.path ?? ''}`,
      methods,
      because: becauseOfRule(rule, allow, identity),
      demand: rule.access === 'required' ? rule.demand : undefined,
    }
    return { host: hostOf(rule), opening }
  })
  const known = new Set(
    ofRules.filter(({ opening }) => opening.because !== undefined).map(({ host }) => host),
  )
  const ofResources = resources.map((resource) => ({
    rule: resource.name ?? resource.url,
    place: resource.url,
    methods: undefined,
    because: because(resource.allow, allow, identity),
    demand: resource.demand,
  }))
  return [
    ...ofResources.filter((opening) => opening.because !== undefined),
    ...ofRules.filter(({ host }) => known.has(host)).map(({ opening }) => opening),
  ]
}
