// GET /.well-known/oauth-protected-resource: which authorization servers a resource trusts. RFC 9728 §3.

import { type Context, Hono } from 'hono'
import type { ResourcePolicy } from '../access/policy.ts'
import { protectedResourceMetadata } from '../protocol/metadata.ts'
import { metadataPath } from '../protocol/resource.ts'
import { empty, json, publicCors } from './reply.ts'

export type WellKnownDeps = {
  /** The resources of the policy in force. */
  readonly resources: () => readonly ResourcePolicy[]
  /** The host that the client asked, in canonical form with a port that is not the default; undefined when unknown. */
  readonly requestHost: (c: Context) => string | undefined
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
    .sort((a, b) => Number(a.wildcard) - Number(b.wildcard))
  const asked = path === '/' ? '' : path
  const exact = here.find((match) => match.path === asked)
  return exact ?? (asked === '' && here.length === 1 ? here[0] : undefined)
}

/** Path and query behind the well-known part, byte for byte but for dot segments; undefined for other documents. */
function readResourcePath(address: string): string | undefined {
  // The router's own path is decoded, so that `%2F` and `/` would name one resource.
  const { pathname, search } = new URL(address)
  if (pathname !== metadataPath && !pathname.startsWith(`${metadataPath}/`)) return undefined
  return pathname.slice(metadataPath.length) + search
}

const notFound = () => json(404, { error: 'not_found' }, { headers: publicCors })

/**
 * The metadata of protected resources, at the root and at the path-inserted address, for every origin.
 * Everything else under `/.well-known/` is a plain 404 in JSON: clients that probe for other documents
 * stumble over HTML and over 5xx (mcp.md RS-13).
 */
export function createWellKnownRoutes({ resources, requestHost }: WellKnownDeps): Hono {
  return new Hono().all('/.well-known/*', (c) => {
    const path = readResourcePath(c.req.url)
    const host = requestHost(c)
    const found = path === undefined || !host ? undefined : findResource(resources(), host, path)
    if (found === undefined) return notFound()
    if (c.req.method === 'OPTIONS') return empty(204, { headers: publicCors })
    if (c.req.method !== 'GET' && c.req.method !== 'HEAD') {
      const headers = { ...publicCors, Allow: 'GET, HEAD, OPTIONS' }
      return json(405, { error: 'method_not_allowed' }, { headers })
    }
    const headers = { ...publicCors, 'Cache-Control': 'public, max-age=300' }
    return json(200, protectedResourceMetadata(found.url, found.policy), { headers })
  })
}
