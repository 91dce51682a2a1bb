// How often has something happened in a while? Counts per node; a restart forgets them.

import ipaddr from 'ipaddr.js'
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'
import { type Seconds, seconds } from '../protocol/time.ts'

// R123: whoever tries many names or addresses must not fill the memory.
const mostKeys = 100_000

/** A set that forgets what was not used for longest. */
export function createRecent(onForget: (key: string) => void) {
  const keys = new Set<string>()
  return {
    has: (key: string) => keys.has(key),
    use: (key: string) => {
      keys.delete(key)
      keys.add(key)
      if (keys.size <= mostKeys) return
      const [oldest = key] = keys
      keys.delete(oldest)
      onForget(oldest)
    },
  }
}

const waitOf = (used: RateLimiterRes): Seconds =>
  seconds(Math.max(1, Math.ceil(used.msBeforeNext / 1000)))

/**
 * Counts by key.
 *
 * @param points how many are free in `duration` seconds
 */
export function createCounter(points: number, duration: number) {
  const limiter = new RateLimiterMemory({ points, duration })
  const recent = createRecent((key) => void limiter.delete(key))
  return {
    /** Counts one; the time to wait when that was one too many. */
    count: async (key: string): Promise<Seconds | undefined> => {
      recent.use(key)
      try {
        await limiter.consume(key)
        return undefined
      } catch (refusal) {
        if (!(refusal instanceof RateLimiterRes)) throw refusal
        return waitOf(refusal)
      }
    },
    /** The time to wait if all are used up. Counts nothing. */
    peek: async (key: string): Promise<Seconds | undefined> => {
      const used = await limiter.get(key)
      return used === null || used.consumedPoints < points ? undefined : waitOf(used)
    },
    takeBack: async (key: string) => void (await limiter.reward(key)),
    forget: async (key: string) => void (await limiter.delete(key)),
  }
}

/** The part of an address that one person has: all of IPv4, the first 64 bits of IPv6. */
export function addressKey(address: string): string {
  if (!ipaddr.isValid(address)) return address
  const parsed = ipaddr.process(address)
  if (parsed.kind() === 'ipv4') return parsed.toString()
  return `${parsed.toByteArray().slice(0, 8).join('.')}/64`
}
