// Edge auth among the routes: gateways behind a cookie, and the sign-in of command lines; 404 for all of it when off.

import { type Context, Hono } from 'hono'
import { createEdgeHosts, type EdgeHosts } from '../access/edge-hosts.ts'
import { judgeVisit } from '../access/judge-visit.ts'
import type { CompiledPolicy } from '../access/rules.ts'
import type { Settings } from '../config/settings.ts'
import type { DecisionSettings } from '../http/decision-endpoint.ts'
import { certificatesPath, createEdgeKeysRoute } from '../http/edge-keys.ts'
import type { LoginDependencies } from '../http/login-context.ts'
import { createRelayRoutes, exchangePath, relayPath } from '../http/relay.ts'
import type { RelayDependencies } from '../http/relay-place.ts'
import { json } from '../http/reply.ts'
import { createTunnelDoor, tunnelPath } from '../http/tunnel-door.ts'
import { isWithinDomain } from '../protocol/cookie-reach.ts'
import { type Host, parseHost } from '../protocol/host.ts'
import { reachOf } from './login.ts'
import type { AppParts } from './parts.ts'

/** The gateways; undefined when edge auth is off. */
export function edgeHostsOf(
  settings: Settings,
  policy: () => CompiledPolicy,
): EdgeHosts | undefined {
  const { edgeAuth, cookie, publicUrl } = settings
  if (edgeAuth === undefined) return undefined
  const reach = reachOf(settings)
  const isReached = (hostname: string) =>
    reach(hostname).kind === 'own' || isWithinDomain(hostname, cookie.domain ?? publicUrl.hostname)
  return createEdgeHosts({ hosts: edgeAuth.hosts, isReached, policy })
}

/**
 * Whether a host is a gateway, on a port where one can be: the scheme's own, that of our public URL, or one that a
 * rule names. Another program may listen on any other port of the same machine (R27).
 */
export function createIsGateway(
  settings: Settings,
  policy: () => CompiledPolicy,
): (host: Host) => boolean {
  const hosts = edgeHostsOf(settings, policy)
  if (hosts === undefined) return () => false
  const { protocol, host } = new URL(settings.publicUrl.origin)
  const ownPort = parseHost(host, protocol === 'https:' ? 'https' : 'http')?.port
  return ({ hostname, port }) =>
    hosts.find(hostname) !== undefined &&
    (port === undefined || port === ownPort || policy().knowsHost(hostname, port))
}

/** What edge auth adds to decisions. */
export function edgeDecisions(
  settings: Settings,
  { edge, now, policy }: Pick<AppParts, 'edge' | 'now' | 'policy'>,
): Pick<DecisionSettings, 'edge' | 'tunnel' | 'directWithoutProxy'> {
  const hosts = edgeHostsOf(settings, policy)
  if (hosts === undefined || edge === undefined) return {}
  return {
    edge: {
      findHost: hosts.find,
      commandLinePaths: settings.edgeAuth?.commandLinePaths ?? [],
    },
    tunnel: createTunnelDoor(hosts.find, (assertion) => edge.tokens.assert(assertion, now())),
    directWithoutProxy: settings.development,
  }
}

/** Headers are bounded: beyond this many characters gateways are left out, and have their people come by once more. */
const longestAudience = 500

function createAudience(settings: Settings, hosts: EdgeHosts): RelayDependencies['audienceOf'] {
  const reach = reachOf(settings)
  return ({ value, hostname }: Host) => {
    const own = reach(hostname)
    const domain = own.kind === 'own' ? own.domain : settings.cookie.domain
    const others = hosts
      .names()
      .filter((name) => name !== hostname && domain !== undefined)
      .filter((name) => isWithinDomain(name.replace(/^\*\./, ''), domain ?? ''))
    let length = value.length
    const fitting = others.filter((name) => {
      length += name.length
      return length <= longestAudience
    })
    return [value, ...fitting]
  }
}

export type EdgeRoutesParts = {
  readonly login: LoginDependencies
  readonly requestHost: (c: Context) => Host | undefined
  readonly ownHosts: readonly string[]
  readonly isGateway: (host: Host) => boolean
}

/** The routes, for gateways and for our own host. */
export function createEdgeRoutes(
  settings: Settings,
  { edge, policy }: AppParts,
  { login, requestHost, ownHosts, isGateway }: EdgeRoutesParts,
): Hono {
  const routes = new Hono()
  const { edgeAuth } = settings
  const hosts = edgeHostsOf(settings, policy)
  if (edgeAuth === undefined || hosts === undefined || edge === undefined) {
    const off = () => json(404, { error: 'not_found' })
    return routes.on(['GET', 'POST'], [relayPath, exchangePath, tunnelPath, certificatesPath], off)
  }
  const isOurs = (c: Context): boolean => {
    const host = requestHost(c)
    return host !== undefined && (ownHosts.includes(host.hostname) || isGateway(host))
  }
  const { tokens, countStart } = edge
  routes.route('/', createEdgeKeysRoute({ tokens, isOurs }))
  routes.route(
    '/',
    createRelayRoutes({
      ...login,
      tokens,
      countStart,
      requestHost,
      isGateway,
      audienceOf: createAudience(settings, hosts),
      lifetime: edgeAuth.lifetime,
      relayLifetime: edgeAuth.commandLineLifetime,
      judge: (identity, url) => judgeVisit(policy(), identity, url),
    }),
  )
  return routes
}
