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
 * Two maps, of which the older is dropped whole when the younger is half the limit or a minute old.
 * Dropping single entries from the front of a large Map costs more the more of them are gone.
 */
function createShelf<T>(limit: number) {
  const half = Math.max(1, Math.floor(limit / 2))
  let young = new Map<string, T>()
  let old = new Map<string, T>()
  let since = 0
  return {
    get: (key: string): T | undefined => young.get(key) ?? old.get(key),
    put(key: string, value: T, now: EpochSeconds) {
      if (young.size >= half || now >= since + positiveLife) {
        old = young
        young = new Map()
        since = now
      }
      old.delete(key)
      young.set(key, value)
    },
    /** Drops what the predicate names and says how many. */
    drop(predicate: (value: T) => boolean): number {
      const before = young.size + old.size
      for (const entries of [young, old])
        for (const [key, value] of entries) if (predicate(value)) entries.delete(key)
      return before - young.size - old.size
    },
    size: () => young.size + old.size,
  }
}

/** Gives equal values one object: people hold several tokens, and machines get a new one every few minutes. */
function createInterner<T extends object>(limit: number) {
  const shelf = createShelf<T>(limit)
  return (value: T, now: EpochSeconds): T => {
    const key = hash('sha256', JSON.stringify(value), 'binary')
    const shared = shelf.get(key) ?? value
    shelf.put(key, shared, now)
    return shared
  }
}

/** A cache for at most `limit` accepted tokens, at least half of that, and up to 4096 rejected ones. */
export function createTokenCache(limit: number): TokenCache {
  const accepted = createShelf<Entry>(limit)
  const rejected = createShelf<Entry>(Math.min(limit, 4096))
  const shareIdentity = createInterner<Identity>(limit)
  const shareAudience = createInterner<readonly string[]>(256)

  const find: TokenCache['find'] = (key, now) => {
    const entry = accepted.get(key) ?? rejected.get(key)
    // A clock that was set back makes an entry look younger than it is.
    return entry !== undefined && now < entry.until && now >= entry.keptAt
      ? entry.answer
      : undefined
  }

  const keep: TokenCache['keep'] = (key, issuer, answer, now) => {
    if (answer.kind === 'unavailable') return
    if (answer.kind === 'rejected') {
      rejected.put(key, { answer, issuer, keptAt: now, until: now + negativeLife }, now)
      return
    }
    const until = Math.min(now + positiveLife, answer.token.expiresAt)
    if (until <= now) return
    const token = {
      ...answer.token,
      audience: shareAudience(answer.token.audience, now),
      identity: shareIdentity(answer.token.identity, now),
    }
    accepted.put(key, { answer: { kind: 'verified', token }, issuer, keptAt: now, until }, now)
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
