// Writes down that sessions were used: behind the answer, at most once a minute each.

import type { Clock, Log } from '../ports/runtime.ts'
import type { Hash, Session, SessionStore } from '../ports/store.ts'
import type { EpochSeconds, Seconds } from '../protocol/time.ts'
import { createUseWriter } from './use-writer.ts'

const longestInterval = 60
const longestFlushMilliseconds = 5_000

/** How far behind `lastSeenAt` may be, in seconds: far enough below the idle limit (0: none) to be written in time. */
const touchIntervalOf = (idle: Seconds): number =>
  idle === 0 ? longestInterval : Math.min(longestInterval, Math.max(1, Math.floor(idle / 4)))

export type SessionUse = {
  /** Notes a use. Returns at once; never throws. */
  readonly seen: (session: Session, now: EpochSeconds) => void
  /** Writes what was noted; a fault is logged and what is left tried again with the next. */
  readonly flush: () => Promise<void>
  readonly stop: () => void
}

export function createSessionUse(deps: {
  readonly sessions: Pick<SessionStore, 'touch'>
  /** After which time an unused session ends; 0: never. */
  readonly idle: Seconds
  readonly now: Clock
  readonly log: Log
}): SessionUse {
  const { sessions, idle, now: clock, log } = deps
  const interval = touchIntervalOf(idle)
  const { note, flush, stop } = createUseWriter<Hash>({
    write: (hashes) => sessions.touch(hashes, clock()),
    failed: (count, fault) => log.error('session.touch_failed', { count }, fault),
    everyMilliseconds: Math.min(longestFlushMilliseconds, interval * 1000),
  })
  return {
    seen: (session, now) => {
      if (now - session.lastSeenAt < interval) return
      note(session.idHash, session.idHash)
      // Whoever works in one application is not idle as a person: the login lives on with them.
      const { handedOff } = session
      if (handedOff !== undefined) note(handedOff.login, handedOff.login)
    },
    flush,
    stop,
  }
}
