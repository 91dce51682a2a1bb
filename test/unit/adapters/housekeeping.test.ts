import { expect, onTestFinished, test } from 'vitest'
import { purgeExpired } from '../../../src/adapters/housekeeping.ts'
import { openStore } from '../../../src/adapters/sql/open.ts'
import { accountIdOf } from '../../../src/protocol/account-id.ts'
import { machineIdentity } from '../../../src/protocol/machine.ts'
import { epochSeconds, seconds } from '../../../src/protocol/time.ts'
import { artifact, client, signingKey } from '../../contract/authorization-samples.ts'
import { silentLog } from '../../contract/silent-log.ts'
import { flow, session } from '../../contract/store.ts'

const day = 24 * 60 * 60
const now = epochSeconds(10 * day)

async function newStore() {
  const store = await openStore({ kind: 'memory' }, silentLog)
  onTestFinished(() => store.close())
  return store
}

test('purgeExpired() removes what is over, in as many batches as it takes (R124)', async () => {
  const store = await newStore()
  const { artifacts, signingKeys } = store.authorization
  await store.sessions.open(session())
  await store.loginFlows.begin(flow(), 100)
  for (let count = 0; count < 501; count++) await artifacts.save(artifact('AccessToken'), now)
  await artifacts.spend('jti', epochSeconds(5000), epochSeconds(1))
  await signingKeys.add(signingKey({ retiredAt: epochSeconds(5000) }), undefined)
  const kept = artifact('AccessToken', { expiresAt: epochSeconds(now + 1) })
  await artifacts.save(kept, now)
  expect(await purgeExpired(store, () => now, seconds(0))).toBe(505)
  expect(await artifacts.find('AccessToken', kept.idHash)).toBeDefined()
  expect(await purgeExpired(store, () => now, seconds(0))).toBe(0)
})

test('purgeExpired() removes a dynamic client that was not used for 24 hours, once its grant is over (R103)', async () => {
  const { authorization, ...store } = await newStore()
  const { artifacts, clients } = authorization
  const [unused, young, granted] = [
    client({ createdAt: epochSeconds(now - day - 1) }),
    client({ createdAt: epochSeconds(now - day) }),
    client(),
  ]
  for (const one of [unused, young, granted]) await clients.add(one, 100)
  const [clientId, expiresAt] = [granted.clientId, epochSeconds(now + 60)]
  await artifacts.save(artifact('Grant', { grantId: 'grant', clientId, expiresAt }), now)
  expect(await purgeExpired({ authorization, ...store }, () => now, seconds(0))).toBe(1)
  expect(await clients.find(unused.clientId)).toBeUndefined()
  const over = epochSeconds(now + 60)
  await clients.touch(young.clientId, now)
  expect(await purgeExpired({ authorization, ...store }, () => over, seconds(0))).toBe(2)
  expect(await clients.list()).toMatchObject([{ clientId: young.clientId }])
})

test('purgeExpired() leaves the newest 10,000 authorizations that wait for a person (R124)', async () => {
  const { authorization, ...store } = await newStore()
  const { artifacts } = authorization
  const saved = [1, 2, 3].map(() => artifact('Interaction', { expiresAt: epochSeconds(now + 60) }))
  for (const [age, one] of saved.entries()) await artifacts.save(one, epochSeconds(now + age))
  // Two stand for ten thousand.
  const dropOldestPending: typeof artifacts.dropOldestPending = (kept, limit) =>
    artifacts.dropOldestPending(kept - 9_998, limit)
  const few = { ...authorization, artifacts: { ...artifacts, dropOldestPending } }
  expect(await purgeExpired({ ...store, authorization: few }, () => now, seconds(0))).toBe(1)
  const left = await Promise.all(saved.map(({ idHash }) => artifacts.find('Interaction', idHash)))
  expect(left.map((one) => one !== undefined)).toEqual([false, true, true])
})

test('purgeExpired() removes a token for scripts once it has been over for 30 days', async () => {
  const store = await newStore()
  const identity = machineIdentity('ci', [])
  const account = accountIdOf(identity)
  await store.authorization.snapshots.remember({ account, identity, seenAt: now })
  const bounds = { hosts: ['a.example.com'], path: undefined, methods: undefined, scopes: [] }
  const token = { name: 'ci', account, madeBy: 'operator', bounds, createdAt: now } as const
  for (const [id, expiresAt] of [
    ['shown', now],
    ['gone', epochSeconds(now - 1)],
  ] as const)
    await store.personalTokens.add({ ...token, id, tokenHash: id, expiresAt }, 10)
  const later = epochSeconds(now + 30 * day)
  expect(await purgeExpired(store, () => later, seconds(0))).toBe(1)
  expect((await store.personalTokens.list()).map(({ token: { id } }) => id)).toEqual(['shown'])
})
