// Which addresses does the doctor ask through the proxy? Only such as nobody gets without signing in.

import type { ResourcePolicy } from '../../access/policy.ts'
import { compilePolicy, type Route } from '../../access/rules.ts'
import type { Settings } from '../../config/settings.ts'
import { parseForwardedRequest } from '../../protocol/forwarded-request.ts'

export type ProbeTarget =
  | { readonly kind: 'application'; readonly url: URL }
  | { readonly kind: 'resource'; readonly url: URL; readonly resource: ResourcePolicy }

export type ProbeTargets = {
  readonly targets: readonly ProbeTarget[]
  /** Hosts and resources without an address that could be asked. */
  readonly left: readonly string[]
}

/** A page that no application has, with a query that shows whether it arrives byte for byte. */
const page = 'sallyport-doctor?a=1&b=%2F+%20'

const candidateOf = (path: string | undefined): string => {
  if (path === undefined) return `/${page}`
  return path.endsWith('/') ? `${path}${page}` : path
}

/** What a request without credentials is matched with; undefined when nothing is. */
export function createRouteOf(settings: Settings): (url: URL) => Route | undefined {
  const policy = compilePolicy(settings.policy)
  return (url) => {
    const parts = { method: 'GET', proto: url.protocol.slice(0, -1), host: url.host }
    const parsed = parseForwardedRequest({ ...parts, target: `${url.pathname}${url.search}` })
    if (parsed.kind === 'refused') return undefined
    const match = policy.match(parsed.request)
    return match.kind === 'route' ? match.route : undefined
  }
}

const isWritten = (host: string): boolean => !host.startsWith('*.') && !host.endsWith(':*')

function findApplication(
  settings: Settings,
  host: string,
  routeOf: (url: URL) => Route | undefined,
): URL | undefined {
  const [scheme] = settings.publicUrl.origin.split(':')
  return settings.policy.rules
    .filter((rule) => rule.host === host)
    .map(({ path }) => new URL(`${scheme}://${host}${candidateOf(path)}`))
    .find((url) => {
      const route = routeOf(url)
      return route?.kind === 'rule' && route.access === 'required'
    })
}

/** One address for each host with a rule that asks for a login, and one for each resource. */
export function findProbeTargets(settings: Settings): ProbeTargets {
  const routeOf = createRouteOf(settings)
  const { rules, resources } = settings.policy
  const targets: ProbeTarget[] = []
  const left: string[] = []
  const wanted = rules.filter(({ access }) => access === 'required').map(({ host }) => host)
  for (const host of new Set(wanted)) {
    const url = isWritten(host) ? findApplication(settings, host, routeOf) : undefined
    if (url === undefined) left.push(host)
    else targets.push({ kind: 'application', url })
  }
  for (const resource of resources) {
    if (resource.url.includes('://*.')) left.push(resource.url)
    else targets.push({ kind: 'resource', url: new URL(resource.url), resource })
  }
  return { targets, left }
}
