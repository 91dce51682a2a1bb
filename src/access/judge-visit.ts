// Whether an identity may open a URL at all, for pages that explain a refusal.

import { parseForwardedRequest } from '../protocol/forwarded-request.ts'
import type { Identity } from '../protocol/identity.ts'
import { matchAllow, type NotAllowed } from './policy.ts'
import type { CompiledPolicy } from './rules.ts'

const urlParts = /^(https?):\/\/([^/?]+)(\/.*)?$/s

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
  const [, proto = '', host = '', target = '/'] = urlParts.exec(url) ?? []
  const parsed = parseForwardedRequest({ method: 'GET', proto, host, target })
  if (parsed.kind === 'refused') return undefined
  const match = policy.match(parsed.request)
  if (match.kind !== 'route' || match.route.allow === undefined) return undefined
  return matchAllow(match.route.allow, identity)
}
