import { describe, expect, test } from 'vitest'
import { readCredential } from '../../../src/protocol/credentials.ts'
import { readHeaders } from '../../../src/protocol/raw-headers.ts'

const id = 'A'.repeat(43)
const source = { ignoreAuthorization: false, sessionCookie: 's' }
const read = (headers: readonly string[], from = source) =>
  readCredential(readHeaders(headers), from)
const malformed = (reason: string) => ({ kind: 'malformed', reason })

describe('readCredential()', () => {
  test.each<[string, readonly string[], unknown]>([
    ['nothing', [], { kind: 'none' }],
    ['a session cookie', ['Cookie', `a=b; s=${id}`], { kind: 'session', id }],
    [
      'a bearer token',
      ['Authorization', 'Bearer abc.d-e_f~'],
      { kind: 'bearer', token: 'abc.d-e_f~' },
    ],
    ['a scheme in any case', ['Authorization', 'bEARER abc=='], { kind: 'bearer', token: 'abc==' }],
    ['a DPoP-bound token', ['Authorization', 'DPoP abc'], { kind: 'dpop', token: 'abc' }],
    ['Basic', ['Authorization', 'Basic YTpi'], { kind: 'basic' }],
    [
      'the header alone when a cookie is there too (R94)',
      ['Cookie', `s=${id}`, 'Authorization', 'Bearer x'],
      { kind: 'bearer', token: 'x' },
    ],
    [
      'a bad header as bad although a good cookie is there (R94)',
      ['Cookie', `s=${id}`, 'Authorization', 'Bearer'],
      malformed('malformed-authorization'),
    ],
  ])('reads %s', (_, headers, expected) => {
    expect(read(headers)).toEqual(expected)
  })

  const basic = (text: string) => `Basic ${Buffer.from(text, 'latin1').toString('base64')}`
  test.each<[string, string, unknown]>([
    [
      'a bearer token that begins like a personal one',
      'Bearer sallyport_pat_x',
      { kind: 'personal', token: 'sallyport_pat_x', shownAs: 'bearer' },
    ],
    [
      'a personal token as password, whatever the name (RFC 7617 §2)',
      basic('anybody:sallyport_pat_x'),
      { kind: 'personal', token: 'sallyport_pat_x', shownAs: 'basic' },
    ],
    [
      'it without a name',
      basic(':sallyport_pat_x'),
      { kind: 'personal', token: 'sallyport_pat_x', shownAs: 'basic' },
    ],
    [
      'a colon in the password as part of it (RFC 7617 §2)',
      basic('anybody:sallyport_pat_x:y'),
      { kind: 'personal', token: 'sallyport_pat_x:y', shownAs: 'basic' },
    ],
    ['another password as Basic', basic('anybody:secret'), { kind: 'basic' }],
    ['a token as name as Basic', basic('sallyport_pat_x:'), { kind: 'basic' }],
    ['no colon at all as Basic', basic('sallyport_pat_x'), { kind: 'basic' }],
  ])('reads %s', (_, header, expected) => {
    expect(read(['Authorization', header])).toEqual(expected)
  })

  test.each([
    'Bearer',
    'Bearer ',
    'Bearer  x',
    ' Bearer x',
    'Bearer\tx',
    'Bearer x y',
    'Bearer x,y',
    'Bearer "x"',
    'Bearer ä',
    'Bearerx',
    'x',
    '',
    'Bearer =',
    'Bearer x; a=b',
  ])('calls the header %j malformed (R12, GHSA-xmf8-cvqr-rfgj)', (header) => {
    expect(read(['Authorization', header])).toEqual(malformed('malformed-authorization'))
  })

  test('refuses two Authorization headers', () => {
    const twice = ['Authorization', 'Bearer x', 'authorization', 'Bearer x']
    expect(read(twice)).toEqual(malformed('repeated-authorization'))
  })

  test.each(['Digest x', 'Token x', 'Bearer2 x', 'XBearer x', 'JWT x'])(
    'refuses "%s", whose scheme it does not know (R12, CVE-2026-47673)',
    (header) => {
      expect(read(['Authorization', header])).toEqual(malformed('unsupported-scheme'))
    },
  )

  test('refuses a token over 8 KiB before it is parsed (R118)', () => {
    expect(read(['Authorization', `Bearer ${'x'.repeat(8192)}`])).toMatchObject({ kind: 'bearer' })
    expect(read(['Authorization', `Bearer ${'x'.repeat(8193)}`])).toEqual(
      malformed('token-too-long'),
    )
  })

  test.each<[string, string, string]>([
    ['a short value', 's=abc', 'malformed-session-cookie'],
    ['a quoted value', `s="${id}"`, 'malformed-session-cookie'],
    ['a value with other characters', `s=${'%'.repeat(43)}`, 'malformed-session-cookie'],
    ['two values (R18)', `s=${id}; s=${'B'.repeat(43)}`, 'conflicting-session-cookies'],
    ['65 cookies (R19)', 'a=b;'.repeat(65), 'too-many-cookies'],
    ['8 KiB of cookies (R19)', `a=${'b'.repeat(8192)}`, 'cookies-too-long'],
  ])('refuses a session cookie with %s', (_, cookie, reason) => {
    expect(read(['Cookie', cookie])).toEqual(malformed(reason))
  })

  test('leaves the cookie alone where none counts', () => {
    const resource = { ignoreAuthorization: false, sessionCookie: undefined }
    expect(readCredential(readHeaders(['Cookie', `s=${id}`]), resource)).toEqual({ kind: 'none' })
  })

  test('leaves the Authorization header to the application where it is its own', () => {
    const headers = ['Cookie', `s=${id}`, 'Authorization', 'Token whatever']
    expect(read(headers, { ignoreAuthorization: true, sessionCookie: 's' })).toEqual({
      kind: 'session',
      id,
    })
  })
})
