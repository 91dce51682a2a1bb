// Which scopes are granted? security.md R69, mcp.md AS-27, AS-28

import { expect, test } from 'vitest'
import { plainAccess } from '../../../src/authorization-server/resources.ts'
import { narrowScope } from '../../../src/authorization-server/scopes.ts'
import type { AuthorizationServerSettings } from '../../../src/ports/authorization-server.ts'
import { resource, testSettings } from '../../support/authorization-stage.ts'

const free = 'https://free.example.com/mcp'
const settings: AuthorizationServerSettings = {
  ...testSettings,
  resources: [
    ...testSettings.resources,
    {
      url: free,
      audience: undefined,
      name: undefined,
      scopes: [],
      scopesSupported: ['x'],
      dpopRequired: false,
    },
  ],
  clients: [
    {
      id: 'limited',
      name: undefined,
      secret: undefined,
      jwks: undefined,
      authMethod: 'none',
      redirectUris: [],
      postLogoutRedirectUris: [],
      backchannelLogoutUri: undefined,
      grantTypes: [],
      scopes: ['openid', 'mcp:admin'],
      trusted: false,
      dpopRequired: false,
    },
  ],
}

const cases: readonly (readonly [
  string,
  string,
  string | undefined,
  string | undefined,
  readonly string[] | undefined,
])[] = [
  [
    'what every token needs when nothing is asked for (AS-27)',
    'any',
    undefined,
    resource,
    ['mcp:tools'],
  ],
  ['the same for an empty scope (AS-55)', 'any', '', resource, ['mcp:tools']],
  ['what is asked for and known', 'any', 'mcp:admin', resource, ['mcp:admin']],
  ['no unknown scopes (AS-28)', 'any', 'mcp:tools bogus', resource, ['mcp:tools']],
  ['nothing when all are unknown (R69)', 'any', 'bogus', resource, undefined],
  [
    'what is needed beside scopes about the person',
    'any',
    'openid email',
    resource,
    ['openid', 'email', 'mcp:tools'],
  ],
  ['no scopes of another resource', 'any', 'mcp:tools x', free, ['x']],
  ['plain access where a resource needs no scope', 'any', undefined, free, [plainAccess]],
  ['plain access again when it is narrowed twice', 'any', plainAccess, free, [plainAccess]],
  [
    'plain access beside scopes about the person when it is narrowed twice',
    'any',
    `openid ${plainAccess}`,
    free,
    ['openid', plainAccess],
  ],
  ['no plain access to who asks for it', 'any', plainAccess, resource, ['mcp:tools']],
  [
    'scopes about the person alone without a resource',
    'any',
    'openid mcp:tools',
    undefined,
    ['openid'],
  ],
  ['what a client may have (R69)', 'limited', 'mcp:tools mcp:admin', resource, ['mcp:admin']],
  ['nothing that a client may not have (R69)', 'limited', 'mcp:tools', resource, undefined],
]
test.each(cases)('narrowScope() gives %s', (_name, clientId, scope, where, expected) => {
  expect(narrowScope({ clientId, scope, resource: where }, settings)).toEqual(expected)
})
