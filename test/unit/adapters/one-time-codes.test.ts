import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  formatRecoveryCode,
  matchOneTimeCode,
  newOneTimeSecret,
  newRecoveryCodes,
  oneTimeCode,
  oneTimeSecretUri,
  parseRecoveryCode,
} from '../../../src/adapters/one-time-codes.ts'
import { epochSeconds } from '../../../src/protocol/time.ts'

const at = epochSeconds
// RFC 6238 appendix B: the secret is "12345678901234567890"; its codes have eight digits, of which ours are the last six.
const rfcSecret = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ'

describe('matchOneTimeCode()', () => {
  it.each([
    [59, '287082'],
    [1111111109, '081804'],
    [1111111111, '050471'],
    [1234567890, '005924'],
    [2000000000, '279037'],
    [20000000000, '353130'],
  ])('knows the code of second %i (RFC 6238 appendix B)', (moment, code) => {
    expect(oneTimeCode(rfcSecret, at(moment))).toBe(code)
    expect(matchOneTimeCode(rfcSecret, code, at(moment))).toBe(Math.floor(moment / 30))
  })

  it.each([
    [-60, undefined],
    [-31, undefined],
    [-30, 99],
    [0, 100],
    [29, 100],
    [30, 101],
    [59, 101],
    [60, undefined],
  ])('a code of %i seconds from the step of now is of step %s (RFC 6238 §5.2)', (offset, step) => {
    const code = oneTimeCode(rfcSecret, at(3000 + offset))
    expect(matchOneTimeCode(rfcSecret, code, at(3000))).toBe(step)
  })

  it.each([
    '',
    '28708',
    '2870820',
    '287 082',
    '２８７０８２',
    '28708a',
    '-28708',
    '0x2870',
    '1e5000',
  ])('takes no %j', (code) => {
    expect(matchOneTimeCode(rfcSecret, code, at(59))).toBeUndefined()
  })

  it('takes no code of another secret', () => {
    const code = oneTimeCode(newOneTimeSecret(), at(59))
    expect([undefined, 1]).toContain(matchOneTimeCode(rfcSecret, code, at(59)))
    expect(matchOneTimeCode(rfcSecret, oneTimeCode(newOneTimeSecret(), at(1e9)), at(59))).not.toBe(
      Math.floor(1e9 / 30),
    )
  })
})

describe('newOneTimeSecret()', () => {
  it('makes 160 bits in base32, another each time (RFC 4226 §4)', () => {
    const made = Array.from({ length: 20 }, newOneTimeSecret)
    expect(new Set(made).size).toBe(20)
    for (const secret of made) expect(secret).toMatch(/^[A-Z2-7]{32}$/)
  })
})

describe('oneTimeSecretUri()', () => {
  it('escapes names, whatever they hold', () => {
    const url = new URL(oneTimeSecretUri('ABCD', 'mia', 'Café & Söhne: ?#'))
    expect(url.protocol).toBe('otpauth:')
    expect(url.searchParams.get('secret')).toBe('ABCD')
    expect(url.searchParams.get('issuer')).toBe('Café & Söhne: ?#')
  })
})

describe('recovery codes', () => {
  it('are ten different ones, and read as they are shown', () => {
    const codes = newRecoveryCodes()
    expect(new Set(codes).size).toBe(10)
    for (const code of codes) {
      const shown = formatRecoveryCode(code)
      expect(shown).toMatch(/^(?:[2-9b-z]{4}-){3}[2-9b-z]{4}$/)
      expect(parseRecoveryCode(shown)).toBe(code)
      expect(parseRecoveryCode(` ${shown.toUpperCase().replaceAll('-', ' ')} `)).toBe(code)
    }
  })

  it('parse or are refused, whatever is typed', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 100 }), (text) => {
        const parsed = parseRecoveryCode(text)
        expect(parsed === undefined || /^[2-9b-z]{16}$/.test(parsed)).toBe(true)
      }),
    )
    expect(parseRecoveryCode('123456')).toBeUndefined()
  })
})
