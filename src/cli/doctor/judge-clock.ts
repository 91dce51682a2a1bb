// Do this machine and an issuer agree about the time? Tokens are judged by it (inventory C21).

import { maxClockSkew } from '../../adapters/id-token.ts'
import type { GuardedFetch } from '../../adapters/outbound.ts'
import { type Finding, notChecked, ok, warning, wrong } from './finding.ts'

const remarkable = 10

/**
 * @param skew how far the issuer's clock is ahead of ours, in seconds; undefined when its answers had no date
 */
export function judgeClock(who: string, skew: number | undefined): Finding {
  if (skew === undefined)
    return notChecked(`${who}: clock, because its answers have no "Date" header`)
  const apart = Math.abs(Math.round(skew))
  const which = skew > 0 ? 'behind' : 'ahead of'
  const text = `${who}: the clock of this machine is ${apart} seconds ${which} the issuer's`
  if (apart > maxClockSkew)
    return wrong(`${text}: its tokens are refused; set the clock, or let NTP do it`)
  if (apart > remarkable) return warning(`${text}; up to ${maxClockSkew} are tolerated`)
  return ok(`${who}: the clocks agree`)
}

export type DatedFetch = {
  readonly fetch: GuardedFetch
  /** As `judgeClock` takes it, from the latest answer with a date. */
  readonly skew: () => number | undefined
}

/**
 * A fetch that compares the date of each answer with the clock.
 *
 * @param now milliseconds since the epoch
 */
export function createDatedFetch(fetch: GuardedFetch, now: () => number): DatedFetch {
  let skew: number | undefined
  return {
    fetch: async (url, init) => {
      const answer = await fetch(url, init)
      const stated = Date.parse(answer.headers.get('Date') ?? '')
      // A date has whole seconds: half of one is the best guess at the rest.
      if (!Number.isNaN(stated)) skew = (stated + 500 - now()) / 1000
      return answer
    },
    skew: () => skew,
  }
}
