// What every store must do with the credentials of local accounts: one suite for SQLite and PostgreSQL.

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Invitation, Passkey } from '../../src/ports/account-credentials.ts'
import { localIssuer, type Store } from '../../src/ports/store.ts'
import { epochSeconds, seconds } from '../../src/protocol/time.ts'
import { account, identity, session, unique } from './store.ts'

const at = epochSeconds

const passkey = (own: Partial<Passkey> = {}): Passkey => ({
  credentialId: unique('credential'),
  accountId: 'nobody',
  publicKey: 'pQECAyYgASFYIA',
  counter: 3,
  transports: ['internal', 'hybrid'],
  name: 'Zoë\'s phone "blue"',
  createdAt: at(1000),
  lastUsedAt: undefined,
  ...own,
})

const invitation = (own: Partial<Invitation> = {}): Invitation => ({
  tokenHash: unique('token'),
  account: {
    id: unique('invited'),
    name: unique('name'),
    email: 'kim@example.com',
    displayName: 'Kim',
    groups: ['admins', 'users'],
  },
  createdAt: at(1000),
  expiresAt: at(2000),
  ...own,
})

async function newAccount(store: Store, own: Parameters<typeof account>[0] = {}) {
  const made = account(own)
  await store.accounts.add(made)
  return made
}

function passkeyContract(store: () => Store): void {
  it('find() and listOf() return passkeys as they were added, the oldest first', async () => {
    const { id: accountId } = await newAccount(store())
    const { passkeys } = store().accountCredentials
    const [late, early] = [passkey({ accountId, createdAt: at(2000) }), passkey({ accountId })]
    expect(await passkeys.add(late, 5)).toBe('added')
    expect(await passkeys.add(early, 5)).toBe('added')
    expect(await passkeys.find(late.credentialId)).toStrictEqual(late)
    expect(await passkeys.listOf(accountId)).toStrictEqual([early, late])
    expect(await passkeys.find(unique('credential'))).toBeUndefined()
  })

  it('add() keeps a credential id to the account that has it', async () => {
    const [one, other] = [await newAccount(store()), await newAccount(store())]
    const { passkeys } = store().accountCredentials
    const kept = passkey({ accountId: one.id })
    await passkeys.add(kept, 5)
    expect(await passkeys.add({ ...kept, accountId: other.id, counter: 9 }, 5)).toBe('exists')
    expect(await passkeys.find(kept.credentialId)).toStrictEqual(kept)
  })

  it('add() stops at the limit, also when many come at once, and without an account', async () => {
    const { id: accountId } = await newAccount(store())
    const { passkeys } = store().accountCredentials
    const results = await Promise.all(
      Array.from({ length: 5 }, () => passkeys.add(passkey({ accountId }), 2)),
    )
    expect(results.filter((result) => result === 'added')).toHaveLength(2)
    expect(await passkeys.listOf(accountId)).toHaveLength(2)
    expect(await passkeys.add(passkey({ accountId: unique('nobody') }), 2)).toBe('unknown')
  })

  it('use() moves the counter forward and gives one caller each value', async () => {
    const { id: accountId } = await newAccount(store())
    const { passkeys } = store().accountCredentials
    const kept = passkey({ accountId })
    await passkeys.add(kept, 5)
    const results = await Promise.all(
      Array.from({ length: 4 }, () => passkeys.use(kept.credentialId, 4, at(1500))),
    )
    expect(results.toSorted()).toEqual(['stale', 'stale', 'stale', 'used'])
    expect(await passkeys.use(kept.credentialId, 3, at(1600))).toBe('stale')
    expect(await passkeys.use(kept.credentialId, 0, at(1600))).toBe('stale')
    expect(await passkeys.find(kept.credentialId)).toStrictEqual({
      ...kept,
      counter: 4,
      lastUsedAt: at(1500),
    })
    expect(await passkeys.use(unique('credential'), 4, at(1500))).toBe('unknown')
  })

  it('use() takes a counter that always is 0', async () => {
    const { id: accountId } = await newAccount(store())
    const { passkeys } = store().accountCredentials
    const kept = passkey({ accountId, counter: 0 })
    await passkeys.add(kept, 5)
    expect(await passkeys.use(kept.credentialId, 0, at(1500))).toBe('used')
    expect(await passkeys.use(kept.credentialId, 0, at(1600))).toBe('used')
  })

  it('remove() takes one of the own account only', async () => {
    const [one, other] = [await newAccount(store()), await newAccount(store())]
    const { passkeys } = store().accountCredentials
    const kept = passkey({ accountId: one.id })
    await passkeys.add(kept, 5)
    expect(await passkeys.remove(other.id, kept.credentialId)).toBe('unknown')
    expect(await passkeys.remove(one.id, kept.credentialId)).toBe('removed')
    expect(await passkeys.remove(one.id, kept.credentialId)).toBe('unknown')
  })

  it('remove() leaves the last passkey of an account without a password, also when two go at once', async () => {
    const { id: accountId } = await newAccount(store(), { passwordHash: '' })
    const { passkeys } = store().accountCredentials
    const both = [passkey({ accountId }), passkey({ accountId })]
    for (const one of both) await passkeys.add(one, 5)
    const results = await Promise.all(
      both.map(({ credentialId }) => passkeys.remove(accountId, credentialId)),
    )
    expect(results.toSorted()).toEqual(['last', 'removed'])
  })
}

