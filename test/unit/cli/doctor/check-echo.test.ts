import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { hashOf } from '../../../../src/adapters/sealing.ts'
import { openStore } from '../../../../src/adapters/sql/open.ts'
import type { Asked } from '../../../../src/cli/doctor/ask.ts'
import { checkEcho } from '../../../../src/cli/doctor/check-echo.ts'
import type { Session, Store } from '../../../../src/ports/store.ts'
import { epochSeconds } from '../../../../src/protocol/time.ts'
import { settingsOf } from '../../../support/load-configuration.ts'

const silent = () => {}
const log = { debug: silent, info: silent, warn: silent, error: silent, debugEnabled: false }
const now = epochSeconds(1_800_000_000)
const email = 'mia@example.com'
const settings = settingsOf({
  yaml: `public_url: https://auth.example.com
cookie: { domains: [example.com, example.org] }
local_accounts: true
allow: { emails: ['${email}'] }
rules:
  - { host: app.example.com, path: /open/, access: public }
  - { host: app.example.com }
  - { host: app.example.org }`,
})

let store: Store
let made = 0
let seen: (Session | undefined)[] = []
let fails = false
beforeAll(async () => {
  store = await openStore({ kind: 'memory' }, log)
})
beforeEach(() => {
  seen = []
  fails = false
})
afterAll(() => store.close())

async function gate(_: URL, headers: Readonly<Record<string, string>> = {}): Promise<Asked> {
  const id = headers['Cookie']?.split('=')[1] ?? ''
  seen.push(await store.sessions.find(hashOf(id)))
  if (fails) throw new Error('broken')
  return { kind: 'answer', status: 200, headers: {}, body: headers['X-Doctor-Control'] ?? '' }
}

const check = (address: string) =>
  checkEcho(
    settings,
    { url: new URL(address), email },
    {
      ask: gate,
      store,
      now: () => now,
      randomToken: () => String(++made).padStart(43, 'x'),
      hashOf,
    },
  )

test('checkEcho() asks once with a session of a minute, and ends it', async () => {
  const findings = await check('https://app.example.com/echo')
  expect(findings.map(({ grade }) => grade)).toContain('wrong')
  expect(seen).toHaveLength(1)
  expect(seen[0]?.identity).toMatchObject({ email, issuer: 'urn:sallyport:doctor' })
  expect(seen[0]?.expiresAt).toBe(now + 60)
  expect(await store.sessions.count()).toBe(0)
})

test('checkEcho() has a session for that host alone where the login does not reach (R24)', async () => {
  await check('https://app.example.org/echo')
  expect(seen[0]?.handedOff?.audience).toBe('example.org')
  expect(await store.sessions.count()).toBe(0)
})

test('checkEcho() ends the session when asking breaks', async () => {
  fails = true
  await expect(check('https://app.example.com/echo')).rejects.toThrow('broken')
  expect(await store.sessions.count()).toBe(0)
})

test.each(['https://app.example.com/open/x', 'https://elsewhere.example.net/'])(
  'checkEcho() signs nobody in for %s, which is behind no login',
  async (address) => {
    expect((await check(address)).map(({ grade }) => grade)).toEqual(['wrong'])
    expect(seen).toEqual([])
  },
)

test('checkEcho() needs the database', async () => {
  const { [0]: finding } = await checkEcho(
    settings,
    { url: new URL('https://app.example.com/'), email },
    {
      ask: gate,
      store: undefined,
      now: () => now,
      randomToken: () => 'x',
      hashOf,
    },
  )
  expect(finding?.grade).toBe('not checked')
})
