// GET /.well-known/oauth-protected-resource: which authorization servers a resource trusts. RFC 9728 §3.

import { type Context, Hono } from 'hono'
import type { ResourcePolicy } from '../access/policy.ts'
import { protectedResourceMetadata } from '../protocol/metadata.ts'
import { metadataPath } from '../protocol/resource.ts'
import { empty, json, publicCors } from './reply.ts'

export type WellKnownDeps = {
  /** The resources of the policy in force. */
  readonly resources: () => readonly ResourcePolicy[]
  /**
   * The hosts that the client may have asked, the likelier first, each in canonical form with a port that is not
   * the default: what the request says, then what a proxy of ours says it said.
   */
  readonly requestHosts: (c: Context) => readonly string[]
  /** Our authorization server, if there is one. */
  readonly server?: ServerDocuments | undefined
  /** Where the login is. Clients come here when a proxy redirects them instead of serving the document. */
  readonly ownHost: string
}

export type ServerDocuments = {
  /** Its metadata, as JSON text. */
  readonly metadata: () => Promise<string>
  /** Whether it issues tokens for the resource. */
  readonly isOurs: (resource: ResourcePolicy) => boolean
}

/** A resource as it stands on one host. */
type HostResource = {
  readonly policy: ResourcePolicy
  /** The identifier, with the request's host in the place of a wildcard. */
  readonly url: string
  /** Path and query of the identifier; empty for the host itself. */
  readonly path: string
  readonly wildcard: boolean
}

const urlParts = /^(https?:\/\/)([^/?]+)(.*)$/

function matchHost(policy: ResourcePolicy, host: string): HostResource | undefined {
  const [, scheme = '', authority = '', path = ''] = urlParts.exec(policy.url) ?? []
  if (authority === host) return { policy, url: policy.url, path, wildcard: false }
  const dot = host.indexOf('.')
  // One label, as in the rules: what a wildcard protects and what it publishes must be the same.
  if (dot < 1 || authority !== `*${host.slice(dot)}`) return undefined
  return { policy, url: `${scheme}${host}${path}`, path, wildcard: true }
}

/**
 * The resource that a metadata address stands for: exactly the one with that path. The address without
 * a path stands for the host's own resource, or for its only one (mcp.md 7.3).
 */
function findResource(
  resources: readonly ResourcePolicy[],
  host: string,
  path: string,
): HostResource | undefined {
  const here = resources
    .map((policy) => matchHost(policy, host))
    .filter((match) => match !== undefined)
  // A host of its own goes before a wildcard, as in the rules: behind it the wildcard protects nothing.
  const named = new Set(here.filter(({ wildcard }) => !wildcard).map((match) => match.path))
  const deciding = here.filter((match) => !match.wildcard || !named.has(match.path))
  const asked = path === '/' ? '' : path
  const exact = deciding.find((match) => match.path === asked)
  return exact ?? (asked === '' && deciding.length === 1 ? deciding[0] : undefined)
}

const pathOf = (policy: ResourcePolicy): string => urlParts.exec(policy.url)?.[3] ?? ''

/**
 * The resource of somebody who was redirected to the login's host, and so has lost the host that was asked: the
 * host stands first in the path, or the path leaves one choice. No wildcard: it says nothing without a host.
 */
function findRedirected(
  resources: readonly ResourcePolicy[],
  path: string,
): HostResource | undefined {
  const [, host = '', rest = ''] = /^\/([^/?]+)(.*)$/s.exec(path) ?? []
  const named = findResource(resources, host, rest)
  if (named !== undefined) return named
  const plain = resources.filter(({ url }) => !url.includes('://*.'))
  const asked = path === '/' ? '' : path
  const possible = asked === '' ? plain : plain.filter((policy) => pathOf(policy) === asked)
  const [policy] = possible
  if (policy === undefined || possible.length > 1) return undefined
  return { policy, url: policy.url, path: pathOf(policy), wildcard: false }
}

/** Path and query behind the well-known part, byte for byte but for dot segments; undefined for other documents. */
function readResourcePath(address: string): string | undefined {
  // The router's own path is decoded, so that `%2F` and `/` would name one resource.
  const { pathname, search } = new URL(address)
  if (pathname !== metadataPath && !pathname.startsWith(`${metadataPath}/`)) return undefined
  return pathname.slice(metadataPath.length) + search
}

/** Under either name, and with whatever path a client puts behind it. RFC 8414 §3.1, mcp.md AS-2, AS-11 */
const isServerMetadata = (pathname: string): boolean =>
  /^\/\.well-known\/(?:oauth-authorization-server|openid-configuration)(?:\/|$)/.test(pathname)

const notFound = () => json(404, { error: 'not_found' }, { headers: publicCors })

/**
 * The metadata of protected resources, at the root and at the path-inserted address, for every origin.
 * Everything else under `/.well-known/` is a plain 404 in JSON: clients that probe for other documents
 * stumble over HTML and over 5xx (mcp.md RS-13).
 */
export function createWellKnownRoutes(dependencies: WellKnownDeps): Hono {
  const { requestHosts, ownHost } = dependencies
  const find = (hosts: readonly string[], path: string): HostResource | undefined => {
    const resources = dependencies.resources()
    for (const host of hosts) {
      const found = findResource(resources, host, path)
      if (found !== undefined) return found
    }
    return hosts.includes(ownHost) ? findRedirected(resources, path) : undefined
  }
  /** Clients of the first MCP revision look for the authorization server where the resource is (M6). */
  const findServer = (c: Context): ServerDocuments | undefined => {
    const { server } = dependencies
    if (server === undefined || !isServerMetadata(new URL(c.req.url).pathname)) return undefined
    const isHere = requestHosts(c).some((host) =>
      dependencies
        .resources()
        .some((one) => matchHost(one, host) !== undefined && server.isOurs(one)),
    )
    return isHere ? server : undefined
  }
  return new Hono().all('/.well-known/*', async (c) => {
    const server = findServer(c)
    if (server !== undefined) return answer(c, async () => JSON.parse(await server.metadata()))
    const path = readResourcePath(c.req.url)
    const found = path === undefined ? undefined : find(requestHosts(c), path)
    if (found === undefined) return notFound()
    return answer(c, async () => protectedResourceMetadata(found.url, found.policy))
  })
}

/** A document for every origin, and what else can be asked of its address. */
async function answer(c: Context, document: () => Promise<unknown>): Promise<Response> {
  if (c.req.method === 'OPTIONS') return empty(204, { headers: publicCors })
  if (c.req.method !== 'GET' && c.req.method !== 'HEAD') {
    const headers = { ...publicCors, Allow: 'GET, HEAD, OPTIONS' }
    return json(405, { error: 'method_not_allowed' }, { headers })
  }
  const headers = { ...publicCors, 'Cache-Control': 'public, max-age=300' }
  return json(200, await document(), { headers })
}
