// Logout tokens of one provider, verified with the provider's own keys. OpenID Connect Back-Channel Logout 1.0.

import type { LogoutVerification, LogoutVerifier } from '../ports/logout-verifier.ts'
import type { Clock, Log } from '../ports/runtime.ts'
import {
  type LogoutTokenProfile,
  objectToLogoutToken,
  verifyLogoutToken,
} from '../protocol/logout-token.ts'
import { createIssuerKeys } from './issuer-keys.ts'
import { findKeySetUrl } from './issuer-metadata.ts'
import type { GuardedFetch } from './outbound.ts'

export type LogoutVerifierDependencies = {
  readonly fetch: GuardedFetch
  readonly log: Log
  readonly now: Clock
  /** For tests: runs something later. */
  readonly after?: ((milliseconds: number, run: () => void) => void) | undefined
}

/**
 * Asks nobody before the first token of that issuer; its keys are then kept as for access tokens.
 *
 * @see security.md R37, R39
 */
export function createLogoutVerifier(
  { id, ...profile }: LogoutTokenProfile & { readonly id: string },
  dependencies: LogoutVerifierDependencies,
): LogoutVerifier {
  const { issuer } = profile
  const { fetch, log, now: clock, after } = dependencies
  const keys = createIssuerKeys({
    issuer,
    findUrl: () => findKeySetUrl(issuer, fetch),
    fetch,
    log,
    now: clock,
    after,
    onRenewed: () => {},
  })

  async function heldKeys() {
    const held = await keys.get()
    if (held !== undefined) return held
    // Providers send a logout once. Nobody waits at a page for it, so it may take the time a fetch takes.
    await keys.warmUp()
    return keys.get()
  }

  return {
    provider: id,
    verify: async (text, now): Promise<LogoutVerification> => {
      const objection = objectToLogoutToken(text, profile)
      if (objection !== undefined) return { kind: 'rejected', reason: objection }
      const held = await heldKeys()
      if (held === undefined) return { kind: 'unavailable' }
      const first = await verifyLogoutToken(text, profile, held, now)
      if (first.kind === 'verified' || first.reason !== 'unknown-key') return first
      const newer = await keys.getNewer(held)
      return newer === undefined ? first : verifyLogoutToken(text, profile, newer, now)
    },
  }
}
