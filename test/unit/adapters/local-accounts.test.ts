import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  createFirstAccount,
  createLocalAccounts,
  identityOf,
  type LocalAccountParts,
} from '../../../src/adapters/local-accounts.ts'
import {
  hashPassword,
  type PasswordCheck,
  verifyPassword,
} from '../../../src/adapters/passwords.ts'
import { hashOf } from '../../../src/adapters/sealing.ts'
import { findSecondFactors } from '../../../src/adapters/second-factors.ts'
import { openStore } from '../../../src/adapters/sql/open.ts'
import { type Account, localIssuer, type Store } from '../../../src/ports/store.ts'
import { epochSeconds } from '../../../src/protocol/time.ts'
import { silentLog } from '../../contract/silent-log.ts'

const now = () => epochSeconds(1000)

const mia: Account = {
  id: 'b7f6',
  name: 'mia',
  email: 'Mia@Example.com',
  displayName: 'Mia M',
  groups: ['admins'],
  passwordHash: 'right',
  createdAt: now(),
}

let store: Store
beforeEach(async () => {
  store = await openStore({ kind: 'memory' }, silentLog)
  await store.accounts.add(mia)
})
afterEach(async () => {
  vi.useRealTimers()
  await store.close()
})

/** Checks without argon2: the hash is the password. Notes what it was asked. */
function plainCheck() {
  const asked: (string | undefined)[] = []
  const verify = async (password: unknown, stored: string | undefined): Promise<PasswordCheck> => {
    asked.push(stored)
    return stored !== undefined && password === stored ? 'match' : 'mismatch'
  }
  return { asked, verify }
}

const parts = (verify: LocalAccountParts['verifyPassword']): LocalAccountParts => ({
  accounts: store.accounts,
  locks: store.accountCredentials.locks,
  factorsOf: (accountId) => findSecondFactors(accountId, store.accountCredentials),
  verifyPassword: verify,
  hashOf,
  now,
})

const address = (last: number) => `192.0.2.${last}`

/** Fails `count` times for `name`, each from the address `from` gives. */
async function fail(
  accounts: ReturnType<typeof createLocalAccounts>,
  count: number,
  from: (attempt: number) => string,
  name = 'mia',
) {
  const kinds: string[] = []
  for (let attempt = 0; attempt < count; attempt++) {
    kinds.push((await accounts.signIn(name, 'wrong', from(attempt))).kind)
  }
  return kinds
}

