import { afterEach, describe, expect, test } from 'vitest'
import { createPersonalTokenUse } from '../../../src/adapters/personal-token-use.ts'
import type { PersonalToken } from '../../../src/ports/personal-tokens.ts'
import type { Log } from '../../../src/ports/runtime.ts'
import { epochSeconds } from '../../../src/protocol/time.ts'

const now = epochSeconds(1_800_000_000)

const token: PersonalToken = {
  id: 'one',
  name: 'Backup',
  account: 'account-1',
  madeBy: 'owner',
  bounds: { hosts: ['app.example.com'], path: undefined, methods: undefined, scopes: [] },
  createdAt: now,
  expiresAt: epochSeconds(now + 1000),
  lastUsedAt: epochSeconds(now - 60),
}

function start(touch: (ids: readonly string[]) => Promise<readonly string[]>) {
  const lines: unknown[] = []
  const note =
    (level: string): Log['info'] =>
    (event, fields) =>
      void lines.push([level, event, fields])
  const log: Log = {
    debug() {},
    info: note('info'),
    warn: note('warn'),
    error: note('error'),
    debugEnabled: false,
  }
  const use = createPersonalTokenUse({ tokens: { touch }, now: () => now, log })
  stops.push(use.stop)
  return { use, lines }
}
const stops: (() => void)[] = []
afterEach(() => {
  for (const stop of stops.splice(0)) stop()
})

describe('seen()', () => {
  test('writes a use down once the last one is a minute old', async () => {
    const touched: string[] = []
    const { use } = start(async (ids) => {
      touched.push(...ids)
      return []
    })
    use.seen({ ...token, lastUsedAt: epochSeconds(now - 59) }, now)
    await use.flush()
    expect(touched).toEqual([])
    for (let times = 0; times < 3; times += 1) use.seen(token, now)
    await use.flush()
    await use.flush()
    expect(touched).toEqual(['one'])
  })
})

describe('flush()', () => {
  test('says in the log which tokens were used for the first time, and never a value', async () => {
    const { use, lines } = start(async () => ['one'])
    use.seen({ ...token, lastUsedAt: undefined }, now)
    use.seen({ ...token, id: 'two' }, now)
    await use.flush()
    expect(lines).toEqual([
      ['info', 'personal_token.first_used', { id: 'one', account: 'account-1' }],
    ])
  })

  test('tries again what could not be written', async () => {
    const touched: string[] = []
    let broken = true
    const { use, lines } = start(async (ids) => {
      if (broken) throw new Error('locked')
      touched.push(...ids)
      return []
    })
    use.seen(token, now)
    await use.flush()
    broken = false
    await use.flush()
    expect(touched).toEqual(['one'])
    expect(lines).toEqual([['error', 'personal_token.touch_failed', { count: 1 }]])
  })
})
