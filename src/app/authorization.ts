// The authorization server among the routes: its pages, what it asks of the sessions, and where requests to it go.

import type { IncomingMessage, RequestListener } from 'node:http'
import type { HttpBindings } from '@hono/node-server'
import { type Context, Hono } from 'hono'
import { matchAllow, type NotAllowed, type Policy } from '../access/policy.ts'
import type { Settings } from '../config/settings.ts'
import { createRenderPage } from '../http/authorization-pages.ts'
import { createInteractionRoutes } from '../http/interaction.ts'
import { loggedPath } from '../http/logged-path.ts'
import type { LoginDependencies } from '../http/login-context.ts'
import {
  findCurrentSession,
  formatSessionCookieRemoval,
  readSessionCookie,
} from '../http/session-cookie.ts'
import type { ServerDocuments } from '../http/well-known.ts'
import type { RenderPage } from '../ports/authorization-pages.ts'
import type { Visitor } from '../ports/authorization-server.ts'
import { accountIdOf } from '../protocol/account-id.ts'
import { parseCookies } from '../protocol/cookies.ts'
import { parseHost } from '../protocol/host.ts'
import type { Identity } from '../protocol/identity.ts'
import { lookForOf } from './look.ts'
import type { AppParts, Exchange } from './parts.ts'

/** What the authorization server asks of the rest of the program. */
export type ServerPorts = {
  readonly findVisitor: (cookies: string | undefined) => Promise<Visitor | undefined>
  readonly endVisit: (cookies: string | undefined) => Promise<readonly string[]>
  readonly isAllowed: (identity: Identity) => Promise<boolean>
  readonly clientAddress: (request: IncomingMessage) => string
  readonly renderPage: RenderPage
}

type PortParts = Pick<AppParts, 'hashOf' | 'now' | 'peers' | 'policy' | 'store'> &
  Pick<AppParts['authentication'], 'sessionSeen'>

/** Made before the app, since the app is handed the server. */
export function createServerPorts(settings: Settings, parts: PortParts): ServerPorts {
  const { publicUrl, cookie, session } = settings
  const { store, hashOf, now, peers } = parts
  const https = publicUrl.origin.startsWith('https:')
  const cookieSettings = { name: cookie.name, domain: cookie.domain, https }
  const find = (header: string | undefined) => {
    const lookup = readSessionCookie(parseCookies(header), cookieSettings)
    return findCurrentSession(lookup, { ...store, hashOf, idle: session.idle }, now())
  }
  return {
    findVisitor: async (header) => {
      const current = await find(header)
      if (current.kind !== 'session') return undefined
      const { identity, createdAt } = current.session
      parts.sessionSeen(current.session, now())
      return { account: accountIdOf(identity), identity, signedInAt: createdAt }
    },
    endVisit: async (header) => {
      const current = await find(header)
      if (current.kind === 'session') await store.sessions.end(hashOf(current.id))
      return formatSessionCookieRemoval(cookieSettings)
    },
    isAllowed: async (identity) => {
      if (matchAllow(parts.policy().policy.allow, identity) !== undefined) return false
      if (identity.provider !== 'local') return true
      const account = await store.accounts.findByName(identity.preferredUsername ?? '')
      return settings.localAccounts && account?.id === identity.subject
    },
    clientAddress: ({ socket, headers }) =>
      peers.clientAddress(socket.remoteAddress, [headers['x-forwarded-for'] ?? []].flat().join()),
    renderPage: createRenderPage({ lookFor: lookForOf(settings), https }),
  }
}

/** Why a person may not let a client in; the list of the resource counts besides everybody's. */
function judge({ allow, resources }: Policy, identity: Identity, url: string | undefined) {
  const own = resources.find((resource) => resource.url === url)?.allow
  const reason: NotAllowed | undefined =
    matchAllow(allow, identity) ?? (own === undefined ? undefined : matchAllow(own, identity))
  return reason
}

const exchangeOf = (c: Context): Exchange => {
  const { incoming, outgoing } = c.env as HttpBindings
  if ('stream' in incoming) throw new Error('HTTP/2 is not spoken here')
  return { request: incoming, response: outgoing as Exchange['response'] }
}

/** The pages on which people decide about clients; no routes when there is no server. */
export function createAuthorizationRoutes(
  { authorizationServer: server, policy, store }: AppParts,
  login: LoginDependencies,
): Hono {
  const routes = new Hono()
  if (server === undefined) return routes
  const { spend } = store.authorization.artifacts
  routes.route(
    '/',
    createInteractionRoutes({
      login,
      server,
      exchangeOf,
      judge: (identity, resource) => judge(policy().policy, identity, resource),
      spend,
    }),
  )
  return routes
}

/** The server's metadata, for hosts with a resource whose tokens it issues (M6). */
export const serverDocuments = (
  settings: Settings,
  { authorizationServer: server }: AppParts,
): ServerDocuments | undefined => {
  const issuer = settings.authorizationServer?.issuer
  if (server === undefined || issuer === undefined) return undefined
  return { metadata: server.metadata, isOurs: ({ issuers }) => issuers.includes(issuer) }
}

/** Lets the server answer what is for it, on its own host only. */
export function routeToServer(
  pages: RequestListener,
  { authorizationServer: server, log, now, peers }: AppParts,
  ownHosts: readonly string[],
): RequestListener {
  if (server === undefined) return pages
  const isForServer = ({ headers, url = '' }: IncomingMessage): boolean => {
    const host = parseHost(headers.host ?? '', 'https')?.hostname
    return host !== undefined && ownHosts.includes(host) && server.owns(url.split('?')[0] ?? '')
  }
  return (request, response) => {
    if (!isForServer(request)) return pages(request, response)
    const began = now()
    response.once('finish', () =>
      log.info('request', {
        method: request.method,
        path: loggedPath(request.url?.split('?')[0] ?? ''),
        status: response.statusCode,
        seconds: now() - began,
        client: clientOf(request, peers),
      }),
    )
    void server.handle({ request, response })
  }
}

const clientOf = ({ socket, headers }: IncomingMessage, peers: AppParts['peers']): string =>
  peers.clientAddress(socket.remoteAddress, [headers['x-forwarded-for'] ?? []].flat().join())
