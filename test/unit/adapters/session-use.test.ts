import { afterEach, expect, test } from 'vitest'
import { createSessionUse } from '../../../src/adapters/session-use.ts'
import type { Session } from '../../../src/ports/store.ts'
import { epochSeconds, seconds } from '../../../src/protocol/time.ts'
import { silentLog } from '../../contract/silent-log.ts'
import { identityOf } from '../../support/identity.ts'

const now = epochSeconds(1_800_000_000)
const session: Session = {
  idHash: 'own',
  identity: identityOf(),
  createdAt: now,
  lastSeenAt: epochSeconds(now - 60),
  expiresAt: epochSeconds(now + 100),
  providerSession: undefined,
  sealedIdToken: undefined,
}

const touched: string[] = []
const stops: (() => void)[] = []
const start = (idle = 3600) => {
  const use = createSessionUse({
    sessions: { touch: async (hashes) => void touched.push(...hashes) },
    idle: seconds(idle),
    now: () => now,
    log: silentLog,
  })
  stops.push(use.stop)
  return use
}
afterEach(() => {
  touched.length = 0
  for (const stop of stops.splice(0)) stop()
})

test('seen() writes a use down once the last one is a minute old', async () => {
  const use = start()
  use.seen({ ...session, lastSeenAt: epochSeconds(now - 59) }, now)
  await use.flush()
  expect(touched).toEqual([])
  use.seen(session, now)
  await use.flush()
  expect(touched).toEqual(['own'])
})

test('seen() keeps the login alive too when a session it was handed on to is used (R24)', async () => {
  const use = start()
  use.seen({ ...session, handedOff: { login: 'login', audience: 'app.example.org' } }, now)
  await use.flush()
  expect(touched).toEqual(['own', 'login'])
})

test.each([
  [0, 60],
  [3600, 60],
  [60, 15],
  [20, 5],
  [2, 1],
])('seen() with an idle limit of %i s writes a use down every %i s', async (idle, interval) => {
  const use = start(idle)
  use.seen({ ...session, lastSeenAt: epochSeconds(now - interval + 1) }, now)
  await use.flush()
  expect(touched).toEqual([])
  use.seen({ ...session, lastSeenAt: epochSeconds(now - interval) }, now)
  await use.flush()
  expect(touched).toEqual(['own'])
})
