// Gives each route the ports and settings it needs. Knows the settings, builds nothing of the outside world.

import type { IncomingMessage } from 'node:http'
import { getRequestListener, type HttpBindings } from '@hono/node-server'
import { type Context, Hono } from 'hono'
import type { AuthenticationPorts } from './access/authenticate.ts'
import { judgeVisit } from './access/judge-visit.ts'
import { matchAllow } from './access/policy.ts'
import type { CompiledPolicy } from './access/rules.ts'
import { createLookFor, type LookFor } from './appearance/look.ts'
import type { Settings } from './config/settings.ts'
import {
  type BackchannelLogoutDependencies,
  createBackchannelLogout,
} from './http/backchannel-logout.ts'
import { createDecisionEndpoint, type DecisionEndpoint } from './http/decision-endpoint.ts'
import { createHostSessionRoutes } from './http/host-session.ts'
import { createLoginRoutes } from './http/login.ts'
import type { Limit, LoginDependencies, LoginProvider, VerifyLocal } from './http/login-context.ts'
import { createLogoRoute, logoPath } from './http/logo.ts'
import { createOperationsRoutes } from './http/operations.ts'
import { answerFault, guardHost, logRequests } from './http/public-request.ts'
import { createRefusedRoute } from './http/refused.ts'
import { json, redirect } from './http/reply.ts'
import { findCurrentSession, readSessionCookie } from './http/session-cookie.ts'
import type { TrustedPeers } from './http/trusted-peers.ts'
import { createWellKnownRoutes } from './http/well-known.ts'
import { refusalPage } from './pages/refusal.ts'
import type { Clock, Log, RandomToken } from './ports/runtime.ts'
import type { Hash, Store } from './ports/store.ts'
import { createReach } from './protocol/cookie-reach.ts'
import { parseCookies } from './protocol/cookies.ts'
import { parseHost } from './protocol/host.ts'
import { type AllowedReturns, parseReturnUrl } from './protocol/return-url.ts'

/** What the world gives to the app. */
export type AppParts = {
  readonly policy: () => CompiledPolicy
  readonly store: Store
  readonly authentication: AuthenticationPorts
  readonly peers: TrustedPeers
  readonly providers: readonly LoginProvider[]
  /** Undefined: no local accounts. */
  readonly verifyLocal: VerifyLocal | undefined
  readonly limit: Limit
  readonly backchannelLogout: Pick<BackchannelLogoutDependencies, 'verifiers' | 'countLogout'>
  readonly isReady: () => Promise<boolean>
  readonly now: Clock
  readonly randomToken: RandomToken
  readonly newDecisionId: () => string
  readonly hashOf: (value: string) => Hash
  readonly seal: (plain: string, keyMaterial: string, purpose: string) => string
  readonly unseal: (sealed: string, keyMaterial: string, purpose: string) => string | undefined
  readonly log: Log
}

export type App = {
  readonly decision: DecisionEndpoint
  /** Everything but decisions, as a listener of `node:http`. */
  readonly pages: ReturnType<typeof getRequestListener>
}

const loopbackNames = ['localhost', '127.0.0.1', '[::1]']

// A decision that takes longer is a fault: proxies wait for it on every request (R14).
const decisionBudgetMilliseconds = 1_000

function lookForOf(
  { appearance, publicUrl }: Settings,
  kind: 'whole' | 'without-logo' = 'whole',
): LookFor {
  const { languages, name, logo, accent } = appearance
  // A path alone: development mode has several origins, and pages load from their own only.
  const logoUrl = logo && kind === 'whole' ? `${publicUrl.basePath}${logoPath}` : undefined
  return createLookFor(languages, { name, logoUrl, accent })
}

const logoOf = ({ appearance: { logo } }: Settings) =>
  logo && { type: logo.type, body: Uint8Array.from(Buffer.from(logo.base64, 'base64')) }

const reachOf = ({ publicUrl, cookie, handOff }: Settings) =>
  createReach({ loginHost: publicUrl.hostname, domain: cookie.domain, scope: handOff.scope })

function createDecision(settings: Settings, parts: AppParts): DecisionEndpoint {
  const { publicUrl } = settings
  const lookFor = lookForOf(settings)
  return createDecisionEndpoint(
    {
      dialect: settings.proxy.dialect,
      protectedPath: settings.protectedPath,
      sessionCookie: settings.cookie.name,
      reach: reachOf(settings),
      publicUrl: publicUrl.href,
      realm: settings.realm,
      identityHeaders: settings.identityHeaders,
      https: publicUrl.origin.startsWith('https:'),
      budgetMilliseconds: decisionBudgetMilliseconds,
      newNonce: () => parts.randomToken().slice(0, 22),
      refusalPage: (nonce, content, acceptLanguage) =>
        refusalPage({ ...lookFor(acceptLanguage), nonce }, content),
    },
    {
      policy: parts.policy,
      authentication: parts.authentication,
      isTrustedPeer: parts.peers.includes,
      clientAddress: parts.peers.clientAddress,
      now: parts.now,
      log: parts.log,
      newDecisionId: parts.newDecisionId,
      reportProbe: (id, report) => parts.store.probes.report(parts.hashOf(id), report, parts.now()),
    },
  )
}

