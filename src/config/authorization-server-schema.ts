// How our own authorization server is set up in the configuration.

import { z } from 'zod'
import type { RegistrationMode } from '../ports/authorization-server.ts'
import { seconds } from '../protocol/time.ts'
import { client } from './client-schema.ts'
import {
  duration,
  flag,
  list,
  matching,
  oneOf,
  prose,
  scope,
  secretText,
  setting,
  text,
} from './fields.ts'
import { asciiHost } from './hosts.ts'
import { resourceUrl } from './resource-schema.ts'

const registrations: readonly RegistrationMode[] = ['off', 'token', 'open']

const minute = 60
const day = 86_400

const onlyShorter = 'these limits can be set lower, not higher'

const exactHost = text('a host name without "*" and port', (value) =>
  /^[^*:]*$/.test(value) ? asciiHost(value) : undefined,
)

export const authorizationServerShape = {
  registration: setting(oneOf(registrations), {
    form: 'text',
    meaning:
      'Who may register a client: everyone (`open`, within limits), whoever has a token of yours (`token`), nobody (`off`)',
    fallback: 'open; off with `fapi` and without a resource',
  }),
  redirect_hosts: setting(list(exactHost, 'a list of host names'), {
    form: 'list',
    meaning:
      'Hosts that redirect URIs of registrations and client-id documents may have; loopback always may',
    fallback: 'any',
  }),
  client_names: setting(list(prose, 'a list of names'), {
    form: 'yaml',
    meaning: 'Names that registered clients may have',
    fallback: 'any',
  }),
  native_redirect_uris: setting(
    list(matching('a URI', /^[a-z][a-z0-9+.-]*:[\x21-\x7e]{1,2000}$/i), 'a list of URIs'),
    {
      form: 'list',
      meaning:
        'Redirect URIs with a scheme of an application, `com.example.app:/callback`, that any client may register',
      fallback: 'those of well-known MCP clients',
    },
  ),
  client_documents: setting(flag, {
    form: 'boolean',
    meaning: 'Clients may be known by the https address of a document about them',
    fallback: 'true; false with `fapi` and without a resource',
  }),
  client_document_hosts: setting(list(exactHost, 'a list of host names'), {
    form: 'list',
    meaning: 'Hosts whose documents count',
    fallback: 'any public host',
  }),
  clients: setting(list(client, 'a list of clients'), {
    form: 'yaml',
    meaning: 'Clients of your own; members below',
    fallback: 'none',
  }),
  access_token_lifetime: setting(
    duration(seconds(minute), seconds(60 * minute), 'a duration from 1m to 60m such as 10m'),
    { form: 'text', meaning: 'How long an access token is good', fallback: '10m' },
  ),
  refresh_idle: setting(
    duration(seconds(minute), seconds(14 * day), `a duration from 1m to 14d (${onlyShorter})`),
    { form: 'text', meaning: 'When an unused refresh token ends', fallback: '14d' },
  ),
  refresh_lifetime: setting(
    duration(seconds(minute), seconds(30 * day), `a duration from 1m to 30d (${onlyShorter})`),
    {
      form: 'text',
      meaning: 'When a client has to ask the person again, whatever the use',
      fallback: '30d',
    },
  ),
  refresh_retry: setting(
    duration(seconds(0), seconds(30), 'a duration up to 30s such as 10s, or 0'),
    {
      form: 'text',
      meaning:
        'How long a just-used refresh token gives the same successor once more, for clients that lost the answer',
      fallback: '10s',
    },
  ),
  remember_consent: setting(
    duration(seconds(0), seconds(30 * day), 'a duration up to 30d such as 30d, or 0'),
    { form: 'text', meaning: 'How long a consent may be remembered; 0: never', fallback: '0' },
  ),
  scope_descriptions: setting(z.record(scope, prose, { error: 'texts by scope' }), {
    form: 'yaml',
    meaning: 'What a scope lets a client do, in words for the consent page',
  }),
  fapi: setting(flag, {
    form: 'boolean',
    meaning: 'The FAPI 2.0 security profile: known clients with keys only',
    fallback: 'false',
  }),
  default_resource: setting(resourceUrl, {
    form: 'text',
    meaning: 'The `url` of the resource for clients that name none',
    fallback: 'the only one',
  }),
  secret: setting(secretText, {
    form: 'text',
    meaning:
      'At least 32 random bytes that guard signing keys and refresh tokens; required with `database_url`, the same on all nodes',
    fallback: 'made at the first start, in `authorization-server.key` in `data_dir`',
    secret: true,
  }),
  secret_file: setting(prose, {
    form: 'text',
    meaning: 'File that holds `authorization_server.secret`',
  }),
} as const
