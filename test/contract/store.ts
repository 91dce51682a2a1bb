// What every store must do, whatever database is behind it: one suite for SQLite and PostgreSQL.

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Store } from '../../src/ports/store.ts'
import {
  type Account,
  type HandOff,
  type LoginFlow,
  localIssuer,
  type Probe,
  type ProviderLogout,
  type Session,
} from '../../src/ports/store.ts'
import type { Identity } from '../../src/protocol/identity.ts'
import { epochSeconds, seconds } from '../../src/protocol/time.ts'

const at = epochSeconds
let made = 0

/** A value no other test of the run uses: the tests share one store. */
export const unique = (prefix: string): string => `${prefix}-${process.pid}-${++made}`

export const identity = (own: Partial<Identity> = {}): Identity => ({
  provider: 'home',
  issuer: 'https://sso.example.com/realms/home',
  subject: unique('subject'),
  email: 'mia@example.com',
  emailDomain: 'example.com',
  unverifiedEmail: undefined,
  name: 'Mia "Zoë" Ødegård \u{1f980}',
  preferredUsername: 'mia',
  groups: ['admins', 'a,b; c'],
  scopes: ['openid'],
  ...own,
})

export const session = (own: Partial<Session> = {}): Session => ({
  idHash: unique('hash'),
  identity: identity(),
  createdAt: at(1000),
  lastSeenAt: at(1000),
  expiresAt: at(5000),
  providerSession: 'sid-1',
  sealedIdToken: 'v1.sealed',
  ...own,
})

export const flow = (own: Partial<LoginFlow> = {}): LoginFlow => ({
  stateHash: unique('state'),
  browserHash: 'browser',
  provider: 'home',
  sealed: 'v1.sealed',
  target: 'https://app.example.com/a%2Fb?x=%20+y&x=',
  createdAt: at(1000),
  expiresAt: at(1600),
  ...own,
})

const handOff = (login: string, own: Partial<HandOff> = {}): HandOff => ({
  codeHash: unique('code'),
  browserHash: 'browser',
  login,
  target: 'https://app.example.org/a%2Fb?x=%20+y&x=',
  createdAt: at(1000),
  expiresAt: at(1030),
  ...own,
})

const logout = (own: Partial<ProviderLogout> = {}): ProviderLogout => ({
  tokenHash: unique('token'),
  usableUntil: at(2000),
  issuer: 'https://sso.example.com/realms/home',
  about: { kind: 'session', providerSession: unique('sid') },
  ...own,
})

export const account = (own: Partial<Account> = {}): Account => ({
  id: unique('id'),
  name: unique('name'),
  email: 'mia@example.com',
  displayName: 'Mia',
  groups: ['admins', 'users'],
  passwordHash: '$argon2id$v=19$m=8,t=1,p=1$c2FsdA$aGFzaA',
  createdAt: at(1000),
  ...own,
})

const isFound = <T>(value: T | undefined): value is T => value !== undefined

