// Where a personal token is good for: what a person or operator writes, read into one spelling.

import { domainToASCII } from 'node:url'
import { isKnownMethod } from './forwarded-request.ts'
import { parseHost } from './host.ts'
import { parseRequestPath } from './request-path.ts'
import { parseScope } from './scope.ts'

/** A token is good for nothing outside of this. Every member that is present must fit the request. */
export type TokenBounds = {
  /** `app.example.com`, `app.example.com:8443`, `*.example.com` for one label. Never empty. */
  readonly hosts: readonly string[]
  /** `/api`: that path and everything below it, never `/apix`. Decoded, without final slash; undefined: every path. */
  readonly path: string | undefined
  /** Compared exactly; undefined: every method. */
  readonly methods: readonly string[] | undefined
  /** What it carries where scopes are asked for. */
  readonly scopes: readonly string[]
}

export type BoundsMember = keyof TokenBounds

export type ReadBounds =
  | { readonly kind: 'bounds'; readonly bounds: TokenBounds }
  | { readonly kind: 'refused'; readonly member: BoundsMember }

export const mostHosts = 32
const mostScopes = 64

/** One host or pattern in canonical form; undefined when it is none. */
export function parseBoundsHost(text: string): string | undefined {
  // What follows a host is cut off by those who read it as part of a URL.
  if (/[/?#@\\\s%]/.test(text)) return undefined
  const star = text.startsWith('*.') ? '*.' : ''
  const written = text.slice(star.length)
  const [, name = '', port = ''] = /^(.*?)(:\d{1,5})?$/s.exec(written) ?? []
  // An address or a single label has no label below it that anybody would name.
  if (star !== '' && (name.startsWith('[') || !/[a-z]/i.test(name) || !name.includes('.')))
    return undefined
  const ascii = name.startsWith('[') ? name : domainToASCII(name)
  const host = parseHost(`${ascii}${port}`, 'https')
  return host === undefined ? undefined : `${star}${host.value}`
}

function parsePath(text: string): { readonly path: string | undefined } | undefined {
  if (text === '' || text === '/') return { path: undefined }
  const parsed = parseRequestPath(text)
  if (typeof parsed === 'string' || parsed.kind !== 'plain' || text.includes('?')) return undefined
  const path = parsed.canonical.replace(/\/$/, '')
  return path === '' ? { path: undefined } : { path }
}

const refused = (member: BoundsMember): ReadBounds => ({ kind: 'refused', member })

/**
 * Reads where a token shall be good for. Total.
 *
 * @returns `refused` with the first member that cannot be read: no host or one that is none, a path that
 *   could be read two ways (R7), a method nobody knows, a scope outside its grammar
 */
export function parseTokenBounds(written: {
  readonly hosts: readonly string[]
  readonly path: string
  readonly methods: readonly string[]
  readonly scopes: readonly string[]
}): ReadBounds {
  const hosts = written.hosts.map(parseBoundsHost)
  const known = hosts.filter((host) => host !== undefined)
  if (known.length === 0 || known.length < hosts.length || known.length > mostHosts)
    return refused('hosts')
  const path = parsePath(written.path)
  if (path === undefined) return refused('path')
  if (!written.methods.every(isKnownMethod)) return refused('methods')
  const { scopes } = written
  if (scopes.length > mostScopes || !scopes.every((scope) => parseScope(scope)[0] === scope))
    return refused('scopes')
  return {
    kind: 'bounds',
    bounds: {
      hosts: [...new Set(known)],
      ...path,
      methods: written.methods.length === 0 ? undefined : [...new Set(written.methods)],
      scopes: [...new Set(scopes)],
    },
  }
}
