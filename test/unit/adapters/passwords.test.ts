import { describe, expect, it } from 'vitest'
import { hashPassword, refuseNewPassword, verifyPassword } from '../../../src/adapters/passwords.ts'
import { secret } from '../../../src/protocol/secret.ts'

const password = 'six blue herons 7'

// Made by the reference implementation of argon2 (its own test vector).
const reference =
  '$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc'

// Parameters that cost next to nothing.
const cheap = '$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'

describe('hashPassword()', () => {
  it("is argon2id in PHC form with OWASP's parameters and a fresh salt", async () => {
    const [one, other] = [await hashPassword(password), await hashPassword(secret(password))]
    const form = /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[\w+/]{22}\$[\w+/]{43}$/
    expect(one).toMatch(form)
    expect(other).toMatch(form)
    expect(other).not.toBe(one)
    expect(one).not.toContain(password)
  })

  it('does not hold up the event loop (R125)', async () => {
    let longestStop = 0
    let last = performance.now()
    const look = () => {
      longestStop = Math.max(longestStop, performance.now() - last)
      last = performance.now()
    }
    const beat = setInterval(look, 1)
    const begun = performance.now()
    // Long enough that a pause of a busy machine is short beside it.
    await Promise.all(Array.from({ length: 24 }, () => hashPassword(password)))
    const whole = performance.now() - begun
    clearInterval(beat)
    // A loop that was held up all the time has not beaten once.
    look()
    expect(longestStop).toBeLessThan(whole / 2)
  })
})

describe('verifyPassword()', () => {
  it('says match for the password of the hash only', async () => {
    const stored = await hashPassword(password)
    expect(await verifyPassword(password, stored)).toBe('match')
    expect(await verifyPassword(secret(password), stored)).toBe('match')
    expect(await verifyPassword(`${password} `, stored)).toBe('mismatch')
    expect(await verifyPassword('', stored)).toBe('mismatch')
  })

  it('takes composed and decomposed characters for the same (RFC 8265 §4.2.2)', async () => {
    const stored = await hashPassword('caf\u00e9 caf\u00e9 caf\u00e9')
    expect(await verifyPassword('cafe\u0301 cafe\u0301 cafe\u0301', stored)).toBe('match')
  })

  it('says mismatch for a name that does not exist, after the same work', async () => {
    const stored = await hashPassword(password)
    const time = async (hash: string | undefined) => {
      const begun = performance.now()
      expect(await verifyPassword('another password', hash)).toBe('mismatch')
      return performance.now() - begun
    }
    let [known, unknown] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]
    const isAlike = () => unknown / known > 0.5 && unknown / known < 2
    // The fastest of seven each; of more where something else disturbed all of one kind.
    for (let round = 0; round < 7 || (round < 40 && !isAlike()); round++) {
      known = Math.min(known, await time(stored))
      unknown = Math.min(unknown, await time(undefined))
    }
    expect(unknown / known).toBeGreaterThan(0.5)
    expect(unknown / known).toBeLessThan(2)
  })

  it('says busy when too many are waiting, and works again afterwards', async () => {
    const checks = await Promise.all(
      Array.from({ length: 100 }, () => verifyPassword(password, cheap)),
    )
    expect(checks.filter((check) => check === 'mismatch')).toHaveLength(66)
    expect(checks.filter((check) => check === 'busy')).toHaveLength(34)
    expect(await verifyPassword(password, cheap)).toBe('mismatch')
  })

  it('does not hash what is longer than any password, so it need not wait', async () => {
    const waiting = Array.from({ length: 66 }, () => verifyPassword(password, cheap))
    expect(await verifyPassword('x'.repeat(1025), cheap)).toBe('mismatch')
    expect(await verifyPassword('x'.repeat(1024), cheap)).toBe('busy')
    await Promise.all(waiting)
  })

  it.each([
    '',
    'password',
    '$2b$10$abcdefghijklmnopqrstuv',
    '$argon2i$v=19$m=8,t=1,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
    '$argon2id$v=19$m=4194304,t=1,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
    '$argon2id$v=19$m=64,t=0,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
    '$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ$',
  ])('throws when the stored hash is %j', async (stored) => {
    await expect(verifyPassword(password, stored)).rejects.toThrow('stored password hash')
  })

  it('agrees with the reference implementation, and reads hashes of other parameters', async () => {
    expect(await verifyPassword('password', reference)).toBe('match')
    expect(await verifyPassword('Password', reference)).toBe('mismatch')
  })
})

describe('refuseNewPassword()', () => {
  it.each([
    ['six blue herons 7', 'mia'],
    ['Tr0ub4dor&3xyz', 'mia'],
    ['パスワード銀河鉄道', 'mia'],
    ['password manager made', 'mia'],
    ['mia likes rain', 'mia'],
    ['x7Kq0pLw2Zn8', 'x'],
  ])('accepts %j', (text, name) => {
    expect(refuseNewPassword(text, name)).toBeUndefined()
  })

  it.each([
    ['', 'shorter than 12'],
    ['elevenbytes', 'shorter than 12'],
    ['password1234', 'guessed first'],
    ['Password12345', 'guessed first'],
    ['passwordpassword', 'guessed first'],
    ['qwertyuiop123', 'guessed first'],
    ['123456789012', 'guessed first'],
    ['abcdefghijklmnop', 'guessed first'],
    ['changeme-changeme', 'guessed first'],
    ['correcthorsebatterystaple', 'guessed first'],
    ['margarethe123', 'guessed first'],
    ['aaaaaaaaaaaaaaaa', 'repeats'],
    ['abcabcabcabcabc', 'repeats'],
    ['xyzw1xyzw1xyzw1', 'repeats'],
    ['twelve\u0000bytes and', 'control character'],
  ])('refuses %j: %s', (text, reason) => {
    expect(refuseNewPassword(text, 'margarethe')).toContain(reason)
  })

  it('accepts 1024 bytes and refuses more', () => {
    const longest = 'a1b2c3d4e5f6g7h8'.repeat(64)
    expect(refuseNewPassword(longest, 'mia')).toBeUndefined()
    expect(refuseNewPassword(`${longest}x`, 'mia')).toContain('longer than 1024')
  })
})
