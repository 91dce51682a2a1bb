// May this personal token be used for this request? What its owner is allowed to do is judged afterwards, as always.

import type { Hash } from '../ports/hash.ts'
import type { OwnedToken, PersonalToken } from '../ports/personal-tokens.ts'
import type { MaybePromise } from '../ports/runtime.ts'
import type { Credential } from '../protocol/credentials.ts'
import type { OriginalRequest } from '../protocol/forwarded-request.ts'
import { clientProvider, type Identity } from '../protocol/identity.ts'
import { isWellFormedPersonalToken } from '../protocol/personal-token.ts'
import type { EpochSeconds, Seconds } from '../protocol/time.ts'
import type { TokenBounds } from '../protocol/token-bounds.ts'
import type { Route } from './rules.ts'

/** For the log; whoever shows the token is told nothing of it. */
export type PersonalTokenRejection =
  | 'personal-tokens-off'
  | 'malformed-personal-token'
  | 'unknown-personal-token'
  | 'personal-token-expired'
  | 'personal-token-owner-not-accepted'
  | 'personal-token-owner-absent'
  | 'personal-token-for-another-host'
  | 'personal-token-for-another-path'
  | 'personal-token-for-another-method'
  | 'personal-token-not-for-resource'
  | 'proof-required'

export type PersonalTokenSettings = {
  /** The longest life of a token, whatever was agreed when it was made; 0: its own. */
  readonly maxLifetime: Seconds
  /** How long after the owner's last sign-in a token still counts; 0: always. Machines do not sign in. */
  readonly ownerAbsence: Seconds
  /** Whether people of a provider can still sign in here: it is in the configuration. */
  readonly acceptsProvider: (provider: string) => boolean
  /** Issuer of our own tokens; undefined: no resource has us as issuer. */
  readonly ownIssuer: string | undefined
}

export type PersonalTokenPorts = PersonalTokenSettings & {
  readonly find: (tokenHash: Hash) => MaybePromise<OwnedToken | undefined>
  /** Told of each use. Must not block or throw. */
  readonly seen: (token: PersonalToken, now: EpochSeconds) => void
}

export type ConfiguredTokenPorts = PersonalTokenSettings & {
  /** Takes as long whichever of them it is, and for none. */
  readonly find: (tokenHash: Hash) => OwnedToken | undefined
}

export type Recognised =
  | { readonly kind: 'identity'; readonly identity: Identity }
  | { readonly kind: 'rejected'; readonly reason: PersonalTokenRejection }

const parentOf = (host: string): string => `*${host.slice(host.indexOf('.'))}`

function fitsHost({ hosts }: TokenBounds, { host, hostname }: OriginalRequest): boolean {
  if (hosts.includes(host)) return true
  return hostname.includes('.') && !hostname.startsWith('[') && hosts.includes(parentOf(host))
}

function fitsPath({ path: prefix }: TokenBounds, { path }: OriginalRequest): boolean {
  if (prefix === undefined) return true
  // An application may read it as a path outside of the prefix (R7).
  if (path.kind === 'ambiguous') return false
  return path.canonical === prefix || path.canonical.startsWith(`${prefix}/`)
}

function judgeBounds(
  bounds: TokenBounds,
  request: OriginalRequest,
): PersonalTokenRejection | undefined {
  if (!fitsHost(bounds, request)) return 'personal-token-for-another-host'
  if (!fitsPath(bounds, request)) return 'personal-token-for-another-path'
  const { methods } = bounds
  if (methods !== undefined && !methods.includes(request.method))
    return 'personal-token-for-another-method'
  return undefined
}

function judgeOwner(
  { identity, ownerSeenAt }: OwnedToken,
  { acceptsProvider, ownerAbsence }: PersonalTokenSettings,
  now: EpochSeconds,
): PersonalTokenRejection | undefined {
  if (identity.provider === clientProvider) return undefined
  if (!acceptsProvider(identity.provider)) return 'personal-token-owner-not-accepted'
  const isAbsent = ownerAbsence > 0 && ownerSeenAt + ownerAbsence <= now
  return isAbsent ? 'personal-token-owner-absent' : undefined
}

