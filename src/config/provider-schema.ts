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
  setting,
  text,
} from './fields.ts'
import { laterPresets, presets } from './presets.ts'
import type { ProviderSettings } from './settings.ts'

const presetNames = Object.keys(presets).filter((name): name is ProviderSettings['preset'] =>
  Object.hasOwn(presets, name),
)

const presetName = text(
  `one of ${presetNames.join(', ')} (${laterPresets.slice(0, 3).join(', ')} and others are not in this version; use preset oidc with their issuer)`,
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

const providerId = matching(
  'lower-case letters, digits and hyphens, at most 32, not "local"',
  /^(?!local$)[a-z0-9][a-z0-9-]{0,31}$/,
)

// A secret is never trimmed or normalised; what is wrong with it is judged in secrets.ts.
const secretText = matching('a text', /^[^\p{Cc}]{0,4096}$/u)

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
    fallback: 'fixed for google',
  }),
  client_id: setting(matching('a client id', /^[\x20-\x7e]{1,400}$/), {
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
    fallback: 'openid email profile',
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
    fallback: 'false',
  }),
  hosted_domain: setting(hostName, {
    form: 'text',
    meaning: 'Google Workspace domain that accounts must belong to',
  }),
  callback_path: setting(plainPath, {
    form: 'text',
    meaning: 'Path of the redirect URI, below the public URL',
    fallback: '`/callback/<id>`',
  }),
}

export const provider = z.strictObject(providerShape, { error: 'a provider' })

export type ProviderEntry = z.output<typeof provider>