function sessionContract(store: () => Store): void {
  it('find() returns the session as it was opened, and undefined for another hash', async () => {
    const opened = session()
    await store().sessions.open(opened)
    expect(await store().sessions.find(opened.idHash)).toStrictEqual(opened)
    expect(await store().sessions.find(unique('hash'))).toBeUndefined()
  })

  it('find() returns absent attributes as undefined', async () => {
    const opened = session({
      identity: identity({ email: undefined, emailDomain: undefined, name: undefined, groups: [] }),
      providerSession: undefined,
      sealedIdToken: undefined,
    })
    await store().sessions.open(opened)
    expect(await store().sessions.find(opened.idHash)).toStrictEqual(opened)
  })

  it('find() returns how the person signed in', async () => {
    const opened = session({
      factors: 2,
      methods: ['pwd', 'otp', 'a"b'],
      authenticatedAt: at(990),
      userAgent: 'Firefox, Linux',
    })
    await store().sessions.open(opened)
    expect(await store().sessions.find(opened.idHash)).toStrictEqual(opened)
  })

  it('find() leaves expiry to the caller', async () => {
    const opened = session({ expiresAt: at(1) })
    await store().sessions.open(opened)
    expect(await store().sessions.find(opened.idHash)).toStrictEqual(opened)
  })

  it('open() throws and changes nothing when the hash exists (R20)', async () => {
    const opened = session()
    await store().sessions.open(opened)
    await expect(store().sessions.open(session({ idHash: opened.idHash }))).rejects.toThrow()
    expect(await store().sessions.find(opened.idHash)).toStrictEqual(opened)
  })

  it('touch() moves the last use forward, never back, and passes over unknown hashes', async () => {
    const [one, two] = [session(), session({ lastSeenAt: at(3000) })]
    await store().sessions.open(one)
    await store().sessions.open(two)
    await store().sessions.touch([one.idHash, unique('hash'), two.idHash], at(2000))
    await store().sessions.touch([], at(9000))
    expect((await store().sessions.find(one.idHash))?.lastSeenAt).toBe(2000)
    expect((await store().sessions.find(two.idHash))?.lastSeenAt).toBe(3000)
    await store().sessions.touch([one.idHash], at(1999))
    expect((await store().sessions.find(one.idHash))?.lastSeenAt).toBe(2000)
  })

  it('touch() takes more hashes than one statement has parameters', async () => {
    const opened = session()
    await store().sessions.open(opened)
    const unknown = Array.from({ length: 40_000 }, (_, index) => `none-${index}`)
    await store().sessions.touch([...unknown, opened.idHash], at(2500))
    expect((await store().sessions.find(opened.idHash))?.lastSeenAt).toBe(2500)
  })

  it('end() ends once, and says unknown when the session was ended before', async () => {
    const [ended, kept] = [session(), session()]
    await store().sessions.open(ended)
    await store().sessions.open(kept)
    expect(await store().sessions.end(ended.idHash)).toBe('ended')
    expect(await store().sessions.end(ended.idHash)).toBe('unknown')
    expect(await store().sessions.find(ended.idHash)).toBeUndefined()
    expect(await store().sessions.find(kept.idHash)).toStrictEqual(kept)
  })

  it('end() tells exactly one of many racing callers that it ended the session', async () => {
    const opened = session()
    await store().sessions.open(opened)
    const ends = Array.from({ length: 20 }, () => store().sessions.end(opened.idHash))
    expect((await Promise.all(ends)).filter((end) => end === 'ended')).toHaveLength(1)
  })

  it('listOf() returns the sessions of the account key only, the newest first (R43)', async () => {
    const subject = unique('subject')
    const issuer = 'https://sso.example.com/realms/home'
    const [first, second] = [1000, 3000].map((createdAt) =>
      session({ identity: identity({ subject }), createdAt: at(createdAt) }),
    )
    if (!first || !second) throw new Error('no sessions')
    const other = session({ identity: identity({ subject, issuer: 'https://other.example' }) })
    for (const opened of [first, second, other]) await store().sessions.open(opened)
    const handedOff = { login: first.idHash, audience: 'app.example.org' }
    const ofHost = { idHash: unique('hash'), now: at(2000), ...handedOff }
    await store().sessions.openForHost(ofHost)
    const listed = await store().sessions.listOf(issuer, subject)
    expect(listed.map(({ idHash }) => idHash)).toEqual([second.idHash, ofHost.idHash, first.idHash])
    expect(listed[0]).toStrictEqual(second)
    expect(listed[1]?.handedOff).toEqual(handedOff)
    expect(await store().sessions.listOf(issuer, unique('subject'))).toEqual([])
  })

  it('endAllOf() ends the sessions of the account key only and counts them (R43)', async () => {
    const subject = unique('subject')
    const mine = [1, 2, 3].map(() => session({ identity: identity({ subject }) }))
    const other = session({ identity: identity({ subject, issuer: 'https://other.example' }) })
    for (const opened of [...mine, other]) await store().sessions.open(opened)
    expect(await store().sessions.endAllOf('https://sso.example.com/realms/home', subject)).toBe(3)
    expect(await store().sessions.endAllOf('https://sso.example.com/realms/home', subject)).toBe(0)
    const found = await Promise.all(mine.map(({ idHash }) => store().sessions.find(idHash)))
    expect(found.filter(isFound)).toEqual([])
    expect(await store().sessions.find(other.idHash)).toStrictEqual(other)
  })

  it('purge() removes what is over or idle for longer than allowed, at most the limit (R124)', async () => {
    const fresh = await emptied(store())
    const [over, idle, alive] = [
      session({ expiresAt: at(2000) }),
      session({ lastSeenAt: at(1499) }),
      session({ lastSeenAt: at(1500), expiresAt: at(2001) }),
    ]
    for (const opened of [over, idle, alive]) await fresh.sessions.open(opened)
    expect(await fresh.sessions.purge(at(2000), seconds(0), 10)).toBe(1)
    expect(await fresh.sessions.find(over.idHash)).toBeUndefined()
    expect(await fresh.sessions.find(idle.idHash)).toStrictEqual(idle)
    expect(await fresh.sessions.purge(at(2000), seconds(500), 10)).toBe(1)
    expect(await fresh.sessions.find(idle.idHash)).toBeUndefined()
    expect(await fresh.sessions.find(alive.idHash)).toStrictEqual(alive)
    for (let count = 0; count < 5; count++) await fresh.sessions.open(session({ expiresAt: at(1) }))
    expect(await fresh.sessions.purge(at(2000), seconds(0), 3)).toBe(3)
    expect(await fresh.sessions.count()).toBe(3)
  })
}

