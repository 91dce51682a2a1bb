// Does a login reach every host that a rule protects? RFC 6265 §5.1.3

import { isLoopbackHost } from '../../config/hosts.ts'
import type { Settings } from '../../config/settings.ts'
import { createReach } from '../../protocol/cookie-reach.ts'
import { type Finding, ok, warning, wrong } from './finding.ts'

const hostnameOf = (host: string): string => host.replace(/:(?:\d+|\*)$/, '')

const within = (hostname: string, domain: string): boolean =>
  hostname === domain || hostname.endsWith(`.${domain}`)

/** One finding for each host of a rule that wants somebody signed in. */
export function judgeCookieReach(settings: Settings): readonly Finding[] {
  const { cookie, handOff, policy, publicUrl } = settings
  const { domain } = cookie
  const reach = createReach({ loginHost: publicUrl.hostname, domain, scope: handOff.scope })
  const protectedRules = policy.rules.filter(({ access }) => access !== 'public')
  const hosts = [...new Set(protectedRules.map(({ host }) => hostnameOf(host)))]
  return hosts.map((host) => {
    // A wildcard stands for names below its domain, which share its fate.
    const name = host.startsWith('*.') ? `any${host.slice(1)}` : host
    if (reach(name).kind === 'own') return ok(`cookie: ${host} gets a session of its own`)
    const arrives = domain === undefined ? name === publicUrl.hostname : within(name, domain)
    if (arrives && reach(name).kind === 'login') return ok(`cookie: a login reaches ${host}`)
    // Development mode has a rule for each name of this machine, and people use one of them.
    if (settings.development && isLoopbackHost(host.replace(/^\*\./, '')))
      return warning(
        `cookie: a login on ${publicUrl.hostname} does not reach ${host}: open it under ${publicUrl.href}`,
      )
    const where = domain ?? `${publicUrl.hostname} alone`
    return wrong(
      `cookie: a login on ${publicUrl.hostname} does not reach ${host}, its cookie is for ${where}: ` +
        'people would log in again and again; set "cookie.domain" to a domain that both are in',
    )
  })
}
