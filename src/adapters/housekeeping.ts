// Removes what has expired, in small batches, at least every five minutes (R124, R142).

import { pendingAuthorizationsKept } from '../ports/authorization-store.ts'
import type { Clock, Log } from '../ports/runtime.ts'
import type { Store } from '../ports/store.ts'
import { type EpochSeconds, epochSeconds, type Seconds, seconds } from '../protocol/time.ts'

const everyMilliseconds = 60_000
const batch = 500

/** How long a client that registered itself is kept without being used (R103). */
const unusedClientLifetime = seconds(24 * 60 * 60)

/** How long a token that is past its end is still shown to its owner. */
const endedTokenKept = seconds(30 * 24 * 60 * 60)

/** One batch of everything. Returns the number of rows removed, of each kind. */
async function purgeBatch(store: Store, now: EpochSeconds, idle: Seconds): Promise<number[]> {
  const { artifacts, clients, signingKeys } = store.authorization
  return [
    await store.sessions.purge(now, idle, batch),
    await store.loginFlows.purge(now, batch),
    await store.handOffs.purge(now, batch),
    await store.providerLogouts.purge(now, batch),
    await store.probes.purge(now, batch),
    await store.accountCredentials.invitations.purge(now, batch),
    await artifacts.purge(now, batch),
    await artifacts.dropOldestPending(pendingAuthorizationsKept, batch),
    // After the grants that are over: a client with a grant stays.
    await clients.purgeUnused(epochSeconds(now - unusedClientLifetime), batch),
    await store.personalTokens.purge(epochSeconds(now - endedTokenKept), batch),
    await signingKeys.purge(now),
  ]
}

/** One round: batches until nothing is left. Returns the number of rows removed. */
export async function purgeExpired(store: Store, now: Clock, idle: Seconds): Promise<number> {
  let removed = 0
  for (;;) {
    const rows = await purgeBatch(store, now(), idle)
    removed += rows.reduce((sum, count) => sum + count, 0)
    if (Math.max(...rows) < batch) return removed
  }
}

/** Starts the rounds; the returned function stops them. A fault is logged and the next round tries again. */
export function startHousekeeping(deps: {
  readonly store: Store
  readonly now: Clock
  readonly idle: Seconds
  readonly log: Log
  /** Writes down the uses of sessions: what is idle is judged by them. */
  readonly flush: () => Promise<void>
}): () => void {
  const round = async (): Promise<void> => {
    try {
      await deps.flush()
      const removed = await purgeExpired(deps.store, deps.now, deps.idle)
      if (removed > 0) deps.log.debug('store.purged', { removed })
    } catch (fault) {
      deps.log.error('store.purge_failed', {}, fault)
    }
  }
  const timer = setInterval(round, everyMilliseconds)
  timer.unref()
  return () => clearInterval(timer)
}
