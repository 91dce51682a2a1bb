import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { hasPrivatePart, parsePublicJwk } from '../../../src/protocol/public-jwk.ts'

const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const ed = generateKeyPairSync('ed25519')
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })

describe('parsePublicJwk()', () => {
  test.each([
    ['EC', ec.publicKey],
    ['Ed25519', ed.publicKey],
    ['RSA', rsa.publicKey],
  ])('takes a public %s key and nothing beside it (R104)', (_kind, key) => {
    const jwk = key.export({ format: 'jwk' })
    const more = { x5c: ['x'], x5u: 'http://10.0.0.1/', jku: 'x', key_ops: ['verify'] }
    expect(parsePublicJwk({ ...jwk, kid: 'a', ...more })).toEqual({ ...jwk, kid: 'a' })
  })

  test.each([
    ['EC', ec.privateKey],
    ['Ed25519', ed.privateKey],
    ['RSA', rsa.privateKey],
  ])('refuses a private %s key (R96, R104)', (_kind, key) => {
    const jwk = key.export({ format: 'jwk' })
    expect(hasPrivatePart(jwk)).toBe(true)
    expect(parsePublicJwk(jwk)).toBeUndefined()
  })

  const good = ec.publicKey.export({ format: 'jwk' })
  test.each([
    ['a symmetric key', { kty: 'oct', k: 'AAAA' }],
    ['an unknown kind', { ...good, kty: 'XX' }],
    ['a kind by inheritance', { ...good, kty: 'constructor' }],
    ['a missing coordinate', { ...good, y: undefined }],
    ['a coordinate that is no text', { ...good, x: 1 }],
    ['a coordinate that is not base64url', { ...good, x: 'a+b=' }],
    ['a modulus above 4096 bits', { kty: 'RSA', e: 'AQAB', n: 'A'.repeat(684) }],
    ['a huge exponent', { kty: 'RSA', e: 'A'.repeat(5000), n: 'AAAA' }],
    ['a long key id', { ...good, kid: 'a'.repeat(257) }],
    ['a key id that is no text', { ...good, kid: 1 }],
    ['members by inheritance', Object.create(good)],
    ['a list', [good]],
    ['null', null],
    ['a text', 'x'],
  ])('refuses %s (R96, R104)', (_what, value) => {
    expect(parsePublicJwk(value)).toBeUndefined()
  })
})
