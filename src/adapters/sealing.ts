// Values that are kept or sent around but may be read only by who holds a secret; and hashes of secrets.

import { createCipheriv, createDecipheriv, hash, hkdfSync, randomBytes } from 'node:crypto'
import type { Hash } from '../ports/store.ts'

const version = 'v1.'
const ivLength = 12
const tagLength = 16

/** 256 bits as base64url have this many characters. */
const keyMaterialLength = 43

// The material is random already, so no salt is wanted. A key per purpose: what was sealed for one
// place cannot be carried to another.
// RFC 5869 §3.1
const keyFor = (keyMaterial: string, purpose: string): Buffer =>
  Buffer.from(hkdfSync('sha256', keyMaterial, '', `sallyport/seal/1 ${purpose}`, 32))

/**
 * Seals a text: AES-256-GCM under a key derived from `keyMaterial` and `purpose`.
 *
 * Each call gives another text. Fit for some millions of texts under one key, far more than a cookie's
 * secret ever seals.
 *
 * @param keyMaterial a random value of 256 bits or more, as text: a cookie's secret, never a password
 * @throws when `keyMaterial` is shorter than 256 random bits can be
 */
export function seal(plain: string, keyMaterial: string, purpose: string): string {
  if (keyMaterial.length < keyMaterialLength) {
    throw new Error('Cannot seal: the key material is shorter than 256 bits')
  }
  const iv = randomBytes(ivLength)
  const cipher = createCipheriv('aes-256-gcm', keyFor(keyMaterial, purpose), iv, {
    authTagLength: tagLength,
  })
  cipher.setAAD(Buffer.from(purpose))
  const parts = [iv, cipher.update(plain, 'utf8'), cipher.final(), cipher.getAuthTag()]
  return version + Buffer.concat(parts).toString('base64url')
}

/**
 * The text that was sealed, or undefined when `sealed` was changed, cut, or sealed with another key or
 * for another purpose. Total: safe on text a client sent.
 */
export function unseal(sealed: string, keyMaterial: string, purpose: string): string | undefined {
  if (!sealed.startsWith(version)) return undefined
  const bytes = Buffer.from(sealed.slice(version.length), 'base64url')
  if (bytes.length < ivLength + tagLength) return undefined
  const decipher = createDecipheriv(
    'aes-256-gcm',
    keyFor(keyMaterial, purpose),
    bytes.subarray(0, ivLength),
    { authTagLength: tagLength },
  )
  decipher.setAAD(Buffer.from(purpose))
  decipher.setAuthTag(bytes.subarray(-tagLength))
  try {
    const plain = decipher.update(bytes.subarray(ivLength, -tagLength))
    return Buffer.concat([plain, decipher.final()]).toString('utf8')
  } catch {
    return undefined
  }
}

/** What is kept of a secret value of 256 bits: its SHA-256 (R130). No protection for anything guessable. */
export const hashOf = (value: string): Hash => hash('sha256', value, 'base64url') as Hash
