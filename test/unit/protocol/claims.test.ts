import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type ClaimRules,
  readClaim,
  readEmail,
  readGroups,
  readPerson,
  readText,
  readUsername,
} from '../../../src/protocol/claims.ts'

const strict: ClaimRules = {
  claims: {
    email: ['email', 'upn'],
    name: ['name'],
    username: ['preferred_username', 'login'],
    groups: ['groups', 'realm_access.roles'],
  },
  trustEmailWithoutClaim: false,
  acceptVerifiedAsText: false,
}
const trusting = { ...strict, trustEmailWithoutClaim: true }
const textual = { ...strict, acceptVerifiedAsText: true }

describe('readClaim()', () => {
  const document = {
    sub: '1',
    realm_access: { roles: ['a'], 'x.y': 1 },
    'https://example.com/roles': ['b'],
    'a.b': 'direct',
    a: { b: 'path' },
    list: [{ x: 1 }],
    nothing: null,
  }
  test.each([
    ['sub', '1'],
    ['realm_access.roles', ['a']],
    ['https://example.com/roles', ['b']],
    ['a.b', 'direct'],
    ['nothing', null],
    ['nothing.more', undefined],
    ['sub.length', undefined],
    ['list.0', undefined],
    ['list.length', undefined],
    ['missing', undefined],
    ['', undefined],
    ['.', undefined],
    ['constructor', undefined],
    ['__proto__', undefined],
    ['realm_access.__proto__.polluted', undefined],
    ['realm_access.toString', undefined],
  ])('of %j is %j', (path, expected) => {
    expect(readClaim(document, path)).toEqual(expected)
  })

  test('reads a member that is called __proto__ as any other and changes nothing', () => {
    const document = JSON.parse('{"__proto__":{"groups":["admins"]}}')
    expect(readClaim(document, 'groups')).toBeUndefined()
    expect(readClaim(document, '__proto__.groups')).toEqual(['admins'])
    expect({}).not.toHaveProperty('groups')
  })

  test('never throws, whatever the document and the path', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.anything()), fc.string(), (document, path) => {
        readClaim(document, path)
        readPerson(document, { ...strict, claims: { ...strict.claims, groups: [path] } })
      }),
    )
  })
})

describe('readGroups()', () => {
  test.each([
    [
      ['a', 'b'],
      ['a', 'b'],
    ],
    ['one', ['one']],
    [['a', 'a', ''], ['a']],
    ['', []],
    [[], []],
    [undefined, []],
    [null, []],
    [true, []],
    [7, []],
    [{ admins: true }, []],
    [['a', 7], []],
    [['a', ['admins']], []],
    [['a', null], []],
    [' admins', [' admins']],
    ['ad\u00admins', ['ad\u00admins']],
    [
      ['admins\u200b', 'admins\ud800', 'b'],
      ['admins\u200b', 'b'],
    ],
  ])('of %j is %j (R49)', (value, expected) => {
    expect(readGroups(value)).toEqual(expected)
  })

  test('stops at a thousand (R49)', () => {
    const many = Array.from({ length: 1001 }, (_, index) => `g${index}`)
    expect(readGroups(many)).toEqual(many.slice(0, 1000))
  })
})

describe('readText()', () => {
  test.each([
    [{ a: 'x' }, 'x'],
    [{ a: 7, b: 'y' }, 'y'],
    [{ a: '', b: 'y' }, 'y'],
    [{ a: ' \u202e\r\n ', b: 'y' }, 'y'],
    [{ a: 'An\u202edrea\r\nSet-Cookie: x' }, 'AndreaSet-Cookie: x'],
    [{ a: 'x'.repeat(300) }, 'x'.repeat(256)],
    [{ a: '😀'.repeat(300) }, '😀'.repeat(256)],
    [{ a: '\ud800' }, undefined],
    [{}, undefined],
  ])('of %j is %j', (document, expected) => {
    expect(readText(document, ['a', 'b'])).toBe(expected)
  })
})

