// What every store must do with personal tokens, whatever database is behind it.

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { NewPersonalToken } from '../../src/ports/personal-tokens.ts'
import { localIssuer, type Store } from '../../src/ports/store.ts'
import { accountIdOf } from '../../src/protocol/account-id.ts'
import type { Identity } from '../../src/protocol/identity.ts'
import { epochSeconds } from '../../src/protocol/time.ts'
import { account, identity, unique } from './store.ts'

const at = epochSeconds
const most = 50

const bounds = {
  hosts: ['app.example.com', '*.example.org'],
  path: '/api',
  methods: ['GET', 'PROPFIND'],
  scopes: ['mcp:tools'],
}

const tokenOf = (owner: Identity, own: Partial<NewPersonalToken> = {}): NewPersonalToken => ({
  tokenHash: unique('hash'),
  id: unique('id'),
  name: 'Backup "nightly" \u{1f980}',
  account: accountIdOf(owner),
  madeBy: 'owner',
  bounds,
  createdAt: at(1000),
  expiresAt: at(5000),
  ...own,
})

export function personalTokenStoreContract(name: string, open: () => Promise<Store>): void {
  describe(`PersonalTokenStore on ${name}`, () => {
    let store: Store
    beforeAll(async () => {
      store = await open()
    })
    afterAll(() => store?.close())

    const known = async (own: Partial<Identity> = {}): Promise<Identity> => {
      const owner = identity(own)
      const { snapshots } = store.authorization
      await snapshots.remember({ account: accountIdOf(owner), identity: owner, seenAt: at(900) })
      return owner
    }

    const local = async () => {
      const stored = account()
      await store.accounts.add(stored)
      const owner = await known({ provider: 'local', issuer: localIssuer, subject: stored.id })
      return { stored, owner }
    }

    const added = async (owner: Identity, own: Partial<NewPersonalToken> = {}) => {
      const token = tokenOf(owner, own)
      expect(await store.personalTokens.add(token, most)).toBe('added')
      return token
    }

    const whole = ({ tokenHash: _, ...token }: NewPersonalToken) => token

    it('add() then find() gives the token and its owner with the scopes of the token', async () => {
      const owner = await known({ scopes: ['openid', 'admin'] })
      const token = await added(owner)
      expect(await store.personalTokens.find(token.tokenHash)).toEqual({
        token: { ...whole(token), lastUsedAt: undefined },
        identity: { ...owner, scopes: ['mcp:tools'] },
        ownerSeenAt: 900,
      })
    })

    it('find() keeps what is not limited as it is', async () => {
      const wide = { hosts: ['a.example.com'], path: undefined, methods: undefined, scopes: [] }
      const token = await added(await known(), { bounds: wide, madeBy: 'operator' })
      expect(await store.personalTokens.find(token.tokenHash)).toMatchObject({
        token: { bounds: wide, madeBy: 'operator' },
        identity: { scopes: [] },
      })
    })

    it('find() gives undefined for a hash nobody has', async () => {
      expect(await store.personalTokens.find(unique('hash'))).toBeUndefined()
    })

    it('find() gives the owner as of the last sign-in, from the next request on', async () => {
      const owner = await known({ groups: ['admins'] })
      const token = await added(owner)
      await store.personalTokens.find(token.tokenHash)
      const changed = { ...owner, groups: [] }
      const { snapshots } = store.authorization
      await snapshots.remember({ account: token.account, identity: changed, seenAt: at(1500) })
      expect(await store.personalTokens.find(token.tokenHash)).toMatchObject({
        identity: { groups: [] },
        ownerSeenAt: 1500,
      })
    })

    it('add() refuses an account that nothing is known of', async () => {
      const token = tokenOf(identity())
      expect(await store.personalTokens.add(token, most)).toBe('unknown-owner')
      expect(await store.personalTokens.find(token.tokenHash)).toBeUndefined()
    })

    it('add() refuses a local account that is gone, whatever is still known of it', async () => {
      const owner = await known({ provider: 'local', issuer: localIssuer })
      expect(await store.personalTokens.add(tokenOf(owner), most)).toBe('unknown-owner')
    })

    it('add() never lets an account have more than the limit, however many come at once', async () => {
      const owner = await known()
      const answers = await Promise.all(
        Array.from({ length: 6 }, () => store.personalTokens.add(tokenOf(owner), 3)),
      )
      expect(answers.toSorted()).toEqual(['added', 'added', 'added', 'full', 'full', 'full'])
      expect(await store.personalTokens.list(accountIdOf(owner))).toHaveLength(3)
    })

    it('add() throws when the hash or the id exists', async () => {
      const owner = await known()
      const { tokenHash, id } = await added(owner)
      await expect(store.personalTokens.add(tokenOf(owner, { tokenHash }), most)).rejects.toThrow()
      await expect(store.personalTokens.add(tokenOf(owner, { id }), most)).rejects.toThrow()
    })

    it('list() gives the newest first, of one account or of all', async () => {
      const [owner, other] = [await known(), await known()]
      const older = await added(owner, { createdAt: at(1000) })
      const newer = await added(owner, { createdAt: at(2000) })
      const others = await added(other)
      const ids = async (of?: string) =>
        (await store.personalTokens.list(of)).map(({ token }) => token.id)
      expect(await ids(accountIdOf(owner))).toEqual([newer.id, older.id])
      expect(await ids()).toEqual(expect.arrayContaining([newer.id, older.id, others.id]))
    })

    it('revoke() ends a token for the next request, once', async () => {
      const token = await added(await known())
      await store.personalTokens.find(token.tokenHash)
      expect(await store.personalTokens.revoke(token.id, token.account)).toEqual({
        kind: 'revoked',
        token: { ...whole(token), lastUsedAt: undefined },
      })
      expect(await store.personalTokens.find(token.tokenHash)).toBeUndefined()
      expect(await store.personalTokens.revoke(token.id)).toEqual({ kind: 'unknown' })
    })

    it("revoke() leaves another account's token alone", async () => {
      const [owner, other] = [await known(), await known()]
      const token = await added(owner)
      expect(await store.personalTokens.revoke(token.id, accountIdOf(other))).toEqual({
        kind: 'unknown',
      })
      expect(await store.personalTokens.find(token.tokenHash)).toBeDefined()
    })

    it('touch() moves the last use forward only, and says which were used for the first time', async () => {
      const owner = await known()
      const [one, two] = [await added(owner), await added(owner)]
      expect(await store.personalTokens.touch([one.id, unique('id')], at(2000))).toEqual([one.id])
      expect(await store.personalTokens.touch([one.id, two.id], at(1900))).toEqual([two.id])
      expect(await store.personalTokens.touch([], at(1900))).toEqual([])
      const used = async (hash: string) => (await store.personalTokens.find(hash))?.token.lastUsedAt
      expect([await used(one.tokenHash), await used(two.tokenHash)]).toEqual([2000, 1900])
      await store.personalTokens.touch([one.id], at(2100))
      expect(await used(one.tokenHash)).toBe(2100)
    })

    it('touch() calls a first use one once, however many processes write it down', async () => {
      const token = await added(await known())
      const answers = await Promise.all(
        Array.from({ length: 5 }, () => store.personalTokens.touch([token.id], at(2000))),
      )
      expect(answers.flat()).toEqual([token.id])
    })

    it('purge() removes what ended before, up to the limit', async () => {
      const owner = await known()
      const ended = [
        await added(owner, { expiresAt: at(10) }),
        await added(owner, { expiresAt: at(10) }),
      ]
      const living = await added(owner, { expiresAt: at(20) })
      expect(await store.personalTokens.purge(at(20), 1)).toBe(1)
      expect(await store.personalTokens.purge(at(20), 10)).toBe(1)
      for (const { tokenHash } of ended)
        expect(await store.personalTokens.find(tokenHash)).toBeUndefined()
      expect(await store.personalTokens.find(living.tokenHash)).toBeDefined()
      await store.personalTokens.revoke(living.id)
    })

    it('AccountStore.remove() takes the tokens of the account along', async () => {
      const { stored, owner } = await local()
      const token = await added(owner)
      await store.personalTokens.find(token.tokenHash)
      await store.accounts.remove(stored.name)
      expect(await store.personalTokens.find(token.tokenHash)).toBeUndefined()
      expect(await store.personalTokens.list(token.account)).toEqual([])
    })

    it('find() gives no token of a removed account, even if a sign-in under way left a trace', async () => {
      const { stored, owner } = await local()
      await store.accounts.remove(stored.name)
      const { snapshots } = store.authorization
      const trace = { account: accountIdOf(owner), identity: owner, seenAt: at(1500) }
      await snapshots.remember(trace)
      const token = tokenOf(owner)
      expect(await store.personalTokens.add(token, most)).toBe('unknown-owner')
      expect(await store.personalTokens.find(token.tokenHash)).toBeUndefined()
    })

    it('AccountStore.changePassword() ends the tokens of the account and nobody else', async () => {
      const [{ stored, owner }, other] = [await local(), await known()]
      const [token, others] = [await added(owner), await added(other)]
      await store.accounts.changePassword(stored.name, 'another hash')
      expect(await store.personalTokens.find(token.tokenHash)).toBeUndefined()
      expect(await store.personalTokens.find(others.tokenHash)).toBeDefined()
    })
  })
}
