// Which hosts are gateways of edge auth: those that the operator names, or those that a rule protects and the login's
// cookie reaches.

import { matchesHost } from '../protocol/edge-token.ts'
import type { CompiledPolicy } from './rules.ts'

/**
 * How a host came to be a gateway. `named`: by the operator, whatever the policy has for it; `ruled`: because a
 * rule for browsers protects it.
 */
export type EdgeHost = 'named' | 'ruled'

export type FindEdgeHost = (hostname: string) => EdgeHost | undefined

export type EdgeHostSettings = {
  /** `*.example.com` stands for one label. Undefined: those that a rule names. */
  readonly hosts: readonly string[] | undefined
  /** Whether a login's cookie, or one that it is handed on to, reaches a host. */
  readonly isReached: (hostname: string) => boolean
  readonly policy: () => CompiledPolicy
}

const withoutPort = (host: string): string => host.replace(/:(?:\d+|\*)$/, '')

/** Makes the function that says whether a host, in canonical form without port, is a gateway. */
export function createFindEdgeHost({ hosts, isReached, policy }: EdgeHostSettings): FindEdgeHost {
  if (hosts !== undefined) return (hostname) => (matchesHost(hosts, hostname) ? 'named' : undefined)
  const ruled = new WeakMap<CompiledPolicy, readonly string[]>()
  const protectedHosts = (compiled: CompiledPolicy): readonly string[] => {
    const before = ruled.get(compiled)
    if (before !== undefined) return before
    const rules = compiled.policy.rules.filter(({ access }) => access !== 'public')
    const names = [...new Set(rules.map(({ host }) => withoutPort(host.toLowerCase())))]
    ruled.set(compiled, names)
    return names
  }
  return (hostname) =>
    isReached(hostname) && matchesHost(protectedHosts(policy()), hostname) ? 'ruled' : undefined
}
