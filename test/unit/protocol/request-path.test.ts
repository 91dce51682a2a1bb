import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseRequestPath } from '../../../src/protocol/request-path.ts'

describe('parseRequestPath()', () => {
  test.each([
    ['/', '/'],
    ['/a/b-c_d~e.f', '/a/b-c_d~e.f'],
    ['/a/', '/a/'],
    ['/a?b=/../c&d=%2e', '/a'],
    ['/%61dmin', '/admin'],
    ['/caf%C3%A9', '/café'],
    ['/a%20b', '/a b'],
    ['/.well-known/x', '/.well-known/x'],
    ['/a/...', '/a/...'],
    ['/@user:x', '/@user:x'],
  ])('reads %s as the plain path %s (R7)', (target, canonical) => {
    expect(parseRequestPath(target)).toEqual({ kind: 'plain', canonical })
  })

  test.each([
    '/a%2fb',
    '/a%2Fb',
    '/a%252fb',
    '/a;b',
    '/a;x=1/b',
    '/a%3bb',
    '/a//b',
    '//a',
    '/a%3fb',
    '/a%23b',
    '/a%2561b',
    '/a%0ab',
    '/a%7fb',
    '/caf\u00c3\u00a9',
    '/a%zz',
    '/a%',
    '/%ff',
  ])('calls %j ambiguous (R7)', (target) => {
    expect(parseRequestPath(target)).toMatchObject({ kind: 'ambiguous' })
  })

  test.each([
    '/public/../admin',
    '/..',
    '/.',
    '/a/./b',
    '/a/..;/b',
    '/a;/../b',
    '/%2e%2e/admin',
    '/%2E./admin',
    '/a%252e%252e/b',
    '/a%25252e/b',
    '/a\\b',
    '/a%5cb',
    '/a%255Cb',
    '/a%00',
    '/a%2500',
    '/a#b',
    '/a?b#c',
    '/a b',
    '/a\tb',
    '/a\nb',
    '/a?b\rc',
    '/a\u007f',
  ])('refuses %j (proxies.md rule 16, CVE-2026-41059)', (target) => {
    expect(parseRequestPath(target)).toBe('hostile-path')
  })

  test.each([
    ['', 'no-path'],
    ['*', 'no-path'],
    ['a', 'no-path'],
    ['http://x/', 'no-path'],
  ])('refuses %j that is no path', (target, reason) => {
    expect(parseRequestPath(target)).toBe(reason)
  })

  test('refuses more than 8 KiB (R118)', () => {
    expect(parseRequestPath(`/${'a'.repeat(8192)}`)).toBe('path-too-long')
  })

  test('gives two spellings of one path the same canonical form', () => {
    const segment = fc.stringMatching(/^[a-z0-9_~-]{1,8}$/)
    fc.assert(
      fc.property(fc.array(segment, { minLength: 1, maxLength: 4 }), fc.nat(), (segments, pick) => {
        const path = `/${segments.join('/')}`
        const at = 1 + (pick % (path.length - 1))
        const code = path.charCodeAt(at).toString(16)
        if (path[at] === '/') return
        const spelled = `${path.slice(0, at)}%${code}${path.slice(at + 1)}`
        expect(parseRequestPath(spelled)).toEqual({ kind: 'plain', canonical: path })
      }),
    )
  })

  test('takes linear time on hostile input (R121)', () => {
    for (const piece of ['%25', '/.', ';', '%2', '/a', '%']) {
      const target = `/${piece.repeat(2700)}`.slice(0, 8192)
      const start = performance.now()
      for (let round = 0; round < 100; round++) parseRequestPath(target)
      expect(performance.now() - start).toBeLessThan(2_000)
    }
  })
})
