// The name of an account in tokens and grants of ours: one string for the pair that is its key.

import { hash } from 'node:crypto'
import type { Identity } from './identity.ts'

/**
 * `sub` of our tokens: base64url SHA-256 of issuer and subject, 43 characters. The same person at two
 * providers is two accounts; neither provider's subject is shown to clients.
 *
 * @see OpenID Connect Core 1.0 §8
 */
export const accountIdOf = ({ issuer, subject }: Pick<Identity, 'issuer' | 'subject'>): string =>
  hash('sha256', JSON.stringify([issuer, subject]), 'base64url')
