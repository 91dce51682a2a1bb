// Our signed access tokens at the introspection and revocation endpoints: the library looks up ids only, and an id
// that somebody merely knows is no token (RFC 7009 §2.1, RFC 7662 §2.1, security.md R88, R89).

import type { IncomingMessage } from 'node:http'
import { createLocalJWKSet, jwtVerify } from 'jose'
import Provider from 'oidc-provider'
import { epochSeconds } from '../protocol/time.ts'
import type { EngineParts } from './dependencies.ts'
import { publicKeysOf, type SigningKeys } from './signing-keys.ts'

export type OwnTokens = {
  /** The `jti` of a token that we signed, whatever became of it; undefined for every other text. */
  readonly readId: (token: string) => Promise<string | undefined>
  /** Marks a request whose token was such a one. */
  readonly markSwapped: (request: IncomingMessage) => void
  /** From then on the library finds a signed token by its id only where the token itself was shown. */
  readonly guardLookups: (provider: Provider) => void
}

const lookups: readonly string[] = ['introspection', 'revocation']

export function createOwnTokens({ settings }: EngineParts, signingKeys: SigningKeys): OwnTokens {
  const swapped = new WeakSet<IncomingMessage>()

  const isMerelyKnown = (found: unknown): boolean => {
    const ctx = Provider.ctx
    if (ctx === undefined || !lookups.includes(ctx.oidc.route) || swapped.has(ctx.req)) return false
    return typeof found === 'object' && found !== null && Reflect.get(found, 'aud') !== undefined
  }

  return {
    readId: async (token) => {
      const keys = createLocalJWKSet(publicKeysOf(await signingKeys.current()))
      const verified = await jwtVerify(token, keys, {
        issuer: settings.issuer,
        typ: 'at+jwt',
        algorithms: ['EdDSA'],
        // One that has expired is looked up like any other, and found to be over.
        currentDate: new Date(epochSeconds(0) * 1000),
      }).catch(() => undefined)
      return verified?.payload.jti
    },
    markSwapped: (request) => void swapped.add(request),
    guardLookups: (provider) => {
      for (const Model of [provider.AccessToken, provider.ClientCredentials]) {
        const find: unknown = Reflect.get(Model, 'find')
        if (typeof find !== 'function') throw new Error('The library finds no tokens')
        Object.defineProperty(Model, 'find', {
          value: async (...args: readonly unknown[]) => {
            const found: unknown = await Reflect.apply(find, Model, args)
            return isMerelyKnown(found) ? undefined : found
          },
        })
      }
    },
  }
}
