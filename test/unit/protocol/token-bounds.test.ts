import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseBoundsHost, parseTokenBounds } from '../../../src/protocol/token-bounds.ts'

const written = { hosts: ['app.example.com'], path: '', methods: [], scopes: [] }

describe('parseBoundsHost()', () => {
  test.each([
    ['app.example.com', 'app.example.com'],
    ['APP.Example.com.', 'app.example.com'],
    ['app.example.com:443', 'app.example.com'],
    ['app.example.com:8443', 'app.example.com:8443'],
    ['*.example.com', '*.example.com'],
    ['*.example.com:8443', '*.example.com:8443'],
    ['bücher.example', 'xn--bcher-kva.example'],
    ['localhost:3000', 'localhost:3000'],
    ['[::1]:3000', '[::1]:3000'],
    ['192.0.2.1', '192.0.2.1'],
  ])('reads %s as %s', (text, expected) => {
    expect(parseBoundsHost(text)).toBe(expected)
  })

  test.each([
    '',
    '*',
    '*.com',
    '*.*.example.com',
    'a*.example.com',
    'app.*.com',
    '*.192.0.2.1',
    '*.[::1]',
    'https://app.example.com',
    'app.example.com/path',
    'user@app.example.com',
    'app.example.com:0',
    'app.example.com:*',
    'app example.com',
    'app..example.com',
    'app.example.com, b.example.com',
  ])('refuses %j', (text) => {
    expect(parseBoundsHost(text)).toBeUndefined()
  })
})

describe('parseTokenBounds()', () => {
  test('keeps each entry once, and drops the slash at the end of a path', () => {
    expect(
      parseTokenBounds({
        hosts: ['a.example.com', 'A.example.com:443'],
        path: '/caf%C3%A9/',
        methods: ['GET', 'GET'],
        scopes: ['a', 'a'],
      }),
    ).toEqual({
      kind: 'bounds',
      bounds: { hosts: ['a.example.com'], path: '/café', methods: ['GET'], scopes: ['a'] },
    })
  })

  test.each(['', '/'])('limits no path by %j', (path) => {
    expect(parseTokenBounds({ ...written, path })).toMatchObject({ bounds: { path: undefined } })
  })

  test('limits no method when none is named', () => {
    expect(parseTokenBounds(written)).toMatchObject({ bounds: { methods: undefined } })
  })

  test.each<[string, Partial<typeof written>, string]>([
    ['no host', { hosts: [] }, 'hosts'],
    ['one bad host among good ones', { hosts: ['a.example.com', 'b c'] }, 'hosts'],
    ['more than 32 hosts', { hosts: Array.from({ length: 33 }, (_, at) => `h${at}.x`) }, 'hosts'],
    ['a path that is none', { path: 'api' }, 'path'],
    ['a path with a query', { path: '/api?x' }, 'path'],
    ['a path that climbs (R7)', { path: '/a/../b' }, 'path'],
    ['a path read two ways (R7)', { path: '/a%2fb' }, 'path'],
    ['a method nobody knows', { methods: ['get'] as never[] }, 'methods'],
    ['a scope with a space', { scopes: ['a b'] as never[] }, 'scopes'],
    ['an empty scope', { scopes: [''] as never[] }, 'scopes'],
  ])('refuses %s', (_, changes, member) => {
    expect(parseTokenBounds({ ...written, ...changes })).toEqual({ kind: 'refused', member })
  })

  test('never throws, and what it gives reads the same again', () => {
    const texts = fc.array(fc.string(), { maxLength: 3 })
    fc.assert(
      fc.property(texts, fc.string(), texts, texts, (hosts, path, methods, scopes) => {
        const read = parseTokenBounds({ hosts, path, methods, scopes })
        if (read.kind === 'refused') return
        const { bounds } = read
        expect(bounds.hosts.map(parseBoundsHost)).toEqual(bounds.hosts)
      }),
    )
  })
})
