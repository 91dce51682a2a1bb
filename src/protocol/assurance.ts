// How sure is it who somebody is: by how many factors, and since when? RFC 9470 §1, OpenID Connect Core 1.0 §2.

import { type EpochSeconds, later, type Seconds, seconds } from './time.ts'

/** What a sign-in has shown. */
export type Assurance = {
  /** Absent: one. Two are of different kinds, a password and a key for example. */
  readonly factors?: 1 | 2 | undefined
  /** When the person showed them last. Absent: nobody says, and no limit of age holds. */
  readonly authenticatedAt?: EpochSeconds | undefined
}

/** The same, and how the person did it in the words of RFC 8176. */
export type SignInAssurance = Assurance & { readonly methods?: readonly string[] | undefined }

/** What a rule or resource wants to be shown. A member that is absent asks for nothing. */
export type Demand = {
  readonly factor?: 2 | undefined
  /** Longest time since the person showed it. */
  readonly maxAge?: Seconds | undefined
}

export type Need = 'factor' | 'fresh'

const nothing: readonly Need[] = []

/** By how much the clock of who says it may be ahead. A moment beyond it would stay recent for ever. */
const skew = seconds(60)

const isRecent = (since: EpochSeconds | undefined, maxAge: Seconds, now: EpochSeconds): boolean =>
  since !== undefined && since <= later(now, skew) && now <= later(since, maxAge)

/**
 * What of a demand an assurance does not meet; empty: it meets all of it. No assurance meets no demand.
 *
 * @see RFC 9470 §5
 */
export function missingNeeds(
  demand: Demand,
  assurance: Assurance | undefined,
  now: EpochSeconds,
): readonly Need[] {
  const { factor, maxAge } = demand
  const lacksFactor = factor === 2 && assurance?.factors !== 2
  const isStale = maxAge !== undefined && !isRecent(assurance?.authenticatedAt, maxAge, now)
  if (!lacksFactor && !isStale) return nothing
  return [...(lacksFactor ? ['factor' as const] : []), ...(isStale ? ['fresh' as const] : [])]
}

/** The demand that meets both; undefined when neither asks for anything. */
export function strictest(...demands: readonly (Demand | undefined)[]): Demand | undefined {
  const factor = demands.some((demand) => demand?.factor === 2)
  const ages = demands.flatMap((demand) => demand?.maxAge ?? [])
  const maxAge = ages.toSorted((a, b) => a - b)[0]
  if (!factor && maxAge === undefined) return undefined
  return { ...(factor ? { factor: 2 } : {}), ...(maxAge === undefined ? {} : { maxAge }) }
}
