// Signing keys that are made once for a test file: a hundred stages would spend their time on primes.

import {
  makeKey,
  type PrivateKey,
  type SigningKeysPorts,
} from '../../src/authorization-server/signing-keys.ts'

const made = new Map<string, Promise<PrivateKey>>()

/** The same key for the same algorithm each time; nothing for tests of rotation. */
export const knownKey: NonNullable<SigningKeysPorts['makeKey']> = (algorithm) => {
  const key = made.get(algorithm) ?? makeKey(algorithm)
  made.set(algorithm, key)
  return key
}
