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

export type EdgeHosts = {
  /** Whether a host, in canonical form without port, is a gateway. */
  readonly find: FindEdgeHost
  /** All of them, as they are written; `*.example.com` stands for one label. */
  readonly names: () => readonly string[]
}

export type EdgeHostSettings = {
  /** Undefined: those that a rule protects. */
  readonly hosts: readonly string[] | undefined
  /** Whether a login's cookie, or one that it is handed on to, reaches a host. */
  readonly isReached: (hostname: string) => boolean
  readonly policy: () => CompiledPolicy
}

const withoutPort = (host: string): string => host.replace(/:(?:\d+|\*)$/, '')

function protectedHosts({ policy }: CompiledPolicy): readonly string[] {
  const rules = policy.rules.filter(({ access }) => access !== 'public')
  return [...new Set(rules.map(({ host }) => withoutPort(host.toLowerCase())))]
}

/** The gateways, now and after a change of the policy. */
export function createEdgeHosts({ hosts, isReached, policy }: EdgeHostSettings): EdgeHosts {
  if (hosts !== undefined) {
    return {
      find: (hostname) => (matchesHost(hosts, hostname) ? 'named' : undefined),
      names: () => hosts,
    }
  }
  // The policy changes seldom, and this is asked for each request.
  const known = new WeakMap<CompiledPolicy, readonly string[]>()
  const names = (): readonly string[] => {
    const compiled = policy()
    const before = known.get(compiled)
    if (before !== undefined) return before
    const found = protectedHosts(compiled)
    known.set(compiled, found)
    return found
  }
  return {
    find: (hostname) =>
      isReached(hostname) && matchesHost(names(), hostname) ? 'ruled' : undefined,
    names: () => names().filter((name) => isReached(name.replace(/^\*\./, ''))),
  }
}
