// An issuer's keys: fetched ahead of need, kept through outages, never asked for more than the issuer can bear.

import { type CompactVerifyGetKey, createLocalJWKSet, type JSONWebKeySet } from 'jose'
import type { Clock, Log, MaybePromise } from '../ports/runtime.ts'
import { type EpochSeconds, later, seconds } from '../protocol/time.ts'
import type { GuardedFetch } from './outbound.ts'
import { describeFault } from './provider-fault.ts'

/** Bounds of what `max-age` may say, and what holds without it (security.md R39). */
const freshness = { least: 60, usual: 600, most: 3600 }
const staleLimit = seconds(24 * 3600)
/** Pause between two fetches that unknown keys may cause. */
const coolDown = seconds(30)
const longestPause = 60
/** Pause after a failure before somebody who can wait may cause another fetch. */
const shortestPause = seconds(1)
/** How long a decision waits for keys: the rest of its second is for other things (security.md R14). */
const patienceMs = 1000

export type IssuerKeys = {
  /**
   * The keys to verify with; undefined when there are none that may be used.
   *
   * Synchronous once keys are held: old ones are renewed in the background and serve up to 24 hours
   * while the issuer is down. Waits a second at most, for the first fetch or after a long idle time.
   */
  readonly get: () => MaybePromise<CompactVerifyGetKey | undefined>
  /**
   * Keys that differ from `seen`, for a token whose key is not among them. Fetches at most once in 30
   * seconds, whoever asks; undefined when there is nothing newer.
   */
  readonly getNewer: (seen: CompactVerifyGetKey) => Promise<CompactVerifyGetKey | undefined>
  /** Fetches the keys unless they are held, or a fetch failed less than a second ago. Never rejects. */
  readonly warmUp: () => Promise<void>
  readonly state: () => 'none' | 'fresh' | 'stale'
}

export type IssuerKeysDependencies = {
  readonly issuer: string
  /** Where the keys are; asked again after each failure. */
  readonly findUrl: () => MaybePromise<string>
  readonly fetch: GuardedFetch
  readonly log: Log
  readonly now: Clock
  /** For tests: runs something later. */
  readonly after?: ((milliseconds: number, run: () => void) => void) | undefined
  /** Called when new keys are in use. `removed`: one that was used before is gone. */
  readonly onRenewed: (removed: boolean) => void
}

type Held = {
  readonly keys: CompactVerifyGetKey
  /** The published keys as text, to see whether one is gone. */
  readonly members: ReadonlySet<string>
  readonly fetchedAt: EpochSeconds
  readonly freshFor: number
}

/** Without keeping the process alive. */
const laterUnreferenced = (milliseconds: number, run: () => void) => {
  setTimeout(run, milliseconds).unref()
}

const isKeySet = (value: unknown): value is JSONWebKeySet =>
  typeof value === 'object' && value !== null && 'keys' in value && Array.isArray(value.keys)

/** Seconds for which an answer may be used without asking again. @see RFC 9111 §5.2.2.1 */
function readFreshness(cacheControl: string | null): number {
  const [, stated] = /(?:^|[\s,])max-age="?([0-9]{1,9})/i.exec(cacheControl ?? '') ?? []
  const age = stated === undefined ? freshness.usual : Number(stated)
  return Math.min(Math.max(age, freshness.least), freshness.most)
}

async function fetchKeys(url: string, fetch: GuardedFetch, now: EpochSeconds): Promise<Held> {
  const response = await fetch(url, { headers: { Accept: 'application/json' } })
  if (response.status !== 200) throw new Error(`Key set was answered with ${response.status}`)
  const document: unknown = await response.json()
  if (!isKeySet(document)) throw new Error('Key set has no list "keys"')
  return {
    keys: createLocalJWKSet(document),
    members: new Set(document.keys.map((key) => JSON.stringify(key))),
    fetchedAt: now,
    freshFor: readFreshness(response.headers.get('Cache-Control')),
  }
}

/** Resolves with the promise or after the patience of a decision, whichever is first. */
async function briefly(promise: Promise<void>): Promise<void> {
  const { promise: over, resolve } = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, patienceMs)
  await Promise.race([promise, over])
  clearTimeout(timer)
}

/** The keys of one issuer. Fetches nothing before it is asked. @see security.md R39, inventory.md C4 */
export function createIssuerKeys(dependencies: IssuerKeysDependencies): IssuerKeys {
  const { issuer, findUrl, fetch, log, now, after = laterUnreferenced, onRenewed } = dependencies
  let held: Held | undefined
  let pending: Promise<void> | undefined
  let attemptedAt: EpochSeconds | undefined
  let failedAt: EpochSeconds | undefined
  let failures = 0
  let retryWaits = false

  /** One timer, however many fetches fail until it fires. */
  function retryLater(): void {
    if (retryWaits) return
    retryWaits = true
    after(1000 * Math.min(2 ** (failures - 1), longestPause), () => {
      retryWaits = false
      if (failures > 0) void renew()
    })
  }

  async function load(): Promise<void> {
    attemptedAt = now()
    try {
      const next = await fetchKeys(await findUrl(), fetch, now())
      const removed = [...(held?.members ?? [])].some((key) => !next.members.has(key))
      if (failures > 0 || held === undefined) log.info('issuer.keys', { issuer })
      held = next
      failures = 0
      onRenewed(removed)
    } catch (fault) {
      failures += 1
      failedAt = now()
      const serving = held !== undefined
      log.warn('issuer.unavailable', { issuer, reason: describeFault(fault), serving })
      retryLater()
    }
  }

  /** One fetch at a time, however many ask. */
  function renew(): Promise<void> {
    pending ??= load().finally(() => {
      pending = undefined
    })
    return pending
  }

  const ageOf = ({ fetchedAt }: Held) => Math.abs(now() - fetchedAt)

  const usable = () => (held !== undefined && ageOf(held) < staleLimit ? held.keys : undefined)

  function get(): MaybePromise<CompactVerifyGetKey | undefined> {
    const age = held === undefined ? Number.POSITIVE_INFINITY : ageOf(held)
    const freshFor = held?.freshFor ?? 0
    if (age < freshFor) return held?.keys
    // While the issuer is down the timer asks; requests neither ask nor wait.
    if (failures > 0) return usable()
    const renewed = renew()
    // After a long idle time a key may have been withdrawn long ago: then better ask first.
    return age < 2 * freshFor ? held?.keys : briefly(renewed).then(usable)
  }

  async function getNewer(seen: CompactVerifyGetKey): Promise<CompactVerifyGetKey | undefined> {
    const rested = attemptedAt === undefined || now() >= later(attemptedAt, coolDown)
    if (held?.keys === seen && (pending !== undefined || (rested && failures === 0)))
      await briefly(renew())
    return held?.keys === seen ? undefined : usable()
  }

  return {
    get,
    getNewer,
    warmUp: async () => {
      const rested = failedAt === undefined || now() >= later(failedAt, shortestPause)
      if (held === undefined && (pending !== undefined || rested)) await renew()
    },
    state: () => {
      if (usable() === undefined || held === undefined) return 'none'
      return ageOf(held) < held.freshFor ? 'fresh' : 'stale'
    },
  }
}
