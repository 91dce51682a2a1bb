// Credential -> Authentication. The only step of a decision that asks the world, through the ports.

import type { MaybePromise } from '../ports/runtime.ts'
import type { Hash, Session, SessionStore } from '../ports/store.ts'
import type {
  TokenRejection,
  TokenVerification,
  TokenVerifier,
  VerifiedToken,
} from '../ports/token-verifier.ts'
import type { Credential, MalformedCredential } from '../protocol/credentials.ts'
import type { Identity } from '../protocol/identity.ts'
import { matchAudience } from '../protocol/resource.ts'
import type { EpochSeconds, Seconds } from '../protocol/time.ts'
import type { ResourcePolicy } from './policy.ts'
import type { Route } from './rules.ts'

export type RejectionReason =
  | MalformedCredential
  | TokenRejection
  | 'unknown-session'
  | 'expired-session'
  | 'idle-session'
  | 'session-of-another-host'
  | 'issuer-not-accepted'
  | 'wrong-audience'
  | 'tokens-not-accepted'
  | 'unsupported-scheme'

export type Authentication =
  | { readonly kind: 'anonymous' }
  | { readonly kind: 'authenticated'; readonly identity: Identity }
  | {
      readonly kind: 'rejected'
      readonly reason: RejectionReason
      readonly credential: 'session' | 'bearer' | 'basic' | 'malformed'
    }
  /** The store or an issuer could not be asked: never to be read as "anonymous". */
  | { readonly kind: 'unavailable'; readonly dependency: string }

export type AuthenticationPorts = {
  readonly sessions: Pick<SessionStore, 'find'>
  readonly tokens: TokenVerifier
  readonly hashOf: (value: string) => Hash
  /** Idle limit of a session; 0 switches it off. */
  readonly idle: Seconds
  /** Told of each use of a session, so that its idle time begins anew. Must not block or throw. */
  readonly sessionSeen: (session: Session, now: EpochSeconds) => void
}

const anonymous: Authentication = { kind: 'anonymous' }

const rejected = (
  reason: RejectionReason,
  credential: 'session' | 'bearer' | 'basic' | 'malformed',
): Authentication => ({ kind: 'rejected', reason, credential })

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
  return { kind: 'authenticated', identity: session.identity }
}

/** Whether the token was made for this resource, by the rule that its issuer needs. RFC 9068 §4 */
function isForResource(token: VerifiedToken, policy: ResourcePolicy): boolean {
  const rule = policy.audienceRules?.find(({ issuer }) => issuer === token.issuer)
  if (rule?.kind === 'audience') return matchAudience(token.audience, rule.audiences)
  if (rule?.kind === 'client-id') {
    // An audience would be somebody else's: such a token is not of the kind this rule is for.
    const { audience, clientId, markedAccess } = token
    if (audience.length > 0 || markedAccess !== true || clientId === undefined) return false
    return rule.clientIds.includes(clientId)
  }
  const own = policy.url.includes('://*.') ? [] : [policy.url]
  return matchAudience(token.audience, [...own, ...policy.audiences])
}

function judgeToken(verification: TokenVerification, route: Route): Authentication {
  if (verification.kind === 'unavailable') return verification
  if (verification.kind === 'rejected') return rejected(verification.reason, 'bearer')
  if (route.kind !== 'resource') return rejected('tokens-not-accepted', 'bearer')
  const { policy } = route
  const { token } = verification
  // A key of one issuer must not open a resource that trusts another (AP4).
  if (!policy.issuers.includes(token.issuer)) return rejected('issuer-not-accepted', 'bearer')
  if (!isForResource(token, policy)) return rejected('wrong-audience', 'bearer')
  return { kind: 'authenticated', identity: token.identity }
}

/** Runs `then` at once when the value is there, so that a decision stays synchronous when nothing is fetched. */
function whenThere<T>(
  value: MaybePromise<T>,
  judge: (value: T) => Authentication,
): MaybePromise<Authentication> {
  return value instanceof Promise ? value.then(judge) : judge(value)
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
      return rejected('unsupported-scheme', 'bearer')
    case 'session':
      return whenThere(ports.sessions.find(ports.hashOf(credential.id)), (session) =>
        judgeSession(session, credential.audience, ports, now),
      )
    case 'bearer':
      // Where no token is accepted nothing is verified: no work for strangers.
      if (route.kind !== 'resource') return rejected('tokens-not-accepted', 'bearer')
      return whenThere(ports.tokens.verify(credential.token, now), (verification) =>
        judgeToken(verification, route),
      )
  }
}
