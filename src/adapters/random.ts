// Randomness for secrets and for the ids people read out.

import { randomBytes, randomInt } from 'node:crypto'

/** 256 bits as base64url: sessions, states, nonces, verifiers (R20, R33). */
export const randomToken = (): string => randomBytes(32).toString('base64url')

// No vowels and nothing that looks like something else: ids are read out on the phone and spell no words.
const letters = '23456789bcdfghjkmnpqrstvwxz'

/** Eight characters that name one refusal, on the page and in the log. Not secret, not guessable by accident. */
export const decisionId = (): string =>
  Array.from({ length: 8 }, () => letters.charAt(randomInt(letters.length))).join('')
