// Whether the connection comes from a proxy of ours: only then do forwarded headers count (R2, R3).

import { BlockList, isIP } from 'node:net'

type Family = 'ipv4' | 'ipv6'

const familyOf = (address: string): Family | undefined => {
  const version = isIP(address)
  return version === 4 ? 'ipv4' : version === 6 ? 'ipv6' : undefined
}

// A dual-stack socket shows an IPv4 peer as ::ffff:192.0.2.1.
const unmapped = (address: string): string =>
  address.startsWith('::ffff:') && isIP(address.slice(7)) === 4 ? address.slice(7) : address

function listOf(ranges: readonly string[]): BlockList {
  const list = new BlockList()
  for (const range of ranges) {
    const [address = '', prefix] = range.split('/')
    const family = familyOf(address)
    if (family === undefined) throw new Error(`Cannot read trusted range "${range}": no IP address`)
    if (prefix === undefined) list.addAddress(address, family)
    else list.addSubnet(address, Number(prefix), family)
  }
  return list
}

export type TrustedPeers = {
  /**
   * Undefined is a peer on a unix socket, which file permissions guard. Listeners on a port must ask only for a peer
   * that has an address: one that is gone has none either.
   */
  readonly includes: (address: string | undefined) => boolean
  /**
   * The address a request came from: the right-most entry of X-Forwarded-For that is no proxy of ours, when
   * the peer is one; otherwise the peer itself. For rate limits and logs, never for a decision.
   */
  readonly clientAddress: (peer: string | undefined, forwardedFor: string | undefined) => string
}

/**
 * @param ranges addresses and CIDR ranges, checked by the configuration
 */
export function createTrustedPeers(ranges: readonly string[]): TrustedPeers {
  const list = listOf(ranges)
  const known = new Map<string, boolean>()
  const check = (address: string): boolean => {
    const plain = unmapped(address)
    const family = familyOf(plain)
    return family !== undefined && list.check(plain, family)
  }
  const includes = (address: string | undefined): boolean => {
    if (address === undefined) return true
    const before = known.get(address)
    if (before !== undefined) return before
    const trusted = check(address)
    if (known.size < 4096) known.set(address, trusted)
    return trusted
  }
  return {
    includes,
    clientAddress: (peer, forwardedFor) => {
      const own = unmapped(peer ?? '')
      if (!includes(peer) || forwardedFor === undefined) return own === '' ? 'local' : own
      // One hop is the usual case, and this runs for each refusal.
      const hop = forwardedFor.includes(',') ? '' : unmapped(forwardedFor.trim())
      if (isIP(hop) !== 0) return hop
      const hops = forwardedFor.split(',').map((each) => unmapped(each.trim()))
      const outside = hops.findLast((each) => isIP(each) === 0 || !check(each))
      const client = outside ?? hops[0] ?? own
      return isIP(client) === 0 ? own : client
    },
  }
}