describe('signIn()', () => {
  it('returns the identity for the right password, real hashes included', async () => {
    await store.accounts.changePassword('mia', await hashPassword('six blue herons 7'))
    const accounts = createLocalAccounts(parts(verifyPassword))
    const identity = identityOf(mia)
    expect(await accounts.signIn('mia', 'six blue herons 7', address(1))).toEqual({
      kind: 'identity',
      identity,
      assurance: { factors: 1, authenticatedAt: now(), methods: ['pwd'] },
      holds: expect.any(Function),
    })
    expect((await accounts.signIn('MIA', 'six blue herons 7', address(1))).kind).toBe('identity')
    expect(await accounts.signIn('mia', 'six blue herons 8', address(1))).toEqual({ kind: 'wrong' })
  })

  it('gives one answer and does the same work for unknown and impossible names', async () => {
    const { asked, verify } = plainCheck()
    const accounts = createLocalAccounts(parts(verify))
    for (const name of [
      'nobody',
      'mia\u0000',
      '',
      'm i a',
      'x'.repeat(65),
      '\u212aim',
      "' or 1=1",
    ]) {
      expect(await accounts.signIn(name, 'right', address(1))).toEqual({ kind: 'wrong' })
    }
    expect(asked).toEqual(Array(7).fill(undefined))
  })

  it('does the work for nobody when the account has no password', async () => {
    const { asked, verify } = plainCheck()
    await store.accounts.changePassword('mia', '')
    const accounts = createLocalAccounts(parts(verify))
    expect(await accounts.signIn('mia', '', address(1))).toEqual({ kind: 'wrong' })
    expect(asked).toEqual([undefined])
  })

  it('signs nobody in by the password alone when there is a second factor', async () => {
    const { verify } = plainCheck()
    const secret = { accountId: mia.id, sealed: 'v1.x', createdAt: now(), lastStep: 1 }
    await store.accountCredentials.oneTimeSecrets.save(secret)
    const accounts = createLocalAccounts(parts(verify))
    expect(await accounts.signIn('mia', 'wrong', address(1))).toEqual({ kind: 'wrong' })
    expect(await accounts.signIn('mia', 'right', address(1))).toEqual({
      kind: 'second-factor',
      half: { accountId: mia.id, name: 'mia', passwordMark: hashOf('right') },
      factors: { passkey: false, code: true },
    })
  })

  it('counts anew once the operator has unlocked the account', async () => {
    const { verify } = plainCheck()
    const accounts = createLocalAccounts(parts(verify))
    await fail(accounts, 10, () => address(1))
    expect((await accounts.signIn('mia', 'right', address(1))).kind).toBe('limited')
    await store.accountCredentials.locks.unlock('mia', now())
    expect((await accounts.signIn('mia', 'right', address(1))).kind).toBe('identity')
  })

  it('says unavailable and counts nothing when the check is busy', async () => {
    let answer: PasswordCheck = 'busy'
    const verify = async () => answer
    const accounts = createLocalAccounts(parts(verify))
    for (let attempt = 0; attempt < 15; attempt++) {
      expect(await accounts.signIn('mia', 'right', address(1))).toEqual({ kind: 'unavailable' })
    }
    answer = 'match'
    expect((await accounts.signIn('mia', 'right', address(1))).kind).toBe('identity')
  })

  it.each([
    ['removed', () => store.accounts.remove('mia')],
    ['given another password', () => store.accounts.changePassword('mia', 'other')],
    [
      'made anew',
      async () => {
        await store.accounts.remove('mia')
        await store.accounts.add({ ...mia, id: randomUUID() })
      },
    ],
  ])('says wrong when the account is %s while the password is checked', async (_, change) => {
    const verify = async (): Promise<PasswordCheck> => {
      await change()
      return 'match'
    }
    const accounts = createLocalAccounts(parts(verify))
    expect(await accounts.signIn('mia', 'right', address(1))).toEqual({ kind: 'wrong' })
  })

  it.each<[string, (store: Store) => Promise<unknown>, boolean]>([
    ['nothing', async () => {}, true],
    ['a new password', (store) => store.accounts.changePassword('mia', 'other'), false],
    ['its removal', (store) => store.accounts.remove('mia'), false],
  ])('knows after %s whether the account is as it was', async (_, change, expected) => {
    const { verify } = plainCheck()
    const accounts = createLocalAccounts(parts(verify))
    const answer = await accounts.signIn('mia', 'right', address(1))
    await change(store)
    expect(answer.kind === 'identity' && (await answer.holds())).toBe(expected)
  })

  it('throws when the store cannot be asked, which is never "wrong", and counts nothing (R135)', async () => {
    let isDown = true
    const findByName = async (name: string) => {
      if (isDown) throw new Error('The store is down')
      return store.accounts.findByName(name)
    }
    const { verify } = plainCheck()
    const accounts = createLocalAccounts({ ...parts(verify), accounts: { findByName } })
    for (let attempt = 0; attempt < 15; attempt++) {
      await expect(accounts.signIn('mia', 'right', address(1))).rejects.toThrow('store is down')
    }
    isDown = false
    expect((await accounts.signIn('mia', 'right', address(1))).kind).toBe('identity')
  })
})

