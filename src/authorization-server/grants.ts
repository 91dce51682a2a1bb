// A grant: what a person (or the operator, for applications of their own) has let a client do. security.md R71, R75.

import type Provider from 'oidc-provider'
import type { Client, Grant, KoaContextWithOIDC } from 'oidc-provider'
import type { Visitor } from '../ports/authorization-server.ts'
import { isNative } from '../protocol/redirect-uri.ts'
import { parseScope } from '../protocol/scope.ts'
import { digestOf } from './client-digest.ts'
import type { EngineParts } from './dependencies.ts'
import { readBeginning } from './interaction-policy.ts'
import { findResource, grantableOf } from './resources.ts'
import type { Visitors } from './visitors.ts'

/** What a consent is about, besides account and client. */
export type Terms = {
  readonly redirectUri: string | undefined
  readonly resource: string | undefined
  readonly scopes: readonly string[]
}

/** Scopes that are about the person, not about a resource. */
export const personScopes: readonly string[] = [
  'openid',
  'offline_access',
  'profile',
  'email',
  'groups',
]

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)

/** The terms of an authorization request as it was narrowed. */
export const termsOf = (params: Readonly<Record<string, unknown>>): Terms => ({
  redirectUri: text(params['redirect_uri']),
  resource: text(params['resource']),
  scopes: parseScope(text(params['scope']) ?? ''),
})

type Memory = { readonly terms: Terms; readonly until: number }

const ownMembers = ['memory', 'clientDigest', 'redirectUri'] as const

/** Lets grants carry what we have to know about them later. To be called before the first grant is made. */
export function extendGrants(provider: Provider): void {
  const known = provider.Grant.IN_PAYLOAD
  Object.defineProperty(provider.Grant, 'IN_PAYLOAD', { get: () => [...known, ...ownMembers] })
}

export type GrantRequest = {
  readonly account: string
  readonly client: Client
  readonly terms: Terms
  /** Until when the same request needs no question; undefined: it always does. */
  readonly rememberUntil: number | undefined
}

/** Keeps what tokens will say of the person when no browser is there. */
export const rememberVisitor = (
  { dependencies: { store, now } }: EngineParts,
  { account, identity }: Visitor,
): Promise<void> => store.snapshots.remember({ account, identity, seenAt: now() })

/** Makes and keeps a grant: exactly these scopes, for exactly this resource. */
export async function makeGrant(
  provider: Provider,
  { settings }: EngineParts,
  { account, client, terms, rememberUntil }: GrantRequest,
): Promise<string> {
  const grant = new provider.Grant({ accountId: account, clientId: client.clientId })
  const resource = findResource(terms.resource, settings, client.clientId)
  const person = terms.scopes.filter((scope) => personScopes.includes(scope))
  if (person.length > 0) grant.addOIDCScope([...person])
  if (resource !== undefined && terms.resource !== undefined) {
    const available = grantableOf(resource)
    const granted = terms.scopes.filter((scope) => available.includes(scope))
    if (granted.length > 0) grant.addResourceScope(terms.resource, granted)
  }
  const memory = rememberUntil === undefined ? undefined : { terms, until: rememberUntil }
  Object.assign(grant, {
    clientDigest: digestOf(client),
    redirectUri: terms.redirectUri,
    ...(memory === undefined ? {} : { memory }),
  })
  return grant.save()
}

export const clientDigestOfGrant = (grant: Grant): unknown => Reflect.get(grant, 'clientDigest')

function readMemory(payload: string): Memory | undefined {
  const parsed: unknown = JSON.parse(payload)
  if (typeof parsed !== 'object' || parsed === null || !('memory' in parsed)) return undefined
  const { memory } = parsed
  if (typeof memory !== 'object' || memory === null) return undefined
  if (!('until' in memory && 'terms' in memory) || typeof memory.until !== 'number')
    return undefined
  const { terms } = memory
  if (typeof terms !== 'object' || terms === null || !('scopes' in terms)) return undefined
  const { scopes } = terms
  if (!Array.isArray(scopes)) return undefined
  const redirectUri = 'redirectUri' in terms ? text(terms.redirectUri) : undefined
  const resource = 'resource' in terms ? text(terms.resource) : undefined
  return { until: memory.until, terms: { redirectUri, resource, scopes: scopes.map(String) } }
}

