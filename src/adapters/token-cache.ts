// Which tokens were judged a moment ago? Bounded, short-lived, and never a judge of its own.

import { hash } from 'node:crypto'
import type { TokenVerification, VerifiedToken } from '../ports/token-verifier.ts'
import type { Identity } from '../protocol/identity.ts'
import { createRecent } from '../protocol/recent.ts'
import type { EpochSeconds } from '../protocol/time.ts'

/** Digest of a token: what the cache holds instead of the token. */
export type TokenKey = string

/** Names a token without holding it. 32 Latin-1 characters: the shortest string Node makes of a digest. */
export const tokenKey = (token: string): TokenKey => hash('sha256', token, 'binary')

/** Longest life of a positive answer; revocation is seen after this at the latest. */
const positiveLife = 60
/** Longest life of a negative one: long enough to blunt a storm, short enough not to be noticed. */
const negativeLife = 10

export type TokenCache = {
  /** The answer given before, while it may still be given; undefined otherwise. */
  readonly find: (key: TokenKey, now: EpochSeconds) => TokenVerification | undefined
  /**
   * Remembers an answer: 60 s at most and never past the token's end, 10 s for a rejection, `unavailable` never.
   *
   * @returns the same answer, with the identity that other tokens of the person have
   */
  readonly keep: (
    key: TokenKey,
    issuer: string,
    answer: TokenVerification,
    now: EpochSeconds,
  ) => TokenVerification
  /** Drops accepted tokens. @returns how many */
  readonly forget: (predicate: (token: VerifiedToken) => boolean) => number
  /** Drops everything known of one issuer: one of its keys is gone. */
  readonly forgetIssuer: (issuer: string) => void
  /** Drops the rejections of one issuer: it has new keys. */
  readonly forgetRejected: (issuer: string) => void
  readonly size: () => { readonly accepted: number; readonly rejected: number }
}

type Entry = {
  readonly answer: TokenVerification
  readonly issuer: string
  readonly keptAt: EpochSeconds
  readonly until: number
}

/** Entries older than a minute serve nobody: a memory that also turns with the time. */
function createShelf(limit: number) {
  const recent = createRecent<TokenKey, Entry>(limit)
  let since = 0
  return {
    ...recent,
    put(key: TokenKey, entry: Entry, now: EpochSeconds) {
      if (now >= since + positiveLife) {
        recent.turn()
        since = now
      }
      recent.put(key, entry)
    },
  }
}

const sameList = (one: readonly string[], other: readonly string[]): boolean =>
  one.length === other.length && one.every((entry, at) => entry === other[at])

type Same = (one: Identity, other: Identity) => boolean

// By name, so that the compiler asks for what is missing: two people who differ in it alone would become one.
const sameMembers: { readonly [Name in keyof Identity]: Same } = {
  provider: (one, other) => one.provider === other.provider,
  issuer: (one, other) => one.issuer === other.issuer,
  subject: (one, other) => one.subject === other.subject,
  email: (one, other) => one.email === other.email,
  emailDomain: (one, other) => one.emailDomain === other.emailDomain,
  unverifiedEmail: (one, other) => one.unverifiedEmail === other.unverifiedEmail,
  name: (one, other) => one.name === other.name,
  preferredUsername: (one, other) => one.preferredUsername === other.preferredUsername,
  groups: (one, other) => sameList(one.groups, other.groups),
  scopes: (one, other) => sameList(one.scopes, other.scopes),
}
const comparisons = Object.values(sameMembers)

const sameIdentity: Same = (one, other) => comparisons.every((isSame) => isSame(one, other))

/**
 * Gives equal values one object: people hold several tokens, and machines get a new one every few minutes.
 *
 * @param keyOf where to look for an equal value; values with the same key that differ take turns
 */
function createInterner<T extends object>(
  limit: number,
  keyOf: (value: T) => string,
  isSame: (one: T, other: T) => boolean,
) {
  const recent = createRecent<string, T>(limit)
  return (value: T): T => {
    const key = keyOf(value)
    const known = recent.get(key)
    if (known !== undefined && isSame(known, value)) return known
    recent.put(key, value)
    return value
  }
}

/** A cache for at most `limit` accepted tokens, at least half of that, and up to 4096 rejected ones. */
export function createTokenCache(limit: number): TokenCache {
  const accepted = createShelf(limit)
  const rejected = createShelf(Math.min(limit, 4096))
  const shareIdentity = createInterner<Identity>(limit, ({ subject }) => subject, sameIdentity)
  const shareAudience = createInterner<readonly string[]>(256, ([first = '']) => first, sameList)

  const find: TokenCache['find'] = (key, now) => {
    const entry = accepted.get(key) ?? rejected.get(key)
    // A clock that was set back makes an entry look younger than it is.
    return entry !== undefined && now < entry.until && now >= entry.keptAt
      ? entry.answer
      : undefined
  }

  const keep: TokenCache['keep'] = (key, issuer, answer, now) => {
    if (answer.kind === 'unavailable') return answer
    if (answer.kind === 'rejected') {
      rejected.put(key, { answer, issuer, keptAt: now, until: now + negativeLife }, now)
      return answer
    }
    const until = Math.min(now + positiveLife, answer.token.expiresAt)
    if (until <= now) return answer
    const token = {
      ...answer.token,
      audience: shareAudience(answer.token.audience),
      identity: shareIdentity(answer.token.identity),
    }
    const shared: TokenVerification = { kind: 'verified', token }
    accepted.put(key, { answer: shared, issuer, keptAt: now, until }, now)
    return shared
  }

  const forget: TokenCache['forget'] = (predicate) =>
    accepted.drop(({ answer }) => answer.kind === 'verified' && predicate(answer.token))

  const forgetRejected = (issuer: string) => {
    rejected.drop((entry) => entry.issuer === issuer)
  }
  const forgetIssuer = (issuer: string) => {
    accepted.drop((entry) => entry.issuer === issuer)
    forgetRejected(issuer)
  }

  const size = () => ({ accepted: accepted.size(), rejected: rejected.size() })
  return { find, keep, forget, forgetIssuer, forgetRejected, size }
}
