// Whether an identity may open a URL at all, for pages that explain a refusal.

import { parseForwardedRequest } from '../protocol/forwarded-request.ts'
import type { Identity } from '../protocol/identity.ts'
import { matchAllow, type NotAllowed } from './policy.ts'
import type { CompiledPolicy, Route } from './rules.ts'

const urlParts = /^(https?):\/\/([^/?]+)(\/.*)?$/s

/** The rule or resource for a request to `url`; undefined when there is none. */
export function findVisited(
  policy: CompiledPolicy,
  url: string,
  method: 'GET' | 'POST',
): Route | undefined {
  const [, proto = '', host = '', target = '/'] = urlParts.exec(url) ?? []
  const parsed = parseForwardedRequest({ method, proto, host, target })
  if (parsed.kind === 'refused') return undefined
  const match = policy.match(parsed.request)
  return match.kind === 'route' ? match.route : undefined
}

/**
 * Judges a page load of `url` by `identity`, without credentials and scopes.
 *
 * @returns undefined when the lists let it in, or when no rule knows the URL
 */
export function judgeVisit(
  policy: CompiledPolicy,
  identity: Identity,
  url: string,
): NotAllowed | undefined {
  const denied = matchAllow(policy.policy.allow, identity)
  if (denied !== undefined) return denied
  const route = findVisited(policy, url, 'GET')
  return route?.allow === undefined ? undefined : matchAllow(route.allow, identity)
}
