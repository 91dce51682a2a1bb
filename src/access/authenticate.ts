// Credential -> Authentication. The only step of a decision that asks the world, through the ports.

import type { MaybePromise } from '../ports/runtime.ts'
import type { Hash, Session, SessionStore } from '../ports/store.ts'
import type {
  ProofVerifier,
  TokenRejection,
  TokenVerification,
  TokenVerifier,
  VerifiedToken,
} from '../ports/token-verifier.ts'
import type { Assurance } from '../protocol/assurance.ts'
import type { Credential, MalformedCredential, ShownProof } from '../protocol/credentials.ts'
import type { EdgeTokenRejection } from '../protocol/edge-token.ts'
import type { Identity } from '../protocol/identity.ts'
import { matchAudience } from '../protocol/resource.ts'
import type { EpochSeconds, Seconds } from '../protocol/time.ts'
import { authenticateEdge, type EdgeCredentialPorts } from './edge-credential.ts'
import {
  type ConfiguredTokenPorts,
  findConfiguredToken,
  findPersonalToken,
  type PersonalTokenPorts,
  type PersonalTokenRejection,
  type Recognised,
} from './personal-token.ts'
import type { ResourcePolicy } from './policy.ts'
import type { Route } from './rules.ts'

export type RejectionReason =
  | MalformedCredential
  | TokenRejection
  | EdgeTokenRejection
  | PersonalTokenRejection
  | 'unknown-session'
  | 'expired-session'
  | 'idle-session'
  | 'session-of-another-host'
  | 'issuer-not-accepted'
  | 'wrong-audience'
  | 'tokens-not-accepted'
  | 'unsupported-scheme'
  | 'not-sender-constrained'
  | 'bad-proof'

/** How the credential was shown; `dpop` wants another answer than `bearer` (RFC 9449 §7.1). */
export type CredentialKind = 'session' | 'bearer' | 'basic' | 'dpop' | 'malformed'

export type Authentication =
  | { readonly kind: 'anonymous' }
  | {
      readonly kind: 'authenticated'
      readonly identity: Identity
      /** How the person signed in. Absent: nobody says, as with tokens for machines. */
      readonly assurance?: Assurance | undefined
    }
  | {
      readonly kind: 'rejected'
      readonly reason: RejectionReason
      readonly credential: CredentialKind
    }
  /** The store or an issuer could not be asked: never to be read as "anonymous". */
  | { readonly kind: 'unavailable'; readonly dependency: string }

export type AuthenticationPorts = {
  readonly sessions: Pick<SessionStore, 'find'>
  readonly tokens: TokenVerifier
  /** Undefined: no proof of possession is understood, and no bound token counts. */
  readonly proofs?: ProofVerifier
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

type Rejected = Extract<Authentication, { kind: 'rejected' }>

const rejected = (reason: RejectionReason, credential: CredentialKind): Rejected => ({
  kind: 'rejected',
  reason,
  credential,
})

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

type Judged = { readonly token: VerifiedToken } | Exclude<Authentication, { kind: 'authenticated' }>

function judgeToken(
  verification: TokenVerification,
  route: Route,
  shownAs: 'bearer' | 'dpop',
): Judged {
  if (verification.kind === 'unavailable') return verification
  if (verification.kind === 'rejected') return rejected(verification.reason, shownAs)
  if (route.kind !== 'resource') return rejected('tokens-not-accepted', shownAs)
  const { policy } = route
  const { token } = verification
  // A key of one issuer must not open a resource that trusts another (AP4).
  if (!policy.issuers.includes(token.issuer)) return rejected('issuer-not-accepted', shownAs)
  if (!isForResource(token, policy)) return rejected('wrong-audience', shownAs)
  return { token }
}

function judgeBearer(verification: TokenVerification, route: Route): Authentication {
  const judged = judgeToken(verification, route, 'bearer')
  if (!('token' in judged)) return judged
  // Worth nothing without the proof; whoever shows it as a plain bearer token may have stolen it (R97).
  if (judged.token.boundTo !== undefined) return rejected('sender-constrained', 'bearer')
  const needsProof = route.kind === 'resource' && route.policy.dpopRequired === true
  if (needsProof) return rejected('proof-required', 'bearer')
  const { identity, assurance } = judged.token
  return { kind: 'authenticated', identity, assurance }
}

/** The token first, then the proof: no work on proofs for tokens that are worth nothing (DP4). */
async function judgeProven(
  { token: text, proof }: { readonly token: string; readonly proof?: ShownProof },
  route: Route,
  ports: AuthenticationPorts,
  now: EpochSeconds,
): Promise<Authentication> {
  const judged = judgeToken(await ports.tokens.verify(text, now), route, 'dpop')
  if (!('token' in judged)) return judged
  const { boundTo: thumbprint, identity, assurance } = judged.token
  if (thumbprint === undefined) return rejected('not-sender-constrained', 'dpop')
  if (proof === undefined || ports.proofs === undefined) return rejected('bad-proof', 'dpop')
  const answer = await ports.proofs.verify(proof, { token: text, thumbprint }, now)
  return answer === 'valid'
    ? { kind: 'authenticated', identity, assurance }
    : rejected('bad-proof', 'dpop')
}

/** Runs `then` at once when the value is there, so that a decision stays synchronous when nothing is fetched. */
function whenThere<T>(
  value: MaybePromise<T>,
  judge: (value: T) => Authentication,
): MaybePromise<Authentication> {
  return value instanceof Promise ? value.then(judge) : judge(value)
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
      return judgeProven(credential, route, ports, now)
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
      // Where no token is accepted nothing is verified: no work for strangers.
      if (route.kind !== 'resource') return rejected('tokens-not-accepted', 'bearer')
      return whenThere(ports.tokens.verify(credential.token, now), (verification) =>
        judgeBearer(verification, route),
      )
    }
  }
}
