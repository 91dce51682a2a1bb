// Whether public URL, development mode, cookie, listeners and proxies fit together (R2, R16, R144, R145).

import ipaddr from 'ipaddr.js'
import { type Dialect, proxyDialects } from '../protocol/dialects.ts'
import { type Findings, shown, unreadable } from './findings.ts'
import {
  isDevelopmentHost,
  isIpAddress,
  isLoopbackAddress,
  isPublicSuffix,
  isWithin,
} from './hosts.ts'
import type { FileSettings } from './schema.ts'
import type { PublicUrl, Settings } from './settings.ts'

/** Plain http and development mode, only where no stranger can be between (R144, R145). */
export function checkPublicUrl(url: PublicUrl, development: boolean, findings: Findings): void {
  const local = isDevelopmentHost(url.hostname)
  if (development && !local)
    findings.problem(
      `Setting "development" is refused for ${shown(url.href)}: it is for loopback, .test and .localhost only`,
    )
  else if (!url.href.startsWith('https:') && !development)
    findings.problem(
      unreadable(
        'public_url',
        local ? 'an https URL, or development: true' : 'an https URL',
        shown(url.href),
      ),
    )
  else if (development)
    findings.warn(
      'Development mode is on: cookies may travel without TLS. Use it on your own machine only',
    )
}

/** A domain that one party owns, and on which browsers keep a cookie. */
export function checkOwnDomain(
  setting: string,
  domain: string,
  development: boolean,
  findings: Findings,
): void {
  const refuse = (wanted: string) => findings.problem(unreadable(setting, wanted, shown(domain)))
  if (isIpAddress(domain)) refuse('a domain, not an address')
  else if (domain === 'localhost' && development) return
  else if (!domain.includes('.')) refuse('at least two labels')
  else if (isPublicSuffix(domain)) refuse('a domain of your own, not a public suffix')
}

/** The cookie's domain: a parent of the public host that one party owns (R16). */
export function checkCookieDomain(
  domain: string,
  url: PublicUrl,
  development: boolean,
  findings: Findings,
): void {
  if (isIpAddress(domain) || isWithin(url.hostname, domain))
    checkOwnDomain('cookie.domain', domain, development, findings)
  else {
    const wanted = `${url.hostname} or a parent of it (the host of public_url)`
    findings.problem(unreadable('cookie.domain', wanted, shown(domain)))
  }
}

const prefixOf = (url: PublicUrl, domain: string | undefined): string => {
  if (!url.href.startsWith('https:')) return ''
  return domain === undefined ? '__Host-' : '__Secure-'
}

/** The whole name of the session cookie, with the prefix that its attributes allow (R16). */
export function deriveCookieName(
  name: string | undefined,
  url: PublicUrl,
  domain: string | undefined,
  findings: Findings,
): string {
  const prefix = prefixOf(url, domain)
  const [, given, bare = 'sallyport'] =
    /^(__Host-|__Secure-)?(.*)$/i.exec(name ?? 'sallyport') ?? []
  if (given !== undefined && given !== prefix)
    findings.problem(
      unreadable(
        'cookie.name',
        `a name that starts with ${shown(prefix)}, or has no prefix`,
        shown(name),
      ),
    )
  if (bare.toLowerCase() === 'cf_authorization')
    findings.problem(unreadable('cookie.name', 'a name other than that of edge auth', shown(name)))
  if (bare.toLowerCase().startsWith('sallyport-'))
    findings.problem(
      unreadable('cookie.name', 'a name that none of the other cookies has', shown(name)),
    )
  return `${prefix}${bare}`
}

/** Half of all addresses or more. The mapped form `::ffff:0:0/96` is all of IPv4. */
function isEveryone(network: string): boolean {
  const [address, bits] = ipaddr.parseCIDR(network)
  if (address.kind() === 'ipv4') return bits <= 1
  return bits <= 3 || (network.startsWith('::ffff:') && bits <= 97)
}

/** Trusting everyone to say who the client is has to be said twice (R2). */
export function checkTrusted(
  trusted: readonly string[],
  acknowledged: boolean,
  findings: Findings,
): void {
  const wide = trusted.filter(isEveryone)
  if (wide.length > 0 && !acknowledged)
    findings.problem(
      `Setting "proxy.trusted" lets everyone (${wide.join(', ')}) forge requests; name the proxy's network, or set proxy.trust_everyone: true`,
    )
  else if (wide.length > 0)
    findings.warn(
      `Setting "proxy.trusted" holds ${wide.join(', ')}: whoever reaches this port can claim any host, path and method`,
    )
  if (wide.length === 0 && acknowledged)
    findings.problem(
      'Setting "proxy.trust_everyone" contradicts "proxy.trusted", which names networks',
    )
}