function codeContract(store: () => Store): void {
  it('spend() gives one caller each step and takes none that is older (RFC 6238 §5.2)', async () => {
    const { id: accountId } = await newAccount(store())
    const { oneTimeSecrets } = store().accountCredentials
    const kept = { accountId, sealed: 'v1.sealed', createdAt: at(1000), lastStep: 10 }
    expect(await oneTimeSecrets.save(kept)).toBe('saved')
    expect(await oneTimeSecrets.find(accountId)).toStrictEqual(kept)
    const results = await Promise.all(
      Array.from({ length: 4 }, () => oneTimeSecrets.spend(accountId, 12)),
    )
    expect(results.toSorted()).toEqual(['replayed', 'replayed', 'replayed', 'spent'])
    expect(await oneTimeSecrets.spend(accountId, 11)).toBe('replayed')
    expect(await oneTimeSecrets.spend(unique('nobody'), 11)).toBe('replayed')
  })

  it('save() replaces the secret, remove() removes it', async () => {
    const { id: accountId } = await newAccount(store())
    const { oneTimeSecrets } = store().accountCredentials
    const first = { accountId, sealed: 'v1.first', createdAt: at(1000), lastStep: 10 }
    const next = { accountId, sealed: 'v1.next', createdAt: at(2000), lastStep: 5 }
    const before = await oneTimeSecrets.count()
    await oneTimeSecrets.save(first)
    await oneTimeSecrets.save(next)
    expect(await oneTimeSecrets.find(accountId)).toStrictEqual(next)
    expect(await oneTimeSecrets.count()).toBe(before + 1)
    expect(await oneTimeSecrets.remove(accountId)).toBe('removed')
    expect(await oneTimeSecrets.count()).toBe(before)
    expect(await oneTimeSecrets.remove(accountId)).toBe('unknown')
    expect(await oneTimeSecrets.find(accountId)).toBeUndefined()
    expect(await oneTimeSecrets.save({ ...first, accountId: unique('nobody') })).toBe('unknown')
  })

  it('redeem() gives one caller each recovery code, of the own account only', async () => {
    const [one, other] = [await newAccount(store()), await newAccount(store())]
    const { recoveryCodes } = store().accountCredentials
    expect(await recoveryCodes.replace(one.id, ['a', 'b', 'c'])).toBe('replaced')
    await recoveryCodes.replace(other.id, ['z'])
    expect(await recoveryCodes.redeem(other.id, 'a')).toBe('unknown')
    const results = await Promise.all(
      Array.from({ length: 4 }, () => recoveryCodes.redeem(one.id, 'a')),
    )
    expect(results.toSorted()).toEqual(['redeemed', 'unknown', 'unknown', 'unknown'])
    expect(await recoveryCodes.countOf(one.id)).toBe(2)
  })

  it('replace() ends the codes that were there before', async () => {
    const { id } = await newAccount(store())
    const { recoveryCodes } = store().accountCredentials
    await recoveryCodes.replace(id, ['a', 'b'])
    await recoveryCodes.replace(id, ['c'])
    expect(await recoveryCodes.redeem(id, 'a')).toBe('unknown')
    expect(await recoveryCodes.redeem(id, 'c')).toBe('redeemed')
    expect(await recoveryCodes.replace(unique('nobody'), ['a'])).toBe('unknown')
  })
}

