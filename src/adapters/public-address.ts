// Where is a host whose name a stranger chose, and may we connect there? (security.md R106)

import { Resolver } from 'node:dns/promises'
import ipaddr from 'ipaddr.js'

/** Answers the addresses of a host, as text; rejects when it has none or one of them is not allowed. */
export type AddressesOf = (hostname: string) => Promise<readonly string[]>

/** What the name system answers for a host, unjudged. */
export type Resolve = (hostname: string) => Promise<readonly string[]>

const globalV6 = ipaddr.IPv6.parseCIDR('2000::/3')

/**
 * Whether an address is in use on the open internet, and means itself: not one that stands for another
 * (IPv4-mapped, 6to4, NAT64, Teredo), and nothing private, special or reserved.
 *
 * @param text four decimal numbers, or IPv6; every other spelling is `false`
 */
export function isGlobalUnicast(text: string): boolean {
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) return ipaddr.IPv4.parse(text).range() === 'unicast'
  if (!ipaddr.IPv6.isValid(text)) return false
  const address = ipaddr.IPv6.parse(text)
  const isZoned = address.zoneId !== undefined && address.zoneId !== ''
  return !isZoned && address.match(globalV6) && address.range() === 'unicast'
}

function isLoopback(text: string): boolean {
  return ipaddr.isValid(text) && ipaddr.parse(text).range() === 'loopback'
}

// Not the system's own look-up: it occupies one of the few threads that also sign and verify, as long as the
// stranger's name server cares to be silent.
function askNameServers(): Resolve {
  return async (hostname) => {
    const resolver = new Resolver({ timeout: 1000, tries: 2 })
    const asked = [resolver.resolve4(hostname), resolver.resolve6(hostname)]
    const answers = await Promise.allSettled(asked)
    return answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []))
  }
}

const bare = (hostname: string): string => hostname.replace(/^\[(.*)\]$/, '$1')

/**
 * Makes the look-up for hosts that strangers name: every answer must be global unicast, else none is given.
 * A host that is an address itself is judged in the same way.
 *
 * @param resolve asks the name servers unless a test answers instead
 * @param allowLoopback tests and development: this machine counts as allowed, `localhost` is known
 * @see security.md R106
 */
export function createPublicLookup({
  resolve = askNameServers(),
  allowLoopback = false,
}: {
  readonly resolve?: Resolve | undefined
  readonly allowLoopback?: boolean | undefined
} = {}): AddressesOf {
  const isAllowed = (address: string) =>
    isGlobalUnicast(address) || (allowLoopback && isLoopback(address))
  return async (hostname) => {
    const host = bare(hostname)
    const isLiteral = ipaddr.isValid(host)
    const isHere = allowLoopback && host === 'localhost'
    const addresses = isLiteral ? [host] : isHere ? ['127.0.0.1', '::1'] : await resolve(host)
    if (addresses.length === 0) throw new Error('Host has no address')
    // One bad answer spoils all: who mixes them wants us to try until the private one is reached.
    if (!addresses.every(isAllowed)) throw new Error('Host is not on the public internet')
    return addresses
  }
}
