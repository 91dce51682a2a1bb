// How rules, resources and allow lists are written in the configuration.

import { z } from 'zod'
import type { AllowClause } from '../access/policy.ts'
import { parseEmail } from '../protocol/email.ts'
import { parseResource } from '../protocol/resource.ts'
import {
  flag,
  list,
  matching,
  oneOf,
  oneOrMore,
  plainPath,
  plainUrl,
  prose,
  required,
  scope,
  setting,
  text,
} from './fields.ts'
import { asciiHost } from './hosts.ts'
import { claims } from './provider-schema.ts'

const label = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?'
const domainPattern = new RegExp(`^(?:\\*\\.)?${label}(?:\\.${label})+$`)

/** `me@example.com`, `@example.com`, `@*.example.com` in lower case (R45, R46). */
function parseEmailEntry(value: string): string | undefined {
  if (!value.startsWith('@')) {
    const email = parseEmail(value)
    return email.kind === 'email' && email.domain.includes('.') ? email.value : undefined
  }
  const domain = value.slice(1).toLowerCase()
  return value.length <= 254 && domainPattern.test(domain) ? `@${domain}` : undefined
}

const emailEntry = text(
  'me@example.com, @example.com or @*.example.com (its sub-domains)',
  parseEmailEntry,
)
const some = <T extends z.ZodType>(entry: T, wanted: string) =>
  oneOrMore(entry).refine((entries) => entries.length > 0, { error: wanted })

const name = matching('a name', /^[^\p{Cc}]{1,200}$/u)

export const allowShape = {
  emails: setting(some(emailEntry, 'at least one address'), {
    form: 'list',
    meaning: 'Verified addresses; `@example.com` is the domain, `@*.example.com` its sub-domains',
  }),
  groups: setting(some(name, 'at least one group'), {
    form: 'list',
    meaning: 'Groups, as the provider names them',
  }),
  providers: setting(some(name, 'at least one provider'), {
    form: 'list',
    meaning: 'Ids of providers; `local` for local accounts',
  }),
  users: setting(some(name, 'at least one user'), {
    form: 'list',
    meaning: 'Names of local accounts',
  }),
  anyone: setting(z.literal(true, { error: 'true, or the setting left out' }), {
    form: 'boolean',
    meaning: 'Everyone who can log in, or whose token is good',
  }),
}

const clauseShape = z.strictObject(allowShape, {
  error: 'emails, groups, providers, users, or anyone: true',
})

const clause = clauseShape.transform((value, context): AllowClause => {
  const kinds = Object.values(value).filter((kind) => kind !== undefined).length
  const refuse = (message: string) => context.addIssue({ code: 'custom', message })
  if (kinds === 0) refuse('at least one of emails, groups, providers, users, or anyone: true')
  if (kinds > 1 && value.anyone === true)
    refuse('either anyone: true or a list of who may, not both')
  return value
})

/** One clause, or several of which one is enough. */
export const allow = oneOrMore(clause)

function parseRuleHost(value: string): string | undefined {
  const [, host = '', port] = /^(.*?)(?::(\d{1,5}|\*))?$/s.exec(value) ?? []
  const ascii = host.startsWith('[') ? URL.parse(`http://${host}`)?.hostname : asciiHost(host)
  if (ascii === undefined || (port !== undefined && Number(port) > 65535)) return undefined
  return port === undefined || port === '443'
    ? ascii
    : `${ascii}:${port === '*' ? port : Number(port)}`
}

const origin = text('an origin such as https://app.example.com', (value) => {
  const url = URL.parse(value)
  return url !== null && /^https?:$/.test(url.protocol) && [url.origin, url.href].includes(value)
    ? url.origin
    : undefined
})

const method = matching('a method in capital letters', /^[A-Z][A-Z-]{0,19}$/)

export const ruleShape = {
  name: setting(prose, {
    form: 'text',
    meaning: 'Shown in logs and on the refusal page',
    fallback: 'its position',
  }),
  host: required(
    text(
      'a host such as app.example.com or *.example.com, with an optional :port or :*',
      parseRuleHost,
    ),
    {
      form: 'text',
      meaning:
        'Host, or `*.example.com` for one label; with `:8443` or `:*` when the port is not the usual one',
    },
  ),
  path: setting(plainPath, {
    form: 'text',
    meaning: '`/exact`, or `/prefix/` for everything below and `/prefix` itself',
    fallback: 'every path',
  }),
  methods: setting(some(method, 'at least one method'), {
    form: 'list',
    meaning: 'Methods the rule is for',
    fallback: 'every method',
  }),
  access: setting(oneOf(['public', 'optional', 'required']), {
    form: 'text',
    meaning: '`public` asks nobody, `optional` tells the application who it is, `required` asks',
    fallback: 'required',
  }),
  allow: setting(allow, {
    form: 'yaml',
    meaning: 'Who may, besides the top-level `allow`',
    fallback: 'everyone whom the top-level `allow` lets in',
  }),
  origins: setting(list(origin, 'a list of origins'), {
    form: 'list',
    meaning: "Origins besides the host's own that may use the session cookie",
  }),
  allow_preflight: setting(flag, {
    form: 'boolean',
    meaning: 'Let CORS preflights through to the application',
    fallback: 'false',
  }),
  app_authorization: setting(flag, {
    form: 'boolean',
    meaning: 'The `Authorization` header belongs to the application and is not read here',
    fallback: 'false',
  }),
}

export const rule = z.strictObject(ruleShape, { error: 'a rule' })

export const resourceUrl = text(
  'an absolute https URL without fragment, query and user name',
  (value) => (value.includes('?') ? undefined : parseResource(value)),
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

export const issuerShape = {
  issuer: plainUrl,
  jwks_uri: z.optional(plainUrl),
  algorithms: z.optional(some(oneOf(algorithms), 'at least one algorithm')),
  accept_jwt_type: z.optional(flag),
  accept_plain_audience: z.optional(flag),
  claims: z.optional(claims),
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
      'Issuers whose access tokens count: URLs, or maps with issuer, jwks_uri, algorithms, accept_jwt_type, accept_plain_audience, claims',
    fallback: 'required',
  }),
  audiences: setting(
    list(matching('an audience', /^[\x21-\x7e]{1,2048}$/), 'a list of audiences'),
    {
      form: 'list',
      meaning: "Audiences that count besides the resource's own URL",
      fallback: 'none',
    },
  ),
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
  name: setting(prose, { form: 'text', meaning: 'Name for people, in the metadata' }),
  documentation: setting(infoUrl, {
    form: 'text',
    meaning: 'Page for developers, in the metadata',
  }),
  policy_uri: setting(infoUrl, { form: 'text', meaning: 'Page on data use, in the metadata' }),
  tos_uri: setting(infoUrl, { form: 'text', meaning: 'Terms of service, in the metadata' }),
  scopes_supported: setting(list(scope, 'a list of scopes'), {
    form: 'list',
    meaning: 'Scopes the metadata lists',
    fallback: '`scopes`',
  }),
}

export const resource = z.strictObject(resourceShape, { error: 'a resource' })

export type RuleEntry = z.output<typeof rule>
export type ResourceEntry = z.output<typeof resource>
export type IssuerEntry = NonNullable<ResourceEntry['issuers']>[number]
