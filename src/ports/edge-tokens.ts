// What signs and verifies the tokens of edge auth.

import type { EdgeTokenKind, EdgeTokenRejection } from '../protocol/edge-token.ts'
import type { EpochSeconds } from '../protocol/time.ts'
import type { Hash } from './hash.ts'
import type { MaybePromise } from './runtime.ts'

export type EdgeTokenToSign = {
  readonly kind: EdgeTokenKind
  /** The account, as applications may know it. */
  readonly subject: string
  readonly email: string | undefined
  readonly audience: readonly string[]
  /** The session it lives and dies with. */
  readonly session: Hash
  /** `jti`. */
  readonly id: string
  readonly expiresAt: EpochSeconds
}

export type VerifiedEdgeToken = {
  readonly kind: EdgeTokenKind
  readonly audience: readonly string[]
  readonly session: Hash
}

export type EdgeTokenVerification =
  | { readonly kind: 'verified'; readonly token: VerifiedEdgeToken }
  | { readonly kind: 'rejected'; readonly reason: EdgeTokenRejection }

/** The public keys in the shape of Cloudflare's `/cdn-cgi/access/certs`. */
export type EdgeCertificates = {
  readonly keys: readonly Readonly<Record<string, unknown>>[]
  readonly public_cert: { readonly kid: string; readonly cert: string }
  readonly public_certs: readonly { readonly kid: string; readonly cert: string }[]
}

/** What an application behind the gate is told in a form that it can verify. */
export type Assertion = {
  readonly subject: string
  readonly email: string | undefined
  /** The one host it is for. */
  readonly host: string
}

export type EdgeTokens = {
  /** Signs with a key that signs nothing else. Rejects when the keys cannot be had. */
  readonly sign: (token: EdgeTokenToSign, now: EpochSeconds) => Promise<string>
  /**
   * Synchronous when the token was verified within the last minute and the keys were looked at within the last
   * two seconds: what a dropped key signed counts no longer than 5 seconds (R113). Says nothing of the session,
   * which the caller looks up each time. Never rejects for anything a client can send, but when the keys cannot be had.
   */
  readonly verify: (text: string, now: EpochSeconds) => MaybePromise<EdgeTokenVerification>
  /**
   * Says to the application of one host who asks, for 60 seconds. Worth nothing at our own doors, so no
   * application can spend it elsewhere (R15b).
   */
  readonly assert: (assertion: Assertion, now: EpochSeconds) => Promise<string>
  readonly certificates: () => Promise<EdgeCertificates>
}
