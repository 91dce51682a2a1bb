// Bearer tokens of other issuers: chosen from the configured list, verified with that issuer's own keys, remembered briefly.

import { createLocalJWKSet } from 'jose'
import type { Clock, Log } from '../ports/runtime.ts'
import type { TokenVerification, TokenVerifier, VerifiedToken } from '../ports/token-verifier.ts'
import {
  type AccessTokenProfile,
  parseAccessToken,
  type UnverifiedToken,
  verifyAccessToken,
} from '../protocol/access-token.ts'
import type { EpochSeconds } from '../protocol/time.ts'
import { tokenLimit } from '../protocol/token-limit.ts'
import { createIssuerKeys, type IssuerKeys } from './issuer-keys.ts'
import { findKeySetUrl } from './issuer-metadata.ts'
import type { GuardedFetch } from './outbound.ts'
import { createTokenCache, type TokenKey, tokenKey } from './token-cache.ts'

/** An issuer whose access tokens some resource accepts. */
export type TokenIssuer = AccessTokenProfile & {
  /** Undefined: found by discovery. */
  readonly jwksUri: string | undefined
  /** Where the keys come from when they are not fetched: our own issuer's. */
  readonly keys?: IssuerKeys
}

export type TokenVerifierDependencies = {
  readonly fetch: GuardedFetch
  readonly log: Log
  readonly now: Clock
  /** Accepted tokens remembered; default 20,000. */
  readonly cacheSize?: number
  /** For tests: runs something later. */
  readonly after?: ((milliseconds: number, run: () => void) => void) | undefined
}

export type TokenVerifierStats = {
  readonly accepted: number
  readonly rejected: number
  readonly issuers: readonly {
    readonly issuer: string
    readonly keys: 'none' | 'fresh' | 'stale'
  }[]
}

export type IssuerTokenVerifier = TokenVerifier & {
  /** Fetches the keys of every issuer; one that is down is tried again later. Never rejects. */
  readonly warmUp: () => Promise<void>
  /** Drops remembered tokens, after a revocation for example; they are verified anew. @returns how many */
  readonly forget: (predicate: (token: VerifiedToken) => boolean) => number
  readonly stats: () => TokenVerifierStats
}

type KnownIssuer = { readonly profile: AccessTokenProfile; readonly keys: IssuerKeys }

const tooLong: TokenVerification = { kind: 'rejected', reason: 'too-long' }
const noKeys = createLocalJWKSet({ keys: [] })
const unknownIssuer: TokenVerification = { kind: 'rejected', reason: 'unknown-issuer' }

async function judge(
  token: UnverifiedToken,
  { profile, keys }: KnownIssuer,
  now: EpochSeconds,
): Promise<TokenVerification> {
  const given = keys.get()
  const held = given instanceof Promise ? await given : given
  if (held === undefined) {
    // What no key could save is the client's fault, also while the issuer is down: 401, not 503.
    const hopeless = await verifyAccessToken(token, profile, noKeys, now)
    const isOpen = hopeless.kind === 'verified' || hopeless.reason === 'unknown-key'
    return isOpen ? { kind: 'unavailable', dependency: profile.issuer } : hopeless
  }
  const first = await verifyAccessToken(token, profile, held, now)
  if (first.kind === 'verified' || first.reason !== 'unknown-key') return first
  const newer = await keys.getNewer(held)
  return newer === undefined ? first : verifyAccessToken(token, profile, newer, now)
}

/**
 * Verifies access tokens of the listed issuers. The claimed issuer is looked up by exact equality
 * before any key is: a foreign token costs no request, and keys of one issuer never meet tokens of another.
 *
 * Asks nobody until the first token or `warmUp`.
 *
 * @throws when an issuer lists a symmetric algorithm or `none`: a published key would then be a secret
 * @see security.md R26, R39, R110, inventory.md AP4
 */
export function createTokenVerifier(
  issuers: readonly TokenIssuer[],
  dependencies: TokenVerifierDependencies,
): IssuerTokenVerifier {
  const { fetch, log, now: clock, cacheSize = 20_000, after } = dependencies
  const cache = createTokenCache(cacheSize)
  const inFlight = new Map<TokenKey, Promise<TokenVerification>>()
  const known = new Map<string, KnownIssuer>()
  // What was begun before something was dropped must not be remembered after it.
  let dropped = 0

  for (const profile of issuers) {
    const { issuer, jwksUri, algorithms, keys: given } = profile
    const unfit = algorithms.find((name) => /^(none|HS)/i.test(name))
    if (unfit !== undefined) throw new Error(`Cannot verify tokens of "${issuer}" with "${unfit}"`)
    const onRenewed = (removed: boolean) => {
      if (!removed) return cache.forgetRejected(issuer)
      dropped += 1
      cache.forgetIssuer(issuer)
    }
    const findUrl = () => jwksUri ?? findKeySetUrl(issuer, fetch)
    const keys =
      given ?? createIssuerKeys({ issuer, findUrl, fetch, log, now: clock, after, onRenewed })
    known.set(issuer, { profile, keys })
  }

  async function judgeOnce(
    token: UnverifiedToken,
    key: TokenKey,
    from: KnownIssuer,
    now: EpochSeconds,
  ) {
    const before = dropped
    try {
      const answer = await judge(token, from, now)
      return before === dropped ? cache.keep(key, from.profile.issuer, answer, now) : answer
    } finally {
      inFlight.delete(key)
    }
  }

  const verify: TokenVerifier['verify'] = (text, now) => {
    if (text.length > tokenLimit) return tooLong
    const key = tokenKey(text)
    const answer = cache.find(key, now) ?? inFlight.get(key)
    if (answer !== undefined) return answer
    const token = parseAccessToken(text)
    if (token.kind === 'rejected') return token
    const { iss } = token.claims
    const from = typeof iss === 'string' ? known.get(iss) : undefined
    if (from === undefined) return unknownIssuer
    const judged = judgeOnce(token, key, from, now)
    inFlight.set(key, judged)
    return judged
  }

  return {
    verify,
    warmUp: async () => {
      await Promise.all([...known.values()].map(({ keys }) => keys.warmUp()))
    },
    forget: (predicate) => {
      dropped += 1
      return cache.forget(predicate)
    },
    stats: () => ({
      ...cache.size(),
      issuers: [...known].map(([issuer, { keys }]) => ({ issuer, keys: keys.state() })),
    }),
  }
}