function judgeRoute(
  { token }: OwnedToken,
  route: Route,
  ownIssuer: string | undefined,
): PersonalTokenRejection | undefined {
  if (route.kind === 'rule') return undefined
  const { issuers, dpopRequired } = route.policy
  // Worth nothing there without a key of the holder, which it does not have (RFC 9449).
  if (dpopRequired === true) return 'proof-required'
  // What another issuer alone may grant, nobody grants themselves (AP4).
  const isOurs = ownIssuer !== undefined && issuers.includes(ownIssuer)
  return token.madeBy === 'operator' || isOurs ? undefined : 'personal-token-not-for-resource'
}

/**
 * Judges a token that was found: its end, its owner, and whether the request is within its bounds. Not policy, and not
 * scopes: both are judged as for every identity.
 *
 * @returns undefined when it may be used, otherwise the reason
 */
export function judgePersonalToken(
  owned: OwnedToken,
  asked: { readonly request: OriginalRequest; readonly route: Route },
  settings: PersonalTokenSettings,
  now: EpochSeconds,
): PersonalTokenRejection | undefined {
  const { createdAt, expiresAt, bounds } = owned.token
  const { maxLifetime } = settings
  const isOver = expiresAt !== undefined && expiresAt <= now
  if (isOver || (maxLifetime > 0 && createdAt + maxLifetime <= now)) return 'personal-token-expired'
  return (
    judgeOwner(owned, settings, now) ??
    judgeBounds(bounds, asked.request) ??
    judgeRoute(owned, asked.route, settings.ownIssuer)
  )
}

const rejected = (reason: PersonalTokenRejection): Recognised => ({ kind: 'rejected', reason })

/**
 * Whom a personal token stands for, if it may be used for what it was shown for. The store is not asked about what
 * cannot be one of ours, nor where there are none. A fault of the store is thrown, or rejects.
 */
export function findPersonalToken(
  { token, request }: Extract<Credential, { kind: 'personal' }>,
  route: Route,
  {
    personalTokens: ports,
    hashOf,
  }: {
    readonly personalTokens?: PersonalTokenPorts | undefined
    readonly hashOf: (value: string) => Hash
  },
  now: EpochSeconds,
): MaybePromise<Recognised> {
  if (ports === undefined || request === undefined) return rejected('personal-tokens-off')
  if (!isWellFormedPersonalToken(token)) return rejected('malformed-personal-token')
  const judge = (owned: OwnedToken | undefined): Recognised => {
    if (owned === undefined) return rejected('unknown-personal-token')
    const reason = judgePersonalToken(owned, { request, route }, ports, now)
    if (reason !== undefined) return rejected(reason)
    ports.seen(owned.token, now)
    return { kind: 'identity', identity: owned.identity }
  }
  const found = ports.find(hashOf(token))
  return found instanceof Promise ? found.then(judge) : judge(found)
}

/** The same for a token of the configuration, which may have any form; undefined: it is none of them. */
export function findConfiguredToken(
  { token, request }: Extract<Credential, { kind: 'bearer' }>,
  route: Route,
  {
    configuredTokens: ports,
    hashOf,
  }: {
    readonly configuredTokens?: ConfiguredTokenPorts | undefined
    readonly hashOf: (value: string) => Hash
  },
  now: EpochSeconds,
): Recognised | undefined {
  if (ports === undefined || request === undefined) return undefined
  const owned = ports.find(hashOf(token))
  if (owned === undefined) return undefined
  const reason = judgePersonalToken(owned, { request, route }, ports, now)
  return reason === undefined ? { kind: 'identity', identity: owned.identity } : rejected(reason)
}
