// What a request becomes before the library reads it: limits, duplicates, the forms that real clients send.
// Pure. security.md R64, R66, R67, R90, R120; mcp.md AS-31, AS-33, AS-42.

import type { AuthorizationServerSettings } from '../ports/authorization-server.ts'
import { commandLineClientId } from '../protocol/command-line.ts'
import type { Endpoint } from './endpoints.ts'
import { canonicalResource } from './resources.ts'

export type Refusal = {
  readonly kind: 'refused'
  readonly status: number
  readonly error: string
  readonly description: string
  readonly headers?: Readonly<Record<string, string>>
}

/** An answer that needs nothing of the library. */
export type Ready = {
  readonly kind: 'ready'
  readonly status: number
  readonly body: Readonly<Record<string, unknown>>
}

export type Fields = readonly (readonly [name: string, value: string])[]

const maxFields = 64
const maxState = 1024

export const refuse = (
  status: number,
  error: string,
  description: string,
  headers: Readonly<Record<string, string>> = {},
): Refusal => ({ kind: 'refused', status, error, description, headers })

const invalidRequest = (description: string): Refusal => refuse(400, 'invalid_request', description)

/** Endpoints that take an authorization request. */
const authorizing: readonly string[] = [
  'authorization',
  'pushed_authorization_request',
  'device_authorization',
]

/** Parameters of the end user's claims that mean nothing without an ID token; some clients send them always. */
const openidOnly: readonly string[] = ['nonce', 'acr_values', 'claims_locales']

const fieldOf = (fields: Fields, wanted: string): string | undefined =>
  fields.find(([name]) => name === wanted)?.[1]

function faultOf(fields: Fields, endpoint: Endpoint): Refusal | undefined {
  if (fields.length > maxFields) return invalidRequest('too many parameters')
  // RFC 6749 Appendix A has no such character anywhere, and PostgreSQL cannot hold it.
  if (fields.flat().some((text) => text.includes('\0')))
    return invalidRequest('a parameter contains a NUL character')
  const names = fields.map(([name]) => name)
  const twice = names.find((name, at) => names.indexOf(name) !== at)
  if (twice === 'resource')
    return refuse(400, 'invalid_target', 'only one resource can be named at a time')
  // The name is not told back: it is the client's text.
  if (twice !== undefined) return invalidRequest('a parameter was sent twice')
  if (!authorizing.includes(endpoint.name)) return undefined
  if ((fieldOf(fields, 'state')?.length ?? 0) > maxState)
    return invalidRequest('state is longer than 1024 characters')
  const mode = fieldOf(fields, 'response_mode')
  if (mode !== undefined && mode !== 'query')
    return refuse(400, 'unsupported_response_mode', 'response_mode must be query')
  return undefined
}

function withCanonicalResource(fields: Fields, settings: AuthorizationServerSettings): Fields {
  // An origin is what our own command line means, also where it is short for a resource to others.
  if (fieldOf(fields, 'client_id') === commandLineClientId) return fields
  return fields.map(([name, value]) =>
    name === 'resource' ? [name, canonicalResource(value, settings) ?? value] : [name, value],
  )
}

function withoutNeedless(fields: Fields, endpoint: Endpoint): Fields {
  if (!authorizing.includes(endpoint.name)) return fields
  const scopes = fieldOf(fields, 'scope')?.split(' ') ?? []
  if (scopes.includes('openid') || fieldOf(fields, 'request_uri') !== undefined) return fields
  return fields.filter(([name]) => !openidOnly.includes(name))
}

// RFC 6749 §3.3 knows one space between scopes; clients join lists that have empty members.
const tidyScope = (fields: Fields): Fields =>
  fields
    .map(([name, value]) =>
      name === 'scope'
        ? ([name, value.split(/ +/).filter(Boolean).join(' ')] as const)
        : ([name, value] as const),
    )
    .filter(([, value]) => value !== '')

/**
 * The fields of a form or query as the library may see them. A field without a value counts as left out
 * (RFC 6749 §3.1).
 */
export function normaliseFields(
  text: string,
  endpoint: Endpoint,
  settings: AuthorizationServerSettings,
): { readonly kind: 'fields'; readonly fields: Fields } | Refusal {
  const sent = [...new URLSearchParams(text)]
  const fault = faultOf(sent, endpoint)
  if (fault !== undefined) return fault
  const fields = withoutNeedless(tidyScope(sent), endpoint)
  // Nobody but the library's own hook may be asked for this.
  const own = fields.filter(([name]) => name !== 'narrowed_scope')
  return { kind: 'fields', fields: withCanonicalResource(own, settings) }
}

function decodeFormPart(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll('+', '%20'))
  } catch {
    return undefined
  }
}

/**
 * Basic credentials in the form that RFC 6749 §2.3.1 wants. Most clients send them as they are, which only
 * shows when they cannot be decoded.
 *
 * @returns the header's value; unchanged when it is no Basic one
 */
export function normaliseBasic(authorization: string): string {
  const [, encoded] = /^basic +([A-Za-z0-9+/_-]+={0,2})$/i.exec(authorization) ?? []
  if (encoded === undefined) return authorization
  const text = Buffer.from(encoded, 'base64').toString('utf8')
  const colon = text.indexOf(':')
  if (colon < 0) return authorization
  const parts = [text.slice(0, colon), text.slice(colon + 1)].map((part) =>
    decodeFormPart(part) === undefined ? encodeURIComponent(part) : part,
  )
  return `Basic ${Buffer.from(parts.join(':')).toString('base64')}`
}

type Json = Readonly<Record<string, unknown>>

function countMembers(value: unknown, depth: number): number {
  if (typeof value !== 'object' || value === null) return 0
  if (depth > 5) return Number.POSITIVE_INFINITY
  const members = Object.values(value)
  return members.reduce(
    (sum: number, member) => sum + countMembers(member, depth + 1),
    members.length,
  )
}

/** A JSON object within the limits of R120. */
export function parseJsonObject(
  text: string,
): { readonly kind: 'object'; readonly value: Json } | Refusal {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return refuse(400, 'invalid_client_metadata', 'the body is no JSON')
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return refuse(400, 'invalid_client_metadata', 'the body is no JSON object')
  if (countMembers(value, 1) > 100)
    return refuse(400, 'invalid_client_metadata', 'the body has too many members')
  return { kind: 'object', value: { ...value } }
}
