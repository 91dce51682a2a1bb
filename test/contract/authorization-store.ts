// What every store must do for the authorization server: one suite for SQLite and PostgreSQL.

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ClientDocument, ClientRecord } from '../../src/ports/authorization-store.ts'
import { localIssuer, type Store } from '../../src/ports/store.ts'
import { accountIdOf } from '../../src/protocol/account-id.ts'
import { epochSeconds } from '../../src/protocol/time.ts'
import { artifactContract } from './artifact-store.ts'
import {
  artifact,
  client,
  granted,
  leftOf,
  race,
  signingKey,
  times,
} from './authorization-samples.ts'
import { grantContract } from './grant-store.ts'
import { account, identity, unique } from './store.ts'

const at = epochSeconds
const forever = at(Number.MAX_SAFE_INTEGER)

function clientContract(store: () => Store): void {
  const clients = () => store().authorization.clients
  const add = async (own: Partial<ClientRecord> = {}) => {
    const added = client(own)
    expect(await clients().add(added, 1_000_000)).toBe('added')
    return added
  }
  const dynamicOnes = async () =>
    (await clients().list()).filter(({ kind }) => kind === 'dynamic').length

  it('find() and list() return clients as they were added, each id once', async () => {
    const added = [await add(), await add({ kind: 'manual', lastUsedAt: at(1200) })]
    for (const one of added) expect(await clients().find(one.clientId)).toStrictEqual(one)
    expect(await clients().list()).toEqual(expect.arrayContaining(added))
    expect(await clients().find(unique('client'))).toBeUndefined()
    const again = client({ clientId: added[0]?.clientId ?? '', metadata: '{}' })
    expect(await clients().add(again, 1_000_000)).toBe('exists')
    expect(await clients().find(again.clientId)).toStrictEqual(added[0])
  })

  it('find() knows no id with a NUL character, and does not fail', async () => {
    expect(await clients().find('a\0b')).toBeUndefined()
  })

  it('add() writes no dynamic client above the limit, racing ones included (R103)', async () => {
    const limit = (await dynamicOnes()) + 3
    const answers = await race(20, () => clients().add(client(), limit))
    expect([times(answers, 'added'), times(answers, 'full')]).toEqual([3, 17])
    expect(await dynamicOnes()).toBe(limit)
    expect(await clients().add(client({ kind: 'manual' }), limit)).toBe('added')
  })

  it('replaceMetadata() replaces the metadata only', async () => {
    const added = await add()
    expect(await clients().replaceMetadata(added.clientId, '{}')).toBe('replaced')
    expect(await clients().find(added.clientId)).toStrictEqual({ ...added, metadata: '{}' })
    expect(await clients().replaceMetadata(unique('client'), '{}')).toBe('unknown')
  })

  it('touch() moves the last use forward, never back', async () => {
    const { clientId } = await add()
    for (const [now, lastUsedAt] of [
      [1200, 1200],
      [1100, 1200],
      [1300, 1300],
    ] as const) {
      await clients().touch(clientId, at(now))
      expect((await clients().find(clientId))?.lastUsedAt).toBe(lastUsedAt)
    }
  })

  it('remove() removes the client and everything issued to it', async () => {
    const { clientId } = await add()
    const { grant, issue, account: owner } = await granted(store(), { clientId })
    const other = await granted(store(), { account: owner })
    const registration = artifact('RegistrationAccessToken', { clientId, expiresAt: undefined })
    await store().authorization.artifacts.save(registration, at(1000))
    const gone = [grant, await issue('RefreshToken'), registration]
    expect(await clients().remove(clientId)).toBe('removed')
    expect(await clients().remove(clientId)).toBe('unknown')
    expect(await clients().find(clientId)).toBeUndefined()
    expect(await leftOf(store(), [...gone, other.grant])).toEqual([other.grant])
  })

  it('purgeUnused() removes dynamic clients without a grant that were not used, at most the limit (R103)', async () => {
    await clients().purgeUnused(forever, 1000)
    const withGrant = await add()
    await granted(store(), { clientId: withGrant.clientId })
    const kept = [
      withGrant,
      await add({ kind: 'manual' }),
      await add({ createdAt: at(2000) }),
      await add({ lastUsedAt: at(2000) }),
    ]
    const unused = [await add(), await add({ lastUsedAt: at(1999) }), await add()]
    const registration = artifact('RegistrationAccessToken', {
      clientId: unused[0]?.clientId,
      expiresAt: undefined,
    })
    await store().authorization.artifacts.save(registration, at(1000))
    expect(await clients().purgeUnused(at(2000), 2)).toBe(2)
    expect(await clients().purgeUnused(at(2000), 2)).toBe(1)
    for (const one of kept) expect(await clients().find(one.clientId)).toStrictEqual(one)
    for (const one of unused) expect(await clients().find(one.clientId)).toBeUndefined()
    expect(await leftOf(store(), [registration])).toEqual([])
  })
}

