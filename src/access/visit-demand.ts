// How a person must have signed in for a URL, for the login that leads there.

import type { Demand } from '../protocol/assurance.ts'
import { findVisited } from './judge-visit.ts'
import type { CompiledPolicy } from './rules.ts'

/** What the policy wants of whoever loads a URL as a page, or sends a form to it. */
export type DemandOf = (url: string, method: 'GET' | 'POST') => Demand | undefined

/** What the rule of a URL wants of a sign-in; undefined when it wants nothing, and when no rule knows the URL. */
export function visitDemand(
  policy: CompiledPolicy,
  url: string,
  method: 'GET' | 'POST',
): Demand | undefined {
  const route = findVisited(policy, url, method)
  // Resources are never opened by a session.
  return route?.kind === 'rule' ? route.demand : undefined
}
