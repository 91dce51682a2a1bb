// Our endpoints: where they are, how they are asked, who may read the answer (security.md R68, R90, R119, R131).

import { routes } from './provider-configuration.ts'

export type Endpoint = {
  readonly name: string
  readonly methods: readonly string[]
  /** Scripts of every origin may ask and read; never with credentials. */
  readonly cors: boolean
  /** A person's browser comes here: errors are pages. */
  readonly browser: boolean
  readonly bodyLimit: number
  readonly body: 'none' | 'form' | 'json'
}

/** What scripts of every origin may read of an answer (R131). */
export const corsHeaders = {
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Expose-Headers': 'WWW-Authenticate, DPoP-Nonce, Retry-After',
}

const kib = 1024

const page = (name: string, methods: readonly string[]): Endpoint => ({
  name,
  methods,
  cors: false,
  browser: true,
  bodyLimit: methods.includes('POST') ? 16 * kib : 0,
  body: methods.includes('POST') ? 'form' : 'none',
})

const form = (name: string, cors: boolean, methods: readonly string[] = ['POST']): Endpoint => ({
  name,
  methods,
  cors,
  browser: false,
  bodyLimit: 32 * kib,
  body: 'form',
})

const document = (name: string): Endpoint => ({
  name,
  methods: ['GET', 'HEAD'],
  cors: true,
  browser: false,
  bodyLimit: 0,
  body: 'none',
})

const json = (name: string, methods: readonly string[]): Endpoint => ({
  name,
  methods,
  cors: true,
  browser: false,
  bodyLimit: 16 * kib,
  body: 'json',
})

/** The names under which the metadata is found, with or without a path behind. RFC 8414 §3, OIDC Discovery §4 */
export const metadataNames = [
  '/.well-known/oauth-authorization-server',
  '/.well-known/openid-configuration',
] as const

const exact: ReadonlyMap<string, Endpoint> = new Map([
  [routes.authorization, page('authorization', ['GET'])],
  [routes.token, form('token', true)],
  [routes.registration, json('registration', ['POST'])],
  [routes.jwks, document('jwks')],
  [routes.revocation, form('revocation', true)],
  [routes.introspection, form('introspection', false)],
  [routes.userinfo, form('userinfo', true, ['GET', 'POST'])],
  [routes.code_verification, page('device', ['GET', 'POST'])],
  [routes.device_authorization, form('device_authorization', false)],
  [routes.pushed_authorization_request, form('pushed_authorization_request', false)],
  [routes.end_session, page('end_session', ['GET'])],
  [`${routes.end_session}/confirm`, page('end_session_confirm', ['POST'])],
  [`${routes.end_session}/success`, page('end_session_success', ['GET'])],
])

const below: readonly (readonly [prefix: string, endpoint: Endpoint])[] = [
  [`${routes.authorization}/`, page('resume', ['GET'])],
  [`${routes.code_verification}/`, page('device_resume', ['GET'])],
  [`${routes.registration}/`, json('client', ['GET', 'PUT', 'DELETE'])],
]

const isMetadata = (path: string): boolean =>
  metadataNames.some((name) => path === name || path.startsWith(`${name}/`)) ||
  path.endsWith('/.well-known/openid-configuration')

// The library reads a trailing slash as if it were not there and decodes the rest: what it might take for another
// endpoint than we do is none.
const isPlainId = (text: string): boolean => /^[\w-]+$/.test(text)

/** The endpoint at a path (without query), or undefined when there is none of ours. */
export function endpointAt(path: string): Endpoint | undefined {
  if (isMetadata(path)) return document('discovery')
  const found = exact.get(path)
  if (found !== undefined) return found
  return below.find(
    ([prefix]) => path.startsWith(prefix) && isPlainId(path.slice(prefix.length)),
  )?.[1]
}