/** Without a proxy the question is about the question itself: no rule on a path or method would ever be asked. */
export function checkDialect(dialect: Dialect, development: boolean, findings: Findings): void {
  if (dialect === 'direct' && !development)
    findings.problem(
      unreadable('proxy.dialect', `one of ${proxyDialects.join(', ')}`, shown(dialect)),
    )
}

/** Where development mode listens for other machines, it has to know what for (R145). */
function checkReachable(hosts: ReadonlySet<string>, hasUrl: boolean, findings: Findings): void {
  for (const host of hosts) {
    if (isLoopbackAddress(host)) continue
    if (hasUrl)
      findings.warn(`Development mode listens on ${host}, where other machines may reach it`)
    else
      findings.problem(
        `Setting "public_url" is needed to listen on ${host}: expected the https URL under which browsers reach Sallyport`,
      )
  }
}

/** One place for decisions, and one port for one listener. */
export function checkListeners(file: FileSettings, settings: Settings, findings: Findings): void {
  if (file.decision_port !== undefined && file.decision_socket !== undefined)
    findings.problem(
      'Settings "decision_port" and "decision_socket" contradict each other; keep one',
    )
  if (file.decision_host !== undefined && file.decision_port === undefined)
    findings.problem('Setting "decision_host" has no meaning without "decision_port"')
  if (file.port !== undefined && file.listen?.port !== undefined && file.port !== file.listen.port)
    findings.problem('Settings "port" and "listen.port" contradict each other; keep one')
  const { decision, listen, development } = settings
  if (decision.kind === 'port' && decision.port === listen.port)
    findings.problem('Settings "decision_port" and "port" are the same; decisions need their own')
  const hosts = [listen.host, ...(decision.kind === 'port' ? [decision.host] : [])]
  if (development) checkReachable(new Set(hosts), file.public_url !== undefined, findings)
}

/** First path segments of our own pages, and of names that such services use for the like. */
const ownSegments: ReadonlySet<string> = new Set([
  '',
  '.well-known',
  '_ws_tunnel',
  'account',
  'authorize',
  'backchannel-logout',
  'callback',
  'cdn-cgi',
  'device',
  'handoff',
  'health',
  'healthz',
  'interaction',
  'introspect',
  'invitation',
  'jwks',
  'livez',
  'login',
  'logo',
  'logout',
  'metrics',
  'passkeys.js',
  'ready',
  'readyz',
  'refused',
  'register',
  'request',
  'revoke',
  'session',
  'signed-in',
  'signed-out',
  'token',
  'userinfo',
])

const isOwnPage = (path: string): boolean =>
  ownSegments.has(path.split('/')[1] ?? '') || path.startsWith('/auth/')

/** Paths that the operator chooses must not hide a page of ours, nor each other. */
export function checkPaths(
  { protectedPath, handOff, providers, publicUrl }: Settings,
  findings: Findings,
): void {
  const { basePath } = publicUrl
  const wanted = 'a path that is not a page of Sallyport'
  // Of our pages most are below the base path, and so are callbacks; the decision endpoint is where it is written.
  const below = protectedPath.startsWith(`${basePath}/`)
    ? protectedPath.slice(basePath.length)
    : protectedPath
  const hidesHandOff = (path: string) => path.startsWith(`${handOff.path}/`)
  const hidesRoot = protectedPath === basePath || hidesHandOff(protectedPath)
  if (isOwnPage(protectedPath) || isOwnPage(below) || hidesRoot)
    findings.problem(unreadable('protected_path', wanted, shown(protectedPath)))
  for (const [at, { callbackPath: path }] of providers.entries()) {
    const isCallback = path === '/callback' || path.startsWith('/callback/')
    const whole = `${basePath}${path}`
    const isTaken = path === '/auth' || whole === protectedPath || hidesHandOff(whole)
    if ((isOwnPage(path) && !isCallback) || isTaken)
      findings.problem(unreadable(`providers[${at}].callback_path`, wanted, shown(path)))
  }
}
