import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createTokenCache, tokenKey } from '../../../src/adapters/token-cache.ts'
import type { TokenVerification } from '../../../src/ports/token-verifier.ts'
import { epochSeconds } from '../../../src/protocol/time.ts'

const start = 1_800_000_000
const at = (offset: number) => epochSeconds(start + offset)
const issuer = 'https://sso.example.com'

const accepted = (subject: string, expiresIn = 600, from = issuer): TokenVerification => ({
  kind: 'verified',
  token: {
    issuer: from,
    audience: ['https://mcp.example.com'],
    clientId: 'cli',
    expiresAt: at(expiresIn),
    identity: {
      provider: '',
      issuer: from,
      subject,
      email: undefined,
      emailDomain: undefined,
      unverifiedEmail: undefined,
      name: undefined,
      preferredUsername: undefined,
      groups: ['staff'],
      scopes: ['mcp:tools'],
    },
  },
})
const refused: TokenVerification = { kind: 'rejected', reason: 'bad-signature' }

describe('createTokenCache()', () => {
  test('gives an answer back for 60 seconds and no longer', () => {
    const cache = createTokenCache(10)
    cache.keep('a', issuer, accepted('u'), at(0))
    expect(cache.find('a', at(0))).toEqual(accepted('u'))
    expect(cache.find('a', at(59))).toEqual(accepted('u'))
    expect(cache.find('a', at(60))).toBeUndefined()
    expect(cache.find('b', at(0))).toBeUndefined()
  })

  test('never gives an answer past the end of the token, nor at any other time than it should', () => {
    const moment = fc.integer({ min: -100, max: 200 })
    fc.assert(
      fc.property(moment, moment, moment, (expiresIn, kept, asked) => {
        const cache = createTokenCache(10)
        cache.keep('a', issuer, accepted('u', expiresIn), at(kept))
        const due = asked >= kept && asked < kept + 60 && asked < expiresIn
        expect(cache.find('a', at(asked)) !== undefined).toBe(due)
      }),
    )
  })

  test.each([
    'provider',
    'issuer',
    'email',
    'emailDomain',
    'unverifiedEmail',
    'name',
    'preferredUsername',
    'groups',
    'scopes',
  ])('makes no two identities of one subject the same that differ in %s', (member) => {
    const cache = createTokenCache(10)
    const one = accepted('u')
    if (one.kind !== 'verified') throw new Error('accepted() is verified')
    const value = member === 'groups' || member === 'scopes' ? ['another'] : 'another'
    const identity = { ...one.token.identity, [member]: value }
    const other: TokenVerification = { kind: 'verified', token: { ...one.token, identity } }
    expect(cache.keep('a', issuer, one, at(0))).toEqual(one)
    expect(cache.keep('b', issuer, other, at(0))).toEqual(other)
    expect([cache.find('a', at(1)), cache.find('b', at(1))]).toEqual([one, other])
  })

  test('gives a rejection back for 10 seconds', () => {
    const cache = createTokenCache(10)
    cache.keep('a', issuer, refused, at(0))
    expect(cache.find('a', at(9))).toEqual(refused)
    expect(cache.find('a', at(10))).toBeUndefined()
  })

  test('does not remember that an issuer was unavailable', () => {
    const cache = createTokenCache(10)
    cache.keep('a', issuer, { kind: 'unavailable', dependency: issuer }, at(0))
    expect(cache.find('a', at(0))).toBeUndefined()
  })

  test('never holds more than its limit and drops the oldest first', () => {
    const cache = createTokenCache(100)
    for (let index = 0; index < 1000; index++) {
      cache.keep(`a${index}`, issuer, accepted(`u${index}`), at(0))
      cache.keep(`r${index}`, issuer, refused, at(0))
      expect(cache.size().accepted).toBeLessThanOrEqual(100)
      expect(cache.size().rejected).toBeLessThanOrEqual(100)
    }
    expect(cache.find('a999', at(1))).toBeDefined()
    expect(cache.find('a950', at(1))).toBeDefined()
    expect(cache.find('a899', at(1))).toBeUndefined()
  })

  test('holds at most 4096 rejections, and they push no accepted token out', () => {
    const cache = createTokenCache(20_000)
    cache.keep('a', issuer, accepted('u'), at(0))
    for (let index = 0; index < 2 * 4096; index++) cache.keep(`r${index}`, issuer, refused, at(0))
    expect(cache.size()).toEqual({ accepted: 1, rejected: 4096 })
    expect(cache.find('a', at(1))).toBeDefined()
  })

  test('clears what has long ended when something new comes', () => {
    const cache = createTokenCache(100)
    for (let index = 0; index < 50; index++) cache.keep(`a${index}`, issuer, accepted('u'), at(0))
    cache.keep('new', issuer, accepted('u'), at(60))
    cache.keep('newer', issuer, accepted('u'), at(120))
    expect(cache.size().accepted).toBe(2)
  })

  test('counts a token once that was remembered again', () => {
    const cache = createTokenCache(10)
    for (const seconds of [0, 60, 120]) cache.keep('a', issuer, accepted('u'), at(seconds))
    expect(cache.size().accepted).toBe(1)
  })

  test('gives the tokens of one person one identity, and different persons different ones', () => {
    const cache = createTokenCache(10)
    cache.keep('a', issuer, accepted('u', 300), at(0))
    cache.keep('b', issuer, accepted('u', 400), at(0))
    cache.keep('c', issuer, accepted('other'), at(0))
    const identityOf = (key: string) => {
      const answer = cache.find(key, at(1))
      return answer?.kind === 'verified' ? answer.token.identity : undefined
    }
    expect(identityOf('a')).toBeDefined()
    expect(identityOf('b')).toBe(identityOf('a'))
    expect(identityOf('c')?.subject).toBe('other')
  })

  test('forgets what is asked for and says how many', () => {
    const cache = createTokenCache(10)
    for (const subject of ['u', 'v', 'w']) cache.keep(subject, issuer, accepted(subject), at(0))
    expect(cache.forget(({ identity }) => identity.subject !== 'v')).toBe(2)
    expect(['u', 'v', 'w'].map((key) => cache.find(key, at(1)) !== undefined)).toEqual([
      false,
      true,
      false,
    ])
  })

  test('forgets one issuer, wholly or its rejections, and leaves the others', () => {
    const cache = createTokenCache(10)
    const fill = () => {
      cache.keep('a', issuer, accepted('u'), at(0))
      cache.keep('r', issuer, refused, at(0))
      cache.keep('other', 'https://b.example', accepted('u', 600, 'https://b.example'), at(0))
    }
    const held = () => ['a', 'r', 'other'].filter((key) => cache.find(key, at(1)))
    fill()
    cache.forgetRejected(issuer)
    expect(held()).toEqual(['a', 'other'])
    fill()
    cache.forgetIssuer(issuer)
    expect(held()).toEqual(['other'])
  })
})

describe('tokenKey()', () => {
  test('is the SHA-256 of the token in the shortest form, and never the token', () => {
    expect(tokenKey('abc').length).toBe(32)
    expect(Buffer.from(tokenKey('abc'), 'latin1').toString('hex')).toBe(
      'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    )
  })
})
