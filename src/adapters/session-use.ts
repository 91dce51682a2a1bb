// Writes down that sessions were used: in batches, behind the answer, at most once a minute each.

import type { Clock, Log } from '../ports/runtime.ts'
import type { Hash, Session, SessionStore } from '../ports/store.ts'
import { type EpochSeconds, type Seconds, seconds } from '../protocol/time.ts'

/** How far behind `lastSeenAt` may be; far below any idle limit. */
export const touchInterval: Seconds = seconds(60)

const flushMilliseconds = 5_000
const maxBatch = 500

export type SessionUse = {
  /** Notes a use. Returns at once; never throws. */
  readonly seen: (session: Session, now: EpochSeconds) => void
  /** Writes what was noted; a fault is logged and the batch tried again with the next. */
  readonly flush: () => Promise<void>
  readonly stop: () => void
}

export function createSessionUse(deps: {
  readonly sessions: Pick<SessionStore, 'touch'>
  readonly now: Clock
  readonly log: Log
}): SessionUse {
  const noted = new Set<Hash>()
  const flush = async (): Promise<void> => {
    const batch = [...noted].slice(0, maxBatch)
    if (batch.length === 0) return
    for (const hash of batch) noted.delete(hash)
    try {
      await deps.sessions.touch(batch, deps.now())
    } catch (fault) {
      for (const hash of batch) noted.add(hash)
      deps.log.error('session.touch_failed', { count: batch.length }, fault)
    }
  }
  const timer = setInterval(flush, flushMilliseconds)
  timer.unref()
  return {
    seen: (session, now) => {
      if (now - session.lastSeenAt < touchInterval) return
      noted.add(session.idHash)
      // Whoever works in one application is not idle as a person: the login lives on with them.
      if (session.handedOff !== undefined) noted.add(session.handedOff.login)
    },
    flush,
    stop: () => clearInterval(timer),
  }
}
