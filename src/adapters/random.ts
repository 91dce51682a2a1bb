// Randomness for secrets and for the ids people read out.

import { randomBytes } from 'node:crypto'

/** 256 bits as base64url: sessions, states, nonces, verifiers (R20, R33). */
export const randomToken = (): string => randomBytes(32).toString('base64url')

// No vowels and nothing that looks like something else: ids are read out on the phone and spell no words.
const letters = '23456789bcdfghjkmnpqrstvwxz'

// Asking the system for each id costs as much as the rest of a refusal.
let pool = Buffer.alloc(0)

/** Eight characters that name one refusal, on the page and in the log. Not secret, not guessable by accident. */
export function decisionId(): string {
  if (pool.length < 8) pool = randomBytes(1024)
  let id = ''
  for (const byte of pool.subarray(0, 8)) id += letters.charAt(byte % letters.length)
  pool = pool.subarray(8)
  return id
}