/** The store without sessions and logins, for tests that count. */
async function emptied(store: Store): Promise<Store> {
  const end = at(Number.MAX_SAFE_INTEGER)
  await store.sessions.purge(end, seconds(0), 1_000_000)
  await store.loginFlows.purge(end, 1_000_000)
  return store
}

function loginFlowContract(store: () => Store): void {
  const take = (begun: LoginFlow, own: Partial<LoginFlow> = {}, now = 1599) => {
    const { stateHash, browserHash, provider } = { ...begun, ...own }
    return store().loginFlows.take(stateHash, browserHash, provider, at(now))
  }

  it('take() returns the flow as it was begun, and at most once', async () => {
    const begun = flow()
    await store().loginFlows.begin(begun, 100)
    expect(await take(begun)).toStrictEqual(begun)
    expect(await take(begun)).toBeUndefined()
  })

  it.each([
    ['another state', { stateHash: 'x' }, 1599],
    ['another browser', { browserHash: 'x' }, 1599],
    ['another provider', { provider: 'x' }, 1599],
    ['its end has come', {}, 1600],
  ])('take() returns nothing and changes nothing when it is %s', async (_, own, now) => {
    const begun = flow()
    await store().loginFlows.begin(begun, 100)
    expect(await take(begun, own, now)).toBeUndefined()
    expect(await take(begun)).toStrictEqual(begun)
  })

  it('take() gives a flow to exactly one of 200 racing callers', async () => {
    const begun = flow()
    await store().loginFlows.begin(begun, 100)
    const taken = await Promise.all(Array.from({ length: 200 }, () => take(begun)))
    expect(taken.filter(isFound)).toStrictEqual([begun])
  })

  it('begin() drops the oldest flows above the limit and leaves sessions alone (R124)', async () => {
    const fresh = await emptied(store())
    const kept = session()
    await fresh.sessions.open(kept)
    const begun = [1, 2, 3, 4, 5].map((second) => flow({ createdAt: at(second) }))
    for (const one of begun) await fresh.loginFlows.begin(one, 3)
    const left = await Promise.all(begun.map((one) => take(one)))
    expect(left.filter(isFound).map((one) => one.createdAt)).toEqual([3, 4, 5])
    expect(await fresh.sessions.find(kept.idHash)).toStrictEqual(kept)
  })

  it('begin() never drops the flow it begins, even when all are of one second', async () => {
    const fresh = await emptied(store())
    for (let count = 0; count < 20; count++) {
      const begun = flow()
      await fresh.loginFlows.begin(begun, 2)
      expect(await take(begun)).toStrictEqual(begun)
      await fresh.loginFlows.begin(flow(), 2)
    }
  })

  it('begin() throws when the state exists, and keeps the first flow', async () => {
    const begun = flow()
    await store().loginFlows.begin(begun, 100)
    const again = flow({ stateHash: begun.stateHash, target: 'https://evil.example/' })
    await expect(store().loginFlows.begin(again, 100)).rejects.toThrow()
    expect(await take(begun)).toStrictEqual(begun)
  })

  it('purge() removes flows past their end, at most the limit (R124)', async () => {
    const fresh = await emptied(store())
    const alive = flow({ expiresAt: at(2001) })
    await fresh.loginFlows.begin(alive, 100)
    for (let count = 0; count < 5; count++) {
      await fresh.loginFlows.begin(flow({ expiresAt: at(2000) }), 100)
    }
    expect(await fresh.loginFlows.purge(at(2000), 3)).toBe(3)
    expect(await fresh.loginFlows.purge(at(2000), 3)).toBe(2)
    expect(await take(alive)).toStrictEqual(alive)
  })
}