function documentContract(store: () => Store): void {
  const documents = () => store().authorization.clientDocuments
  const document = (own: Partial<ClientDocument> = {}): ClientDocument => ({
    clientId: `https://app.example/${unique('client')}`,
    document: '{"client_name":"Editor"}',
    fetchedAt: at(1000),
    freshUntil: at(1300),
    ...own,
  })

  it('find() returns the document as it was last saved', async () => {
    const saved = document()
    await documents().save(saved, 1000)
    expect(await documents().find(saved.clientId)).toStrictEqual(saved)
    const next = { ...saved, document: '{}', fetchedAt: at(1400), freshUntil: at(1700) }
    await documents().save(next, 1000)
    expect(await documents().find(saved.clientId)).toStrictEqual(next)
    expect(await documents().find('https://app.example/other')).toBeUndefined()
  })

  const leftOfDocuments = async (saved: readonly ClientDocument[]) =>
    (await Promise.all(saved.map(({ clientId }) => documents().find(clientId)))).map(
      (one) => one !== undefined,
    )

  it('save() keeps the document of a client with a grant, however old (R107)', async () => {
    const [used, unused] = [document({ fetchedAt: at(2) }), document({ fetchedAt: at(3) })]
    await granted(store(), { clientId: used.clientId })
    for (const one of [used, unused]) await documents().save(one, 1000)
    await documents().save(document({ fetchedAt: at(2003) }), 1)
    expect(await leftOfDocuments([used, unused])).toEqual([true, false])
  })

  it('save() drops the documents fetched longest ago above the limit, never its own (R107)', async () => {
    await documents().save(document({ fetchedAt: at(10_000) }), 1)
    const saved = [20_000, 30_000, 40_000, 40_000].map((moment) =>
      document({ fetchedAt: at(moment) }),
    )
    for (const one of saved) await documents().save(one, 3)
    expect(await leftOfDocuments(saved)).toEqual([false, true, true, true])
  })

  it('save() drops none fetched within ten minutes, for a consent under way needs it (R107)', async () => {
    await documents().save(document({ fetchedAt: at(50_000) }), 1)
    const pending = document({ fetchedAt: at(60_000) })
    const flood = Array.from({ length: 4 }, () => document({ fetchedAt: at(60_599) }))
    for (const one of [pending, ...flood]) await documents().save(one, 1)
    expect(await leftOfDocuments([pending, ...flood])).toEqual([true, true, true, true, true])
    await documents().save(document({ fetchedAt: at(60_600) }), 2)
    expect(await leftOfDocuments([pending, ...flood])).toEqual([false, true, true, true, true])
  })

  it('save() keeps no more than ten times the limit, however new they are (R107)', async () => {
    await documents().save(document({ fetchedAt: at(70_000) }), 1)
    const saved = Array.from({ length: 12 }, (_, index) =>
      document({ fetchedAt: at(80_000 + index) }),
    )
    for (const one of saved) await documents().save(one, 1)
    const left = await leftOfDocuments(saved)
    expect(left).toEqual([false, false, ...Array.from({ length: 10 }, () => true)])
  })
}

function snapshotContract(store: () => Store): void {
  const snapshots = () => store().authorization.snapshots

  it('find() returns the person as of the latest sign-in, whichever was written last', async () => {
    const snapshot = { account: unique('account'), identity: identity(), seenAt: at(1000) }
    await snapshots().remember(snapshot)
    expect(await snapshots().find(snapshot.account)).toStrictEqual(snapshot)
    const next = { ...snapshot, identity: identity({ groups: [], name: undefined }) }
    await snapshots().remember({ ...next, seenAt: at(999) })
    expect(await snapshots().find(snapshot.account)).toStrictEqual(snapshot)
    await snapshots().remember(next)
    expect(await snapshots().find(snapshot.account)).toStrictEqual(next)
    expect(await snapshots().find(unique('account'))).toBeUndefined()
  })

  it('remove() of a local account forgets what it was, changePassword() does not', async () => {
    const local = account()
    await store().accounts.add(local)
    const person = identity({ issuer: localIssuer, subject: local.id })
    const snapshot = { account: accountIdOf(person), identity: person, seenAt: at(1000) }
    await snapshots().remember(snapshot)
    await store().accounts.changePassword(local.name, 'new')
    expect(await snapshots().find(snapshot.account)).toStrictEqual(snapshot)
    await store().accounts.remove(local.name)
    expect(await snapshots().find(snapshot.account)).toBeUndefined()
  })
}

