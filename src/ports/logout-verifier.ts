// What the back-channel logout asks about a token: is it the provider's, and whose sessions does it end?

import type { LogoutToken, LogoutTokenRejection } from '../protocol/logout-token.ts'
import type { EpochSeconds } from '../protocol/time.ts'

export type LogoutVerification =
  | { readonly kind: 'verified'; readonly token: LogoutToken }
  | { readonly kind: 'rejected'; readonly reason: LogoutTokenRejection }
  /** The provider's keys could not be had. */
  | { readonly kind: 'unavailable' }

export type LogoutVerifier = {
  /** Id of the provider in the configuration; part of the path it calls. */
  readonly provider: string
  /** Checks everything but whether the token was used before. Never throws for anything a client can send. */
  readonly verify: (text: string, now: EpochSeconds) => Promise<LogoutVerification>
}