const keyOf = ({ redirectUri, resource, scopes }: Terms): string =>
  JSON.stringify([redirectUri, resource, scopes.toSorted()])

/** Whether a consent to these terms may be remembered at all (R75). */
export function mayRemember(
  { settings }: Pick<EngineParts, 'settings'>,
  terms: Terms,
  isFromElsewhere: boolean,
): boolean {
  if (settings.rememberConsent === 0 || isFromElsewhere) return false
  if (terms.redirectUri === undefined) return false
  return !isNative(terms.redirectUri)
}

/** Until when this account's consent to exactly these terms is remembered; undefined when it is not. */
export async function findRemembered(
  { dependencies }: EngineParts,
  account: string,
  client: Client,
  terms: Terms,
): Promise<number | undefined> {
  const { store, now } = dependencies
  const grants = await store.artifacts.listGrants(account, now())
  const wanted = keyOf(terms)
  return grants
    .filter(({ clientId }) => clientId === client.clientId)
    .map(({ payload }) => readMemory(payload))
    .find(
      (memory) => memory !== undefined && memory.until > now() && keyOf(memory.terms) === wanted,
    )?.until
}

/**
 * Whether the operator stands for whoever gets the answer. Another program can wait at a redirect to this computer or
 * to an application, and of a client without secret or key nobody can tell: people are asked there (RFC 8252 §8.6).
 */
function isTrusted(
  { settings }: EngineParts,
  { clientId }: Client,
  { redirectUri }: Terms,
): boolean {
  const client = settings.clients.find(({ id }) => id === clientId)
  if (client?.trusted !== true) return false
  return client.authMethod !== 'none' || redirectUri === undefined || !isNative(redirectUri)
}

/**
 * Whether nothing has to be asked: `until` is then the end of the memory, undefined for an application of the
 * operator's own.
 */
export async function findStandingConsent(
  parts: EngineParts,
  request: Omit<GrantRequest, 'rememberUntil'>,
  isFromElsewhere: boolean,
): Promise<{ readonly until: number | undefined } | undefined> {
  const { account, client, terms } = request
  if (isTrusted(parts, client, terms)) return { until: undefined }
  if (!mayRemember(parts, terms, isFromElsewhere)) return undefined
  const until = await findRemembered(parts, account, client, terms)
  return until === undefined ? undefined : { until }
}

/** The grant of the request under way, if there is one or none has to be asked for. */
export const createGrantLoader =
  (parts: EngineParts, visitors: Visitors) =>
  async (ctx: KoaContextWithOIDC): Promise<Grant | undefined> => {
    const { oidc } = ctx
    const { provider, client, account, result, params } = oidc
    const given = result?.consent?.grantId
    if (given !== undefined) return provider.Grant.find(given)
    if (client === undefined || account === undefined || params === undefined) return undefined
    if (oidc.promptPending('consent') || oidc.promptPending('login')) return undefined
    const request = { account: account.accountId, client, terms: termsOf(params) }
    const began = oidc.entities.Interaction?.prompt.details
    const site = ctx.get('Sec-Fetch-Site')
    const elsewhere =
      began === undefined
        ? !['same-origin', 'same-site', 'none'].includes(site)
        : readBeginning(began)?.isFromElsewhere !== false
    const standing = await findStandingConsent(parts, request, elsewhere)
    if (standing === undefined) return undefined
    const visitor = await visitors.current(ctx.req)
    if (visitor?.account !== account.accountId) return undefined
    await rememberVisitor(parts, visitor)
    const rememberUntil = standing.until
    return provider.Grant.find(await makeGrant(provider, parts, { ...request, rememberUntil }))
  }
