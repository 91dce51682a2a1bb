// Refresh tokens: always rotated, with a successor that follows from the token it replaces (R81-R83).

import { hkdfSync } from 'node:crypto'
import Provider, { errors, type RefreshToken } from 'oidc-provider'
import type { AuthorizationServerSettings } from '../ports/authorization-server.ts'
import { formatScope, parseScope } from '../protocol/scope.ts'
import { plainAccess } from './resources.ts'

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

/** What is left of the scopes of a grant when the operator has limited the client since. */
function stillAllowed(
  token: RefreshToken,
  { clients }: Pick<AuthorizationServerSettings, 'clients'>,
): readonly string[] {
  const limit = clients.find(({ id }) => id === token.clientId)?.scopes
  const had = parseScope(token.scope ?? '')
  if (limit === undefined) return had
  return had.filter((one) => one === plainAccess || limit.includes(one))
}

/**
 * Of the scopes a refresh asks for, those of the token count; others are dropped as everywhere (mcp.md AS-28). A
 * refresh that names none asks for all of them (RFC 6749 §6).
 */
function narrowTo(token: RefreshToken, settings: AuthorizationServerSettings): void {
  const params = Provider.ctx?.oidc.params
  if (Provider.ctx?.oidc.route !== 'token' || params === undefined) return
  const had = stillAllowed(token, settings)
  if (had.length === 0 && token.scope !== undefined)
    throw new errors.InvalidScope('none of the granted scopes can be had any more', token.scope)
  const asked = params['scope']
  if (typeof asked !== 'string') {
    if (had.length < parseScope(token.scope ?? '').length) params['scope'] = formatScope(had)
    return
  }
  const kept = parseScope(asked).filter((one) => had.includes(one))
  if (kept.length === 0)
    throw new errors.InvalidScope('none of the requested scopes was granted', asked)
  params['scope'] = formatScope(kept)
}

/** Narrows what a refresh asks for once its token is known. */
export function narrowRefreshes(provider: Provider, settings: AuthorizationServerSettings): void {
  const { RefreshToken: Model } = provider
  const find: unknown = Reflect.get(Model, 'find')
  if (typeof find !== 'function') throw new Error('The library finds no refresh tokens')
  Object.defineProperty(Model, 'find', {
    value: async (...args: readonly unknown[]) => {
      const found: unknown = await Reflect.apply(find, Model, args)
      // Another client learns nothing, not even that it asks for too much (R84).
      if (found instanceof Model && found.clientId === Provider.ctx?.oidc.client?.clientId)
        narrowTo(found, settings)
      return found
    },
  })
}