function hostSessionContract(store: () => Store): void {
  const handOn = async (own: Partial<Session> = {}) => {
    const login = session(own)
    await store().sessions.open(login)
    const idHash = unique('hash')
    const audience = 'app.example.org'
    const mine = { idHash, login: login.idHash, audience, now: at(2000) }
    return { login, mine, answer: await store().sessions.openForHost(mine) }
  }
  const isLeft = async (idHash: string) => isFound(await store().sessions.find(idHash))

  it('openForHost() gives the identity and end of the login, and nothing that only its cookie opens', async () => {
    const { login, mine, answer } = await handOn({ factors: 2, authenticatedAt: at(900) })
    expect(answer).toEqual({ kind: 'opened', expiresAt: login.expiresAt })
    expect(await store().sessions.find(mine.idHash)).toStrictEqual({
      ...login,
      idHash: mine.idHash,
      createdAt: at(2000),
      lastSeenAt: at(2000),
      sealedIdToken: undefined,
      handedOff: { login: login.idHash, audience: 'app.example.org' },
    })
    expect(await store().sessions.find(login.idHash)).toStrictEqual(login)
  })

  it('openForHost() writes nothing for a login that is gone, or was itself handed on', async () => {
    const { mine } = await handOn()
    for (const login of [unique('gone'), mine.idHash]) {
      const next = { ...mine, idHash: unique('hash'), login }
      expect(await store().sessions.openForHost(next)).toEqual({ kind: 'unknown' })
      expect(await isLeft(next.idHash)).toBe(false)
    }
  })

  it('openForHost() throws when the hash exists (R20)', async () => {
    const { login, mine } = await handOn()
    await expect(store().sessions.openForHost({ ...mine, idHash: login.idHash })).rejects.toThrow()
    expect(await store().sessions.find(login.idHash)).toStrictEqual(login)
  })

  const endings: readonly (readonly [string, (login: Session) => Promise<unknown>])[] = [
    ['end()', ({ idHash }) => store().sessions.end(idHash)],
    [
      'endAllOf()',
      ({ identity: { issuer, subject } }) => store().sessions.endAllOf(issuer, subject),
    ],
    [
      'a logout by the provider',
      ({ identity: { issuer }, providerSession = '' }) =>
        store().providerLogouts.redeem(
          logout({ issuer, about: { kind: 'session', providerSession } }),
        ),
    ],
    ['purge()', () => store().sessions.purge(at(5000), seconds(0), 100_000)],
  ]

  it.each(endings)(
    '%s of the login ends what it was handed on to, and its codes',
    async (_, end) => {
      const { login, mine } = await handOn({ providerSession: unique('sid') })
      const pending = handOff(login.idHash)
      await store().handOffs.issue(pending, 10)
      const other = await handOn({ providerSession: unique('sid'), expiresAt: at(9000) })
      await end(login)
      expect([await isLeft(login.idHash), await isLeft(mine.idHash)]).toEqual([false, false])
      expect(await store().handOffs.redeem(pending.codeHash, at(1001))).toBeUndefined()
      expect([await isLeft(other.login.idHash), await isLeft(other.mine.idHash)]).toEqual([
        true,
        true,
      ])
    },
  )

  it('end() of a session that was handed on leaves the login alone', async () => {
    const { login, mine } = await handOn()
    expect(await store().sessions.end(mine.idHash)).toBe('ended')
    expect([await isLeft(login.idHash), await isLeft(mine.idHash)]).toEqual([true, false])
  })

  it('end() that races with openForHost() leaves no session without a login', async () => {
    for (let round = 0; round < 20; round++) {
      const { login, mine } = await handOn()
      const opening = { ...mine, idHash: unique('hash') }
      await Promise.all([store().sessions.openForHost(opening), store().sessions.end(login.idHash)])
      expect(await isLeft(opening.idHash)).toBe(false)
    }
  })
}

