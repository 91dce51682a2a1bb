// What a rule or resource is for, as values that can be compared with a request: host, port, path and methods.

import type { Demand } from '../protocol/assurance.ts'
import type { OriginalRequest } from '../protocol/forwarded-request.ts'
import { parseRequestPath } from '../protocol/request-path.ts'
import type { Access, Allow, ResourcePolicy, RulePolicy } from './policy.ts'

export type Rule = {
  readonly kind: 'rule'
  readonly name: string
  readonly access: Access
  readonly allow: Allow | undefined
  readonly origins: readonly string[]
  readonly allowPreflight: boolean
  readonly applicationAuthorization: boolean
  readonly demand?: Demand | undefined
}

export type Resource = {
  readonly kind: 'resource'
  readonly name: string
  readonly policy: ResourcePolicy
  readonly allow: Allow | undefined
  readonly allowPreflight: boolean
  readonly demand?: Demand | undefined
}

/** What a request was matched with. */
export type Route = Rule | Resource

export type PortPattern = number | 'default' | 'any'

/** `below` is for the prefix without its slash, too. */
export type PathPattern =
  | { readonly kind: 'every' }
  | { readonly kind: 'exact'; readonly path: string }
  | { readonly kind: 'below'; readonly prefix: string }

/** A route with all that a request has to fit. */
export type Entry = {
  readonly hostname: string
  readonly port: PortPattern
  readonly path: PathPattern
  readonly methods: ReadonlySet<string> | undefined
  readonly route: Route
}

function splitHost(pattern: string): { hostname: string; port: PortPattern } {
  const at = pattern.lastIndexOf(':')
  if (at === -1 || pattern.endsWith(']')) return { hostname: pattern, port: 'default' }
  const port = pattern.slice(at + 1)
  return { hostname: pattern.slice(0, at), port: port === '*' ? 'any' : Number(port) }
}

// Compared decoded on both sides, so that `/caf%C3%A9` in the configuration means what it says.
function canonicalPath(path: string): string {
  const parsed = parseRequestPath(path)
  return typeof parsed === 'string' ? path : parsed.canonical
}

function rulePath(written: string | undefined): PathPattern {
  if (written === undefined || written === '/') return { kind: 'every' }
  const path = canonicalPath(written)
  return path.endsWith('/') ? { kind: 'below', prefix: path } : { kind: 'exact', path }
}

/** Of a rule that the configuration has checked. */
export function ruleEntry(rule: RulePolicy): Entry {
  return {
    ...splitHost(rule.host.toLowerCase()),
    path: rulePath(rule.path),
    methods: rule.methods === undefined ? undefined : new Set(rule.methods),
    route: {
      kind: 'rule',
      name: rule.name,
      access: rule.access,
      allow: rule.allow,
      origins: rule.origins ?? [],
      allowPreflight: rule.allowPreflight === true,
      applicationAuthorization: rule.applicationAuthorization === true,
      demand: rule.demand,
    },
  }
}

// No configured path holds it, and no port is 0: what decides here decides for what no closer rule names.
const nowhereElse = '\u0000'

/** A request that a rule is for, on a path and a port that nothing more special is for. */
export function exampleOf(rule: RulePolicy, method: string): OriginalRequest {
  const { hostname, port, path } = ruleEntry(rule)
  const prefix = path.kind === 'below' ? path.prefix : '/'
  const canonical = path.kind === 'exact' ? path.path : `${prefix}${nowhereElse}`
  const ports = { default: undefined, any: 0 }
  return {
    method,
    scheme: 'https',
    host: rule.host,
    hostname,
    port: typeof port === 'number' ? port : ports[port],
    path: { kind: 'plain', canonical },
    target: canonical,
  }
}

const resourceUrl = /^https?:\/\/([^/?]+)(\/[^?]*)?/

/** Of a resource that the configuration has checked: for its path and what is below it. */
export function resourceEntry(policy: ResourcePolicy): Entry {
  const [, host = '', written = ''] = resourceUrl.exec(policy.url) ?? []
  const path = written === '' ? '' : canonicalPath(written)
  const bare = path.endsWith('/') ? path.slice(0, -1) : path
  return {
    ...splitHost(host.toLowerCase()),
    path: bare === '' ? { kind: 'every' } : { kind: 'below', prefix: `${bare}/` },
    methods: undefined,
    route: {
      kind: 'resource',
      name: policy.name ?? policy.url,
      policy,
      allow: policy.allow,
      allowPreflight: policy.allowPreflight === true,
      demand: policy.demand,
    },
  }
}

const pathLength = ({ path }: Entry): number => (path.kind === 'below' ? path.prefix.length : 0)

const isWildcard = ({ hostname }: Entry): boolean => hostname.startsWith('*.')

/** Sorts resources: what is described more closely decides, whatever the order in the configuration. The metadata agrees. */
export const byCloseness = (a: Entry, b: Entry): number =>
  pathLength(b) - pathLength(a) || Number(isWildcard(a)) - Number(isWildcard(b))
