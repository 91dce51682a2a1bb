import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { newInvitation } from '../../../src/adapters/invitations.ts'
import { verifyPassword } from '../../../src/adapters/passwords.ts'
import { hashOf } from '../../../src/adapters/sealing.ts'
import { openStore } from '../../../src/adapters/sql/open.ts'
import type { Store } from '../../../src/ports/store.ts'
import { epochSeconds } from '../../../src/protocol/time.ts'
import { silentLog } from '../../contract/silent-log.ts'
import { createAuthenticator } from '../../support/authenticator.ts'
import { accountsOrigin, createOwnAccountsStage, mia } from '../../support/own-accounts-stage.ts'

const good = 'six blue herons 7'
const kim = { name: 'kim', email: 'kim@example.com', displayName: 'Kim', groups: ['crew'] }
const threeDays = 72 * 60 * 60

let store: Store
let moment: number
let invitations: ReturnType<typeof createOwnAccountsStage>['ownAccounts']['invitations']
let token: string
const now = () => epochSeconds(moment)

beforeEach(async () => {
  moment = 1_700_000_000
  store = await openStore({ kind: 'memory' }, silentLog)
  invitations = createOwnAccountsStage(store, now).ownAccounts.invitations
  const made = newInvitation(kim, now(), hashOf)
  token = made.token
  await store.accountCredentials.invitations.issue(made.invitation)
})
afterEach(() => store.close())

const challenge = 'challenge-1'
const take = async (text: string) => text === challenge
const chosen = { password: '', passkey: '', passkeyName: 'Passkey' }

async function newPasskey(isVerified = true): Promise<string> {
  const options = await invitations.creationOptions(token, challenge)
  return createAuthenticator(accountsOrigin).create(options, { isVerified })
}

describe('accept()', () => {
  it('makes the account with what was preset, and its password', async () => {
    const answer = await invitations.accept(token, { ...chosen, password: good }, take)
    expect(answer).toMatchObject({
      kind: 'identity',
      identity: { preferredUsername: 'kim', email: 'kim@example.com', groups: ['crew'] },
      assurance: { factors: 1, authenticatedAt: moment, methods: ['pwd'] },
    })
    const account = await store.accounts.findByName('kim')
    expect(await verifyPassword(good, account?.passwordHash)).toBe('match')
    expect(answer.kind === 'identity' && (await answer.holds())).toBe(true)
  })

  it('makes an account without a password for a passkey that verified its owner', async () => {
    const passkey = await newPasskey()
    const answer = await invitations.accept(token, { ...chosen, passkey }, take)
    expect(answer).toMatchObject({ kind: 'identity', assurance: { factors: 2 } })
    const account = await store.accounts.findByName('kim')
    expect(account?.passwordHash).toBe('')
    const { passkeys } = store.accountCredentials
    expect(await passkeys.listOf(account?.id ?? '')).toHaveLength(1)
  })

  it('takes a passkey that verified nobody beside a password only', async () => {
    const passkey = await newPasskey(false)
    expect(await invitations.accept(token, { ...chosen, passkey }, take)).toMatchObject({
      kind: 'bad-passkey',
    })
    expect(
      await invitations.accept(token, { ...chosen, passkey, password: good }, take),
    ).toMatchObject({ kind: 'identity', assurance: { factors: 1 } })
  })

  it('works once, over many at once', async () => {
    const answers = await Promise.all(
      Array.from({ length: 3 }, () =>
        invitations.accept(token, { ...chosen, password: good }, take),
      ),
    )
    expect(answers.map(({ kind }) => kind).toSorted()).toEqual(['identity', 'unknown', 'unknown'])
    expect(await invitations.find(token)).toBeUndefined()
    expect(await invitations.creationOptions(token, challenge)).toBeUndefined()
  })

  it('works for three days and not a second longer', async () => {
    moment += threeDays - 1
    expect(await invitations.find(token)).toMatchObject({ name: 'kim', displayName: 'Kim' })
    moment += 1
    expect(await invitations.find(token)).toBeUndefined()
    expect(await invitations.accept(token, { ...chosen, password: good }, take)).toEqual({
      kind: 'unknown',
    })
    expect(await store.accounts.count()).toBe(0)
  })

  it.each([
    ['nothing', '', 'nothing'],
    ['a weak password', 'kim', 'weak-password'],
    ['a password that is the name', 'kimkimkimkimkim', 'weak-password'],
  ])('uses nothing up for %s', async (_, password, kind) => {
    expect(await invitations.accept(token, { ...chosen, password }, take)).toEqual({ kind })
    expect(await invitations.find(token)).toBeDefined()
    expect(await store.accounts.count()).toBe(0)
  })

  it('uses nothing up when the name was taken meanwhile', async () => {
    await store.accounts.add({ ...mia, name: 'kim' })
    expect(await invitations.accept(token, { ...chosen, password: good }, take)).toEqual({
      kind: 'name-taken',
    })
    expect((await store.accounts.findByName('kim'))?.id).toBe(mia.id)
  })

  it.each(['', 'x', 'a'.repeat(43), "' or 1=1 --"])('knows no invitation %j', async (text) => {
    expect(await invitations.find(text)).toBeUndefined()
    expect((await invitations.accept(text, { ...chosen, password: good }, take)).kind).toBe(
      'unknown',
    )
  })
})

describe('newInvitation()', () => {
  it('keeps the hash of a secret of 256 bits, another each time', () => {
    const made = Array.from({ length: 5 }, () => newInvitation(kim, now(), hashOf))
    expect(new Set(made.map((one) => one.token)).size).toBe(5)
    for (const one of made) {
      expect(one.token).toMatch(/^[\w-]{43}$/)
      expect(JSON.stringify(one.invitation)).not.toContain(one.token)
    }
  })
})
