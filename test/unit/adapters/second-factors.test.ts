import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { formatRecoveryCode, oneTimeCode } from '../../../src/adapters/one-time-codes.ts'
import { hashOf } from '../../../src/adapters/sealing.ts'
import { openStore } from '../../../src/adapters/sql/open.ts'
import type { HalfProven } from '../../../src/ports/own-accounts.ts'
import type { Log } from '../../../src/ports/runtime.ts'
import type { Store } from '../../../src/ports/store.ts'
import { epochSeconds } from '../../../src/protocol/time.ts'
import { silentLog } from '../../contract/silent-log.ts'
import {
  type Authenticator,
  createAuthenticator,
  type Deviation,
} from '../../support/authenticator.ts'
import { accountsOrigin, createOwnAccountsStage, mia } from '../../support/own-accounts-stage.ts'

let store: Store
let moment: number
let stage: ReturnType<typeof createOwnAccountsStage>['ownAccounts']
const now = () => epochSeconds(moment)
const half: HalfProven = {
  accountId: mia.id,
  name: 'mia',
  passwordMark: hashOf('right'),
}

beforeEach(async () => {
  moment = 3000
  store = await openStore({ kind: 'memory' }, silentLog)
  await store.accounts.add(mia)
  stage = createOwnAccountsStage(store, now).ownAccounts
})
afterEach(() => store.close())

const takes = (wanted: string) => async (challenge: string) => challenge === wanted
const challenge = 'challenge-1'

async function register(account = mia.id, own: Deviation = {}): Promise<Authenticator> {
  const key = createAuthenticator(accountsOrigin)
  const options = await stage.factors.creationOptions(account, challenge)
  const made = { answer: key.create(options, own), name: 'Phone' }
  const added = await stage.factors.addPasskey(account, made, takes(challenge))
  if (added.kind === 'refused') throw new Error(added.reason)
  return key
}

const requestOptions = (whose?: HalfProven) => stage.signIn.passkeyOptions(challenge, whose)

