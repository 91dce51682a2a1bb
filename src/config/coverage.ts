// Whether an earlier rule answers every request that a later one is written for. First match wins.

import type { ResourceEntry } from './resource-schema.ts'
import type { RuleEntry } from './rule-schema.ts'

/** What a rule or resource is for, as far as order matters. */
export type Reach = {
  /** With an optional `:port` or `:*`. */
  readonly host: string
  /** Ends with a slash: everything below; undefined: every path. */
  readonly path: string | undefined
  readonly methods: readonly string[] | undefined
}

function splitPort(host: string): readonly [string, string] {
  const at = host.lastIndexOf(':')
  return at === -1 || host.endsWith(']') ? [host, ''] : [host.slice(0, at), host.slice(at + 1)]
}

function coversHost(wide: string, narrow: string): boolean {
  const [wideName, widePort] = splitPort(wide)
  const [narrowName, narrowPort] = splitPort(narrow)
  if (widePort !== '*' && widePort !== narrowPort) return false
  // One label stands for the star.
  return wideName === narrowName || wideName === `*${narrowName.slice(narrowName.indexOf('.'))}`
}

function coversPath(wide: string | undefined, narrow: string | undefined): boolean {
  if (wide === undefined || wide === '/') return true
  if (narrow === undefined) return false
  if (!wide.endsWith('/')) return wide === narrow
  return narrow.startsWith(wide) || narrow === wide.slice(0, -1)
}

/** Whether no request reaches `narrow` once `wide` stands before it. */
export function covers(wide: Reach, narrow: Reach): boolean {
  if (!coversHost(wide.host, narrow.host) || !coversPath(wide.path, narrow.path)) return false
  if (wide.methods === undefined) return true
  return narrow.methods?.every((method) => wide.methods?.includes(method)) === true
}

/** Host, path and methods of a rule. */
export const reachOfRule = ({ host, path, methods }: RuleEntry): Reach => ({ host, path, methods })

/** A resource is for its path and everything below. */
export function reachOfResource({ url }: ResourceEntry): Reach {
  const [, host = '', path = ''] = /^https?:\/\/([^/]+)(.*)$/.exec(url) ?? []
  return { host, path: path === '' ? undefined : `${path.replace(/\/$/, '')}/`, methods: undefined }
}
