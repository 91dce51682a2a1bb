// Access tokens: signed for the resource, and kept by their `jti`, so that they can end before they expire
// (RFC 9068, RFC 7009, security.md R92, R93).

import type Provider from 'oidc-provider'
import type { AccessToken, ClientCredentials, Configuration } from 'oidc-provider'
import { type Accounts, claimsOf } from './accounts.ts'
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

/** Claims besides those of RFC 9068: with them the gate sees the same person as in a session. */
export const createTokenClaims =
  (accounts: Accounts): NonNullable<Configuration['extraTokenClaims']> =>
  async (ctx, token) => {
    if (token.kind !== 'AccessToken' || token.aud === undefined) return undefined
    const account: unknown = Reflect.get(token, 'accountId')
    const identity = await accounts.identify(ctx, String(account))
    return identity === undefined ? undefined : { ...claimsOf(identity), idp: identity.provider }
  }
