// Which rule lets a person in where, and why? From the policy alone, for the person to read.

import type { Demand } from '../protocol/assurance.ts'
import type { Identity } from '../protocol/identity.ts'
import { type Allow, type AllowClause, matchAllow, type Policy, type RulePolicy } from './policy.ts'

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

const hostOf = (rule: RulePolicy): string => rule.host.toLowerCase()

/**
 * What a person may open, in the order of the policy: resources, then rules. Of hosts that they may open in part, the
 * rest is there too, without a reason; hosts that are not for them are left out.
 *
 * Says nothing of scopes, and nothing of how the person signed in: `demand` says what is wanted.
 */
export function openingsOf(
  { allow, rules, resources }: Policy,
  identity: Identity,
): readonly Opening[] {
  const ofRules = rules.map((rule) => ({
    host: hostOf(rule),
    opening: {
      rule: rule.name,
      place: `${rule.host}${rule.path ?? ''}`,
      methods: rule.methods,
      because:
        rule.access === 'public'
          ? ({ kind: 'public' } as const)
          : because(rule.allow, allow, identity),
      demand: rule.demand,
    },
  }))
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
