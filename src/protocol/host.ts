// One spelling for every host, before anything is looked up by it (R6).

export type Host = {
  /** Lower case, no trailing dot; IPv6 in brackets. */
  readonly hostname: string
  /** Undefined for the scheme's default port. */
  readonly port: number | undefined
  /** `hostname` or `hostname:port`. */
  readonly value: string
}

export type Scheme = 'http' | 'https'

const label = '[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?'
const namePattern = new RegExp(`^${label}(?:\\.${label})*$`)
const ipv6Pattern = /^\[[0-9a-f:]{2,39}(?:\.[0-9]{1,3}){0,3}\]$/

function parsePort(text: string, scheme: Scheme): number | 'default' | undefined {
  if (!/^[0-9]{1,5}$/.test(text)) return undefined
  const port = Number(text)
  if (port < 1 || port > 65535) return undefined
  return port === (scheme === 'https' ? 443 : 80) ? 'default' : port
}

function parseFresh(text: string, scheme: Scheme): Host | undefined {
  if (text.length > 260) return undefined
  const lower = text.toLowerCase()
  const colon = lower.indexOf(':', lower.startsWith('[') ? lower.indexOf(']') + 1 : 0)
  const name = colon === -1 ? lower : lower.slice(0, colon)
  const port = colon === -1 ? 'default' : parsePort(lower.slice(colon + 1), scheme)
  if (port === undefined) return undefined
  const hostname = name.endsWith('.') ? name.slice(0, -1) : name
  if (hostname.length > 253) return undefined
  if (!namePattern.test(hostname) && !ipv6Pattern.test(hostname)) return undefined
  if (port === 'default') return { hostname, port: undefined, value: hostname }
  return { hostname, port, value: `${hostname}:${port}` }
}

// A gate sees the same few hosts all day. Only good ones are kept, so that strangers cannot fill the memory with junk.
const known: Record<Scheme, Map<string, Host>> = { http: new Map(), https: new Map() }
const maxKnown = 1024

/**
 * Brings the host of a request (or of a URL's authority without userinfo) to canonical form: lower case,
 * one trailing dot removed, default port removed. Total.
 *
 * Non-ASCII is refused here: names are converted to ASCII (IDNA) when the configuration is read, and
 * browsers send the ASCII form.
 *
 * @returns undefined for anything that is no host: `@`, `/`, spaces, empty labels, bad ports
 */
export function parseHost(text: string, scheme: Scheme): Host | undefined {
  const before = known[scheme].get(text)
  if (before !== undefined) return before
  const host = parseFresh(text, scheme)
  if (host !== undefined && known[scheme].size < maxKnown) known[scheme].set(text, host)
  return host
}
