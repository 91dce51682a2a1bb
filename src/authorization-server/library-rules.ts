// Where the library's rules are wider than ours, ours are put in their place (security.md R59-R62, R80, R85, R91).

import { timingSafeEqual } from 'node:crypto'
import Provider, {
  type AuthorizationCode,
  type DeviceCode,
  errors,
  type RefreshToken,
} from 'oidc-provider'
import { isSameRedirectUri, judgeRedirectUri, redirectUriFaults } from '../protocol/redirect-uri.ts'
import { epochSeconds } from '../protocol/time.ts'
import { digestOf } from './client-digest.ts'
import { hashOfSecret } from './client-secret.ts'
import type { EngineParts } from './dependencies.ts'
import { clientDigestOfGrant } from './grants.ts'
import { isManualClient } from './manual-client.ts'
import { findResource } from './resources.ts'
import { requireProof } from './scopes.ts'

type Source = AuthorizationCode | DeviceCode | RefreshToken
type Listed = { readonly redirectUris?: readonly string[]; readonly clientId: string }

function matchSecret(expected: string, given: string): boolean {
  const left = Buffer.from(expected)
  const right = Buffer.from(given)
  return left.length === right.length && timingSafeEqual(left, right)
}

/** The secret in Basic credentials as it was sent, before any decoding. RFC 6749 §2.3.1, mcp.md AS-42 */
function rawBasicSecret(): string | undefined {
  const [, encoded] = /^basic +(\S+)$/i.exec(Provider.ctx?.get('Authorization') ?? '') ?? []
  if (encoded === undefined) return undefined
  const text = Buffer.from(encoded, 'base64').toString('utf8')
  return text.slice(text.indexOf(':') + 1)
}

function ruleRedirects(provider: Provider, { settings }: EngineParts): void {
  const rules = { hosts: settings.redirectHosts, privateUris: settings.privateRedirectUris }
  const configured = new Set(settings.clients.map(({ id }) => id))
  const schema: object = Reflect.get(Reflect.get(provider.Client, 'Schema'), 'prototype')
  type Registering = {
    readonly client_id?: string
    readonly redirect_uris: readonly string[]
    readonly invalidate: (message: string) => void
  }
  Object.defineProperty(schema, 'redirectUris', {
    value: function (this: Registering, uris = this.redirect_uris, label = 'redirect_uris') {
      const clientId = this.client_id ?? ''
      const own = configured.has(clientId) || isManualClient(clientId)
      for (const uri of uris) {
        // What the operator wrote needs no leave of the operator's.
        const judged = judgeRedirectUri(uri, own ? { hosts: undefined, privateUris: uris } : rules)
        if (judged.kind === 'refused')
          this.invalidate(`${label}: ${redirectUriFaults[judged.reason]}`)
      }
    },
  })
  Object.defineProperty(provider.Client.prototype, 'redirectUriAllowed', {
    value: function (this: Listed, uri: string) {
      return this.redirectUris?.some((registered) => isSameRedirectUri(registered, uri)) === true
    },
  })
}

/** The library knows OpenID's scopes only; what a client names was narrowed to the resources' before. */
function ruleScopes(provider: Provider): void {
  const schema: object = Reflect.get(Reflect.get(provider.Client, 'Schema'), 'prototype')
  Object.defineProperty(schema, 'scopes', { value: () => {} })
}

type Secretive = { readonly clientSecret?: string; readonly clientAuthMethod: string }

/** The library takes a secret from wherever it comes; here only from where the client said it would (R85). */
const isWhereRegistered = ({ clientAuthMethod }: Secretive): boolean => {
  const inHeader = rawBasicSecret() !== undefined
  return clientAuthMethod === (inHeader ? 'client_secret_basic' : 'client_secret_post')
}

function ruleSecrets(provider: Provider, { dependencies }: EngineParts): void {
  Object.defineProperty(provider.Client.prototype, 'compareClientSecret', {
    value: function (this: Secretive, given: string) {
      const kept = this.clientSecret ?? ''
      const isRight = [given, rawBasicSecret()].some(
        (candidate) =>
          candidate !== undefined &&
          matchSecret(kept, hashOfSecret(candidate, dependencies.hashOf)),
      )
      return isRight && isWhereRegistered(this)
    },
  })
}

/** What must hold before a code or a refresh token is spent: a wrong resource must cost nothing (R91). */
async function checkBeforeUse(source: Source, { settings }: EngineParts): Promise<void> {
  const { ctx } = Provider
  // Of a refusal the device learns whatever it asks for.
  if (source.kind === 'DeviceCode' && source.error !== undefined) return
  const asked = ctx?.oidc.params?.['resource']
  if (asked !== undefined && asked !== source.resource)
    throw new errors.InvalidTarget('the resource is not the one that was granted')
  const resource = findResource(source.resource, settings, source.clientId)
  // The host may have lost its rules since.
  if (resource === undefined && source.resource !== undefined)
    throw new errors.InvalidTarget('the resource is not one of ours')
  requireProof(ctx, resource)
  await checkClientStillSame(source)
}

/** A code is for the client that the person saw (R107); later the client may change as it likes. */
async function checkClientStillSame(source: Source): Promise<void> {
  const { client, provider } = Provider.ctx?.oidc ?? {}
  if (source.kind !== 'AuthorizationCode' || client === undefined) return
  const grant = await provider?.Grant.find(source.grantId ?? '')
  if (grant !== undefined && clientDigestOfGrant(grant) !== digestOf(client))
    throw new errors.InvalidGrant('the client changed since the person agreed')
}

function ruleUse(prototype: object, parts: EngineParts): void {
  const consume: unknown = Reflect.get(prototype, 'consume')
  if (typeof consume !== 'function') throw new Error('The library has nothing to consume')
  Object.defineProperty(prototype, 'consume', {
    value: async function (this: Source) {
      await checkBeforeUse(this, parts)
      return Reflect.apply(consume, this, [])
    },
  })
}

/** One conditional statement instead of the library's look and write. */
function ruleReplays(provider: Provider, { dependencies }: EngineParts): void {
  const { store, hashOf, now } = dependencies
  Object.defineProperty(provider.ReplayDetection, 'unique', {
    value: async (issuer: string, jti: string, exp: number) => {
      const valueHash = hashOf(JSON.stringify([issuer, jti]))
      return (await store.artifacts.spend(valueHash, epochSeconds(exp), now())) === 'fresh'
    },
  })
}

export function applyRules(provider: Provider, parts: EngineParts): void {
  ruleRedirects(provider, parts)
  ruleScopes(provider)
  ruleSecrets(provider, parts)
  ruleUse(provider.AuthorizationCode.prototype, parts)
  ruleUse(provider.DeviceCode.prototype, parts)
  ruleUse(provider.RefreshToken.prototype, parts)
  ruleReplays(provider, parts)
}
