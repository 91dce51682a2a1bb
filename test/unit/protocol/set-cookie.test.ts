import { describe, expect, test } from 'vitest'
import { formatSetCookie } from '../../../src/protocol/set-cookie.ts'
import { seconds } from '../../../src/protocol/time.ts'

const cookie = {
  name: '__Secure-sallyport',
  value: 'abc',
  maxAge: seconds(60),
  domain: 'example.com',
  secure: true,
}

describe('formatSetCookie()', () => {
  test('writes every attribute when the cookie is for a domain (R16)', () => {
    expect(formatSetCookie(cookie)).toBe(
      '__Secure-sallyport=abc; Path=/; Domain=example.com; Max-Age=60; HttpOnly; Secure; SameSite=Lax',
    )
  })

  test('leaves out Domain and Secure when the cookie is for this host over http', () => {
    expect(formatSetCookie({ ...cookie, name: 'x', domain: undefined, secure: false })).toBe(
      'x=abc; Path=/; Max-Age=60; HttpOnly; SameSite=Lax',
    )
  })

  test('writes Max-Age=0 when the life is over', () => {
    expect(formatSetCookie({ ...cookie, maxAge: seconds(-5) })).toContain('Max-Age=0')
  })

  test.each([
    { value: 'a;Domain=evil.example' },
    { value: 'a b' },
    { value: 'a"b' },
    { value: 'a\r\nX: y' },
    { value: 'ü' },
    { name: 'a=b' },
    { name: '' },
    { domain: 'example.com; Path=/x' },
  ])('throws when a part holds %j (CVE-2026-47675)', (part) => {
    expect(() => formatSetCookie({ ...cookie, ...part })).toThrow('Cannot set')
  })
})