describe('signInWithPasskey()', () => {
  it('finds the account without a name, and counts as two factors', async () => {
    const key = await register()
    const answer = key.get(await requestOptions())
    const result = await stage.signIn.signInWithPasskey(answer, takes(challenge))
    expect(result).toMatchObject({
      kind: 'identity',
      identity: { provider: 'local', subject: mia.id, preferredUsername: 'mia', groups: ['crew'] },
      assurance: { factors: 2, authenticatedAt: 3000, methods: ['pop', 'user', 'mfa'] },
    })
    expect((await store.accountCredentials.passkeys.listOf(mia.id))[0]).toMatchObject({
      counter: 1,
      lastUsedAt: 3000,
    })
  })

  it('asks for a verified owner and names no passkey of anybody', async () => {
    await register()
    expect(await requestOptions()).toMatchObject({
      rpId: 'auth.example.com',
      userVerification: 'required',
      challenge: Buffer.from(challenge).toString('base64url'),
    })
    expect(await requestOptions()).not.toHaveProperty('allowCredentials.0')
  })

  it.each<[string, Deviation]>([
    ['of another origin', { origin: 'https://auth.example.com.evil.test' }],
    ['of the origin over http', { origin: 'http://auth.example.com' }],
    ['of a sibling host', { origin: 'https://app.example.com' }],
    ['for another relying party', { rpId: 'example.com' }],
    ['to another challenge', { challenge: Buffer.from('challenge-2').toString('base64url') }],
    ['made by create()', { type: 'webauthn.create' }],
    ['made in a frame of another site', { crossOrigin: true }],
    ['of a key that nobody touched', { isPresent: false }],
    ['of a key that did not verify its owner', { isVerified: false }],
    ['of another account', { userHandle: Buffer.from('account-of-zoe').toString('base64url') }],
    ['that does not say whose it is', { userHandle: null }],
    ['with a signature of something else', { signature: Buffer.from('MAYCAQECAQE=', 'base64') }],
    ['with an unknown id', { credentialId: Buffer.alloc(32, 7).toString('base64url') }],
  ])('refuses an answer %s', async (_, deviation) => {
    const key = await register()
    const answer = key.get(await requestOptions(), deviation)
    expect(await stage.signIn.signInWithPasskey(answer, takes(challenge))).toMatchObject({
      kind: 'wrong',
    })
    // The same key is good when it answers what was asked.
    const right = key.get(await requestOptions())
    expect((await stage.signIn.signInWithPasskey(right, takes(challenge))).kind).toBe('identity')
  })

  it('refuses a counter that does not move on: the key was copied (WebAuthn §6.1.1)', async () => {
    const key = await register()
    for (const [counter, kind] of [
      [5, 'identity'],
      [5, 'wrong'],
      [4, 'wrong'],
      [0, 'wrong'],
      [6, 'identity'],
    ] as const) {
      const answer = key.get(await requestOptions(), { counter })
      expect((await stage.signIn.signInWithPasskey(answer, takes(challenge))).kind).toBe(kind)
    }
  })

  it('gives one of two requests the same answer when both come at once', async () => {
    const key = await register()
    const answer = key.get(await requestOptions(), { counter: 9 })
    const results = await Promise.all(
      Array.from({ length: 4 }, () => stage.signIn.signInWithPasskey(answer, takes(challenge))),
    )
    expect(results.filter(({ kind }) => kind === 'identity')).toHaveLength(1)
  })

  it('holds no longer once the passkey or the account is gone (R21)', async () => {
    const key = await register()
    const result = await stage.signIn.signInWithPasskey(
      key.get(await requestOptions()),
      takes(challenge),
    )
    if (result.kind !== 'identity') throw new Error(result.kind)
    expect(await result.holds()).toBe(true)
    await store.accountCredentials.passkeys.remove(mia.id, key.id)
    expect(await result.holds()).toBe(false)
  })

  it.each([
    '',
    '{}',
    'null',
    '[]',
    '{"id":1}',
    '{"id":"a","rawId":"a","type":"public-key","response":{"clientDataJSON":"!","authenticatorData":"","signature":""}}',
    `{"id":"${'a'.repeat(9000)}"}`,
    '{"__proto__":{"id":"x"}}',
    '{"id":"a","rawId":"a","type":"public-key","response":{"clientDataJSON":"e30","authenticatorData":"","signature":""}}',
  ])('refuses %.60s without a fault', async (text) => {
    expect(await stage.signIn.signInWithPasskey(text, takes(challenge))).toMatchObject({
      kind: 'wrong',
    })
  })

  it('throws what the store throws while the challenge is taken: no answer is no refusal', async () => {
    const key = await register()
    const broken = async () => {
      throw new Error('store is down')
    }
    const answer = key.get(await requestOptions())
    await expect(stage.signIn.signInWithPasskey(answer, broken)).rejects.toThrow('store is down')
  })
})

describe('confirmPasskey()', () => {
  it('takes a key that only was touched, after the password', async () => {
    const key = await register()
    const options = await requestOptions(half)
    expect(options).toMatchObject({ allowCredentials: [{ id: key.id }] })
    const answer = key.get(options, { isVerified: false, userHandle: null })
    expect(await stage.signIn.confirmPasskey(half, answer, takes(challenge))).toMatchObject({
      kind: 'identity',
      assurance: { factors: 2, methods: ['pwd', 'pop', 'mfa'] },
    })
  })

  it('takes no passkey of another account', async () => {
    await store.accounts.add({ ...mia, id: 'account-of-zoe', name: 'zoe' })
    const key = await register('account-of-zoe')
    const answer = key.get(await requestOptions(half), { userHandle: null })
    expect((await stage.signIn.confirmPasskey(half, answer, takes(challenge))).kind).toBe('wrong')
  })

  it('is worth nothing once the password has changed', async () => {
    const key = await register()
    await store.accounts.changePassword('mia', 'other')
    const answer = key.get(await requestOptions(half))
    expect((await stage.signIn.confirmPasskey(half, answer, takes(challenge))).kind).toBe('wrong')
  })
})

async function setUpApp(): Promise<{ secret: string; recovery: readonly string[] }> {
  const { secret = '' } = stage.factors.newSecret('mia') ?? {}
  const added = await stage.factors.addApp(mia.id, secret, oneTimeCode(secret, now()))
  if (added.kind !== 'added' || added.recoveryCodes === undefined) throw new Error(added.kind)
  return { secret, recovery: added.recoveryCodes }
}

