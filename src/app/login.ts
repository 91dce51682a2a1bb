// What the login routes are handed, by the settings.

import type { IncomingMessage } from 'node:http'
import type { HttpBindings } from '@hono/node-server'
import type { Context, Hono } from 'hono'
import { judgeVisit } from '../access/judge-visit.ts'
import { matchAllow } from '../access/policy.ts'
import type { CompiledPolicy } from '../access/rules.ts'
import { visitDemand } from '../access/visit-demand.ts'
import type { Settings } from '../config/settings.ts'
import type { LoginDependencies } from '../http/login-context.ts'
import { createRefusedRoute } from '../http/refused.ts'
import { findCurrentSession, readSessionCookie } from '../http/session-cookie.ts'
import type { TrustedPeers } from '../http/trusted-peers.ts'
import { createReach } from '../protocol/cookie-reach.ts'
import { parseCookies } from '../protocol/cookies.ts'
import { type Host, parseHost } from '../protocol/host.ts'
import { type AllowedReturns, parseReturnUrl } from '../protocol/return-url.ts'
import { lookForOf } from './look.ts'
import type { AppParts } from './parts.ts'

export const reachOf = ({ publicUrl, cookie, handOff }: Settings) =>
  createReach({ loginHost: publicUrl.hostname, domain: cookie.domain, scope: handOff.scope })

export const incomingOf = (c: Context): IncomingMessage | undefined =>
  (c.env as Partial<HttpBindings> | undefined)?.incoming

export function clientAddressOf(c: Context, peers: TrustedPeers): string {
  const forwardedFor = c.req.header('x-forwarded-for')
  return peers.clientAddress(incomingOf(c)?.socket.remoteAddress, forwardedFor)
}

/** Where browsers may be sent back to: our own pages, gateways, and every host that a rule or resource names. */
export function allowedReturns(
  settings: Settings,
  policy: () => CompiledPolicy,
  isGateway: (host: Host) => boolean,
): AllowedReturns {
  const { publicUrl, development } = settings
  return {
    publicOrigin: publicUrl.origin,
    development,
    isAllowedOrigin: (scheme, host) => {
      if (`${scheme}://${host}` === publicUrl.origin) return true
      const parsed = parseHost(host, scheme)
      if (parsed === undefined) return false
      return isGateway(parsed) || policy().knowsHost(parsed.hostname, parsed.port)
    },
  }
}

export function loginDependencies(
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
    demandOf: (url, method) => visitDemand(parts.policy(), url, method),
    clientAddress: (c) => clientAddressOf(c, parts.peers),
    lookFor: lookForOf(settings),
    noticeOfLogout: parts.authorizationServer?.noticeOfLogout,
  }
}

export function createRefused(
  settings: Settings,
  parts: AppParts,
  https: boolean,
  returns: AllowedReturns,
): Hono {
  const { cookie, session, publicUrl } = settings
  const ports = { sessions: parts.store.sessions, hashOf: parts.hashOf, idle: session.idle }
  return createRefusedRoute({
    publicUrl: publicUrl.href,
    reach: reachOf(settings),
    handOffPath: settings.handOff.path,
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