function lockContract(store: () => Store): void {
  const limit = { most: 3, duration: seconds(600) }

  it('attempt() locks after the last one in a row, over many at once, and until its end', async () => {
    const { name } = await newAccount(store())
    const { locks } = store().accountCredentials
    const results = await Promise.all(
      Array.from({ length: 6 }, () => locks.attempt(name, limit, at(1000))),
    )
    expect(results.filter((result) => result === undefined)).toHaveLength(3)
    expect(results.filter((result) => result === 1600)).toHaveLength(3)
    expect(await locks.attempt(name, limit, at(1599))).toBe(1600)
    expect(await locks.attempt(name, limit, at(1600))).toBeUndefined()
  })

  it('attempt() allows one after each lock until one succeeds: a patient guesser gets no ten an hour', async () => {
    const { name } = await newAccount(store())
    const { locks } = store().accountCredentials
    const ten = { most: 10, duration: seconds(3600) }
    const tryAt = (moment: number) => locks.attempt(name, ten, at(moment))
    for (let round = 0; round < 10; round++) expect(await tryAt(1000)).toBeUndefined()
    expect(await tryAt(1001)).toBe(4600)
    const atOnce = await Promise.all([tryAt(4600), tryAt(4600), tryAt(4600)])
    expect(atOnce.toSorted()).toEqual([8200, 8200, undefined])
    expect(await tryAt(8200)).toBeUndefined()
    expect(await tryAt(8201)).toBe(11_800)
    await locks.clear(name)
    for (let round = 0; round < 10; round++) expect(await tryAt(8300)).toBeUndefined()
    expect(await tryAt(8301)).toBe(11_900)
  })

  it('attempt() locks with the first one when one is all there is', async () => {
    const { name } = await newAccount(store())
    const { locks } = store().accountCredentials
    const one = { most: 1, duration: seconds(600) }
    expect(await locks.attempt(name, one, at(1000))).toBeUndefined()
    expect(await locks.attempt(name, one, at(1001))).toBe(1600)
  })

  it('clear() begins the count anew', async () => {
    const { name } = await newAccount(store())
    const { locks } = store().accountCredentials
    for (let round = 0; round < 4; round++) {
      expect(await locks.attempt(name, limit, at(1000))).toBeUndefined()
      expect(await locks.attempt(name, limit, at(1000))).toBeUndefined()
      await locks.clear(name)
    }
  })

  it('unlock() lets in again and says since when', async () => {
    const { name } = await newAccount(store())
    const { locks } = store().accountCredentials
    for (let round = 0; round < 3; round++) await locks.attempt(name, limit, at(1000))
    expect(await locks.unlockedAt(name)).toBeUndefined()
    expect(await locks.unlock(name, at(1100))).toBe('unlocked')
    expect(await locks.unlockedAt(name)).toBe(1100)
    expect(await locks.attempt(name, limit, at(1101))).toBeUndefined()
    expect(await locks.unlock(unique('nobody'), at(1100))).toBe('unknown')
  })
}

function invitationContract(store: () => Store): void {
  it('redeem() makes the account with its passkey, once, over many at once', async () => {
    const { accounts, accountCredentials } = store()
    const { invitations, passkeys } = accountCredentials
    const invited = invitation()
    expect(await invitations.issue(invited)).toBe('issued')
    expect(await invitations.find(invited.tokenHash, at(1999))).toStrictEqual(invited)
    const { accountId: _, ...key } = passkey()
    const results = await Promise.all(
      Array.from({ length: 4 }, () =>
        invitations.redeem(invited.tokenHash, { passwordHash: '', passkey: key }, at(1500)),
      ),
    )
    expect(results.filter((result) => result === 'redeemed')).toHaveLength(1)
    expect(await accounts.findById(invited.account.id)).toStrictEqual({
      ...invited.account,
      passwordHash: '',
      createdAt: at(1500),
    })
    expect(await passkeys.listOf(invited.account.id)).toHaveLength(1)
    expect(await invitations.find(invited.tokenHash, at(1500))).toBeUndefined()
  })

  it('redeem() refuses one that is over, of a name that was taken, or with a known passkey', async () => {
    const { invitations, passkeys } = store().accountCredentials
    const acceptance = { passwordHash: 'hash', passkey: undefined }
    const invited = invitation()
    await invitations.issue(invited)
    expect(await invitations.find(invited.tokenHash, at(2000))).toBeUndefined()
    expect(await invitations.redeem(invited.tokenHash, acceptance, at(2000))).toBe('unknown')
    const { id: accountId } = await newAccount(store(), { name: invited.account.name })
    expect(await invitations.redeem(invited.tokenHash, acceptance, at(1500))).toBe('name-taken')
    const known = passkey({ accountId })
    await passkeys.add(known, 5)
    const other = invitation()
    await invitations.issue(other)
    const copied = { ...acceptance, passkey: known }
    expect(await invitations.redeem(other.tokenHash, copied, at(1500))).toBe('passkey-exists')
    expect(await invitations.redeem(other.tokenHash, acceptance, at(1500))).toBe('redeemed')
  })

  it('issue() ends the earlier invitation of a name, and refuses the name of an account', async () => {
    const { invitations } = store().accountCredentials
    const first = invitation()
    await invitations.issue(first)
    const second = { ...first, tokenHash: unique('token') }
    expect(await invitations.issue(second)).toBe('issued')
    expect(await invitations.find(first.tokenHash, at(1500))).toBeUndefined()
    expect(await invitations.find(second.tokenHash, at(1500))).toStrictEqual(second)
    const { name } = await newAccount(store())
    expect(await invitations.issue(invitation({ account: { ...first.account, name } }))).toBe(
      'name-taken',
    )
  })

  it('list() shows those that can be used, withdraw() ends one, purge() removes what is over', async () => {
    const { invitations } = store().accountCredentials
    const [open, over] = [invitation(), invitation({ expiresAt: at(1200) })]
    await invitations.issue(open)
    await invitations.issue(over)
    const names = (await invitations.list(at(1500))).map(({ account: { name } }) => name)
    expect(names).toContain(open.account.name)
    expect(names).not.toContain(over.account.name)
    expect(await invitations.purge(at(1500), 100)).toBeGreaterThan(0)
    expect(await invitations.withdraw(over.account.name)).toBe('unknown')
    expect(await invitations.withdraw(open.account.name)).toBe('withdrawn')
    expect(await invitations.find(open.tokenHash, at(1500))).toBeUndefined()
  })
}

