// How a provider is written in the configuration.

import { z } from 'zod'
import {
  flag,
  hostName,
  list,
  matching,
  oneOrMore,
  plainPath,
  plainUrl,
  prose,
  scope,
  secretText,
  setting,
  some,
  text,
} from './fields.ts'
import { presetNames } from './presets.ts'

const presetName = text(
  `one of ${presetNames.join(', ')} (oidc with its issuer is for every other OpenID provider)`,
  (value) => presetNames.find((name) => name === value),
)

const claimName = matching('the name of a claim', /^[^\p{Cc}\s]{1,200}$/u)
const claimNames = oneOrMore(claimName)

export const claimsShape = {
  email: z.optional(claimNames),
  name: z.optional(claimNames),
  username: z.optional(claimNames),
  groups: z.optional(claimNames),
}

/** Claim names by attribute; each one name or several in order of preference. */
export const claims = z.strictObject(claimsShape, {
  error: 'claim names under email, name, username, groups',
})

const shownValue = matching('a value of the claim', /^[\x21\x23-\x5b\x5d-\x7e]{1,200}$/)
const shownValues = some(shownValue, 'at least one value')

/** By which claims an issuer says that there were two factors. */
export const secondFactor = z.strictObject(
  { acr: z.optional(shownValues), amr: z.optional(shownValues) },
  { error: 'values under acr, amr' },
)

const providerId = matching(
  'lower-case letters, digits and hyphens, at most 32, not "local", "client", "passkey" or "second"',
  /^(?!(?:local|client|passkey|second)$)[a-z0-9][a-z0-9-]{0,31}$/,
)

/** What the login itself decides about: a fixed value would take its protection away (R32, R33). */
const ownParameters: ReadonlySet<string> = new Set([
  'client_id',
  'client_secret',
  'code_challenge',
  'code_challenge_method',
  'nonce',
  'redirect_uri',
  'request',
  'request_uri',
  'response_mode',
  'response_type',
  'scope',
  'state',
])

const parameters = z.record(
  text('a parameter that the login does not set itself', (name) =>
    /^[\w.-]{1,64}$/.test(name) && !ownParameters.has(name) ? name : undefined,
  ),
  prose,
  { error: 'texts by name of the parameter' },
)

const tenantId = text('the id of a tenant, a GUID', (value) =>
  /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(value) ? value.toLowerCase() : undefined,
)

export const providerShape = {
  id: setting(providerId, {
    form: 'text',
    meaning: 'Name in rules and in the callback path',
    fallback: 'the preset',
  }),
  preset: setting(presetName, {
    form: 'text',
    meaning: `What kind of provider it is: ${presetNames.join(', ')}`,
    fallback: 'oidc',
  }),
  label: setting(prose, {
    form: 'text',
    meaning: 'What the chooser page shows',
    fallback: "the preset's name",
  }),
  issuer: setting(plainUrl, {
    form: 'text',
    meaning: 'Issuer, byte for byte as in its discovery document',
    fallback: 'fixed for google; github.com and gitlab.com for github and gitlab',
  }),
  client_id: setting(matching('a client id (a number in quotes)', /^[\x20-\x7e]{1,400}$/), {
    form: 'text',
    meaning: 'Client id at the provider',
    fallback: 'required',
  }),
  client_secret: setting(secretText, {
    form: 'text',
    meaning: 'Client secret at the provider; a public client has none',
    secret: true,
  }),
  client_secret_file: setting(prose, {
    form: 'text',
    meaning: 'File that holds the client secret',
  }),
  scopes: setting(list(scope, 'a list of scopes'), {
    form: 'list',
    meaning: 'What is asked for at login; openid is always added',
    fallback: 'by preset: openid email profile and where groups need one, that',
  }),
  claims: setting(claims, {
    form: 'yaml',
    meaning: 'Claims that hold email, name, username, groups',
    fallback: 'by preset',
  }),
  trust_email_without_claim: setting(flag, {
    form: 'boolean',
    meaning: 'Take an address as verified when the provider does not say',
    fallback: 'false',
  }),
  accept_verified_as_text: setting(flag, {
    form: 'boolean',
    meaning: 'Take `email_verified: "true"` (text) as true',
    fallback: 'by preset: true for cognito and entra, else false',
  }),
  second_factor: setting(secondFactor, {
    form: 'yaml',
    meaning:
      'Values of `acr` (also asked for) and of `amr` of which one says that there were two factors',
    fallback: 'by preset; `amr` of `mfa`, or of methods of two kinds (RFC 8176)',
  }),
  hosted_domain: setting(hostName, {
    form: 'text',
    meaning: 'Google Workspace domain that accounts must belong to',
  }),
  tenants: setting(some(tenantId, 'at least one tenant'), {
    form: 'list',
    meaning: 'Entra: tenants whose people may come, for an issuer of `common` or `organizations`',
  }),
  authorization_parameters: setting(parameters, {
    form: 'yaml',
    meaning: 'More parameters of the authorization request, `kc_idp_hint: github` for example',
  }),
  callback_path: setting(plainPath, {
    form: 'text',
    meaning: 'Path of the redirect URI, below the public URL',
    fallback: '`/callback/<id>`',
  }),
}

export const provider = z.strictObject(providerShape, { error: 'a provider' })

export type ProviderEntry = z.output<typeof provider>
