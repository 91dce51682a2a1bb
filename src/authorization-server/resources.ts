// Which of our resources does a request mean? RFC 8707, mcp.md AS-30 to AS-34, security.md R91.

import type { AuthorizationServerSettings, IssuedResource } from '../ports/authorization-server.ts'
import { commandLineClientId } from '../protocol/command-line.ts'
import { parseResource } from '../protocol/resource.ts'

type Resources = Pick<AuthorizationServerSettings, 'resources' | 'defaultResource' | 'knowsOrigin'>

/** The one label that `*` stands for. */
function matchWildcard(resource: IssuedResource, asked: string): boolean {
  const [scheme, rest] = resource.url.split('://*.')
  if (rest === undefined) return false
  const host = /^(https?):\/\/[a-z0-9-]+\.(.+)$/.exec(asked)
  return host !== null && host[1] === scheme && host[2] === rest
}

const originOf = (url: string): string => /^https?:\/\/[^/?]+/.exec(url)?.[0] ?? url

/**
 * The identifier as our settings have it, for the text a client sent: case of scheme and host and the
 * slash of an empty path do not matter, and the bare origin stands for the only resource there.
 *
 * @returns undefined when it names none of ours
 */
export function canonicalResource(text: string, { resources }: Resources): string | undefined {
  const asked = parseResource(text)
  if (asked === undefined) return undefined
  const exact = resources.find(({ url }) => url === asked || parseResource(url) === asked)
  if (exact !== undefined) return exact.url
  if (resources.some((resource) => matchWildcard(resource, asked))) return asked
  if (asked !== originOf(asked)) return undefined
  const here = resources.filter(({ url }) => originOf(url) === asked)
  return here.length === 1 ? here[0]?.url : undefined
}

/** What a host is to our own command line: a resource without scopes, its rules say who may do what. */
const hostAt = (origin: string): IssuedResource => ({
  url: origin,
  audience: undefined,
  name: undefined,
  scopes: [],
  scopesSupported: [],
  dpopRequired: false,
})

/**
 * The resource with this canonical identifier for this client: our own command line gets tokens for origins with
 * rules and for nothing else, other clients never do.
 */
export function findResource(
  identifier: unknown,
  { resources, knowsOrigin }: Resources,
  clientId: string | undefined,
): IssuedResource | undefined {
  if (typeof identifier !== 'string') return undefined
  if (clientId === commandLineClientId)
    return knowsOrigin?.(identifier) === true ? hostAt(identifier) : undefined
  return (
    resources.find(({ url }) => url === identifier) ??
    resources.find((resource) => matchWildcard(resource, identifier))
  )
}

/** The resource of a request that names none (AS-32); undefined when that is anybody's guess. */
export function resourceForNone({ resources, defaultResource }: Resources): string | undefined {
  if (defaultResource !== undefined) return defaultResource
  return resources.length === 1 ? resources[0]?.url : undefined
}

/**
 * Stands in a grant for access to a resource without any of its scopes: the library takes a grant without any for
 * a refusal. Never shown to anyone, and nothing that a client can ask for.
 */
export const plainAccess = 'urn:sallyport:access'

/** The scopes of the resource that clients may ask for. */
export const scopesOf = (resource: IssuedResource): readonly string[] => [
  ...new Set([...resource.scopes, ...resource.scopesSupported]),
]

/** What a grant for the resource may hold: its scopes, and access without any. */
export const grantableOf = (resource: IssuedResource): readonly string[] => [
  ...scopesOf(resource),
  plainAccess,
]

export const withoutPlainAccess = (scope: string): string =>
  scope
    .split(' ')
    .filter((one) => one !== '' && one !== plainAccess)
    .join(' ')