type KeyStoreName = 'signingKeys' | 'edgeKeys'

function signingKeyContract(store: () => Store, name: KeyStoreName): void {
  const keys = () => store().authorization[name]
  const find = async (kid: string) => (await keys().list()).find((key) => key.kid === kid)

  it('list() returns no key that signs tokens of another use', async () => {
    const other = name === 'signingKeys' ? 'edgeKeys' : 'signingKeys'
    const key = signingKey()
    expect(await store().authorization[other].add(key, undefined)).toBe('added')
    expect(await find(key.kid)).toBeUndefined()
    // Of the same algorithm, and yet the first of its use.
    expect(await keys().add(signingKey({ algorithm: key.algorithm }), undefined)).toBe('added')
  })

  it('list() returns keys as they were added, oldest first', async () => {
    const algorithm = unique('alg')
    const [old, young] = [signingKey({ algorithm }), signingKey({ algorithm, createdAt: at(1001) })]
    expect(await keys().add(old, undefined)).toBe('added')
    expect(await keys().add(young, at(1000))).toBe('added')
    const listed = (await keys().list()).filter((key) => key.algorithm === algorithm)
    expect(listed).toStrictEqual([old, young])
  })

  it('add() adds nothing when the caller has not seen the newest key of the algorithm', async () => {
    const first = signingKey({ createdAt: at(1000) })
    const { algorithm } = first
    await keys().add(first, undefined)
    const next = signingKey({ algorithm, createdAt: at(2000) })
    expect(await keys().add(next, undefined)).toBe('exists')
    expect(await keys().add(next, at(999))).toBe('exists')
    expect(await find(next.kid)).toBeUndefined()
    expect(await keys().add(next, at(1000))).toBe('added')
    expect(await keys().add(next, at(2000))).toBe('exists')
    expect(await keys().add(signingKey(), undefined)).toBe('added')
  })

  it('add() lets exactly one of 20 racing callers add the first key', async () => {
    const algorithm = unique('alg')
    const answers = await race(20, () => keys().add(signingKey({ algorithm }), undefined))
    expect([times(answers, 'added'), times(answers, 'exists')]).toEqual([1, 19])
  })

  it('retire() may bring the end forward, never put it off', async () => {
    const { kid, ...key } = signingKey()
    await keys().add({ kid, ...key }, undefined)
    for (const [moment, retiredAt] of [
      [2000, 2000],
      [3000, 2000],
      [1500, 1500],
    ] as const) {
      expect(await keys().retire(kid, at(moment))).toBe('retired')
      expect(await find(kid)).toStrictEqual({ kid, ...key, retiredAt })
    }
    expect(await keys().retire(unique('kid'), at(1))).toBe('unknown')
  })

  it('purge() removes keys that have been retired, and no key in use', async () => {
    await keys().purge(at(2001))
    const all = [
      signingKey({ retiredAt: at(2000) }),
      signingKey({ retiredAt: at(2001) }),
      signingKey(),
    ]
    for (const key of all) await keys().add(key, undefined)
    expect(await keys().purge(at(2001))).toBe(1)
    const left = await Promise.all(all.map((key) => find(key.kid)))
    expect(left).toEqual([undefined, all[1], all[2]])
  })
}

/**
 * Registers the suite.
 *
 * @param open opens a store; it may hold what other suites have left
 */
export function authorizationStoreContract(name: string, open: () => Promise<Store>): void {
  describe(`authorization store on ${name}`, () => {
    let opened: Store | undefined
    const store = (): Store => {
      if (!opened) throw new Error('The store is not open')
      return opened
    }
    beforeAll(async () => {
      opened = await open()
    })
    afterAll(async () => {
      await opened?.close()
    })

    describe('artifacts', () => artifactContract(store))
    describe('grants', () => grantContract(store))
    describe('clients', () => clientContract(store))
    describe('client documents', () => documentContract(store))
    describe('account snapshots', () => snapshotContract(store))
    describe('signing keys', () => signingKeyContract(store, 'signingKeys'))
    describe('edge keys', () => signingKeyContract(store, 'edgeKeys'))

    it('close() makes finding a token a fault, never "not found"', async () => {
      const closed = await open()
      await closed.close()
      const find = async () => closed.authorization.artifacts.find('AccessToken', 'x')
      await expect(find()).rejects.toThrow()
    })
  })
}
