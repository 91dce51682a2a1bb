// (route, request, authentication) -> Decision. Pure and total: nothing here asks, stores or answers.

import { type Demand, missingNeeds, type Need } from '../protocol/assurance.ts'
import type { Identity } from '../protocol/identity.ts'
import { challengeScopes, missingScopes } from '../protocol/scope.ts'
import type { EpochSeconds } from '../protocol/time.ts'
import type { Authentication, CredentialKind, RejectionReason } from './authentication.ts'
import { type Allow, matchAllow, type NotAllowed } from './policy.ts'
import type { Resource, Route, Rule } from './rules.ts'

/** RFC 6750 §3.1, RFC 9449 §7.1. */
export type ChallengeError = 'invalid_request' | 'invalid_token' | 'invalid_dpop_proof'

export type ChallengeScheme = 'Bearer' | 'Basic' | 'DPoP'

export type Decision =
  | { readonly kind: 'allow'; readonly identity: Identity | undefined }
  /** A browser page load without a session, or without one that shows what is wanted. */
  | {
      readonly kind: 'login'
      readonly reason: RejectionReason | 'anonymous' | 'insufficient-authentication'
      /** What the sign-in has to show. */
      readonly needs: readonly Need[]
    }
  | {
      readonly kind: 'challenge'
      /** Absent when the request had no credential at all (RFC 6750 §3.1). */
      readonly error: ChallengeError | undefined
      readonly scheme: ChallengeScheme
      readonly reason: RejectionReason | 'anonymous'
    }
  | {
      readonly kind: 'step-up'
      readonly missing: readonly string[]
      /** Everything needed, in one challenge (RS-27). */
      readonly scopes: readonly string[]
      readonly scheme: ChallengeScheme
      readonly identity: Identity
    }
  /** The person is known, but not as surely as wanted (RFC 9470). */
  | {
      readonly kind: 'insufficient'
      readonly missing: readonly Need[]
      /** All that is wanted, in one challenge. */
      readonly demand: Demand
      readonly scheme: ChallengeScheme
      readonly identity: Identity
    }
  | { readonly kind: 'forbid'; readonly reason: NotAllowed; readonly identity: Identity }
  | { readonly kind: 'unavailable'; readonly dependency: string }

/** What a decision needs to know of the request besides who sends it. */
export type RequestFacts = {
  /** A top-level page load: may be answered with a login page. */
  readonly pageLoad: boolean
  /** OPTIONS with Origin and Access-Control-Request-Method. */
  readonly preflight: boolean
  readonly now: EpochSeconds
}

const openly: Decision = { kind: 'allow', identity: undefined }

// Cookies that come back after every login, whatever it sets: a redirect would loop (R18, R19).
const incurable: ReadonlySet<RejectionReason | 'anonymous'> = new Set([
  'conflicting-session-cookies',
  'too-many-cookies',
  'cookies-too-long',
])

/** The scheme to ask for: the one that was tried, and proofs where nothing else is taken (R99). */
function schemeFor(route: Route, credential?: CredentialKind): ChallengeScheme {
  if (credential === 'basic') return 'Basic'
  const proofs = route.kind === 'resource' && route.policy.dpopRequired === true
  return credential === 'dpop' || proofs ? 'DPoP' : 'Bearer'
}

function errorFor(reason: RejectionReason): ChallengeError {
  switch (reason) {
    case 'bad-proof':
      return 'invalid_dpop_proof'
    // RFC 6750 §3.1; with 401, because nginx and MCP clients misread a 400 (mcp.md RS-25).
    case 'repeated-authorization':
    case 'malformed-authorization':
      return 'invalid_request'
    default:
      return 'invalid_token'
  }
}

function refuse(
  reason: RejectionReason | 'anonymous',
  scheme: ChallengeScheme,
  route: Route,
  facts: RequestFacts,
): Decision {
  if (route.kind === 'rule' && facts.pageLoad && !incurable.has(reason)) {
    return { kind: 'login', reason, needs: missingNeeds(route.demand ?? {}, undefined, facts.now) }
  }
  const error = reason === 'anonymous' ? undefined : errorFor(reason)
  return { kind: 'challenge', error, scheme, reason }
}

