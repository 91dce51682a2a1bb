// Access tokens of our own authorization server at the gate: the same verification as any issuer's, and
// then the two things that only we can know: whether the token was revoked, and who the account is now.

import { type CompactVerifyGetKey, createLocalJWKSet } from 'jose'
import type { AuthorizationServer } from '../ports/authorization-server.ts'
import type { AccountSnapshotStore } from '../ports/authorization-store.ts'
import type { MaybePromise } from '../ports/runtime.ts'
import type { TokenVerification, TokenVerifier, VerifiedToken } from '../ports/token-verifier.ts'
import { clientProvider, type Identity } from '../protocol/identity.ts'
import type { EpochSeconds } from '../protocol/time.ts'
import type { IssuerKeys } from './issuer-keys.ts'

export type OwnTokenPorts = {
  readonly issuer: string
  readonly isLive: AuthorizationServer<never>['isLive']
  readonly snapshots: Pick<AccountSnapshotStore, 'find'>
}

const revoked: TokenVerification = { kind: 'rejected', reason: 'revoked' }

/** Goes on at once when the value is there. */
const then = <T, R>(
  value: MaybePromise<T>,
  next: (value: T) => MaybePromise<R>,
): MaybePromise<R> => (value instanceof Promise ? value.then(next) : next(value))

export type OwnKeys = IssuerKeys & {
  /** Looks whether the keys have changed; to be called every few seconds. */
  readonly renew: () => Promise<void>
}

/**
 * The keys of an issuer in this very process: asked for, never fetched.
 *
 * @param onDropped called when a key that was used before is gone: what it signed counts no longer (R113)
 */
export function createOwnKeys(
  publicKeys: AuthorizationServer<never>['publicKeys'],
  onDropped: () => void,
): OwnKeys {
  let held:
    | { readonly keys: CompactVerifyGetKey; readonly published: readonly string[] }
    | undefined
  const renew = async (): Promise<CompactVerifyGetKey> => {
    const set = await publicKeys()
    const published = set.keys.map((key) => JSON.stringify(key))
    const before = held?.published ?? []
    if (held === undefined || published.join() !== before.join())
      held = { keys: createLocalJWKSet(set), published }
    if (before.some((key) => !published.includes(key))) onDropped()
    return held.keys
  }
  return {
    get: () => held?.keys ?? renew(),
    // Another process may have made a key since.
    getNewer: async (seen) => {
      const newer = await renew()
      return newer === seen ? undefined : newer
    },
    warmUp: async () => void (await renew()),
    renew: async () => void (await renew()),
    state: () => (held === undefined ? 'none' : 'fresh'),
  }
}

/** A client without a person: an account of its own, that no person's rule names. */
function machineIdentity(token: VerifiedToken, clientId: string): Identity {
  const { identity } = token
  return {
    ...identity,
    provider: clientProvider,
    subject: `client:${clientId}`,
    email: undefined,
    emailDomain: undefined,
    unverifiedEmail: undefined,
    preferredUsername: clientId,
    groups: [],
  }
}

/**
 * Adds to a verifier what concerns tokens of `issuer`: a revoked one is rejected with the next request
 * (one indexed read), and the identity is the account's as of its last sign-in, not what the token says.
 *
 * Synchronous when the ports are and the token was verified before. A fault of the store is thrown, or
 * rejects: the caller answers 503.
 *
 * @see security.md R89, R93
 */
export function createOwnTokenVerifier(verifier: TokenVerifier, own: OwnTokenPorts): TokenVerifier {
  // As long as the verifier remembers a token it hands out the same object: a minute at most.
  const known = new WeakMap<VerifiedToken, TokenVerification>()

  function identify(token: VerifiedToken): MaybePromise<TokenVerification> {
    const before = known.get(token)
    if (before !== undefined) return before
    const remember = (identity: Identity): TokenVerification => {
      const answer = { kind: 'verified', token: { ...token, identity } } as const
      known.set(token, answer)
      return answer
    }
    const { subject, scopes } = token.identity
    if (subject === token.clientId) return remember(machineIdentity(token, token.clientId))
    return then(own.snapshots.find(subject), (snapshot) =>
      snapshot === undefined ? revoked : remember({ ...snapshot.identity, scopes }),
    )
  }

  function judge(
    verification: TokenVerification,
    now: EpochSeconds,
  ): MaybePromise<TokenVerification> {
    if (verification.kind !== 'verified' || verification.token.issuer !== own.issuer) {
      return verification
    }
    const { token } = verification
    if (token.jwtId === undefined) return revoked
    return then(own.isLive(token.jwtId, now), (live) => (live ? identify(token) : revoked))
  }

  return { verify: (text, now) => then(verifier.verify(text, now), (found) => judge(found, now)) }
}
