// The pages of tokens for scripts, with contents that are hard on a layout.

import { accountPage } from '../../../src/pages/account.ts'
import {
  type TokenFormContent,
  tokenFormPage,
  tokenMadePage,
  tokensSection,
} from '../../../src/pages/account-tokens.ts'
import { formatPersonalToken } from '../../../src/protocol/personal-token.ts'
import { epochSeconds } from '../../../src/protocol/time.ts'
import { account, host, type Shown } from './shown-page.ts'

const token = {
  id: 'k3x9m2p7',
  name: 'Backup of the department, every night at three',
  account: 'account',
  madeBy: 'owner',
  bounds: {
    hosts: [host, '*.a-domain-whose-name-is-quite-long.example.org', 'app.example.com:8443'],
    path: '/repositories/of/the/department',
    methods: ['GET', 'HEAD', 'PROPFIND'],
    scopes: ['https://scopes.example.com/a-scope-without-any-words'],
  },
  createdAt: epochSeconds(1_790_000_000),
  expiresAt: epochSeconds(1_799_000_000),
  lastUsedAt: epochSeconds(1_790_100_000),
  csrf: 'token',
} as const
const plain = { hosts: [host], path: undefined, methods: undefined, scopes: [] }

const form: TokenFormContent = {
  action: '/typed',
  csrf: 'token',
  fields: {
    name: token.name,
    hosts: `${host} *.a-domain-whose-name-is-quite-long.example.org`,
    path: '/repositories',
    methods: 'GET HEAD',
    scopes: '',
    days: '30',
  },
  error: undefined,
  scopes: ['notes:read', 'notes:write', 'https://scopes.example.com/a-scope-without-any-words'],
  mostDays: 365,
  backUrl: '/account',
}
const value = formatPersonalToken(Buffer.alloc(32, 7).toString('base64url'))

const self = {
  name: undefined,
  email: account,
  unverifiedEmail: undefined,
  username: undefined,
  provider: undefined,
  grants: undefined,
  news: 'tokens.ended',
  endAction: '/typed',
  switchUrl: '/login',
  logoutUrl: '/logout',
} as const
const section: Shown = {
  status: 200,
  render: (frame) =>
    accountPage(frame, {
      ...self,
      sections: [
        (inner) =>
          tokensSection(inner, {
            tokens: [token, { ...token, madeBy: 'operator', bounds: plain, lastUsedAt: undefined }],
            newUrl: '/account/tokens/new',
            endAction: '/typed',
          }),
      ],
    }),
}

/** By the path they are shown at. */
export const tokenPages: readonly (readonly [string, Shown])[] = [
  ['account-tokens', section],
  ['token-form', { status: 200, render: (frame) => tokenFormPage(frame, form) }],
  [
    'token-form-wrong',
    {
      status: 400,
      render: (frame) => {
        const error = ['tokens.unknown-host', { host: 'apq.example.com' }] as const
        return tokenFormPage(frame, { ...form, error, scopes: [] })
      },
    },
  ],
  [
    'token-made',
    {
      status: 200,
      render: (frame) => tokenMadePage(frame, { value, name: token.name, backUrl: '/account' }),
    },
  ],
]
