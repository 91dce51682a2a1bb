// Which keys sign, which are published, and when do they change? security.md R113-R115

import { afterEach, beforeEach, expect, test } from 'vitest'
import { seal, unseal } from '../../../src/adapters/sealing.ts'
import { openStore } from '../../../src/adapters/sql/open.ts'
import { createSigningKeys, publicKeysOf } from '../../../src/authorization-server/signing-keys.ts'
import type { Store } from '../../../src/ports/store.ts'
import { type EpochSeconds, epochSeconds, later, seconds } from '../../../src/protocol/time.ts'

const start = epochSeconds(1_800_000_000)
const secret = 'a secret of more than thirty-two bytes, for tests only'
const log = { debug() {}, info() {}, warn() {}, error() {}, debugEnabled: false }

let store: Store
let moment: EpochSeconds
beforeEach(async () => {
  store = await openStore({ kind: 'memory' }, log)
  moment = start
})
afterEach(() => store.close())

const keysWith = (changes: { readonly secret?: string } = {}) =>
  createSigningKeys({
    store: store.authorization.signingKeys,
    now: () => moment,
    log,
    secret,
    seal,
    unseal,
    tokenLifetime: seconds(3_600),
    ...changes,
  })
const day = seconds(86_400)

test('createSigningKeys() signs at once with the very first keys, one of each algorithm', async () => {
  const { keys, accessTokenKey } = await keysWith().current()
  expect(keys.map(({ alg }) => alg).sort()).toEqual(['ES256', 'EdDSA', 'RS256'])
  expect(keys.find(({ kid }) => kid === accessTokenKey)).toMatchObject({ alg: 'EdDSA', use: 'sig' })
  expect(keys.find(({ alg }) => alg === 'RS256')?.n).toHaveLength(342)
})

test('createSigningKeys() agrees with another process on one set of keys (R115)', async () => {
  const [one, other] = await Promise.all([keysWith().current(), keysWith().current()])
  expect(other.accessTokenKey).toBe(one.accessTokenKey)
  expect(await store.authorization.signingKeys.list()).toHaveLength(3)
})

test('createSigningKeys() keeps private keys sealed, each bound to its row (R115, R130)', async () => {
  const { keys } = await keysWith().current()
  const rows = await store.authorization.signingKeys.list()
  const text = JSON.stringify(rows)
  for (const key of keys) expect(text).not.toContain(String(key.d))
  const [first, second] = rows
  expect(unseal(first?.sealed ?? '', secret, `signing-key ${second?.kid}`)).toBeUndefined()
})

test('createSigningKeys() fails with another secret instead of making new keys', async () => {
  await keysWith().current()
  const other = keysWith({ secret: 'another secret of more than thirty-two bytes' })
  await expect(other.current()).rejects.toThrow('not the one that sealed them')
})

test('createSigningKeys() publishes the next key an hour before it signs, and the old one until its tokens are over (R113)', async () => {
  const signing = keysWith()
  const { accessTokenKey: first } = await signing.current()
  const publishes = async (kid: string) =>
    publicKeysOf(await signing.current()).keys.some((key) => key.kid === kid)

  moment = later(start, seconds(90 * day - 60))
  expect((await signing.current()).keys).toHaveLength(3)
  moment = later(start, seconds(90 * day))
  const rotating = await signing.current()
  expect(rotating.keys).toHaveLength(6)
  expect(rotating.accessTokenKey).toBe(first)
  // ID tokens are signed with whichever key of the algorithm comes first.
  expect(rotating.keys.find(({ alg }) => alg === 'EdDSA')?.kid).toBe(first)

  moment = later(moment, seconds(3_599))
  expect((await signing.current()).accessTokenKey).toBe(first)
  moment = later(moment, seconds(31))
  const { accessTokenKey: second, keys } = await signing.current()
  expect(second).not.toBe(first)
  expect(keys.find(({ alg }) => alg === 'EdDSA')?.kid).toBe(second)
  expect(await publishes(first)).toBe(true)

  moment = later(moment, seconds(3_600))
  expect(await publishes(first)).toBe(true)
  moment = later(moment, seconds(600))
  expect(await publishes(first)).toBe(false)
  expect(await publishes(second)).toBe(true)
})
