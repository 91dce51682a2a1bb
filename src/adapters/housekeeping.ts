// Removes what has expired, in small batches, at least every five minutes (R124, R142).

import type { Clock, Log } from '../ports/runtime.ts'
import type { Store } from '../ports/store.ts'
import type { Seconds } from '../protocol/time.ts'

const everyMilliseconds = 60_000
const batch = 500

/** One round: batches until nothing is left. Returns the number of rows removed. */
export async function purgeExpired(store: Store, now: Clock, idle: Seconds): Promise<number> {
  let removed = 0
  for (;;) {
    const sessions = await store.sessions.purge(now(), idle, batch)
    const flows = await store.loginFlows.purge(now(), batch)
    const handOffs = await store.handOffs.purge(now(), batch)
    const logouts = await store.providerLogouts.purge(now(), batch)
    const probes = await store.probes.purge(now(), batch)
    removed += sessions + flows + handOffs + logouts + probes
    if (Math.max(sessions, flows, handOffs, logouts, probes) < batch) return removed
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