describe('confirmCode()', () => {
  it('takes the code of the app, once, and none that is older (RFC 6238 §5.2)', async () => {
    const { secret } = await setUpApp()
    // The one that set it up is used already.
    expect((await stage.signIn.confirmCode(half, oneTimeCode(secret, now()))).kind).toBe('wrong')
    moment = 3060
    const code = oneTimeCode(secret, now())
    expect(
      await stage.signIn.confirmCode(half, `${code.slice(0, 3)} ${code.slice(3)}`),
    ).toMatchObject({ kind: 'identity', assurance: { factors: 2, methods: ['pwd', 'otp', 'mfa'] } })
    expect((await stage.signIn.confirmCode(half, code)).kind).toBe('wrong')
    const before = oneTimeCode(secret, epochSeconds(moment - 30))
    expect((await stage.signIn.confirmCode(half, before)).kind).toBe('wrong')
  })

  it('gives one of several requests the same code', async () => {
    const { secret } = await setUpApp()
    moment = 3060
    const code = oneTimeCode(secret, now())
    const results = await Promise.all(
      Array.from({ length: 4 }, () => stage.signIn.confirmCode(half, code)),
    )
    expect(results.filter(({ kind }) => kind === 'identity')).toHaveLength(1)
  })

  it('takes each recovery code once, of the own account only', async () => {
    const { recovery } = await setUpApp()
    const [code = '', other = ''] = recovery
    await store.accounts.add({ ...mia, id: 'account-of-zoe', name: 'zoe' })
    const zoe = { ...half, accountId: 'account-of-zoe', name: 'zoe' }
    expect((await stage.signIn.confirmCode(zoe, code)).kind).toBe('wrong')
    expect((await stage.signIn.confirmCode(half, code)).kind).toBe('identity')
    expect((await stage.signIn.confirmCode(half, code)).kind).toBe('wrong')
    expect((await stage.signIn.confirmCode(half, other)).kind).toBe('identity')
  })

  it('takes no code for an account without an app', async () => {
    expect((await stage.signIn.confirmCode(half, '000000')).kind).toBe('wrong')
  })

  it('locks after ten in a row for an hour, right ones included, until the operator unlocks', async () => {
    const { recovery } = await setUpApp()
    for (let round = 0; round < 10; round++) {
      expect((await stage.signIn.confirmCode(half, '000000')).kind).toBe('wrong')
    }
    const [code = ''] = recovery
    expect(await stage.signIn.confirmCode(half, code)).toEqual({
      kind: 'limited',
      retryAfter: 3600,
    })
    moment += 3599
    expect((await stage.signIn.confirmCode(half, code)).kind).toBe('limited')
    await store.accountCredentials.locks.unlock('mia', now())
    expect((await stage.signIn.confirmCode(half, code)).kind).toBe('identity')
  })

  it('does not lock out the passkey, which cannot be guessed', async () => {
    const key = await register()
    for (let round = 0; round < 12; round++) await stage.signIn.confirmCode(half, '000000')
    const answer = key.get(await requestOptions(half))
    expect((await stage.signIn.confirmPasskey(half, answer, takes(challenge))).kind).toBe(
      'identity',
    )
  })

  it.each([
    ['is another one', { seal: () => '', unseal: () => undefined }],
    ['is gone', undefined],
  ])('blames no person when the key of the app secret %s', async (_, sealing) => {
    const { secret, recovery } = await setUpApp()
    const errors: unknown[] = []
    const log: Log = { ...silentLog, error: (event, fields) => void errors.push([event, fields]) }
    const { signIn } = createOwnAccountsStage(store, now, { sealing, log }).ownAccounts
    moment = 3060
    for (let round = 0; round < 12; round++) {
      const answer = await signIn.confirmCode(half, oneTimeCode(secret, now()))
      expect(answer).toEqual({ kind: 'wrong', reason: 'secret-unreadable' })
    }
    expect(errors).toHaveLength(12)
    expect(errors[0]).toEqual([
      'second_factor.unreadable',
      { account: 'mia', text: expect.stringContaining('users factors reset') },
    ])
    expect((await signIn.confirmCode(half, recovery[0] ?? '')).kind).toBe('identity')
  })

  it('is worth nothing once the password has changed', async () => {
    const { recovery } = await setUpApp()
    await store.accounts.changePassword('mia', 'other')
    expect((await stage.signIn.confirmCode(half, recovery[0] ?? '')).kind).toBe('wrong')
  })
})

