// Refresh tokens: always rotated, with a successor that follows from the token it replaces (R81-R83).

import { hkdfSync } from 'node:crypto'
import Provider, { type RefreshToken } from 'oidc-provider'
import type { AuthorizationServerSettings } from '../ports/authorization-server.ts'

/**
 * The token that replaces this one. Derived, so that a client that lost the answer gets the same one again, and
 * so that two processes cannot give out two.
 */
export const successorOf = (token: string, secret: string): string =>
  Buffer.from(hkdfSync('sha256', secret, '', `sallyport/refresh/1 ${token}`, 32)).toString(
    'base64url',
  )

/** Seconds a refresh token lives: until it is idle for too long, and never past the end of its family (R83). */
export function refreshLifetime(
  { refreshIdle, refreshLifetime: whole }: AuthorizationServerSettings,
  token: Pick<RefreshToken, 'iiat'>,
  now: number,
): number {
  const remaining = (token.iiat ?? now) + whole - now
  return Math.max(1, Math.min(refreshIdle, remaining))
}

/** Makes refresh tokens successors of the one that was presented. */
export function deriveSuccessors(provider: Provider, secret: string): void {
  const { prototype } = provider.RefreshToken
  const generate: unknown = Reflect.get(prototype, 'generateTokenId')
  Object.defineProperty(prototype, 'generateTokenId', {
    value: function (this: RefreshToken): string {
      const rotated = Provider.ctx?.oidc.entities.RotatedRefreshToken
      if (rotated !== undefined) return successorOf(rotated.jti, secret)
      if (typeof generate !== 'function') throw new Error('Cannot make a refresh token')
      return String(Reflect.apply(generate, this, []))
    },
  })
}