function handOffContract(store: () => Store): void {
  const login = async () => {
    const opened = session()
    await store().sessions.open(opened)
    return opened.idHash
  }
  const redeem = ({ codeHash }: HandOff, now = 1029) => store().handOffs.redeem(codeHash, at(now))

  it('redeem() returns the code as it was issued, and at most once', async () => {
    const issued = handOff(await login())
    expect(await store().handOffs.issue(issued, 10)).toBe('issued')
    expect(await redeem(issued)).toStrictEqual(issued)
    expect(await redeem(issued)).toBeUndefined()
  })

  it('redeem() returns nothing for an unknown code, nor once the end has come (R24)', async () => {
    const issued = handOff(await login())
    await store().handOffs.issue(issued, 10)
    expect(await redeem(handOff('x'))).toBeUndefined()
    expect(await redeem(issued, 1030)).toBeUndefined()
  })

  it('redeem() gives a code to exactly one of 200 racing callers', async () => {
    const issued = handOff(await login())
    await store().handOffs.issue(issued, 10)
    const redeemed = await Promise.all(Array.from({ length: 200 }, () => redeem(issued)))
    expect(redeemed.filter(isFound)).toStrictEqual([issued])
  })

  it('issue() writes nothing for a login that is gone, or was itself handed on', async () => {
    const handedOn = { idHash: unique('hash'), login: await login(), audience: 'a', now: at(1) }
    await store().sessions.openForHost(handedOn)
    for (const from of [unique('gone'), handedOn.idHash]) {
      const refused = handOff(from)
      expect(await store().handOffs.issue(refused, 10)).toBe('unknown')
      expect(await redeem(refused)).toBeUndefined()
    }
  })

  it('issue() drops the oldest codes of that login above the limit, never its own', async () => {
    const [mine, other] = [await login(), handOff(await login(), { createdAt: at(1) })]
    await store().handOffs.issue(other, 3)
    const issued = [1, 2, 3, 4, 4, 4].map((second) => handOff(mine, { createdAt: at(second) }))
    for (const one of issued) await store().handOffs.issue(one, 3)
    const left = await Promise.all(issued.map((one) => redeem(one)))
    expect(left.map(isFound)).toEqual([false, false, false, true, true, true])
    expect(await redeem(other)).toStrictEqual(other)
  })

  it('purge() removes codes past their end, at most the limit (R124)', async () => {
    const mine = await login()
    const alive = handOff(mine, { expiresAt: at(2001) })
    await store().handOffs.purge(at(2000), 100)
    await store().handOffs.issue(alive, 10)
    for (let count = 0; count < 5; count++) await store().handOffs.issue(handOff(mine), 10)
    expect(await store().handOffs.purge(at(2000), 3)).toBe(3)
    expect(await store().handOffs.purge(at(2000), 3)).toBe(2)
    expect(await redeem(alive, 2000)).toStrictEqual(alive)
  })
}

function probeContract(store: () => Store): void {
  const report = {
    dialect: 'nginx',
    peer: '127.0.0.1',
    outcome: 'login',
    names: ['x-forwarded-uri'],
    forwarded: [['x-forwarded-uri', '/a"b']],
  } as const
  const announce = async (own: Partial<Probe> = {}) => {
    const probe = { idHash: unique('probe'), answer: 'usual', expiresAt: at(1060), ...own } as const
    await store().probes.announce(probe)
    return probe.idHash
  }

  it('report() keeps the first report, says which answer is wanted, and take() gives it once', async () => {
    const idHash = await announce({ answer: 'step-up' })
    expect(await store().probes.report(idHash, report, at(1059))).toBe('step-up')
    const later = { ...report, outcome: 'forged' }
    expect(await store().probes.report(idHash, later, at(1059))).toBeUndefined()
    expect(await store().probes.take(idHash)).toStrictEqual(report)
    expect(await store().probes.take(idHash)).toBeUndefined()
    expect(await store().probes.report(idHash, report, at(1059))).toBeUndefined()
  })

  it('report() keeps nothing that nobody announced, nor once the end has come', async () => {
    expect(await store().probes.report(unique('unknown'), report, at(1000))).toBeUndefined()
    const idHash = await announce()
    expect(await store().probes.report(idHash, report, at(1060))).toBeUndefined()
    expect(await store().probes.take(idHash)).toBeUndefined()
  })

  it('purge() removes probes past their end, at most the limit (R124)', async () => {
    await store().probes.purge(at(2000), 100)
    const alive = await announce({ expiresAt: at(2001) })
    for (let count = 0; count < 3; count++) await announce()
    expect(await store().probes.purge(at(2000), 2)).toBe(2)
    expect(await store().probes.purge(at(2000), 2)).toBe(1)
    expect(await store().probes.report(alive, report, at(2000))).toBe('usual')
  })
}