describe('own factors', () => {
  it('shows recovery codes with the first factor only, ten of them', async () => {
    const { recovery } = await setUpApp()
    expect(recovery).toHaveLength(10)
    const key = createAuthenticator(accountsOrigin)
    const answer = key.create(await stage.factors.creationOptions(mia.id, challenge))
    expect(
      await stage.factors.addPasskey(mia.id, { answer, name: 'Phone' }, takes(challenge)),
    ).toEqual({ kind: 'added', recoveryCodes: undefined })
  })

  it('new recovery codes end the ones before', async () => {
    const { recovery } = await setUpApp()
    const renewed = await stage.factors.renewRecoveryCodes(mia.id)
    expect(renewed).toHaveLength(10)
    expect((await stage.signIn.confirmCode(half, recovery[0] ?? '')).kind).toBe('wrong')
    expect((await stage.signIn.confirmCode(half, renewed?.[0] ?? '')).kind).toBe('identity')
  })

  it('keeps neither the app secret nor the recovery codes in plain text (R130)', async () => {
    const { secret, recovery } = await setUpApp()
    const kept = JSON.stringify(await store.accountCredentials.oneTimeSecrets.find(mia.id))
    expect(kept).not.toContain(secret)
    const code = (recovery[0] ?? '').replaceAll('-', '')
    const { recoveryCodes } = store.accountCredentials
    expect(await recoveryCodes.redeem(mia.id, code)).toBe('unknown')
    expect(formatRecoveryCode(code)).toBe(recovery[0])
  })

  it('has no app without the right code, or without a key to seal its secret with', async () => {
    const { secret = '' } = stage.factors.newSecret('mia') ?? {}
    const wrong = oneTimeCode(secret, epochSeconds(1e6))
    expect(await stage.factors.addApp(mia.id, secret, wrong)).toEqual({ kind: 'wrong' })
    const keyless = createOwnAccountsStage(store, now, { sealing: undefined }).ownAccounts.factors
    expect(keyless.newSecret('mia')).toBeUndefined()
    const right = oneTimeCode(secret, now())
    expect(await keyless.addApp(mia.id, secret, right)).toEqual({ kind: 'wrong' })
    expect(await keyless.show(mia.id)).toMatchObject({ app: false, offersApp: false })
  })

  it('removing the last factor ends the recovery codes: the password is enough again', async () => {
    const key = await register()
    expect((await stage.factors.show(mia.id))?.recoveryCodes).toBe(10)
    expect(await stage.factors.removePasskey(mia.id, key.id)).toBe('removed')
    expect(await stage.factors.show(mia.id)).toMatchObject({ passkeys: [], recoveryCodes: 0 })
    expect(await stage.factors.renewRecoveryCodes(mia.id)).toBeUndefined()
    await setUpApp()
    expect(await stage.factors.removeApp(mia.id)).toBe('removed')
    expect((await stage.factors.show(mia.id))?.recoveryCodes).toBe(0)
  })

  it.each<[string, Deviation]>([
    ['of another origin', { origin: 'https://evil.test' }],
    ['for another relying party', { rpId: 'evil.test' }],
    ['to another challenge', { challenge: 'AAAA' }],
    ['made by get()', { type: 'webauthn.get' }],
    ['made in a frame', { crossOrigin: true }],
    ['of a key that nobody touched', { isPresent: false }],
  ])('adds no passkey %s', async (_, deviation) => {
    await expect(register(mia.id, deviation)).rejects.toThrow()
    expect(await store.accountCredentials.passkeys.listOf(mia.id)).toEqual([])
  })

  it('adds no passkey that is there already, and 20 at most', async () => {
    const key = createAuthenticator(accountsOrigin)
    const answer = key.create(await stage.factors.creationOptions(mia.id, challenge))
    const add = () => stage.factors.addPasskey(mia.id, { answer, name: 'x' }, takes(challenge))
    expect((await add()).kind).toBe('added')
    expect(await add()).toEqual({ kind: 'refused', reason: 'exists' })
    for (let count = 1; count < 20; count++) await register()
    await expect(register()).rejects.toThrow('full')
  })

  it('names the passkeys it has, so that a device makes no second one', async () => {
    const key = await register()
    expect(await stage.factors.creationOptions(mia.id, challenge)).toMatchObject({
      rp: { id: 'auth.example.com', name: 'Harbour' },
      user: { name: 'mia', displayName: 'Mia' },
      attestation: 'none',
      excludeCredentials: [{ id: key.id }],
    })
    expect(await stage.factors.creationOptions('nobody', challenge)).toBeUndefined()
  })
})
