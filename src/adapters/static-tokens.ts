// Tokens that are written into the configuration: found by their hash, in constant time.

import { timingSafeEqual } from 'node:crypto'
import type { Hash } from '../ports/hash.ts'
import type { OwnedToken } from '../ports/personal-tokens.ts'
import { accountIdOf } from '../protocol/account-id.ts'
import { machineIdentity } from '../protocol/machine.ts'
import type { Secret } from '../protocol/secret.ts'
import { type EpochSeconds, epochSeconds } from '../protocol/time.ts'
import type { TokenBounds } from '../protocol/token-bounds.ts'

export type StaticToken = {
  readonly name: string
  readonly value:
    | { readonly kind: 'secret'; readonly secret: Secret }
    | { readonly kind: 'sha256'; readonly hex: string }
  readonly bounds: TokenBounds
  readonly expiresAt: EpochSeconds | undefined
}

type HashOf = (value: string) => Hash

// SHA-256 as the hash is written: base64url.
const digestOf = ({ value }: StaticToken, hashOf: HashOf): Buffer =>
  Buffer.from(
    value.kind === 'sha256'
      ? Buffer.from(value.hex, 'hex').toString('base64url')
      : hashOf(value.secret.reveal()),
  )

function ownedOf({ name, bounds, expiresAt }: StaticToken): OwnedToken {
  const identity = machineIdentity(name, bounds.scopes)
  const createdAt = epochSeconds(0)
  return {
    token: {
      id: name,
      name,
      account: accountIdOf(identity),
      madeBy: 'operator',
      bounds,
      createdAt,
      expiresAt,
      lastUsedAt: undefined,
    },
    identity,
    ownerSeenAt: createdAt,
  }
}

/**
 * Makes what finds a token of the configuration by the hash of what was shown. All are compared, whichever it is, each
 * in constant time; the values themselves are not kept.
 */
export function createStaticTokens(
  tokens: readonly StaticToken[],
  hashOf: HashOf,
): (tokenHash: Hash) => OwnedToken | undefined {
  const known = tokens.map((token) => ({ digest: digestOf(token, hashOf), owned: ownedOf(token) }))
  return (tokenHash) => {
    const shown = Buffer.from(tokenHash)
    let found: OwnedToken | undefined
    for (const { digest, owned } of known)
      if (digest.length === shown.length && timingSafeEqual(digest, shown)) found = owned
    return found
  }
}
