import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseCookies, withoutCookies } from '../../../src/protocol/cookies.ts'

const look = (header: string | undefined, name: string) => {
  const cookies = parseCookies(header)
  return cookies.kind === 'refused' ? cookies.reason : cookies.get(name)
}
const one = (value: string) => ({ kind: 'one', value })
const none = { kind: 'none' }
const conflict = { kind: 'conflict' }

describe('parseCookies()', () => {
  test.each<[title: string, header: string | undefined, expected: unknown]>([
    ['finds the only cookie', 's=1', one('1')],
    ['finds it between others', 'a=2; s=1; b=3', one('1')],
    ['takes the value up to the semicolon, equals signs and all', 's=a=b==; c=d', one('a=b==')],
    ['trims blanks and tabs', ' \t s\t= 1 \t; x=y', one('1')],
    ['keeps quotes as part of the value', 's="1"', one('"1"')],
    ['gives $Version no meaning', '$Version=1; s=1', one('1')],
    ['takes the same value twice as one', 's=1; s=1', one('1')],
    ['reports two values of one name (R18)', 's=1; s=2', conflict],
    ['reports an empty second value (R18)', 's=1; s=', conflict],
    ['compares names byte for byte', 'S=1', none],
    ['does not find a name inside another', 'xs=1; sx=2', none],
    ['passes over a pair without equals sign', 's; s=1', one('1')],
    ['finds nothing in an empty header', '', none],
    ['finds nothing without a header', undefined, none],
    ['does not trim U+00A0 off a name (CVE-2026-39410)', '\u00a0s=1', none],
    ['does not trim other white space off a name', '\u000bs=1; \u2003s=2; \ufeffs=3', none],
  ])('%s', (_, header, expected) => {
    expect(look(header, 's')).toEqual(expected)
  })

  test('refuses more than 64 cookies (R19)', () => {
    const cookies = (count: number) => Array.from({ length: count }, (_, i) => `c${i}=1`).join('; ')
    expect(look(cookies(64), 'c63')).toEqual(one('1'))
    expect(look(cookies(65), 'c1')).toBe('too-many-cookies')
  })

  test('refuses more than 8 KiB (R19)', () => {
    expect(look(`s=${'x'.repeat(8190)}`, 's')).toEqual(one('x'.repeat(8190)))
    expect(look(`s=${'x'.repeat(8191)}`, 's')).toBe('cookies-too-long')
  })

  test('never finds a value that the header does not hold, whatever the header', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (header) => {
        const found = look(header, 's')
        if (typeof found === 'object' && found.kind === 'one') {
          expect(header).toContain('value' in found ? found.value : '')
        }
      }),
    )
  })
})

describe('withoutCookies()', () => {
  const without = (header: string) => withoutCookies(header, (name) => name === 's')

  test.each<[string, string | undefined]>([
    ['s=1', undefined],
    ['', undefined],
    [' ; ', undefined],
    ['a=1', 'a=1'],
    ['a=1; s=1; b=2', 'a=1; b=2'],
    ['s=1; a=1', 'a=1'],
    ['a=1;s=1', 'a=1'],
    ['s=1; s=2;\ts\t=3; s', undefined],
    ['a="x;y"; flag; b=s=1', 'a="x;y"; flag; b=s=1'],
    ['S=1; xs=1; sx=1', 'S=1; xs=1; sx=1'],
    ['a=\u00e9', 'a=\u00e9'],
    ['a=\u0001', undefined],
    ['a=\u0001; s=1', undefined],
  ])('leaves of %j: %j', (header, rest) => {
    expect(without(header)).toBe(rest)
  })

  test('never leaves a cookie that was to be taken, whatever the header', () => {
    const piece = fc.constantFrom('s', ' s', 's\t', '=', '1', ';', '; ', 'a', '"', '\u00a0')
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        const rest = without(pieces.join(''))
        const cookies = parseCookies(rest)
        expect(cookies.kind === 'cookies' && cookies.get('s')).toEqual({ kind: 'none' })
      }),
    )
  })
})
