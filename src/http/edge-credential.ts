// When does a token of edge auth count? Where edge auth is on, and never because of a page of another site (X7, R54).

import type { EdgeHost, FindEdgeHost } from '../access/edge-hosts.ts'
import { ignoresAuthorization, type Route } from '../access/rules.ts'
import { isCloudflareAccess } from '../protocol/cloudflare-access.ts'
import type { Credential } from '../protocol/credentials.ts'
import type { OriginalRequest } from '../protocol/forwarded-request.ts'
import { isPageLoad } from '../protocol/page-load.ts'
import { type HeaderTable, single } from '../protocol/raw-headers.ts'
import { readShownEdgeToken } from '../protocol/shown-edge-token.ts'

export type EdgeSettings = {
  readonly findHost: FindEdgeHost
  /** Where the tokens of command lines count: each path and everything below. */
  readonly commandLinePaths: readonly string[]
}

export type EdgeAsking = {
  readonly request: OriginalRequest
  readonly route: Route
  readonly headers: HeaderTable
  /** Whether no page, or one of this very site, made the browser ask. */
  readonly byOwnPage: boolean
  /** What a session must have been opened for to count on this host; undefined: a login session. */
  readonly audience: string | undefined
}

const none: Credential = { kind: 'none' }

const isWithin = (path: string, prefix: string): boolean => {
  const folder = prefix.endsWith('/') ? prefix : `${prefix}/`
  return path === prefix || path.startsWith(folder)
}

const isSafe = (method: string): boolean => method === 'GET' || method === 'HEAD'

// A resource is used by programs of every origin, so there the page has to say who it is when it changes something.
const countsFromBrowser = ({ route, request, headers, byOwnPage }: EdgeAsking): boolean =>
  byOwnPage && (route.kind === 'rule' || headers.origin !== undefined || isSafe(request.method))

// A command line names no origin and loads no pages: a browser that somehow had its token is not served (R54, R15c).
const countsFromCommandLine = (
  { request, route, headers, byOwnPage }: EdgeAsking,
  paths: readonly string[],
): boolean =>
  (headers.origin === undefined || byOwnPage) &&
  request.path.kind === 'plain' &&
  paths.some((prefix) => isWithin(request.path.canonical, prefix)) &&
  !isPageLoad(request.method, headers, ignoresAuthorization(route))

const countsOn = (host: EdgeHost | undefined, route: Route): boolean =>
  host === 'named' || (host === 'ruled' && route.kind === 'rule')

/** The token of edge auth that counts for a request; the caller has seen that no other credential was shown. */
export function readEdgeCredential(asking: EdgeAsking, settings: EdgeSettings): Credential {
  const { request, route, headers, audience } = asking
  if (!countsOn(settings.findHost(request.hostname), route)) return none
  const shown = readShownEdgeToken(headers)
  if (shown.kind === 'none') return none
  if (shown.kind === 'conflict') return { kind: 'malformed', reason: 'conflicting-edge-tokens' }
  return {
    kind: 'edge',
    token: shown.token,
    host: request.host,
    audience,
    counts: {
      browser: countsFromBrowser(asking),
      'command-line': countsFromCommandLine(asking, settings.commandLinePaths),
    },
  }
}

/**
 * What Cloudflare Access says of a request, where a resource takes its word (X15). The edge of Cloudflare writes it from
 * a cookie, which travels by itself: a page of another site that made the browser ask gets nothing by it.
 */
export function readCloudflareAssertion({
  route,
  request,
  headers,
}: Pick<EdgeAsking, 'route' | 'request' | 'headers'>): Credential {
  if (route.kind !== 'resource' || !route.policy.issuers.some(isCloudflareAccess)) return none
  const { origin } = headers
  if (origin !== undefined && origin !== `${request.scheme}://${request.host}`) return none
  const token = single(headers['cf-access-jwt-assertion'])
  return token === undefined ? none : { kind: 'bearer', token }
}
