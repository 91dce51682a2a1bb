import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hashOf, seal, unseal } from '../../../src/adapters/sealing.ts'

const key = 'k'.repeat(43)
const otherKey = `${'k'.repeat(42)}l`

describe('seal()', () => {
  it('is undone by unseal() for any text, key and purpose', () => {
    const texts = fc.string({ unit: 'grapheme' })
    const keys = fc.string({ minLength: 43, maxLength: 60 })
    fc.assert(
      fc.property(texts, keys, texts, (plain, material, purpose) => {
        expect(unseal(seal(plain, material, purpose), material, purpose)).toBe(plain)
      }),
    )
  })

  it('gives another text each time, which does not hold the plain one (R130)', () => {
    const texts = Array.from({ length: 50 }, () => seal('the ID token', key, 'id-token'))
    expect(new Set(texts).size).toBe(50)
    const plain = Buffer.from('the ID token')
    for (const text of texts) {
      expect(text).toMatch(/^v1\.[\w-]+$/)
      expect(Buffer.from(text.slice(3), 'base64url').includes(plain)).toBe(false)
    }
  })

  it('throws when the key material cannot hold 256 random bits', () => {
    expect(() => seal('x', 'k'.repeat(42), 'p')).toThrow('shorter than 256 bits')
  })
})

describe('unseal()', () => {
  const sealed = seal('plain', key, 'flow')

  it.each([
    ['of another key', sealed, otherKey, 'flow'],
    ['of another purpose', sealed, key, 'id-token'],
    ['empty', '', key, 'flow'],
    ['without a version', sealed.slice(3), key, 'flow'],
    ['of another version', `v2.${sealed.slice(3)}`, key, 'flow'],
    ['cut at the end', sealed.slice(0, -4), key, 'flow'],
    ['only a version', 'v1.', key, 'flow'],
    ['shorter than nonce and tag', `v1.${'A'.repeat(36)}`, key, 'flow'],
    ['not base64url', 'v1.%%%%\u0000', key, 'flow'],
    ['opened with no key', sealed, '', 'flow'],
  ])('returns undefined when the text is %s', (_, text, material, purpose) => {
    expect(unseal(text, material, purpose)).toBeUndefined()
  })

  it('returns undefined when any bit was changed', () => {
    const bytes = Buffer.from(sealed.slice(3), 'base64url')
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const changed = Buffer.from(bytes)
      changed.writeUInt8(changed.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3)
      expect(unseal(`v1.${changed.toString('base64url')}`, key, 'flow')).toBeUndefined()
    }
  })

  it('never throws, whatever a client sends', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (text, material) => {
        expect(unseal(`v1.${text}`, material, 'flow')).toBeUndefined()
      }),
    )
  })
})

describe('hashOf()', () => {
  it('is the SHA-256 of the text as base64url (R130)', () => {
    const expected = createHash('sha256').update('a secret').digest('base64url')
    expect(hashOf('a secret')).toBe(expected)
    expect(expected).toHaveLength(43)
  })
})
