import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { english } from '../../../src/appearance/english.ts'
import { german } from '../../../src/appearance/german.ts'
import {
  isMessageKey,
  longestRefusal,
  placesOf,
  refusalBytes,
  say,
} from '../../../src/appearance/messages.ts'

const keys = Object.keys(english).filter(isMessageKey)

describe('german', () => {
  test('says everything that English says, and nothing else', () => {
    expect(Object.keys(german)).toEqual(keys)
    expect(keys.filter((key) => german[key].trim() === '')).toEqual([])
  })

  test('has a place for each value that English has', () => {
    const wrong = keys.filter(
      (key) => placesOf(german[key]).join() !== placesOf(english[key]).join(),
    )
    expect(wrong).toEqual([])
  })
})

describe('refusalBytes()', () => {
  test.each([
    ['English', english],
    ['German', german],
  ])('leaves room on the refusal page in %s (proxies.md rule 12)', (_, messages) => {
    expect(refusalBytes(messages)).toBeLessThan(longestRefusal / 2)
  })

  test('counts bytes as they are sent, escaped', () => {
    const plain = refusalBytes(english)
    const more = { ...english, 'refusal.account': `${english['refusal.account']}ä"` }
    expect(refusalBytes(more)).toBe(plain + 2 + 6)
  })
})

describe('say()', () => {
  test('puts each value where the language has its place', () => {
    const phrase = ['loop.cause.below', { domain: 'example.com', host: 'other.test' }] as const
    expect(say(english, phrase)).toBe(
      'The cookie is for "example.com" and what is below it; "other.test" is not.',
    )
    expect(say(german, phrase)).toBe(
      'Das Cookie gilt für „example.com“ und alles darunter; „other.test“ gehört nicht dazu.',
    )
  })

  test('never reads a value as a message, whatever it holds', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const value = `${text}{provider}$&`
        const phrase = ['login.provider', { provider: value }] as const
        expect(say(english, phrase)).toBe(`Continue with ${value}`)
      }),
    )
  })
})