describe('signIn() limits', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'] })
  })

  const create = () => {
    const { asked, verify } = plainCheck()
    return {
      asked,
      accounts: createLocalAccounts(parts(verify)),
    }
  }

  it('lets an address try 20 times a minute, whatever the names (R123)', async () => {
    const { accounts, asked } = create()
    for (let attempt = 0; attempt < 20; attempt++) {
      const { kind } = await accounts.signIn(`name-${attempt}`, 'wrong', address(1))
      expect(kind).toBe('wrong')
    }
    const limited = await accounts.signIn('mia', 'right', address(1))
    expect(limited).toEqual({ kind: 'limited', retryAfter: 60 })
    expect(asked).toHaveLength(20)
    expect((await accounts.signIn('mia', 'right', address(2))).kind).toBe('identity')
    vi.advanceTimersByTime(60_001)
    expect((await accounts.signIn('mia', 'right', address(1))).kind).toBe('identity')
  })

  it.each([
    ['addresses of one IPv6 /64', (n: number) => `2001:db8:1:2:${n}::${n}`],
    ['IPv4 addresses written as IPv6', (n: number) => (n % 2 ? '192.0.2.9' : '::ffff:192.0.2.9')],
  ])('counts %s as one (R123)', async (_, from) => {
    const { accounts } = create()
    for (let attempt = 0; attempt < 20; attempt++) {
      await accounts.signIn(`name-${attempt}`, 'wrong', from(attempt))
    }
    expect((await accounts.signIn('mia', 'right', from(20))).kind).toBe('limited')
    expect((await accounts.signIn('mia', 'right', '2001:db8:1:3::1')).kind).toBe('identity')
  })

  it('lets an address fail 10 times for an account in 15 minutes', async () => {
    const { accounts, asked } = create()
    expect(await fail(accounts, 10, () => address(1))).toEqual(Array(10).fill('wrong'))
    const limited = await accounts.signIn('MIA', 'right', address(1))
    expect(limited).toEqual({ kind: 'limited', retryAfter: 900 })
    expect(asked).toHaveLength(10)
    expect((await accounts.signIn('mia', 'right', address(2))).kind).toBe('identity')
    vi.advanceTimersByTime(900_001)
    expect((await accounts.signIn('mia', 'right', address(1))).kind).toBe('identity')
  })

  it('counts attempts that come at the same time', async () => {
    const { accounts, asked } = create()
    const attempts = Array.from({ length: 18 }, () => accounts.signIn('mia', 'wrong', address(1)))
    const kinds = (await Promise.all(attempts)).map(({ kind }) => kind)
    expect(kinds.filter((kind) => kind === 'wrong')).toHaveLength(10)
    expect(asked).toHaveLength(10)
  })

  it('forgets the failures of an address after the right password', async () => {
    const { accounts } = create()
    await fail(accounts, 9, () => address(1))
    expect((await accounts.signIn('mia', 'right', address(1))).kind).toBe('identity')
    expect(await fail(accounts, 9, () => address(1))).toEqual(Array(9).fill('wrong'))
  })

  it('lets all addresses together fail 100 times for an account, and treats unknown names alike', async () => {
    const { accounts } = create()
    for (const [name, network] of [
      ['mia', '198.51'],
      ['nobody', '203.0'],
    ] as const) {
      const spread = (attempt: number) => `${network}.${attempt}.1`
      expect(await fail(accounts, 100, spread, name)).toEqual(Array(100).fill('wrong'))
      const limited = await accounts.signIn(name, 'right', address(7))
      expect(limited).toEqual({ kind: 'limited', retryAfter: 900 })
    }
    vi.advanceTimersByTime(900_001)
    expect((await accounts.signIn('mia', 'right', address(7))).kind).toBe('identity')
  })

  it('does not let strangers lock the owner out of a known address', async () => {
    const { accounts } = create()
    expect((await accounts.signIn('mia', 'right', address(1))).kind).toBe('identity')
    await fail(accounts, 150, (attempt) => `198.${attempt}.100.1`)
    expect((await accounts.signIn('mia', 'right', address(2))).kind).toBe('limited')
    expect((await accounts.signIn('mia', 'right', address(1))).kind).toBe('identity')
    await fail(accounts, 10, () => address(1))
    expect((await accounts.signIn('mia', 'right', address(1))).kind).toBe('limited')
  })
})

describe('identityOf()', () => {
  it('takes the account id as subject and the address as verified, in lower case (R43)', () => {
    expect(identityOf(mia)).toEqual({
      provider: 'local',
      issuer: localIssuer,
      subject: 'b7f6',
      email: 'mia@example.com',
      emailDomain: 'example.com',
      unverifiedEmail: undefined,
      name: 'Mia M',
      preferredUsername: 'mia',
      groups: ['admins'],
      scopes: [],
    })
  })

  it.each([undefined, 'x@evil@company.com', 'not an address'])(
    'has no address when the account holds %j (R45)',
    (email) => {
      expect(identityOf({ ...mia, email })).toMatchObject({
        email: undefined,
        emailDomain: undefined,
        unverifiedEmail: undefined,
      })
    },
  )
})

describe('createFirstAccount()', () => {
  it('makes no account when there is one', async () => {
    expect(await createFirstAccount(store.accounts, now)).toBeUndefined()
    expect(await store.accounts.count()).toBe(1)
  })

  it('makes one account with a random password that signs in, and returns it once', async () => {
    await store.accounts.remove('mia')
    const made = await Promise.all([1, 2, 3].map(() => createFirstAccount(store.accounts, now)))
    const [first, ...others] = made.filter((one) => one !== undefined)
    expect(others).toEqual([])
    expect(first?.name).toBe('dev')
    expect(first?.password).toMatch(/^[A-HJ-NP-Za-km-z2-9]{20}$/)
    const accounts = createLocalAccounts(parts(verifyPassword))
    const signedIn = await accounts.signIn('dev', first?.password ?? '', address(1))
    expect(signedIn).toMatchObject({
      kind: 'identity',
      identity: { email: 'dev@sallyport.test', emailDomain: 'sallyport.test' },
    })
    expect(await createFirstAccount(store.accounts, now)).toBeUndefined()
  })
})
