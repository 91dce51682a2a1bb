// How often a password may be tried: by an address, for an account from an address, for an account at all.
//
// An address has 20 attempts a minute (R123). An account has 10 failures in 15 minutes from one address,
// and 100 from all addresses together. The last limit alone would let anyone lock the owner out by failing
// often enough: addresses from which the account was signed in to since the start are not held by it. An
// owner at a new address waits at most until the window ends. Counts are per node and are lost at a restart.

import type { Seconds } from '../protocol/time.ts'
import { addressKey, createCounter, createRecent } from './counter.ts'

export type Attempt =
  | { readonly kind: 'limited'; readonly retryAfter: Seconds }
  | {
      readonly kind: 'allowed'
      /** The password was right: failures of this address no longer count against the account. */
      readonly succeeded: () => Promise<void>
      /** Nothing was checked. */
      readonly takeBack: () => Promise<void>
    }

export type LoginLimits = {
  /** Counts an attempt, before its password is checked: many at once are counted too. */
  readonly attempt: (name: string, address: string) => Promise<Attempt>
}

export function createLoginLimits(): LoginLimits {
  const byAddress = createCounter(20, 60)
  const byPair = createCounter(10, 15 * 60)
  const byName = createCounter(100, 15 * 60)
  const known = createRecent(() => {})

  return {
    attempt: async (name, address) => {
      const origin = addressKey(address)
      const pair = `${name} ${origin}`
      const isKnown = known.has(pair)
      const retryAfter =
        (await byAddress.count(origin)) ??
        (await byPair.count(pair)) ??
        (isKnown ? undefined : await byName.count(name))
      if (retryAfter !== undefined) return { kind: 'limited', retryAfter }
      const takeBackFailures = async () => {
        if (!isKnown) await byName.takeBack(name)
      }
      return {
        kind: 'allowed',
        succeeded: async () => {
          known.use(pair)
          await byPair.forget(pair)
          await takeBackFailures()
        },
        takeBack: async () => {
          await byPair.takeBack(pair)
          await takeBackFailures()
        },
      }
    },
  }
}

/**
 * Counts requests of an address; the returned function answers the time to wait when that was one too many.
 *
 * @param points how many are free in `duration` seconds
 */
export function createAddressLimit(
  points: number,
  duration: Seconds,
): (address: string) => Promise<Seconds | undefined> {
  const counter = createCounter(points, duration)
  return (address) => counter.count(addressKey(address))
}

/**
 * Counts failures of an address. Each attempt counts at first, so that many at once are counted too;
 * `takeBack` is for those that did not fail.
 *
 * @param points how many failures are free in `duration` seconds
 */
export function createFailureLimit(points: number, duration: Seconds) {
  const counter = createCounter(points, duration)
  return async (address: string) => {
    const key = addressKey(address)
    const retryAfter = await counter.count(key)
    return retryAfter === undefined
      ? { kind: 'allowed' as const, takeBack: () => counter.takeBack(key) }
      : { kind: 'limited' as const, retryAfter }
  }
}
