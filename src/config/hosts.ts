// Kinds of host names that the rules of the configuration tell apart.

import { getPublicSuffix, parse } from 'tldts'

/** Whether a host name, as `URL.hostname` gives it, can only mean this machine. */
export function isLoopbackHost(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname)
}

/** Loopback, `.localhost` or `.test`: where development mode is allowed (R145). */
export function isDevelopmentHost(hostname: string): boolean {
  return isLoopbackHost(hostname) || /\.(?:localhost|test)$/.test(hostname)
}

/** Whether an address to listen on is reachable from this machine only. */
export function isLoopbackAddress(address: string): boolean {
  return address === 'localhost' || address === '::1' || /^127(\.\d{1,3}){3}$/.test(address)
}

export const isIpAddress = (hostname: string): boolean => parse(hostname).isIp === true

/** Whether nobody owns the name alone: `com`, `co.uk`, `github.io`. @see https://publicsuffix.org */
export function isPublicSuffix(hostname: string): boolean {
  return getPublicSuffix(hostname, { allowPrivateDomains: true }) === hostname
}

/** Whether `hostname` is `domain` or below it. */
export function isWithin(hostname: string, domain: string): boolean {
  return hostname === domain || hostname.endsWith(`.${domain}`)
}

/** A name in ASCII lower case (IDNA), or undefined when it is none. `*.` in front is kept. */
export function asciiHost(text: string): string | undefined {
  const star = text.startsWith('*.') ? '*.' : ''
  const bare = text.slice(star.length)
  if (bare === '' || /[/?#@\\\s%*]/.test(bare)) return undefined
  const hostname = URL.parse(`http://${bare}`)?.hostname
  if (hostname === undefined || hostname.endsWith('.')) return undefined
  // A bare number or `0x7f.1` is an IPv4 address to URL; only the usual spelling is meant.
  if (isIpAddress(hostname) && hostname !== bare.toLowerCase()) return undefined
  return `${star}${hostname}`
}