async function giveEverything(store: Store, { id: accountId, name }: { id: string; name: string }) {
  const { passkeys, oneTimeSecrets, recoveryCodes, locks } = store.accountCredentials
  await passkeys.add(passkey({ accountId }), 5)
  await oneTimeSecrets.save({ accountId, sealed: 'v1.x', createdAt: at(1), lastStep: 1 })
  await recoveryCodes.replace(accountId, ['a'])
  await locks.attempt(name, { most: 1, duration: seconds(600) }, at(1000))
  const own = session({ identity: identity({ issuer: localIssuer, subject: accountId }) })
  await store.sessions.open(own)
  return own.idHash
}

const everythingOf = async (store: Store, id: string) => {
  const { passkeys, oneTimeSecrets, recoveryCodes } = store.accountCredentials
  return [
    (await passkeys.listOf(id)).length,
    await oneTimeSecrets.find(id),
    await recoveryCodes.countOf(id),
  ]
}

function wholeAccountContract(store: () => Store): void {
  it('reset() removes every credential but the password and ends the sessions', async () => {
    const made = await newAccount(store())
    const idHash = await giveEverything(store(), made)
    expect(await store().accountCredentials.reset(made.name)).toBe('reset')
    expect(await everythingOf(store(), made.id)).toEqual([0, undefined, 0])
    expect(await store().sessions.find(idHash)).toBeUndefined()
    expect(await store().accounts.findByName(made.name)).toStrictEqual(made)
    expect(await store().accountCredentials.reset(unique('nobody'))).toBe('unknown')
  })

  it('remove() of an account takes its credentials along', async () => {
    const made = await newAccount(store())
    await giveEverything(store(), made)
    await store().accounts.remove(made.name)
    expect(await everythingOf(store(), made.id)).toEqual([0, undefined, 0])
    // Whoever has the name next is not locked out for what the one before did.
    await newAccount(store(), { name: made.name })
    const limit = { most: 5, duration: seconds(600) }
    expect(
      await store().accountCredentials.locks.attempt(made.name, limit, at(1001)),
    ).toBeUndefined()
  })

  it('changeGroups() replaces the groups and ends the sessions, which say the old ones', async () => {
    const made = await newAccount(store())
    const idHash = await giveEverything(store(), made)
    expect(await store().accounts.changeGroups(made.name, ['staff'])).toBe('changed')
    expect((await store().accounts.findByName(made.name))?.groups).toEqual(['staff'])
    expect(await store().sessions.find(idHash)).toBeUndefined()
    expect((await everythingOf(store(), made.id))[0]).toBe(1)
    expect(await store().accounts.changeGroups(unique('nobody'), [])).toBe('unknown')
  })
}

export function accountCredentialContract(name: string, open: () => Promise<Store>): void {
  describe(`credentials of accounts on ${name}`, () => {
    let opened: Store
    const store = () => opened
    beforeAll(async () => {
      opened = await open()
    })
    afterAll(() => opened?.close())

    describe('passkeys', () => passkeyContract(store))
    describe('codes', () => codeContract(store))
    describe('locks', () => lockContract(store))
    describe('invitations', () => invitationContract(store))
    describe('an account', () => wholeAccountContract(store))
  })
}
