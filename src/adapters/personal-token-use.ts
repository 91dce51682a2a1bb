// Writes down that personal tokens were used: in batches, behind the answer, at most once a minute each.

import type { PersonalToken, PersonalTokenStore } from '../ports/personal-tokens.ts'
import type { Clock, Log } from '../ports/runtime.ts'
import { type EpochSeconds, type Seconds, seconds } from '../protocol/time.ts'

/** How far behind `lastUsedAt` may be. */
export const tokenTouchInterval: Seconds = seconds(60)

const flushMilliseconds = 5_000
const maxBatch = 500

export type PersonalTokenUse = {
  /** Notes a use. Returns at once; never throws. */
  readonly seen: (token: PersonalToken, now: EpochSeconds) => void
  /** Writes what was noted; a fault is logged and the batch tried again with the next. */
  readonly flush: () => Promise<void>
  readonly stop: () => void
}

export function createPersonalTokenUse(deps: {
  readonly tokens: Pick<PersonalTokenStore, 'touch'>
  readonly now: Clock
  readonly log: Log
}): PersonalTokenUse {
  const noted = new Map<string, PersonalToken>()
  const flush = async (): Promise<void> => {
    const batch = [...noted.values()].slice(0, maxBatch)
    if (batch.length === 0) return
    for (const { id } of batch) noted.delete(id)
    try {
      const first = await deps.tokens.touch(
        batch.map(({ id }) => id),
        deps.now(),
      )
      for (const { id, account } of batch)
        if (first.includes(id)) deps.log.info('personal_token.first_used', { id, account })
    } catch (fault) {
      for (const token of batch) noted.set(token.id, token)
      deps.log.error('personal_token.touch_failed', { count: batch.length }, fault)
    }
  }
  const timer = setInterval(flush, flushMilliseconds)
  timer.unref()
  return {
    seen: (token, now) => {
      const { lastUsedAt } = token
      if (lastUsedAt !== undefined && now - lastUsedAt < tokenTouchInterval) return
      noted.set(token.id, token)
    },
    flush,
    stop: () => clearInterval(timer),
  }
}
