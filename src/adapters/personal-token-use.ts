// Writes down that personal tokens were used: behind the answer, at most once a minute each.

import type { PersonalToken, PersonalTokenStore } from '../ports/personal-tokens.ts'
import type { Clock, Log } from '../ports/runtime.ts'
import { type EpochSeconds, type Seconds, seconds } from '../protocol/time.ts'
import { createUseWriter } from './use-writer.ts'

/** How far behind `lastUsedAt` may be. */
const tokenTouchInterval: Seconds = seconds(60)

export type PersonalTokenUse = {
  /** Notes a use. Returns at once; never throws. */
  readonly seen: (token: PersonalToken, now: EpochSeconds) => void
  /** Writes what was noted; a fault is logged and what is left tried again with the next. */
  readonly flush: () => Promise<void>
  readonly stop: () => void
}

export function createPersonalTokenUse(deps: {
  readonly tokens: Pick<PersonalTokenStore, 'touch'>
  readonly now: Clock
  readonly log: Log
}): PersonalTokenUse {
  const { tokens, now: clock, log } = deps
  const write = async (used: readonly PersonalToken[]): Promise<void> => {
    const ids = used.map(({ id }) => id)
    const first = await tokens.touch(ids, clock())
    for (const { id, account } of used)
      if (first.includes(id)) log.info('personal_token.first_used', { id, account })
  }
  const { note, flush, stop } = createUseWriter<PersonalToken>({
    write,
    failed: (count, fault) => log.error('personal_token.touch_failed', { count }, fault),
    everyMilliseconds: 5_000,
  })
  return {
    seen: (token, now) => {
      const { lastUsedAt } = token
      if (lastUsedAt !== undefined && now - lastUsedAt < tokenTouchInterval) return
      note(token.id, token)
    },
    flush,
    stop,
  }
}