const incomingOf = (c: Context): IncomingMessage | undefined =>
  (c.env as Partial<HttpBindings> | undefined)?.incoming

function clientAddressOf(c: Context, peers: TrustedPeers): string {
  const forwardedFor = c.req.header('x-forwarded-for')
  return peers.clientAddress(incomingOf(c)?.socket.remoteAddress, forwardedFor)
}

/** Where browsers may be sent back to: our own pages and every host that a rule or resource names. */
function allowedReturns(settings: Settings, policy: () => CompiledPolicy): AllowedReturns {
  const { publicUrl, development } = settings
  return {
    publicOrigin: publicUrl.origin,
    development,
    isAllowedOrigin: (scheme, host) => {
      if (`${scheme}://${host}` === publicUrl.origin) return true
      const parsed = parseHost(host, scheme)
      return parsed !== undefined && policy().knowsHost(parsed.hostname, parsed.port)
    },
  }
}

function loginDependencies(
  settings: Settings,
  parts: AppParts,
  https: boolean,
  returns: AllowedReturns,
): LoginDependencies {
  const { publicUrl, cookie, session, pinSubject } = settings
  return {
    ...parts,
    publicUrl,
    cookie: { name: cookie.name, domain: cookie.domain, https },
    reach: reachOf(settings),
    handOffPath: settings.handOff.path,
    session,
    pinSubject,
    returns,
    judgeSignIn: (identity) => {
      const reason = matchAllow(parts.policy().policy.allow, identity)
      return reason === undefined ? { kind: 'allowed' } : { kind: 'denied', reason }
    },
    clientAddress: (c) => clientAddressOf(c, parts.peers),
    lookFor: lookForOf(settings),
  }
}

function createRefused(
  settings: Settings,
  parts: AppParts,
  https: boolean,
  returns: AllowedReturns,
): Hono {
  const { cookie, session, publicUrl } = settings
  const ports = { sessions: parts.store.sessions, hashOf: parts.hashOf, idle: session.idle }
  return createRefusedRoute({
    publicUrl: publicUrl.href,
    https,
    newDecisionId: parts.newDecisionId,
    lookFor: lookForOf(settings),
    parseReturnUrl: (text) => parseReturnUrl(text, returns),
    judgeVisit: (identity, url) => judgeVisit(parts.policy(), identity, url),
    findIdentity: async (header) => {
      const lookup = readSessionCookie(parseCookies(header), { ...cookie, https })
      const current = await findCurrentSession(lookup, ports, parts.now())
      return current.kind === 'session' ? current.session.identity : undefined
    },
  })
}

const createProviderLogouts = (parts: AppParts): Hono =>
  createBackchannelLogout({
    ...parts,
    ...parts.backchannelLogout,
    logouts: parts.store.providerLogouts,
    clientAddress: (c) => clientAddressOf(c, parts.peers),
  })

/** Puts the routes together. Asks nobody and opens nothing. */
export function createApp(settings: Settings, parts: AppParts): App {
  const { publicUrl, development } = settings
  const https = publicUrl.origin.startsWith('https:')
  const scheme = https ? 'https' : 'http'
  const requestHost = (c: Context) => parseHost(c.req.header('host') ?? '', scheme)
  const ownHosts = [publicUrl.hostname, ...(development ? loopbackNames : [])]
  // A proxy may ask by the name it knows us under; only one of ours is believed about the name the client used.
  const forwardedHost = (c: Context) =>
    parts.peers.includes(incomingOf(c)?.socket.remoteAddress)
      ? parseHost(c.req.header('x-forwarded-host') ?? '', scheme)
      : undefined
  const requestHosts = (c: Context) =>
    [requestHost(c), forwardedHost(c)].filter((host) => host !== undefined)

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
        ({ hostname, port }) =>
          ownHosts.includes(hostname) || parts.policy().knowsHost(hostname, port),
      ),
    ),
  )
  pages.route(
    '/',
    createWellKnownRoutes({
      resources: () => parts.policy().policy.resources,
      requestHosts: (c) => requestHosts(c).map(({ value }) => value),
      ownHost: new URL(publicUrl.origin).host,
    }),
  )
  const returns = allowedReturns(settings, parts.policy)
  const login = loginDependencies(settings, parts, https, returns)
  // On an application's host the path of the logo is the application's.
  const plain = lookForOf(settings, 'without-logo')
  const hostSessions = createHostSessionRoutes({ ...login, lookFor: plain, requestHost })
  pages.route(settings.handOff.path, hostSessions)
  // Pages live on our own host only: on an application's host a path of ours would be the application's.
  pages.use(guardHost((c) => ownHosts.includes(requestHost(c)?.hostname ?? '')))
  pages.route(base, createLogoRoute(logoOf(settings)))
  pages.get(base, () => redirect(302, `${publicUrl.href}/signed-in`))
  pages.route(base, createLoginRoutes(login))
  pages.route(base, createRefused(settings, parts, https, returns))

  return {
    decision: createDecision(settings, parts),
    pages: getRequestListener(pages.fetch, { overrideGlobalObjects: false }),
  }
}
