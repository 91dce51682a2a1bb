import { afterEach, expect, test } from 'vitest'
import { createSessionUse } from '../../../src/adapters/session-use.ts'
import type { Session } from '../../../src/ports/store.ts'
import { epochSeconds } from '../../../src/protocol/time.ts'
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
const use = createSessionUse({
  sessions: { touch: async (hashes) => void touched.push(...hashes) },
  now: () => now,
  log: silentLog,
})
afterEach(() => {
  touched.length = 0
  use.stop()
})

test('seen() writes a use down once the last one is a minute old', async () => {
  use.seen({ ...session, lastSeenAt: epochSeconds(now - 59) }, now)
  await use.flush()
  expect(touched).toEqual([])
  use.seen(session, now)
  await use.flush()
  expect(touched).toEqual(['own'])
})

test('seen() keeps the login alive too when a session it was handed on to is used (R24)', async () => {
  use.seen({ ...session, handedOff: { login: 'login', audience: 'app.example.org' } }, now)
  await use.flush()
  expect(touched).toEqual(['own', 'login'])
})
