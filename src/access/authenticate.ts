// Credential -> Authentication. The only step of a decision that asks the world, through the ports.

import type { MaybePromise } from '../ports/runtime.ts'
import type { Hash, Session, SessionStore } from '../ports/store.ts'
import type { Credential } from '../protocol/credentials.ts'
import type { EpochSeconds, Seconds } from '../protocol/time.ts'
import {
  type AccessTokenPorts,
  authenticateBearer,
  authenticateProven,
  whenThere,
} from './access-token-credential.ts'
import { type Authentication, rejected } from './authentication.ts'
import { authenticateEdge, type EdgeCredentialPorts } from './edge-credential.ts'
import {
  type ConfiguredTokenPorts,
  findConfiguredToken,
  findPersonalToken,
  type PersonalTokenPorts,
  type Recognised,
} from './personal-token.ts'
import type { Route } from './rules.ts'

export type AuthenticationPorts = AccessTokenPorts & {
  readonly sessions: Pick<SessionStore, 'find'>
  /** Undefined: edge auth is off. */
  readonly edgeTokens?: EdgeCredentialPorts['edgeTokens']
  /** Undefined: there are none, and whoever shows one is refused. */
  readonly personalTokens?: PersonalTokenPorts | undefined
  /** Tokens that the operator wrote into the configuration, of any form. Undefined: none. */
  readonly configuredTokens?: ConfiguredTokenPorts | undefined
  readonly hashOf: (value: string) => Hash
  /** Idle limit of a session; 0 switches it off. */
  readonly idle: Seconds
  /** Told of each use of a session, so that its idle time begins anew. Must not block or throw. */
  readonly sessionSeen: (session: Session, now: EpochSeconds) => void
}

const anonymous: Authentication = { kind: 'anonymous' }

function judgeSession(
  session: Session | undefined,
  audience: string | undefined,
  ports: AuthenticationPorts,
  now: EpochSeconds,
): Authentication {
  if (session === undefined) return rejected('unknown-session', 'session')
  // Whoever took the cookie of one host must not be let in at another, nor with it at the login (R24).
  if (session.handedOff?.audience !== audience) {
    return rejected('session-of-another-host', 'session')
  }
  if (session.expiresAt <= now) return rejected('expired-session', 'session')
  if (ports.idle > 0 && session.lastSeenAt + ports.idle <= now) {
    return rejected('idle-session', 'session')
  }
  ports.sessionSeen(session, now)
  return { kind: 'authenticated', identity: session.identity, assurance: session }
}

function recognised(found: Recognised, shownAs: 'bearer' | 'basic'): Authentication {
  if (found.kind === 'rejected') return rejected(found.reason, shownAs)
  return { kind: 'authenticated', identity: found.identity }
}

/**
 * Establishes who sends the request. Judges session life and host, token issuer and audience; not policy and not scopes.
 *
 * Synchronous when the ports are. A fault of a port is thrown, or rejects: the caller answers 503 (R14).
 *
 * @see RFC 9068 §4 for the token checks, R21 for sessions
 */
export function authenticate(
  credential: Credential,
  route: Route,
  ports: AuthenticationPorts,
  now: EpochSeconds,
): MaybePromise<Authentication> {
  switch (credential.kind) {
    case 'none':
      return anonymous
    case 'malformed':
      return rejected(credential.reason, 'malformed')
    case 'basic':
      return rejected('unsupported-scheme', 'basic')
    case 'dpop':
      if (route.kind !== 'resource') return rejected('tokens-not-accepted', 'dpop')
      return authenticateProven(credential, route, ports, now)
    case 'session':
      return whenThere(ports.sessions.find(ports.hashOf(credential.id)), (session) =>
        judgeSession(session, credential.audience, ports, now),
      )
    case 'edge':
      return authenticateEdge(credential, ports, now)
    case 'personal':
      return whenThere(findPersonalToken(credential, route, ports, now), (found) =>
        recognised(found, credential.shownAs),
      )
    case 'bearer': {
      const configured = findConfiguredToken(credential, route, ports, now)
      if (configured !== undefined) return recognised(configured, 'bearer')
      return authenticateBearer(credential, route, ports, now)
    }
  }
}
