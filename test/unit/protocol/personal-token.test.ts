import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  formatPersonalToken,
  isPersonalToken,
  isWellFormedPersonalToken,
} from '../../../src/protocol/personal-token.ts'

const random32 = fc.uint8Array({ minLength: 32, maxLength: 32 })
const tokenOf = (bytes: Uint8Array) => formatPersonalToken(Buffer.from(bytes).toString('base64url'))

describe('formatPersonalToken()', () => {
  test('gives a prefix, 43 and 6 letters and digits, whatever the random value', () => {
    fc.assert(
      fc.property(random32, (bytes) => {
        expect(tokenOf(bytes)).toMatch(/^sallyport_pat_[0-9A-Za-z]{49}$/)
        expect(isWellFormedPersonalToken(tokenOf(bytes))).toBe(true)
      }),
    )
  })

  test('keeps all 256 bits: different values give different tokens', () => {
    fc.assert(
      fc.property(random32, fc.nat(255), (bytes, bit) => {
        const other = Uint8Array.from(bytes)
        other[bit >> 3] = (other[bit >> 3] ?? 0) ^ (1 << (bit & 7))
        expect(tokenOf(other).slice(0, -6)).not.toBe(tokenOf(bytes).slice(0, -6))
      }),
    )
  })

  test('has CRC-32 of all before it as checksum, in base 62, so that others can compute it', () => {
    const token = formatPersonalToken(Buffer.alloc(32).toString('base64url'))
    expect(token).toBe(`sallyport_pat_${'0'.repeat(43)}2q6PVR`)
  })

  test('throws when it is not given 32 bytes', () => {
    expect(() => formatPersonalToken('short')).toThrow('32 random bytes')
  })
})

describe('isWellFormedPersonalToken()', () => {
  const good = formatPersonalToken(randomBytes(32).toString('base64url'))

  test('refuses a token in which one character is another', () => {
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.stringMatching(/^[0-9A-Za-z_]$/), (at, character) => {
        const changed = good.slice(0, at) + character + good.slice(at + 1)
        expect(isWellFormedPersonalToken(changed)).toBe(changed === good)
      }),
    )
  })

  test('refuses whatever else it is given', () => {
    for (const text of [
      '',
      'sallyport_pat_',
      `${good} `,
      ` ${good}`,
      `${good}0`,
      good.slice(0, -1),
    ])
      expect(isWellFormedPersonalToken(text)).toBe(false)
    fc.assert(fc.property(fc.string(), (text) => !isWellFormedPersonalToken(text)))
  })
})

describe('isPersonalToken()', () => {
  test('knows a token by how it begins', () => {
    expect(isPersonalToken('sallyport_pat_x')).toBe(true)
    expect(isPersonalToken('Sallyport_pat_x')).toBe(false)
    expect(isPersonalToken('x sallyport_pat_x')).toBe(false)
  })
})
