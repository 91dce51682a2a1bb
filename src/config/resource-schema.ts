// How OAuth-protected resources are written in the configuration.

import { z } from 'zod'
import { parseHost } from '../protocol/host.ts'
import { parseRequestPath } from '../protocol/request-path.ts'
import { parseResource, type ResourceUri } from '../protocol/resource.ts'
import { allow } from './allow-schema.ts'
import {
  demandShape,
  flag,
  list,
  matching,
  oneOf,
  oneOrMore,
  plainUrl,
  prose,
  required,
  scope,
  setting,
  some,
  text,
} from './fields.ts'
import { claims, secondFactor } from './provider-schema.ts'

/** Whether the gate can ever find a resource: requests have one spelling of a host, and no path that is read in two ways. */
function isFound(resource: ResourceUri): boolean {
  const [, scheme = '', host = '', path = ''] = /^(https?):\/\/([^/]+)(.*)$/.exec(resource) ?? []
  const name = host.replaceAll('*', 'x')
  const read = parseRequestPath(path === '' ? '/' : path)
  const isPlain = typeof read === 'object' && read.kind === 'plain'
  return isPlain && parseHost(name, scheme === 'http' ? 'http' : 'https')?.value === name
}

export const resourceUrl = text(
  'an absolute https URL without fragment, query, user name, "//", ";", "%2f" and a dot behind the host',
  (value) => {
    const resource = value.includes('?') ? undefined : parseResource(value)
    return resource !== undefined && isFound(resource) ? resource : undefined
  },
)

/** JWS algorithms with public keys; HS* and none have no place here (R110). */
const algorithms = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
] as const

const audience = matching('an audience', /^[\x21-\x7e]{1,2048}$/)

const issuerName = text('an https URL without user name, query and fragment, or "self"', (value) =>
  value === 'self' ? value : plainUrl.safeParse(value).data,
)

/** How an issuer is described; what the audience rules mean is in deploy/providers.md. */
export const issuerShape = {
  issuer: issuerName,
  jwks_uri: z.optional(plainUrl),
  algorithms: z.optional(some(oneOf(algorithms), 'at least one algorithm')),
  accept_jwt_type: z.optional(flag),
  accept_plain_audience: z.optional(flag),
  audience_rule: z.optional(oneOf(['resource', 'audience', 'client-id'])),
  audiences: z.optional(some(audience, 'at least one audience')),
  client_ids: z.optional(some(matching('a client id', /^[\x20-\x7e]{1,400}$/), 'at least one')),
  acknowledge_weak_audience: z.optional(flag),
  claims: z.optional(claims),
  second_factor: z.optional(secondFactor),
}

const issuer = z.preprocess(
  (value) => (typeof value === 'string' ? { issuer: value } : value),
  z.strictObject(issuerShape, { error: 'an issuer URL, or a map with issuer' }),
)

const infoUrl = text('an https URL', (value) =>
  value.startsWith('https://') && URL.canParse(value) ? value : undefined,
)

export const resourceShape = {
  url: required(resourceUrl, {
    form: 'text',
    meaning: 'The resource identifier; it is for this path and everything below',
  }),
  scopes: setting(list(scope, 'a list of scopes'), {
    form: 'list',
    meaning: 'Scopes a token must have, all of them',
    fallback: 'none',
  }),
  implied_scopes: setting(
    z.record(z.string(), oneOrMore(scope), { error: 'scopes by broader scope' }),
    {
      form: 'yaml',
      meaning: 'Broader scope to the narrower ones it stands for',
    },
  ),
  issuers: setting(oneOrMore(issuer), {
    form: 'yaml',
    meaning:
      'Issuers whose access tokens count: `self` (Sallyport), URLs, or maps with issuer, jwks_uri, algorithms, accept_jwt_type, accept_plain_audience, claims, audience_rule (resource, audience, client-id), audiences, client_ids, acknowledge_weak_audience, second_factor',
    fallback: 'self',
  }),
  audiences: setting(list(audience, 'a list of audiences'), {
    form: 'list',
    meaning: "Audiences that count besides the resource's own URL",
    fallback: 'none',
  }),
  allow: setting(allow, {
    form: 'yaml',
    meaning: 'Who may, besides the top-level `allow`',
    fallback: 'everyone whom the top-level `allow` lets in',
  }),
  allow_preflight: setting(flag, {
    form: 'boolean',
    meaning: 'Let CORS preflights through to the application',
    fallback: 'false',
  }),
  ...demandShape,
  name: setting(prose, { form: 'text', meaning: 'Name for people, in the metadata' }),
  documentation: setting(infoUrl, {
    form: 'text',
    meaning: 'Page for developers, in the metadata',
  }),
  policy_uri: setting(infoUrl, { form: 'text', meaning: 'Page on data use, in the metadata' }),
  tos_uri: setting(infoUrl, { form: 'text', meaning: 'Terms of service, in the metadata' }),
  scopes_supported: setting(list(scope, 'a list of scopes'), {
    form: 'list',
    meaning: 'Scopes the metadata lists, and that clients may have of us; `scopes` among them',
    fallback: '`scopes`',
  }),
  dpop_required: setting(flag, {
    form: 'boolean',
    meaning: 'Only tokens that are bound to a key of the client (DPoP)',
    fallback: 'false',
  }),
}

export const resource = z.strictObject(resourceShape, { error: 'a resource' })

export type ResourceEntry = z.output<typeof resource>
export type IssuerEntry = NonNullable<ResourceEntry['issuers']>[number]