function accountContract(store: () => Store): void {
  it('findByName() returns the account as it was added, and undefined for another name', async () => {
    const [full, bare] = [
      account(),
      account({ email: undefined, displayName: undefined, groups: [] }),
    ]
    for (const added of [full, bare]) {
      expect(await store().accounts.add(added)).toBe('added')
      expect(await store().accounts.findByName(added.name)).toStrictEqual(added)
    }
    expect(await store().accounts.findByName(unique('name'))).toBeUndefined()
  })

  it('add() says name-taken to all but one of many racing callers, and keeps that one', async () => {
    const name = unique('name')
    const added = Array.from({ length: 10 }, () => account({ name }))
    const results = await Promise.all(added.map((one) => store().accounts.add(one)))
    expect(results.filter((result) => result === 'added')).toHaveLength(1)
    expect(results.filter((result) => result === 'name-taken')).toHaveLength(9)
    const winner = added[results.indexOf('added')]
    expect(await store().accounts.findByName(name)).toStrictEqual(winner)
  })

  it('list() returns all accounts in the order of their names, and count() their number', async () => {
    await store().accounts.add(account({ name: unique('zoe') }))
    await store().accounts.add(account({ name: unique('abe') }))
    const listed = await store().accounts.list()
    const names = listed.map(({ name }) => name)
    expect(names).toEqual([...names].sort())
    expect(await store().accounts.count()).toBe(names.length)
    expect(names.length).toBeGreaterThan(1)
  })

  const withSessions = async () => {
    const added = account()
    await store().accounts.add(added)
    const mine = session({ identity: identity({ issuer: localIssuer, subject: added.id }) })
    const others = [
      session({ identity: identity({ issuer: localIssuer }) }),
      session({ identity: identity({ subject: added.id }) }),
    ]
    for (const opened of [mine, ...others]) await store().sessions.open(opened)
    const areOnlyOthersLeft = async () => {
      expect(await store().sessions.find(mine.idHash)).toBeUndefined()
      for (const other of others) {
        expect(await store().sessions.find(other.idHash)).toStrictEqual(other)
      }
    }
    return { added, areOnlyOthersLeft }
  }

  it('remove() removes the account and ends its sessions', async () => {
    const { added, areOnlyOthersLeft } = await withSessions()
    expect(await store().accounts.remove(added.name)).toBe('removed')
    expect(await store().accounts.findByName(added.name)).toBeUndefined()
    await areOnlyOthersLeft()
    expect(await store().accounts.remove(added.name)).toBe('unknown')
  })

  it('changePassword() replaces the hash and ends the sessions', async () => {
    const { added, areOnlyOthersLeft } = await withSessions()
    expect(await store().accounts.changePassword(added.name, 'new')).toBe('changed')
    const changed = { ...added, passwordHash: 'new' }
    expect(await store().accounts.findByName(added.name)).toStrictEqual(changed)
    await areOnlyOthersLeft()
    expect(await store().accounts.changePassword(unique('name'), 'new')).toBe('unknown')
  })
}

function subjectPinContract(store: () => Store): void {
  it('pin() remembers the first account of an address and names a different one (R43)', async () => {
    const email = `${unique('mia')}@example.com`
    const pin = (issuer: string, subject: string) =>
      store().subjectPins.pin(email, issuer, subject, at(1))
    expect(await pin('https://one.example', 'a')).toBe('pinned')
    expect(await pin('https://one.example', 'a')).toBe('same')
    expect(await pin('https://one.example', 'b')).toBe('other')
    expect(await pin('https://two.example', 'a')).toBe('other')
    expect(await pin('https://one.example', 'a')).toBe('same')
  })

  it('pin() lets exactly one of many racing accounts have the address', async () => {
    const email = `${unique('mia')}@example.com`
    const pins = Array.from({ length: 20 }, (_, index) =>
      store().subjectPins.pin(email, 'https://one.example', `subject-${index}`, at(1)),
    )
    const results = await Promise.all(pins)
    expect(results.filter((result) => result === 'pinned')).toHaveLength(1)
    expect(results.filter((result) => result === 'other')).toHaveLength(19)
  })
}

