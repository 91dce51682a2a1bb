// What the gate asks about a bearer token: is it a genuine access token, and what does it say?

import type * as accessToken from '../protocol/access-token.ts'
import type { ShownProof } from '../protocol/credentials.ts'
import type { EpochSeconds } from '../protocol/time.ts'
import type { MaybePromise } from './runtime.ts'

/** An access token whose signature, issuer, kind and times hold. Its audience is not judged here. */
export type VerifiedToken = accessToken.VerifiedToken

export type TokenRejection = accessToken.TokenRejection

export type TokenVerification =
  | { readonly kind: 'verified'; readonly token: VerifiedToken }
  | { readonly kind: 'rejected'; readonly reason: TokenRejection }
  /** The issuer's keys could not be had: never to be read as "no token". */
  | { readonly kind: 'unavailable'; readonly dependency: string }

export type TokenVerifier = {
  /**
   * Synchronous when the token was verified before (bounded cache, at most 60 s and never past its end).
   * Checks everything but audience, scope and policy, which depend on the request and are judged each time.
   * Never throws for anything a client can send.
   *
   * @see RFC 9068 §4, RFC 8725 §3
   */
  readonly verify: (token: string, now: EpochSeconds) => MaybePromise<TokenVerification>
}

/** Why a proof of possession does not hold, for the log. */
export type ProofRejection = string

export type ProofVerifier = {
  /**
   * Whether the proof fits the request, the token and its key, and was not shown before. Over all
   * processes a proof is valid once. Never throws for anything a client can send.
   *
   * @see RFC 9449 §4.3 and §7.1, security.md R96-R99
   */
  readonly verify: (
    proof: ShownProof,
    bound: { readonly token: string; readonly thumbprint: string },
    now: EpochSeconds,
  ) => Promise<'valid' | { readonly kind: 'rejected'; readonly reason: ProofRejection }>
}
