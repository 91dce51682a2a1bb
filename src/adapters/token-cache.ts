// Which tokens were judged a moment ago? Bounded, short-lived, and never a judge of its own.

import { hash } from 'node:crypto'
import type { TokenVerification, VerifiedToken } from '../ports/token-verifier.ts'
import type { Identity } from '../protocol/identity.ts'
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
  /** Remembers an answer: 60 s at most and never past the token's end, 10 s for a rejection, `unavailable` never. */
  readonly keep: (
    key: TokenKey,
    issuer: string,
    answer: TokenVerification,
    now: EpochSeconds,
  ) => void
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

/**
 * A map that drops its oldest entries. Lives are about equal, so the oldest is the first to end, and
 * order of insertion does the work of a recency list without a write for each hit.
 */
function createShelf(limit: number) {
  const entries = new Map<TokenKey, Entry>()
  return {
    entries,
    put(key: TokenKey, entry: Entry) {
      entries.delete(key)
      for (const [oldest, { until }] of entries) {
        if (entries.size < limit && until > entry.keptAt) break
        entries.delete(oldest)
      }
      entries.set(key, entry)
    },
  }
}

/** Gives equal values one object, for the last `limit` different ones. */
function createInterner<T extends object>(limit: number): (value: T) => T {
  const known = new Map<string, T>()
  return (value) => {
    const key = hash('sha256', JSON.stringify(value), 'binary')
    const same = known.get(key)
    if (same !== undefined) return same
    const [oldest] = known.keys()
    if (known.size >= limit && oldest !== undefined) known.delete(oldest)
    known.set(key, value)
    return value
  }
}

/** A cache for up to `limit` accepted tokens and as many rejected ones, at most 4096. */
export function createTokenCache(limit: number): TokenCache {
  const accepted = createShelf(limit)
  const rejected = createShelf(Math.min(limit, 4096))
  // People hold several tokens, and a machine a new one every few minutes: most differ in their expiry only.
  const shareIdentity = createInterner<Identity>(limit)
  const shareAudience = createInterner<readonly string[]>(256)

  const find: TokenCache['find'] = (key, now) => {
    const entry = accepted.entries.get(key) ?? rejected.entries.get(key)
    // A clock that was set back makes an entry look younger than it is.
    return entry !== undefined && now < entry.until && now >= entry.keptAt
      ? entry.answer
      : undefined
  }

  const keep: TokenCache['keep'] = (key, issuer, answer, now) => {
    if (answer.kind === 'unavailable') return
    if (answer.kind === 'rejected') {
      rejected.put(key, { answer, issuer, keptAt: now, until: now + negativeLife })
      return
    }
    const until = Math.min(now + positiveLife, answer.token.expiresAt)
    if (until <= now) return
    const token = {
      ...answer.token,
      audience: shareAudience(answer.token.audience),
      identity: shareIdentity(answer.token.identity),
    }
    accepted.put(key, { answer: { kind: 'verified', token }, issuer, keptAt: now, until })
  }

  const forget: TokenCache['forget'] = (predicate) => {
    const before = accepted.entries.size
    for (const [key, { answer }] of accepted.entries)
      if (answer.kind === 'verified' && predicate(answer.token)) accepted.entries.delete(key)
    return before - accepted.entries.size
  }

  const dropIssuer = (entries: Map<TokenKey, Entry>, issuer: string) => {
    for (const [key, entry] of entries) if (entry.issuer === issuer) entries.delete(key)
  }
  const forgetRejected = (issuer: string) => dropIssuer(rejected.entries, issuer)
  const forgetIssuer = (issuer: string) => {
    dropIssuer(accepted.entries, issuer)
    forgetRejected(issuer)
  }

  const size = () => ({ accepted: accepted.entries.size, rejected: rejected.entries.size })
  return { find, keep, forget, forgetIssuer, forgetRejected, size }
}
