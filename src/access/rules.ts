// Ordered rules, compiled so that the cost of a match does not grow with their number.

import type { OriginalRequest } from '../protocol/forwarded-request.ts'
import type { Policy } from './policy.ts'
import {
  byCloseness,
  type Entry,
  type PathPattern,
  type PortPattern,
  type Route,
  resourceEntry,
  ruleEntry,
} from './route-entries.ts'

/** What a request can be matched with. */
export type { Resource, Route, Rule } from './route-entries.ts'

export type RouteMatch =
  | { readonly kind: 'route'; readonly route: Route }
  /** A path that could be read two ways on a host where paths decide: nobody can say which rule it is for. */
  | { readonly kind: 'ambiguous-path' }
  | { readonly kind: 'none' }

/** Entries in order, by the first path segment they can match; `every` holds those for all segments. */
type Bucket = {
  readonly bySegment: ReadonlyMap<string, readonly Entry[]>
  readonly every: readonly Entry[]
  readonly looksAtPaths: boolean
}

/** Whether the Authorization header of a request is the application's own, and not for us. */
export const ignoresAuthorization = (route: Route): boolean =>
  route.kind === 'rule' && route.applicationAuthorization

export type CompiledPolicy = {
  readonly policy: Policy
  /** First match wins; resources stand before rules, the longer path first, a host before a wildcard. No match denies. */
  readonly match: (request: OriginalRequest) => RouteMatch
  /** Whether some rule or resource names this host: where a browser may be sent back to. */
  readonly knowsHost: (hostname: string, port: number | undefined) => boolean
}

const firstSegment = (path: string): string => {
  const end = path.indexOf('/', 1)
  return end === -1 ? path.slice(1) : path.slice(1, end)
}

const segmentOf = (path: PathPattern): string | undefined => {
  if (path.kind === 'every') return undefined
  return firstSegment(path.kind === 'exact' ? path.path : path.prefix)
}

function bucketOf(entries: readonly Entry[]): Bucket {
  const segments = new Set(entries.map((entry) => segmentOf(entry.path)))
  const bySegment = new Map<string, readonly Entry[]>()
  for (const segment of segments) {
    if (segment === undefined) continue
    const fits = (entry: Entry) => [undefined, segment].includes(segmentOf(entry.path))
    bySegment.set(segment, entries.filter(fits))
  }
  const every = entries.filter((entry) => entry.path.kind === 'every')
  return { bySegment, every, looksAtPaths: bySegment.size > 0 }
}

const parentOf = (hostname: string): string => `*${hostname.slice(hostname.indexOf('.'))}`

/** Buckets by host name as written; an exact name also holds the wildcards that cover it, in order. */
function bucketsOf(entries: readonly Entry[]): ReadonlyMap<string, Bucket> {
  const names = new Set(entries.map((entry) => entry.hostname))
  const byName = Map.groupBy(entries, (entry) => entry.hostname)
  const position = new Map(entries.map((entry, at) => [entry, at]))
  const order = (entry: Entry) => position.get(entry) ?? 0
  const buckets = new Map<string, Bucket>()
  for (const name of names) {
    const own = byName.get(name) ?? []
    const covering = name.startsWith('*') ? [] : (byName.get(parentOf(name)) ?? [])
    buckets.set(name, bucketOf([...own, ...covering].sort((a, b) => order(a) - order(b))))
  }
  return buckets
}

function fitsPort(pattern: PortPattern, port: number | undefined): boolean {
  return pattern === 'any' || (pattern === 'default' ? port === undefined : pattern === port)
}

function fitsPath(pattern: PathPattern, path: string): boolean {
  switch (pattern.kind) {
    case 'every':
      return true
    case 'exact':
      return path === pattern.path
    case 'below':
      return path.startsWith(pattern.prefix) || path === pattern.prefix.slice(0, -1)
  }
}

const isOpen = (route: Route): boolean => route.kind === 'rule' && route.access !== 'required'

function matchBucket(bucket: Bucket, request: OriginalRequest): RouteMatch {
  const ambiguous = request.path.kind === 'ambiguous'
  if (ambiguous && bucket.looksAtPaths) return { kind: 'ambiguous-path' }
  const path = request.path.canonical
  const entries = bucket.bySegment.get(firstSegment(path)) ?? bucket.every
  for (const { port, path: pattern, methods, route } of entries) {
    if (!fitsPort(port, request.port) || !fitsPath(pattern, path)) continue
    if (methods !== undefined && !methods.has(request.method)) continue
    // R7: such a path never matches a rule that lets strangers in, even one for a whole host.
    return ambiguous && isOpen(route) ? { kind: 'ambiguous-path' } : { kind: 'route', route }
  }
  return { kind: 'none' }
}

/**
 * Compiles a policy for matching. Expects values that the configuration has checked.
 *
 * `*.example.com` stands for exactly one label.
 */
export function compilePolicy(policy: Policy): CompiledPolicy {
  const entries = [
    ...policy.resources.map(resourceEntry).sort(byCloseness),
    ...policy.rules.map(ruleEntry),
  ]
  const buckets = bucketsOf(entries)
  const find = (hostname: string) => buckets.get(hostname) ?? buckets.get(parentOf(hostname))
  return {
    policy,
    match: (request) => {
      const bucket = find(request.hostname)
      return bucket === undefined ? { kind: 'none' } : matchBucket(bucket, request)
    },
    knowsHost: (hostname, port) => {
      const bucket = find(hostname)
      if (bucket === undefined) return false
      const all = [...bucket.every, ...[...bucket.bySegment.values()].flat()]
      return all.some((entry) => fitsPort(entry.port, port))
    },
  }
}