function providerLogoutContract(store: () => Store): void {
  const opened = async (own: Partial<Session>) => {
    const one = session(own)
    await store().sessions.open(one)
    return one
  }
  const isLeft = async ({ idHash }: Session) => isFound(await store().sessions.find(idHash))

  it("redeem() ends the sessions of one provider's session only and counts them", async () => {
    const [sid, issuer] = [unique('sid'), 'https://other.example']
    const person = identity()
    const [one, two] = [
      await opened({ identity: person, providerSession: sid }),
      await opened({ identity: person, providerSession: sid }),
    ]
    const kept = [
      await opened({ identity: person, providerSession: unique('sid') }),
      await opened({ identity: person, providerSession: undefined }),
      await opened({ identity: identity({ issuer }), providerSession: sid }),
    ]
    const about = { kind: 'session', providerSession: sid } as const
    expect(await store().providerLogouts.redeem(logout({ about }))).toEqual({
      kind: 'ended',
      sessions: 2,
    })
    expect([await isLeft(one), await isLeft(two)]).toEqual([false, false])
    for (const other of kept) expect(await isLeft(other)).toBe(true)
  })

  it('redeem() ends every session of a subject of that issuer', async () => {
    const subject = unique('subject')
    const ended = await opened({ identity: identity({ subject }) })
    const without = await opened({ identity: identity({ subject }), providerSession: undefined })
    const issuer = 'https://other.example'
    const kept = [await opened({}), await opened({ identity: identity({ subject, issuer }) })]
    const about = { kind: 'subject', subject } as const
    expect(await store().providerLogouts.redeem(logout({ about }))).toEqual({
      kind: 'ended',
      sessions: 2,
    })
    expect([await isLeft(ended), await isLeft(without)]).toEqual([false, false])
    for (const other of kept) expect(await isLeft(other)).toBe(true)
  })

  it('redeem() takes a token once, and a replay ends nothing', async () => {
    const sid = unique('sid')
    const token = logout({ about: { kind: 'session', providerSession: sid } })
    expect(await store().providerLogouts.redeem(token)).toEqual({ kind: 'ended', sessions: 0 })
    const later = await opened({ providerSession: sid })
    expect(await store().providerLogouts.redeem(token)).toEqual({ kind: 'already-redeemed' })
    expect(await isLeft(later)).toBe(true)
  })

  it('redeem() lets exactly one of 20 racing callers end the sessions (R138)', async () => {
    const { providerSession = '' } = await opened({ providerSession: unique('sid') })
    const token = logout({ about: { kind: 'session', providerSession } })
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => store().providerLogouts.redeem(token)),
    )
    expect(answers.filter(({ kind }) => kind === 'ended')).toEqual([{ kind: 'ended', sessions: 1 }])
  })

  it('purge() forgets tokens that are too old to be accepted, at most the limit (R124)', async () => {
    const [old, older, young] = [
      logout({ usableUntil: at(20) }),
      logout({ usableUntil: at(10) }),
      logout({ usableUntil: at(21) }),
    ]
    for (const token of [old, older, young]) await store().providerLogouts.redeem(token)
    expect(await store().providerLogouts.purge(at(20), 1)).toBe(1)
    expect(await store().providerLogouts.purge(at(20), 100)).toBe(1)
    expect(await store().providerLogouts.purge(at(20), 100)).toBe(0)
    expect((await store().providerLogouts.redeem(young)).kind).toBe('already-redeemed')
    expect((await store().providerLogouts.redeem(old)).kind).toBe('ended')
  })
}

/**
 * Registers the suite.
 *
 * @param open opens a store on one and the same database each time it is called; the database is empty at first
 */
export function storeContract(name: string, open: () => Promise<Store>): void {
  describe(`store on ${name}`, () => {
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

    describe('sessions', () => sessionContract(store))
    describe('logins under way', () => loginFlowContract(store))
    describe('sessions of other hosts', () => hostSessionContract(store))
    describe('hand-offs', () => handOffContract(store))
    describe('probes', () => probeContract(store))
    describe('accounts', () => accountContract(store))
    describe('subject pins', () => subjectPinContract(store))
    describe('logouts by a provider', () => providerLogoutContract(store))

    it('ping() answers while the store is open', async () => {
      await expect(store().ping()).resolves.toBeUndefined()
    })

    it('close() makes everything afterwards a fault, never "not found"', async () => {
      const closed = await open()
      await closed.close()
      await expect(closed.ping()).rejects.toThrow()
      await expect((async () => closed.sessions.find('x'))()).rejects.toThrow()
      await expect(closed.accounts.findByName('x')).rejects.toThrow()
    })
  })
}
