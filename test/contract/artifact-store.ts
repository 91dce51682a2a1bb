// What every store must do with what the authorization server issues.

import { expect, it } from 'vitest'
import type { Store } from '../../src/ports/store.ts'
import { epochSeconds } from '../../src/protocol/time.ts'
import { artifact, granted, leftOf, race, times } from './authorization-samples.ts'
import { unique } from './store.ts'

const at = epochSeconds

/** Registers the suite. */
export function artifactContract(store: () => Store): void {
  const artifacts = () => store().authorization.artifacts

  it('find() returns the artifact of that kind and hash as it was saved', async () => {
    const saved = artifact('RefreshToken')
    expect(await artifacts().save(saved, at(1000))).toBe('saved')
    expect(await artifacts().find('RefreshToken', saved.idHash)).toStrictEqual({
      payload: saved.payload,
      consumedAt: undefined,
      consumedBy: undefined,
      expiresAt: at(5000),
    })
    expect(await artifacts().find('AccessToken', saved.idHash)).toBeUndefined()
    expect(await artifacts().find('RefreshToken', unique('hash'))).toBeUndefined()
  })

  it('find() leaves the end to the caller, and shows that there is none', async () => {
    const [over, endless] = [
      artifact('Session', { expiresAt: at(1) }),
      artifact('Session', { expiresAt: undefined }),
    ]
    for (const saved of [over, endless]) await artifacts().save(saved, at(1000))
    expect((await artifacts().find('Session', over.idHash))?.expiresAt).toBe(1)
    expect(await artifacts().find('Session', endless.idHash)).toMatchObject({
      payload: endless.payload,
      expiresAt: undefined,
    })
  })

  it('findByUid() and findByUserCode() find by their own key and kind only', async () => {
    const session = artifact('Session', { uidHash: unique('uid') })
    const device = artifact('DeviceCode', { userCodeHash: unique('code') })
    for (const saved of [session, device]) await artifacts().save(saved, at(1000))
    const [uid, code] = [session.uidHash ?? '', device.userCodeHash ?? '']
    expect((await artifacts().findByUid('Session', uid))?.payload).toBe(session.payload)
    expect((await artifacts().findByUserCode('DeviceCode', code))?.payload).toBe(device.payload)
    expect(await artifacts().findByUid('Interaction', uid)).toBeUndefined()
    expect(await artifacts().findByUid('Session', code)).toBeUndefined()
    expect(await artifacts().findByUserCode('Session', code)).toBeUndefined()
  })

  it('save() refuses the user code of another device that waits', async () => {
    const userCodeHash = unique('code')
    await artifacts().save(artifact('DeviceCode', { userCodeHash }), at(1000))
    const other = artifact('DeviceCode', { userCodeHash, payload: '{}' })
    await expect(artifacts().save(other, at(1000))).rejects.toThrow()
    expect(await artifacts().findByUserCode('DeviceCode', userCodeHash)).not.toMatchObject({
      payload: '{}',
    })
  })

  it('save() replaces payload, keys and end, but never takes back a consumption (R81)', async () => {
    const saved = artifact('DeviceCode', { userCodeHash: unique('code') })
    await artifacts().save(saved, at(1000))
    expect(await artifacts().consume('DeviceCode', saved.idHash, at(1100), 'key')).toBe('consumed')
    const userCodeHash = unique('code')
    const { grantId } = await granted(store())
    const next = { ...saved, payload: '{"a":1}', grantId, userCodeHash, expiresAt: at(6000) }
    expect(await artifacts().save(next, at(1200))).toBe('saved')
    expect(await artifacts().findByUserCode('DeviceCode', userCodeHash)).toStrictEqual({
      payload: '{"a":1}',
      consumedAt: at(1100),
      consumedBy: 'key',
      expiresAt: at(6000),
    })
    expect(await artifacts().findByUserCode('DeviceCode', saved.userCodeHash ?? '')).toBe(undefined)
    expect(await artifacts().consume('DeviceCode', saved.idHash, at(1300))).toBe('already-consumed')
    expect(await artifacts().destroyGrant(grantId)).toBe(2)
  })

  it('consume() consumes once and keeps the moment and the key (R82)', async () => {
    const saved = artifact('AuthorizationCode')
    await artifacts().save(saved, at(1000))
    const consume = (now: number, by: string) =>
      artifacts().consume('AuthorizationCode', saved.idHash, at(now), by)
    expect(await consume(1100, 'first')).toBe('consumed')
    expect(await consume(1200, 'second')).toBe('already-consumed')
    const kept = { consumedAt: 1100, consumedBy: 'first' }
    expect(await artifacts().find(saved.kind, saved.idHash)).toMatchObject(kept)
    expect(await artifacts().consume('RefreshToken', saved.idHash, at(1))).toBe('unknown')
  })

  it('consume() lets exactly one of 50 racing callers have it (R81)', async () => {
    const saved = artifact('RefreshToken')
    await artifacts().save(saved, at(1000))
    const answers = await race(50, () =>
      artifacts().consume('RefreshToken', saved.idHash, at(1100)),
    )
    expect([times(answers, 'consumed'), times(answers, 'already-consumed')]).toEqual([1, 49])
  })

  it('destroy() removes one artifact, once', async () => {
    const [gone, kept] = [artifact('AccessToken'), artifact('AccessToken')]
    for (const saved of [gone, kept]) await artifacts().save(saved, at(1000))
    expect(await artifacts().destroy('RefreshToken', gone.idHash)).toBe('unknown')
    expect(await artifacts().destroy('AccessToken', gone.idHash)).toBe('destroyed')
    expect(await artifacts().destroy('AccessToken', gone.idHash)).toBe('unknown')
    expect(await leftOf(store(), [gone, kept])).toEqual([kept])
  })

  it('spend() takes a value once until its end, and anew after it (R96)', async () => {
    const value = unique('jti')
    const spend = (now: number) => artifacts().spend(value, at(now + 100), at(now))
    expect(await spend(1000)).toBe('fresh')
    expect(await spend(1099)).toBe('replayed')
    expect(await spend(1100)).toBe('fresh')
    expect(await spend(1199)).toBe('replayed')
  })

  it('spend() lets exactly one of 50 racing callers have it, also when the value was spent long ago', async () => {
    const value = unique('jti')
    for (const now of [1000, 2000]) {
      const answers = await race(50, () => artifacts().spend(value, at(now + 10), at(now)))
      expect(times(answers, 'fresh')).toBe(1)
    }
  })

  it('purge() removes artifacts and spent values past their end, at most the limit (R124)', async () => {
    await artifacts().purge(at(2000), 1000)
    const alive = [
      artifact('AccessToken', { expiresAt: at(2001) }),
      artifact('Session', { expiresAt: undefined }),
    ]
    const over = Array.from({ length: 5 }, () => artifact('AccessToken', { expiresAt: at(2000) }))
    for (const saved of [...alive, ...over]) await artifacts().save(saved, at(1000))
    const [spent, fresh] = [unique('jti'), unique('jti')]
    await artifacts().spend(spent, at(2000), at(1000))
    await artifacts().spend(fresh, at(2001), at(1000))
    expect(await artifacts().purge(at(2000), 4)).toBe(4)
    expect(await artifacts().purge(at(2000), 4)).toBe(2)
    expect(await artifacts().purge(at(2000), 4)).toBe(0)
    expect(await leftOf(store(), [...alive, ...over])).toEqual(alive)
    expect(await artifacts().spend(spent, at(2000), at(1000))).toBe('fresh')
    expect(await artifacts().spend(fresh, at(2001), at(1000))).toBe('replayed')
  })

  it('dropOldestPending() drops the oldest that wait, at most the limit, and nothing else (R124)', async () => {
    await artifacts().dropOldestPending(0, 1000)
    const waiting = Array.from({ length: 6 }, () =>
      artifact('Interaction', { expiresAt: at(9000) }),
    )
    const [lastly, ...others] = waiting
    for (const [age, saved] of others.entries()) await artifacts().save(saved, at(1000 + age))
    if (lastly) await artifacts().save(lastly, at(1900))
    const older = [artifact('Session'), artifact('Grant', { grantId: unique('grant') })]
    for (const saved of older) await artifacts().save(saved, at(1))
    expect(await artifacts().dropOldestPending(6, 100)).toBe(0)
    expect(await artifacts().dropOldestPending(3, 2)).toBe(2)
    expect(await artifacts().dropOldestPending(3, 100)).toBe(1)
    expect(await artifacts().dropOldestPending(3, 100)).toBe(0)
    const left = [lastly, ...others.slice(3), ...older]
    expect(await leftOf(store(), [...waiting, ...older])).toEqual(left)
  })

  it('dropOldestPending() drops as many as are too many when 20 come at once (R124)', async () => {
    await artifacts().dropOldestPending(0, 1000)
    for (let count = 0; count < 30; count += 1)
      await artifacts().save(artifact('Interaction'), at(1000))
    const dropped = await race(20, () => artifacts().dropOldestPending(10, 100))
    expect(dropped.reduce((sum, one) => sum + one, 0)).toBe(20)
    expect(await artifacts().dropOldestPending(0, 100)).toBe(10)
  })
}
