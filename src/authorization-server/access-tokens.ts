// Access tokens: signed for the resource, and kept by their `jti`, so that they can end before they expire
// (RFC 9068, RFC 7009, security.md R92, R93).

import type Provider from 'oidc-provider'
import type {
  AccessToken,
  ClientCredentials,
  Configuration,
  KoaContextWithOIDC,
} from 'oidc-provider'
import { parseScope } from '../protocol/scope.ts'
import { type Accounts, claimsByScope, claimsOf } from './accounts.ts'
import { withoutPlainAccess } from './resources.ts'

type Token = AccessToken | ClientCredentials
type Issued = { readonly value: string; readonly payload?: unknown }
type Issue = (this: Token) => Promise<Issued>

/** Ids of tokens that a client has for itself: where to look them up shows in the id. */
const machinePrefix = 'c.'

export const kindOfTokenId = (jti: string): 'AccessToken' | 'ClientCredentials' =>
  jti.startsWith(machinePrefix) ? 'ClientCredentials' : 'AccessToken'

function methodOf(prototype: object, name: string): (this: Token) => unknown {
  const method: unknown = Reflect.get(prototype, name)
  if (typeof method !== 'function') throw new Error(`The library's tokens have no "${name}"`)
  return function () {
    return Reflect.apply(method, this, [])
  }
}

const isIssued = (value: unknown): value is Issued =>
  typeof value === 'object' && value !== null && 'value' in value

function checked(value: unknown): Issued {
  if (!isIssued(value)) throw new Error('The library issued no token')
  return value
}

/** The library keeps no signed tokens: here their payload is kept as that of an opaque one would be. */
function keep(provider: Provider, prototype: object): void {
  const asOpaque = methodOf(provider.BaseToken.prototype, 'getValueAndPayload')
  const asIssued = methodOf(prototype, 'getValueAndPayload')
  const issue: Issue = async function () {
    if (this.scope !== undefined) this.scope = withoutPlainAccess(this.scope)
    // Both forms must say the same moments.
    this.iat ??= Math.floor(Date.now() / 1000)
    this.exp ??= this.iat + this.expiration
    const { payload } = checked(await asOpaque.call(this))
    const { value } = checked(await asIssued.call(this))
    return { value, payload }
  }
  Object.defineProperty(prototype, 'getValueAndPayload', { value: issue })
}

export function keepAccessTokens(provider: Provider): void {
  keep(provider, provider.AccessToken.prototype)
  const machine = provider.ClientCredentials.prototype
  keep(provider, machine)
  const generate = methodOf(machine, 'generateTokenId')
  Object.defineProperty(machine, 'generateTokenId', {
    value: function (this: Token): string {
      return machinePrefix + String(generate.call(this))
    },
  })
}

/** Of the scopes about the person those that the grant holds, and that a refresh asks for when it names any. */
function personScopesOf(ctx: KoaContextWithOIDC): readonly string[] {
  const granted = parseScope(ctx.oidc.grant?.getOIDCScope() ?? '')
  const asked = ctx.oidc.params?.['scope']
  if (typeof asked !== 'string') return granted
  const wanted = parseScope(asked)
  return granted.filter((scope) => wanted.includes(scope))
}

/**
 * Claims besides those of RFC 9068: what the person has let the client know, since a client can read its tokens. The
 * gate needs none of it, it looks the account up. Introspection says the same.
 */
export const createTokenClaims =
  (accounts: Accounts): NonNullable<Configuration['extraTokenClaims']> =>
  async (ctx, token) => {
    if (token.kind !== 'AccessToken' || token.aud === undefined) return undefined
    const scopes = personScopesOf(ctx)
    const shown = Object.entries(claimsByScope).flatMap(([scope, claims]) =>
      scopes.includes(scope) ? claims : [],
    )
    const account: unknown = Reflect.get(token, 'accountId')
    const identity = await accounts.identify(ctx, String(account))
    if (identity === undefined) return undefined
    return Object.fromEntries(
      Object.entries(claimsOf(identity)).filter(([name]) => shown.includes(name)),
    )
  }
