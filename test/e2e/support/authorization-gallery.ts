// The pages around clients and their access, with contents that are hard on a layout.

import type { Html } from '../../../src/http/reply.ts'
import { accountPage } from '../../../src/pages/account.ts'
import { authorizationProblemPage } from '../../../src/pages/authorization-problem.ts'
import {
  clientSignedOutPage,
  clientSignOutPage,
  clientStayedPage,
} from '../../../src/pages/client-sign-out.ts'
import {
  type ConsentPageContent,
  consentPage,
  goOnPage,
  signInFirstPage,
} from '../../../src/pages/consent.ts'
import { deviceDonePage, userCodeConfirmPage, userCodePage } from '../../../src/pages/device.ts'
import type { Frame } from '../../../src/pages/layout.ts'
import { epochSeconds, seconds } from '../../../src/protocol/time.ts'
import { account, host, type Shown } from './shown-page.ts'

const links = { switchUrl: '/login', logoutUrl: '/logout' }
const session = (render: (frame: Frame) => Html): Shown => ({ status: 200, render })

const client = {
  id: 'k9fQ2',
  name: 'An assistant with quite a long name',
  verified: false,
  documentHost: undefined,
}
const resource = { url: `https://${host}/mcp`, name: 'Notes of the department' }
const scopes = [
  { scope: 'notes:read', description: 'Read all notes of the department' },
  { scope: 'offline_access', description: undefined },
  { scope: 'https://scopes.example.com/a-scope-without-any-words', description: undefined },
]
const access: ConsentPageContent = {
  client,
  redirectUri: 'https://claude.ai/api/mcp/auth_callback',
  resource,
  scopes,
  lifetime: seconds(30 * 86_400),
  mayRemember: false,
  account,
  switchUrl: '/login',
  action: '/typed',
  csrf: 'token',
}
const consent = (changes: Partial<ConsentPageContent>): Shown =>
  session((frame) => consentPage(frame, { ...access, ...changes }))
const trusted = { id: 'wiki', name: 'Wiki', verified: true, documentHost: undefined }

const grant = {
  grantId: 'grant',
  clientId: 'k9fQ2',
  clientName: client.name,
  resource: resource.url,
  scopes,
  createdAt: epochSeconds(1_790_000_000),
  lastUsedAt: epochSeconds(1_790_100_000),
  csrf: 'token',
}
const self = {
  ...links,
  name: 'Maximiliane von und zu Hohenstein-Langenburg',
  email: account,
  unverifiedEmail: undefined,
  username: 'maximiliane',
  provider: 'Keycloak of the department',
  grants: [grant, { ...grant, clientName: 'Cursor', scopes: [], lastUsedAt: undefined }],
  news: undefined,
  endAction: '/typed',
}
const device = { action: '/typed', token: 'token', code: 'WDJB-MJHT' }

/** By the path they are shown at. */
export const authorizationPages: readonly (readonly [string, Shown])[] = [
  ['sign-in-first', session((frame) => signInFirstPage(frame, { ...access, loginUrl: '/login' }))],
  ['consent', consent({})],
  [
    'consent-loopback',
    consent({ redirectUri: 'http://127.0.0.1:33418/callback', mayRemember: true }),
  ],
  ['consent-application', consent({ redirectUri: 'cursor://anysphere.cursor-mcp/oauth/callback' })],
  [
    'consent-document',
    consent({ client: { ...client, name: undefined, documentHost: host }, scopes: [] }),
  ],
  ['consent-device', consent({ redirectUri: undefined, client: trusted, resource: undefined })],
  ['go-on', session((frame) => goOnPage(frame, { client: trusted, url: '/login' }))],
  ['account', session((frame) => accountPage(frame, self))],
  [
    'account-ended',
    session((frame) => accountPage(frame, { ...self, grants: [], news: 'account.ended' })),
  ],
  [
    'device-code',
    session((frame) => userCodePage(frame, { ...device, code: undefined, fault: undefined })),
  ],
  ['device-wrong', session((frame) => userCodePage(frame, { ...device, fault: 'unknown-code' }))],
  [
    'device-confirmation',
    session((frame) =>
      userCodeConfirmPage(frame, { ...device, client: client.name, resource, scopes }),
    ),
  ],
  ['device-done', session(deviceDonePage)],
  [
    'client-sign-out',
    session((frame) => clientSignOutPage(frame, { ...device, client: client.name })),
  ],
  ['client-signed-out', session(clientSignedOutPage)],
  ['client-stayed', session(clientStayedPage)],
  [
    'authorization-problem',
    {
      status: 400,
      render: (frame) =>
        authorizationProblemPage(frame, {
          error: 'invalid_redirect_uri',
          description: `redirect_uri did not match: ${'x'.repeat(120)} <b>not bold</b>`,
          id: 'k3x9m2p7',
        }),
    },
  ],
]
