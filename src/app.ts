// Gives each route the ports and settings it needs. Knows the settings, builds nothing of the outside world.

import { getRequestListener } from '@hono/node-server'
import { type Context, Hono } from 'hono'
import { createAccount } from './app/account.ts'
import { createAuthorizationRoutes, routeToServer, serverDocuments } from './app/authorization.ts'
import { createDecision } from './app/decision.ts'
import { createEdgeRoutes, createIsGateway } from './app/edge.ts'
import {
  allowedReturns,
  clientAddressOf,
  createRefused,
  incomingOf,
  loginDependencies,
} from './app/login.ts'
import { logoOf, lookForOf } from './app/look.ts'
import type { App, AppParts } from './app/parts.ts'
import type { Settings } from './config/settings.ts'
import { createBackchannelLogout } from './http/backchannel-logout.ts'
import { createHostSessionRoutes } from './http/host-session.ts'
import { createLoginRoutes } from './http/login.ts'
import { createLogoRoute } from './http/logo.ts'
import { createOperationsRoutes } from './http/operations.ts'
import { answerFault, guardHost, logRequests } from './http/public-request.ts'
import { json, redirect } from './http/reply.ts'
import { createWellKnownRoutes } from './http/well-known.ts'
import { parseHost } from './protocol/host.ts'

const loopbackNames = ['localhost', '127.0.0.1', '[::1]']

const createProviderLogouts = (parts: AppParts): Hono =>
  createBackchannelLogout({
    ...parts,
    ...parts.backchannelLogout,
    logouts: parts.store.providerLogouts,
    clientAddress: (c) => clientAddressOf(c, parts.peers),
  })

const ownHostsOf = ({ publicUrl, development }: Settings): readonly string[] => [
  publicUrl.hostname,
  ...(development ? loopbackNames : []),
]

/** The routes of everything but decisions and the authorization server's protocol. */
export function createPages(settings: Settings, parts: AppParts): Hono {
  const { publicUrl } = settings
  const https = publicUrl.origin.startsWith('https:')
  const scheme = https ? 'https' : 'http'
  const requestHost = (c: Context) => parseHost(c.req.header('host') ?? '', scheme)
  const ownHosts = ownHostsOf(settings)
  // A proxy may ask by the name it knows us under; only one of ours is believed about the name the client used.
  const forwardedHost = (c: Context) =>
    parts.peers.includes(incomingOf(c)?.socket.remoteAddress)
      ? parseHost(c.req.header('x-forwarded-host') ?? '', scheme)
      : undefined
  const requestHosts = (c: Context) =>
    [requestHost(c), forwardedHost(c)].filter((host) => host !== undefined)

  const isGateway = createIsGateway(settings, parts.policy)

  const pages = new Hono()
  pages.use(logRequests(parts.log, parts.now, (c) => clientAddressOf(c, parts.peers)))
  const { log, newDecisionId: newId } = parts
  const lookFor = lookForOf(settings)
  pages.onError((fault, c) => answerFault(c, fault, { log, newId, https, lookFor }))
  pages.notFound(() => json(404, { error: 'not_found' }))
  pages.route('/', createOperationsRoutes({ isReady: parts.isReady }))
  const base = publicUrl.basePath === '' ? '/' : publicUrl.basePath
  pages.route(base, createProviderLogouts(parts))
  pages.use(
    guardHost((c) =>
      requestHosts(c).some(
        (host) =>
          ownHosts.includes(host.hostname) ||
          isGateway(host) ||
          parts.policy().knowsHost(host.hostname, host.port),
      ),
    ),
  )
  pages.route(
    '/',
    createWellKnownRoutes({
      resources: () => parts.policy().policy.resources,
      requestHosts: (c) => requestHosts(c).map(({ value }) => value),
      ownHost: new URL(publicUrl.origin).host,
      server: serverDocuments(settings, parts),
    }),
  )
  const returns = allowedReturns(settings, parts.policy, isGateway)
  const login = loginDependencies(settings, parts, https, returns)
  // On an application's host the path of the logo is the application's.
  const plain = lookForOf(settings, 'without-logo')
  const hostSessions = createHostSessionRoutes({ ...login, lookFor: plain, requestHost })
  pages.route(settings.handOff.path, hostSessions)
  const edgeRoutes = { login: { ...login, lookFor: plain }, requestHost, ownHosts, isGateway }
  pages.route('/', createEdgeRoutes(settings, parts, edgeRoutes))
  // Pages live on our own host only: on an application's host a path of ours would be the application's.
  pages.use(guardHost((c) => ownHosts.includes(requestHost(c)?.hostname ?? '')))
  pages.route(base, createLogoRoute(logoOf(settings)))
  pages.get(base, () => redirect(302, `${publicUrl.href}/signed-in`))
  pages.route(base, createLoginRoutes(login))
  pages.route('/', createAuthorizationRoutes(parts, login))
  pages.route(base, createAccount(settings, parts, login))
  pages.route(base, createRefused(settings, parts, https, returns))
  return pages
}

/** Puts the routes together. Asks nobody and opens nothing. */
export function createApp(settings: Settings, parts: AppParts): App {
  const { fetch } = createPages(settings, parts)
  return {
    decision: createDecision(settings, parts),
    pages: routeToServer(
      getRequestListener(fetch, { overrideGlobalObjects: false }),
      parts,
      ownHostsOf(settings),
    ),
  }
}
