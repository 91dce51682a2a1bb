import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  challengeScopes,
  formatScope,
  grantedWithImplied,
  missingScopes,
  parseScope,
} from '../../../src/protocol/scope.ts'

const scopes = fc.array(fc.constantFrom<string>('a', 'b', 'c', 'd', 'offline_access'))
const hierarchy = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd'), scopes)

describe('parseScope()', () => {
  test.each([
    ['', []],
    ['mcp:tools', ['mcp:tools']],
    ['a b', ['a', 'b']],
    [' a  b ', ['a', 'b']],
    ['a b a', ['a', 'b']],
    ['A a', ['A', 'a']],
    ['https://x.example/y.read urn:z', ['https://x.example/y.read', 'urn:z']],
    ['a "b" c\\d e', ['a', 'e']],
    ['a\tb c\nd e', ['e']],
    ['größe a', ['a']],
    ['__proto__ constructor', ['__proto__', 'constructor']],
  ])('of %j is %j (RFC 6749 §3.3)', (text, expected) => {
    expect(parseScope(text)).toEqual(expected)
  })

  test('is the inverse of formatScope() for whatever it has accepted', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const parsed = parseScope(text)
        expect(parseScope(formatScope(parsed))).toEqual(parsed)
      }),
    )
  })
})

describe('missingScopes()', () => {
  const implied = {
    admin: ['write'],
    write: ['read'],
    loop: ['back', 'read'],
    back: ['loop'],
  }
  test.each([
    { needs: [], has: [], missing: [] },
    { needs: ['read'], has: ['read'], missing: [] },
    { needs: ['read'], has: [], missing: ['read'] },
    { needs: ['read'], has: ['write'], missing: [] },
    { needs: ['read'], has: ['admin'], missing: [] },
    { needs: ['admin'], has: ['write'], missing: ['admin'] },
    { needs: ['write', 'other', 'admin'], has: ['write'], missing: ['other', 'admin'] },
    { needs: ['read'], has: ['loop'], missing: [] },
    { needs: ['admin'], has: ['loop'], missing: ['admin'] },
    { needs: ['read'], has: ['READ', 'rea', 'read:x'], missing: ['read'] },
    { needs: ['toString'], has: ['constructor', '__proto__'], missing: ['toString'] },
  ])('of $needs given $has is $missing (RS-29)', ({ needs, has, missing }) => {
    expect(missingScopes(needs, has, implied)).toEqual(missing)
  })

  test('never gets longer when more is granted', () => {
    fc.assert(
      fc.property(scopes, scopes, scopes, hierarchy, (required, granted, more, implied) => {
        const before = missingScopes(required, granted, implied)
        const after = missingScopes(required, [...granted, ...more], implied)
        expect(before).toEqual(expect.arrayContaining([...after]))
      }),
    )
  })

  test('never calls a scope missing that was granted, nor one met that nothing implies', () => {
    fc.assert(
      fc.property(scopes, scopes, hierarchy, (required, granted, implied) => {
        const missing = missingScopes(required, granted, implied)
        const all = grantedWithImplied(granted, implied)
        expect(missing.filter((scope) => granted.includes(scope))).toEqual([])
        expect(required.filter((scope) => !missing.includes(scope) && !all.has(scope))).toEqual([])
      }),
    )
  })
})

describe('challengeScopes()', () => {
  test.each([
    { needs: ['b'], has: ['a'], knows: ['a', 'b'], named: ['b', 'a'] },
    { needs: ['b'], has: ['a', 'profile'], knows: ['a', 'b'], named: ['b', 'a'] },
    { needs: ['b', 'c'], has: ['b'], knows: ['b', 'c'], named: ['b', 'c'] },
    {
      needs: ['offline_access', 'b'],
      has: ['offline_access'],
      knows: ['offline_access'],
      named: ['b'],
    },
    { needs: ['b'], has: undefined, knows: undefined, named: ['b'] },
    { needs: [], has: [], knows: [], named: [] },
  ])('for $needs given $has is $named (RS-10, RS-27, RS-28)', ({ needs, has, knows, named }) => {
    expect(challengeScopes(needs, has, knows)).toEqual(named)
  })

  test('names everything required at once and is enough for the next request (RS-27, RS-30)', () => {
    fc.assert(
      fc.property(scopes, scopes, scopes, (required, granted, relevant) => {
        const wanted = required.filter((scope) => scope !== 'offline_access')
        const named = challengeScopes(required, granted, relevant)
        expect(missingScopes(wanted, named)).toEqual([])
        expect(named).not.toContain('offline_access')
        expect(new Set(named).size).toBe(named.length)
      }),
    )
  })
})
