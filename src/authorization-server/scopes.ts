// Which scopes does a request get, for which resource? security.md R69, R91, mcp.md AS-27, AS-28, AS-32 to AS-34.

import { type Client, type Configuration, errors, type KoaContextWithOIDC } from 'oidc-provider'
import type { AuthorizationServerSettings, IssuedResource } from '../ports/authorization-server.ts'
import { commandLineClientId } from '../protocol/command-line.ts'
import { formatScope, parseScope } from '../protocol/scope.ts'
import { personScopes } from './grants.ts'
import { findResource, grantableOf, plainAccess, resourceForNone, scopesOf } from './resources.ts'

type Indicators = NonNullable<NonNullable<Configuration['features']>['resourceIndicators']>

export type ScopeRequest = {
  readonly clientId: string
  readonly scope: string | undefined
  readonly resource: unknown
}

/**
 * What is granted at most: known scopes that this client may have. When none of them is the resource's, those
 * that every token for it must have come along, since clients ask for `openid` alone or for nothing.
 *
 * @returns undefined when the client asked for something and nothing of it is left
 */
export function narrowScope(
  { clientId, scope, resource: identifier }: ScopeRequest,
  settings: AuthorizationServerSettings,
): readonly string[] | undefined {
  const resource = findResource(identifier, settings, clientId)
  const limit = settings.clients.find(({ id }) => id === clientId)?.scopes
  const isAllowed = (one: string) => limit === undefined || limit.includes(one)
  const ofResource = resource === undefined ? [] : scopesOf(resource)
  // A request that was sent ahead comes here a second time, narrowed: what we added says nothing of what is wanted.
  const asked = parseScope(scope ?? '').filter((one) => one !== plainAccess)
  const granted = asked.filter(
    (one) => isAllowed(one) && (personScopes.includes(one) || ofResource.includes(one)),
  )
  if (asked.length > 0 && granted.length === 0) return undefined
  if (resource === undefined || granted.some((one) => ofResource.includes(one))) return granted
  const required = resource.scopes.filter(isAllowed)
  return [...granted, ...(required.length > 0 ? required : [plainAccess])]
}

function narrow(ctx: KoaContextWithOIDC, client: Client, settings: AuthorizationServerSettings) {
  const { params } = ctx.oidc
  if (params === undefined) return
  const scope = typeof params['scope'] === 'string' ? params['scope'] : undefined
  const { clientId } = client
  const granted = narrowScope({ clientId, scope, resource: params['resource'] }, settings)
  if (granted === undefined || granted.length === 0)
    throw new errors.CustomOIDCProviderError(
      'invalid_scope',
      'none of the requested scopes can be granted',
    )
  params['scope'] = formatScope(granted)
}

/**
 * Narrows an authorization request once the library has checked the rest of it, and before anything is kept.
 */
export const createScopeNarrowing =
  (settings: AuthorizationServerSettings) =>
  (ctx: KoaContextWithOIDC, _value: string | undefined, client: Client): void =>
    narrow(ctx, client, settings)

const isPlainOpenid = (
  ctx: KoaContextWithOIDC,
  clientId: string,
  settings: AuthorizationServerSettings,
): boolean => {
  const asked = [...ctx.oidc.requestParamScopes]
  if (!asked.includes('openid')) return false
  const known = settings.resources.flatMap(scopesOf)
  return (
    settings.clients.some(({ id }) => id === clientId) && !asked.some((one) => known.includes(one))
  )
}

const commandLineLifetime = 600

/** Our own command line refreshes by itself, so its tokens never have to live longer than usual. */
const lifetimeFor = (
  { clientId }: Client,
  { accessTokenLifetime }: AuthorizationServerSettings,
): number =>
  clientId === commandLineClientId
    ? Math.min(accessTokenLifetime, commandLineLifetime)
    : accessTokenLifetime

/** Where a resource wants bound tokens there is none without a proof, which the library has verified (RFC 9449 §5). */
export function requireProof(
  ctx: KoaContextWithOIDC | undefined,
  resource: IssuedResource | undefined,
): void {
  if (resource?.dpopRequired === true && ctx?.get('DPoP') === '')
    throw new errors.InvalidDpopProof('the resource wants tokens with a proof of possession')
}

/** What the library asks about resources. */
export function createResourceIndicators(
  settings: AuthorizationServerSettings,
  accessTokenKey: string,
): Indicators {
  return {
    enabled: true,
    defaultResource: (ctx, client, oneOf) => {
      if (oneOf !== undefined) throw new errors.InvalidTarget('only one resource can be named')
      // An application that only wants to know who somebody is gets tokens for the userinfo endpoint.
      if (isPlainOpenid(ctx, client.clientId, settings)) return []
      const resource = resourceForNone(settings)
      if (resource !== undefined) return resource
      if (ctx.oidc.requestParamScopes.has('openid')) return []
      throw new errors.InvalidTarget('a resource must be named')
    },
    useGrantedResource: () => true,
    getResourceServerInfo: (ctx, indicator, client) => {
      const resource = findResource(indicator, settings, client.clientId)
      const { params } = ctx.oidc
      if (resource === undefined || Array.isArray(params?.['resource']))
        throw new errors.InvalidTarget('the resource is not one of ours')
      if (params?.['grant_type'] === 'client_credentials') {
        requireProof(ctx, resource)
        narrow(ctx, client, settings)
      }
      return {
        scope: formatScope(grantableOf(resource)),
        audience: resource.audience ?? indicator,
        accessTokenTTL: lifetimeFor(client, settings),
        accessTokenFormat: 'jwt',
        jwt: { sign: { alg: 'EdDSA', kid: accessTokenKey } },
      }
    },
  }
}
