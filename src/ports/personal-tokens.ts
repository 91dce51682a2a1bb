// Tokens that people and operators make for scripts: what is kept of them. As with every store, each method is
// one atomic transition and moments are parameters. The value never gets here, only its hash.

import type { Identity } from '../protocol/identity.ts'
import type { EpochSeconds } from '../protocol/time.ts'
import type { TokenBounds } from '../protocol/token-bounds.ts'
import type { Hash } from './hash.ts'
import type { MaybePromise } from './runtime.ts'

export type PersonalToken = {
  /** Names it in lists and logs; not secret. */
  readonly id: string
  /** What its owner calls it. */
  readonly name: string
  /** The account (`accountIdOf`) it stands for. */
  readonly account: string
  /** Scopes that a person gave themselves count only where the person could have given them to a client. */
  readonly madeBy: 'owner' | 'operator'
  readonly bounds: TokenBounds
  readonly createdAt: EpochSeconds
  /** Undefined only for one in the configuration that says so. */
  readonly expiresAt: EpochSeconds | undefined
  /** As far as it was written down; at most a minute behind. */
  readonly lastUsedAt: EpochSeconds | undefined
}

/** A token and who it stands for, as of that account's last sign-in. */
export type OwnedToken = {
  readonly token: PersonalToken
  /** With the token's scopes and no others. */
  readonly identity: Identity
  readonly ownerSeenAt: EpochSeconds
}

export type NewPersonalToken = Omit<PersonalToken, 'lastUsedAt' | 'expiresAt'> & {
  readonly expiresAt: EpochSeconds
  readonly tokenHash: Hash
}

export type PersonalTokenStore = {
  /**
   * Writes a token. `full` when the account has `limit` of them, `unknown-owner` when nothing is known of the account,
   * or when it was a local one that is gone: nothing is written then. Throws when the id or the hash exists.
   */
  readonly add: (
    token: NewPersonalToken,
    limit: number,
  ) => Promise<'added' | 'full' | 'unknown-owner'>
  /**
   * The token and its owner, whether or not it has expired (the caller judges that). Undefined too when the owner was
   * a local account that is gone. One indexed read; synchronous on SQLite.
   */
  readonly find: (tokenHash: Hash) => MaybePromise<OwnedToken | undefined>
  /** Newest first; of one account, or all. */
  readonly list: (account?: string) => Promise<readonly OwnedToken[]>
  /** Ends a token; with `account` only when it is that account's. `unknown` when it was ended before. */
  readonly revoke: (
    id: string,
    account?: string,
  ) => Promise<
    { readonly kind: 'revoked'; readonly token: PersonalToken } | { readonly kind: 'unknown' }
  >
  /** Moves the last use forward, never back; unknown ids are passed over. @returns those used for the first time ever */
  readonly touch: (ids: readonly string[], now: EpochSeconds) => Promise<readonly string[]>
  /** Removes up to `limit` tokens whose end lies before `before`. */
  readonly purge: (before: EpochSeconds, limit: number) => Promise<number>
}
