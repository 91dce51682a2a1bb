// What every store must do with grants: everything issued under one ends with it.

import { expect, it } from 'vitest'
import { localIssuer, type Store } from '../../src/ports/store.ts'
import { accountIdOf } from '../../src/protocol/account-id.ts'
import { epochSeconds } from '../../src/protocol/time.ts'
import { artifact, client, type GrantOwn, granted, leftOf } from './authorization-samples.ts'
import { account, unique } from './store.ts'

const at = epochSeconds

const boundKinds = ['AccessToken', 'AuthorizationCode', 'DeviceCode', 'RefreshToken'] as const

/** Registers the suite. */
export function grantContract(store: () => Store): void {
  const artifacts = () => store().authorization.artifacts

  it('destroyGrant() removes the grant and everything issued under it, and counts them', async () => {
    const [ended, other] = [await granted(store()), await granted(store())]
    const gone = [ended.grant, ...(await Promise.all(boundKinds.map((kind) => ended.issue(kind))))]
    const kept = [other.grant, await other.issue('AccessToken'), artifact('AccessToken')]
    await artifacts().save(artifact('AccessToken', kept[2]), at(1000))
    expect(await artifacts().destroyGrant(ended.grantId)).toBe(5)
    expect(await artifacts().destroyGrant(ended.grantId)).toBe(0)
    expect(await leftOf(store(), [...gone, ...kept])).toEqual(kept)
  })

  it('destroy() of a grant takes along what was issued under it', async () => {
    const { grant, issue } = await granted(store())
    const token = await issue('AccessToken')
    expect(await artifacts().destroy('Grant', grant.idHash)).toBe('destroyed')
    expect(await leftOf(store(), [grant, token])).toEqual([])
  })

  it.each(boundKinds)('save() writes no %s whose grant is gone (R86)', async (kind) => {
    const { grantId, issue } = await granted(store())
    const rotated = await issue(kind)
    await artifacts().destroyGrant(grantId)
    const late = artifact(kind, { grantId })
    expect(await artifacts().save(late, at(1000))).toBe('grant-ended')
    expect(await artifacts().save(rotated, at(1000))).toBe('grant-ended')
    expect(await leftOf(store(), [late, rotated])).toEqual([])
  })

  it('save() writes what only mentions a grant, and a token without one', async () => {
    const saved = [
      artifact('Interaction', { grantId: unique('gone') }),
      artifact('ClientCredentials'),
    ]
    for (const one of saved) expect(await artifacts().save(one, at(1000))).toBe('saved')
    expect(await leftOf(store(), saved)).toEqual(saved)
  })

  it('save() throws for a grant without its id', async () => {
    await expect(artifacts().save(artifact('Grant'), at(1000))).rejects.toThrow()
  })

  it('save() that races with destroyGrant() leaves no token without a grant', async () => {
    for (let round = 0; round < 20; round++) {
      const { grantId } = await granted(store())
      const tokens = boundKinds.map((kind) => artifact(kind, { grantId }))
      const saving = tokens.map((token) => artifacts().save(token, at(1000)))
      await Promise.all([...saving, artifacts().destroyGrant(grantId)])
      expect(await leftOf(store(), tokens)).toEqual([])
    }
  })

  it('destroyGrantsOf() ends the grants of an account, of a client, or of both together', async () => {
    const [mine, client] = [unique('account'), unique('client')]
    const setUp = async (own: GrantOwn) => {
      const { grant, issue } = await granted(store(), own)
      return [grant, await issue('RefreshToken')]
    }
    const both = await setUp({ account: mine, clientId: client })
    const accountOnly = await setUp({ account: mine })
    const clientOnly = await setUp({ clientId: client })
    const all = [...both, ...accountOnly, ...clientOnly]
    expect(await artifacts().destroyGrantsOf({ account: mine, clientId: client })).toBe(1)
    expect(await leftOf(store(), all)).toEqual([...accountOnly, ...clientOnly])
    expect(await artifacts().destroyGrantsOf({ account: mine })).toBe(1)
    expect(await leftOf(store(), all)).toEqual(clientOnly)
    expect(await artifacts().destroyGrantsOf({ clientId: client })).toBe(1)
    expect(await leftOf(store(), all)).toEqual([])
    expect(await artifacts().destroyGrantsOf({ clientId: client })).toBe(0)
  })

  it('destroyGrantsOf() by account and by client at the same time ends each grant once', async () => {
    const own = { account: unique('account'), clientId: unique('client') }
    for (let count = 0; count < 30; count++) await granted(store(), own)
    const ended = await Promise.all([
      artifacts().destroyGrantsOf({ account: own.account }),
      artifacts().destroyGrantsOf({ clientId: own.clientId }),
    ])
    expect(ended.reduce((sum, count) => sum + count, 0)).toBe(30)
  })

  it('listGrants() returns the live grants of the account, newest first', async () => {
    const mine = { account: unique('account') }
    const older = await granted(store(), { ...mine, expiresAt: undefined })
    const newer = artifact('Grant', { ...mine, grantId: unique('grant'), clientId: 'client' })
    await artifacts().save(newer, at(1500))
    await granted(store(), { ...mine, expiresAt: at(2000) })
    await granted(store())
    await older.issue('RefreshToken')
    await artifacts().save({ ...older.grant, payload: '{"b":2}' }, at(1900))
    expect(await artifacts().listGrants(mine.account, at(2000))).toStrictEqual([
      {
        grantId: newer.grantId,
        clientId: 'client',
        payload: newer.payload,
        createdAt: at(1500),
        lastUsedAt: undefined,
        expiresAt: at(5000),
      },
      {
        grantId: older.grantId,
        clientId: older.clientId,
        payload: '{"b":2}',
        createdAt: at(1000),
        lastUsedAt: undefined,
        expiresAt: undefined,
      },
    ])
  })

  it('touchGrant() moves the last use of grant and client forward, never back', async () => {
    const registered = client()
    await store().authorization.clients.add(registered, 1_000_000)
    const { grantId, ...own } = await granted(store(), { clientId: registered.clientId })
    const other = await granted(store(), { account: own.account })
    const lastUses = async () => {
      const grants = await artifacts().listGrants(own.account, at(1))
      const found = await store().authorization.clients.find(registered.clientId)
      const useOf = (id: string) => grants.find((grant) => grant.grantId === id)?.lastUsedAt
      return [useOf(grantId), useOf(other.grantId), found?.lastUsedAt]
    }
    await artifacts().touchGrant(grantId, at(1200))
    expect(await lastUses()).toEqual([1200, undefined, 1200])
    await artifacts().touchGrant(grantId, at(1100))
    expect(await lastUses()).toEqual([1200, undefined, 1200])
    await artifacts().touchGrant(unique('gone'), at(1300))
    await artifacts().touchGrant(grantId, at(1300))
    expect(await lastUses()).toEqual([1300, undefined, 1300])
  })

  it('purge() takes along what was issued under a grant that is over', async () => {
    await artifacts().purge(at(2000), 1000)
    const [over, alive] = [
      await granted(store(), { expiresAt: at(2000) }),
      await granted(store(), { expiresAt: at(2001) }),
    ]
    const tokens = [await over.issue('AccessToken'), await alive.issue('AccessToken')]
    expect(await artifacts().purge(at(2000), 1)).toBe(1)
    expect(await leftOf(store(), [over.grant, alive.grant, ...tokens])).toEqual([
      alive.grant,
      tokens[1],
    ])
  })

  it.each([
    ['remove', (name: string) => store().accounts.remove(name)],
    ['changePassword', (name: string) => store().accounts.changePassword(name, 'new')],
  ])('%s() ends the grants of the account and all that was issued to it', async (_, end) => {
    const local = account()
    await store().accounts.add(local)
    const subject = accountIdOf({ issuer: localIssuer, subject: local.id })
    const mine = await granted(store(), { account: subject })
    const session = artifact('Session', { account: subject })
    await artifacts().save(session, at(1000))
    const other = await granted(store(), { clientId: mine.clientId })
    const gone = [mine.grant, await mine.issue('AccessToken'), session]
    const kept = [other.grant, await other.issue('AccessToken')]
    await end(local.name)
    expect(await leftOf(store(), [...gone, ...kept])).toEqual(kept)
  })
}