type Authenticated = Extract<Authentication, { kind: 'authenticated' }>

function judgeScopes(resource: Resource, { identity, credential }: Authenticated): Decision {
  const { scopes, impliedScopes, scopesSupported } = resource.policy
  const missing = missingScopes(scopes, identity.scopes, impliedScopes)
  if (missing.length === 0) return { kind: 'allow', identity }
  return {
    kind: 'step-up',
    missing,
    scopes: challengeScopes(scopes, identity.scopes, scopesSupported),
    scheme: schemeFor(resource, credential),
    identity,
  }
}

/** Whether the person signed in as the route wants it; undefined: yes. */
function judgeAssurance(
  route: Route,
  { identity, assurance, credential }: Authenticated,
  facts: RequestFacts,
): Decision | undefined {
  const { demand } = route
  if (demand === undefined) return undefined
  const missing = missingNeeds(demand, assurance, facts.now)
  if (missing.length === 0) return undefined
  if (route.kind === 'rule' && facts.pageLoad) {
    return { kind: 'login', reason: 'insufficient-authentication', needs: missing }
  }
  return { kind: 'insufficient', missing, demand, scheme: schemeFor(route, credential), identity }
}

function judgeIdentity(
  route: Route,
  authenticated: Authenticated,
  facts: RequestFacts,
  everyone: Allow,
): Decision {
  const { identity } = authenticated
  const denied =
    matchAllow(everyone, identity) ??
    (route.allow === undefined ? undefined : matchAllow(route.allow, identity))
  if (denied !== undefined) return { kind: 'forbid', reason: denied, identity }
  const unsure = judgeAssurance(route, authenticated, facts)
  if (unsure !== undefined) return unsure
  return route.kind === 'resource' ? judgeScopes(route, authenticated) : { kind: 'allow', identity }
}

// An open page shows who is signed in when that is known and allowed, and nobody otherwise.
function decideOptional(
  rule: Rule,
  authentication: Authentication,
  facts: RequestFacts,
  everyone: Allow,
): Decision {
  switch (authentication.kind) {
    case 'anonymous':
      return openly
    case 'authenticated': {
      const decision = judgeIdentity(rule, authentication, facts, everyone)
      return decision.kind === 'allow' ? decision : openly
    }
    case 'rejected':
      // A cookie travels by itself, also one that ran out or that somebody else set: they are simply not signed in.
      if (authentication.credential === 'session') return openly
      return {
        kind: 'challenge',
        error: errorFor(authentication.reason),
        scheme: schemeFor(rule, authentication.credential),
        reason: authentication.reason,
      }
    case 'unavailable':
      return { kind: 'unavailable', dependency: authentication.dependency }
  }
}

/**
 * Whether a route is open without looking at any credential: a public rule, or a preflight where the
 * operator lets preflights through (H18).
 */
export const needsNoCredential = (route: Route, facts: Pick<RequestFacts, 'preflight'>): boolean =>
  (route.kind === 'rule' && route.access === 'public') || (facts.preflight && route.allowPreflight)

/**
 * Decides one request on its own. `everyone` is the list of who may sign in at all; it holds for sessions
 * and tokens alike and is looked at each time (R21).
 */
export function decide(
  route: Route,
  facts: RequestFacts,
  authentication: Authentication,
  everyone: Allow,
): Decision {
  if (needsNoCredential(route, facts)) return openly
  if (route.kind === 'rule' && route.access === 'optional') {
    return decideOptional(route, authentication, facts, everyone)
  }
  switch (authentication.kind) {
    case 'anonymous':
      return refuse('anonymous', schemeFor(route), route, facts)
    case 'authenticated':
      return judgeIdentity(route, authentication, facts, everyone)
    case 'rejected': {
      const scheme = schemeFor(route, authentication.credential)
      return refuse(authentication.reason, scheme, route, facts)
    }
    case 'unavailable':
      return { kind: 'unavailable', dependency: authentication.dependency }
  }
}
