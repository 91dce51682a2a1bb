// How an OAuth client of the operator's own is written in the configuration.

import { z } from 'zod'
import {
  flag,
  list,
  matching,
  oneOf,
  prose,
  required,
  scope,
  secretText,
  setting,
  some,
} from './fields.ts'

/** How a client may show who it is. RFC 6749 §2.3, RFC 7523 §2.2 */
export const authMethods = [
  'none',
  'client_secret_basic',
  'client_secret_post',
  'private_key_jwt',
] as const

export const grantTypes = [
  'authorization_code',
  'refresh_token',
  'client_credentials',
  'urn:ietf:params:oauth:grant-type:device_code',
] as const

// An https URL as client id is the address of the client's own document, and stays that.
const clientId = matching(
  'a client id of visible ASCII, no https URL (a number in quotes)',
  /^(?!https?:)[\x21-\x7e]{1,200}$/i,
)

// What a URI must be for its purpose is judged in check-clients.ts, with the setting's place.
const uri = matching('an absolute URI', /^[a-z][a-z0-9+.-]*:[\x21-\x7e]{1,2000}$/i)

const jwks = z.object(
  {
    keys: z.array(z.record(z.string(), z.unknown(), { error: 'a JSON Web Key' }), {
      error: 'a list of JSON Web Keys',
    }),
  },
  { error: 'a JSON Web Key Set, { keys: [...] }' },
)

export const clientShape = {
  id: required(clientId, { form: 'text', meaning: 'The `client_id`' }),
  name: setting(prose, {
    form: 'text',
    meaning: 'Name for people, on the consent page',
    fallback: '`id`',
  }),
  secret: setting(secretText, {
    form: 'text',
    meaning: 'Its secret, at least 32 bytes; a public client has none',
    secret: true,
  }),
  secret_file: setting(prose, { form: 'text', meaning: 'File that holds the secret' }),
  jwks: setting(jwks, {
    form: 'yaml',
    meaning: 'Its public keys, `{ keys: [...] }`, for `private_key_jwt`',
  }),
  auth_method: setting(oneOf(authMethods), {
    form: 'text',
    meaning: `How it shows who it is: ${authMethods.join(', ')}`,
    fallback: 'by what it has: client_secret_basic, private_key_jwt, none',
  }),
  redirect_uris: setting(list(uri, 'a list of URIs'), {
    form: 'list',
    meaning: 'Where browsers return to; the port of a loopback address is free',
    fallback: 'none',
  }),
  post_logout_redirect_uris: setting(list(uri, 'a list of URIs'), {
    form: 'list',
    meaning: 'Where browsers go after a logout that the client asked for',
    fallback: 'none',
  }),
  backchannel_logout_uri: setting(uri, {
    form: 'text',
    meaning: 'Address that is told of logouts',
  }),
  grant_types: setting(some(oneOf(grantTypes), 'at least one grant type'), {
    form: 'list',
    meaning: `What it may do: ${grantTypes.join(', ')}`,
    fallback: 'authorization_code, refresh_token',
  }),
  scopes: setting(list(scope, 'a list of scopes'), {
    form: 'list',
    meaning: 'Scopes it may ask for',
    fallback: 'all',
  }),
  trusted: setting(flag, {
    form: 'boolean',
    meaning:
      'An application of yours: people are not asked for consent, unless it has neither secret nor keys and the answer goes to a program on their device',
    fallback: 'false',
  }),
  dpop_required: setting(flag, {
    form: 'boolean',
    meaning: 'Gets only tokens that are bound to a key of its own (DPoP)',
    fallback: 'false',
  }),
}

export const client = z.strictObject(clientShape, { error: 'a client' })

export type ClientEntry = z.output<typeof client>
