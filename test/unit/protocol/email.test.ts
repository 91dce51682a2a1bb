import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseEmail } from '../../../src/protocol/email.ts'

describe('parseEmail()', () => {
  test.each([
    ['me@example.com', 'me@example.com', 'example.com'],
    ['Me.Too+Tag@Example.COM', 'me.too+tag@example.com', 'example.com'],
    ["o'brien@example.com", "o'brien@example.com", 'example.com'],
    ['a@xn--bcher-kva.example', 'a@xn--bcher-kva.example', 'xn--bcher-kva.example'],
    ['a@localhost', 'a@localhost', 'localhost'],
    [`${'a'.repeat(64)}@example.com`, `${'a'.repeat(64)}@example.com`, 'example.com'],
  ])('reads %j in lower case (R46)', (text, value, domain) => {
    expect(parseEmail(text)).toEqual({ kind: 'email', value, domain })
  })

  const long = `a@${`${'b'.repeat(61)}.`.repeat(4)}example`
  test.each<[unknown, string]>([
    ['x@evil@company.com', 'CVE-2026-40574'],
    ['"x@evil"@company.com', 'CVE-2026-40574'],
    ['x＠company.com', 'CVE-2026-73420'],
    ['x@evil.example＠company.com', 'CVE-2026-73420'],
    ['x@bücher.example', 'CVE-2026-92598'],
    ['x@company。com', 'CVE-2026-92598'],
    ['\u212Aim@company.com', 'R45'],
    [`${'a'.repeat(65)}@example.com`, 'R45'],
    [long, 'R45: 255 bytes'],
    ['@company.com', 'R45'],
    ['x@', 'R45'],
    ['x', 'R45'],
    ['', 'R45'],
    ['x@company.com ', 'R45'],
    [' x@company.com', 'R45'],
    ['x@company.com\n', 'R45'],
    ['x@company.com\u0000', 'R45'],
    ['x(comment)@company.com', 'R45'],
    ['x@[127.0.0.1]', 'R45'],
    ['.x@company.com', 'R45'],
    ['x.@company.com', 'R45'],
    ['x..y@company.com', 'R45'],
    ['x@company.com.', 'R45'],
    ['x@-company.com', 'R45'],
    ['x@company,com', 'R45'],
    ['a@company.com,b@evil.example', 'R45'],
    [undefined, 'R45'],
    [42, 'R45'],
    [['x@company.com'], 'R45'],
    [{ toString: () => 'x@company.com' }, 'R45'],
  ])('refuses %j (%s)', (text) => {
    expect(parseEmail(text)).toEqual({ kind: 'refused' })
  })

  test('refuses exactly what is longer than 254 bytes when all else is right (R45)', () => {
    expect(long).toHaveLength(257)
    expect(parseEmail(long.slice(0, 254))).toMatchObject({ kind: 'email' })
    expect(parseEmail(long.slice(0, 255))).toEqual({ kind: 'refused' })
  })

  test('answers nothing but lower-case ASCII with one @ whatever the text (R45)', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.emailAddress()), (text) => {
        const result = parseEmail(text)
        if (result.kind === 'refused') return
        expect(result.value).toMatch(/^[!-?[-~]+@[a-z0-9.-]+$/)
        expect(result.value.endsWith(`@${result.domain}`)).toBe(true)
      }),
    )
  })
})
