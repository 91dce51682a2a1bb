import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  encodeHeaderValue,
  formatIdentityHeaders,
  type IdentityHeader,
} from '../../../src/access/identity-headers.ts'
import { identityOf } from '../../support/identity.ts'

const all: readonly IdentityHeader[] = [
  { name: 'X-Forwarded-User', value: 'user' },
  { name: 'X-Forwarded-Email', value: 'email' },
  { name: 'X-Forwarded-Groups', value: 'groups' },
  { name: 'X-Forwarded-Scopes', value: 'scopes' },
  { name: 'X-Forwarded-Preferred-Username', value: 'preferred-username' },
  { name: 'Remote-Name', value: 'name' },
  { name: 'Remote-Sub', value: 'subject' },
]
const values = (identity: Parameters<typeof formatIdentityHeaders>[0]) => {
  const flat = formatIdentityHeaders(identity, all)
  return Object.fromEntries(all.map(({ name }, at) => [name, flat[at * 2 + 1]]))
}

describe('formatIdentityHeaders()', () => {
  test('gives every header once with its value (R11)', () => {
    const identity = identityOf({ groups: ['a', 'b'], scopes: ['x', 'y'] })
    expect(formatIdentityHeaders(identity, all)).toEqual([
      ...['X-Forwarded-User', 'alice@example.com'],
      ...['X-Forwarded-Email', 'alice@example.com'],
      ...['X-Forwarded-Groups', 'a,b'],
      ...['X-Forwarded-Scopes', 'x y'],
      ...['X-Forwarded-Preferred-Username', 'alice'],
      ...['Remote-Name', 'Alice'],
      ...['Remote-Sub', 'alice-1'],
    ])
  })

  test('gives every header empty when nobody is signed in (R11, CVE-2026-30851)', () => {
    expect(formatIdentityHeaders(undefined, all)).toEqual(all.flatMap(({ name }) => [name, '']))
  })

  test.each([
    [identityOf({ email: undefined }), 'alice'],
    [identityOf({ email: undefined, preferredUsername: undefined }), 'alice-1'],
    [identityOf({ email: undefined, unverifiedEmail: 'x@example.com' }), 'alice'],
    [identityOf({ email: undefined, preferredUsername: 'boss@example.com' }), 'alice-1'],
    [identityOf({ email: undefined, preferredUsername: 'Boss@Example.com' }), 'alice-1'],
    [identityOf({ email: undefined, preferredUsername: 'alice@' }), 'alice@'],
  ])(
    'falls back from e-mail to a preferred name that is no address to subject (X12)',
    (identity, expected) => {
      expect(values(identity)['X-Forwarded-User']).toBe(expected)
      expect(values(identity)['X-Forwarded-Email']).toBe('')
    },
  )

  test('encodes the separator inside a group name (R12)', () => {
    expect(values(identityOf({ groups: ['a,b', 'c d'] }))['X-Forwarded-Groups']).toBe('a%2Cb,c d')
  })

  test.each([' admins', 'admins ', 'ad\u00admins', 'admins\u200b', 'admins\ufeff', '\tadmins'])(
    'never makes the group %j another group (R12)',
    (group) => {
      const header = values(identityOf({ groups: [group, 'b'] }))['X-Forwarded-Groups'] ?? ''
      expect(header.split(',').map((name) => name.trim())).not.toContain('admins')
      expect(header.split(',').map(decodeURIComponent)).toEqual([group, 'b'])
    },
  )

  test('cuts lists between entries at 4 KiB (R12)', () => {
    const groups = Array.from({ length: 1000 }, (_, at) => `group-${at}`)
    const header = values(identityOf({ groups }))['X-Forwarded-Groups'] ?? ''
    expect(header.length).toBeLessThanOrEqual(4096)
    expect(groups.slice(0, header.split(',').length)).toEqual(header.split(','))
  })

  test('leaves out what would go beyond 8 KiB together (R12)', () => {
    const long = (letter: string) => letter.repeat(4000)
    const flat = formatIdentityHeaders(
      identityOf({ name: long('n'), preferredUsername: long('p'), groups: [long('g')] }),
      all,
    )
    expect(flat.join('').length).toBeLessThan(9000)
    expect(flat).toHaveLength(all.length * 2)
  })

  test('holds nothing but printable ASCII, whatever the identity (R12)', () => {
    const text = fc.string({ unit: 'binary' })
    fc.assert(
      fc.property(text, text, fc.array(text), (name, preferredUsername, groups) => {
        const flat = formatIdentityHeaders(identityOf({ name, preferredUsername, groups }), all)
        for (const part of flat) expect(part).toMatch(/^[ -~]*$/)
      }),
    )
  })
})

describe('encodeHeaderValue()', () => {
  test.each([
    ['Jörg Müller', 'J%C3%B6rg M%C3%BCller'],
    ['a\r\nX-Forwarded-User: root', 'a%0D%0AX-Forwarded-User: root'],
    ['100%', '100%25'],
    [' padded ', '%20padded%20'],
    [' ', '%20'],
    ['  two  ', '%20 two %20'],
    ['\u0000', '%00'],
  ])('writes %j as %j', (text, expected) => {
    expect(encodeHeaderValue(text)).toBe(expected)
  })

  test('can be decoded again', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(decodeURIComponent(encodeHeaderValue(text))).toBe(text)
      }),
    )
  })
})