describe('readUsername()', () => {
  test.each([
    [{ a: 'admin' }, 'admin'],
    [{ a: 'José', b: 'y' }, 'José'],
    [{ a: 'ad\u00admin' }, undefined],
    [{ a: 'admin\u200b', b: 'y' }, 'y'],
    [{ a: ' admin', b: 'y' }, 'y'],
    [{ a: 'admin\u00a0' }, undefined],
    [{ a: 'admin\n' }, undefined],
    [{ a: 'admin\ud800' }, undefined],
    [{ a: 'x'.repeat(256) }, 'x'.repeat(256)],
    [{ a: 'x'.repeat(257), b: 'y' }, 'y'],
    [{ a: '', b: 7 }, undefined],
    [{}, undefined],
  ])('of %j is %j', (document, expected) => {
    expect(readUsername(document, ['a', 'b'])).toBe(expected)
  })
})

describe('readEmail()', () => {
  const email = 'Me@Example.com'
  test.each([
    ['verified', { email, email_verified: true }, strict, true],
    ['not verified', { email, email_verified: false }, strict, false],
    ['silent', { email }, strict, false],
    ['text', { email, email_verified: 'true' }, strict, false],
    ['number', { email, email_verified: 1 }, strict, false],
    ['null', { email, email_verified: null }, strict, false],
    ['text, accepted', { email, email_verified: 'true' }, textual, true],
    ['false text', { email, email_verified: 'false' }, textual, false],
    ['silent, trusted', { email }, trusting, true],
    ['not verified, trusted', { email, email_verified: false }, trusting, false],
    ['text, trusted', { email, email_verified: 'true' }, trusting, false],
    ['null, trusted', { email, email_verified: null }, trusting, false],
    [
      'other claim vouched for by email_verified',
      { upn: email, email_verified: true },
      strict,
      false,
    ],
    ['other claim with its own word', { upn: email, upn_verified: true }, strict, true],
    ['other claim, trusted', { upn: email }, trusting, true],
    ['other claim, trust withdrawn', { upn: email, email_verified: false }, trusting, false],
  ])('of an address that is %s (R44)', (_, document, rules, verified) => {
    expect(readEmail(document, rules)).toEqual(
      verified
        ? { email: 'me@example.com', emailDomain: 'example.com', unverifiedEmail: undefined }
        : { email: undefined, emailDomain: undefined, unverifiedEmail: 'me@example.com' },
    )
  })

  test.each([
    { email: 'x@evil@example.com', email_verified: true },
    { email: 'me＠example.com', email_verified: true },
    { email: ['me@example.com'], email_verified: true },
    { email: { value: 'me@example.com' }, email_verified: true },
    { email: 7, email_verified: true },
    { email_verified: true },
  ])('finds no address in %j (R45, CVE-2026-40574)', (document) => {
    expect(readEmail(document, strict)).toEqual({})
  })

  test('prefers a verified address to an earlier one that is not', () => {
    const document = { email: 'a@example.com', upn: 'b@example.com', upn_verified: true }
    expect(readEmail(document, strict).email).toBe('b@example.com')
  })
})

describe('readPerson()', () => {
  test.each([
    ['ad\u00admin', undefined],
    ['admin\u200b', undefined],
    [' admin', undefined],
    ['admin', 'admin'],
  ])('makes nobody else of the name %j', (preferred_username, expected) => {
    const person = readPerson({ name: 'An\u00ad', preferred_username }, strict)
    expect(person).toMatchObject({ name: 'An', preferredUsername: expected })
  })

  test('collects attributes by claim path', () => {
    expect(
      readPerson(
        {
          email: 'a@example.com',
          email_verified: true,
          name: 'A',
          login: 'a1',
          groups: [],
          realm_access: { roles: ['admins'] },
        },
        strict,
      ),
    ).toEqual({
      email: 'a@example.com',
      emailDomain: 'example.com',
      unverifiedEmail: undefined,
      name: 'A',
      preferredUsername: 'a1',
      groups: ['admins'],
    })
  })
})
