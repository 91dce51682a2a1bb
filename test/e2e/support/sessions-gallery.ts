// The parts of the account page about sessions and rules, with contents that are hard on a layout.

import { accountPage } from '../../../src/pages/account.ts'
import { accountReach } from '../../../src/pages/account-reach.ts'
import { accountSessions } from '../../../src/pages/account-sessions.ts'
import type { Frame, Markup } from '../../../src/pages/layout.ts'
import { epochSeconds, seconds } from '../../../src/protocol/time.ts'
import { account, host, type Shown } from './shown-page.ts'

const session = {
  isThis: true,
  browser: 'Firefox, Linux',
  signedInAt: epochSeconds(1_790_000_000),
  lastSeenAt: epochSeconds(1_790_100_000),
  twoFactors: false,
  methods: [],
  hosts: [],
  id: 'id',
  csrf: 'token',
}
const sessions = (frame: Frame): Markup =>
  accountSessions(frame, {
    sessions: [
      session,
      {
        ...session,
        isThis: false,
        browser: 'Samsung Internet, Android',
        twoFactors: true,
        methods: ['pwd', 'otp', 'mfa'],
        hosts: [host, 'wiki.example.org'],
      },
      { ...session, isThis: false, browser: undefined },
    ],
    endAction: '/typed',
    everywhereAction: '/typed',
    everywhereCsrf: 'token',
    asksForTokens: true,
  })

const conditions = { kind: 'conditions', emails: [], groups: [], providers: [], users: [] } as const
const opening = { methods: undefined, demand: undefined }
const reach = (frame: Frame): Markup =>
  accountReach(frame, {
    groups: ['staff', 'a-group-whose-name-is-quite-long-because-somebody-generated-it-once'],
    labelOf: (provider) => provider,
    openings: [
      {
        ...opening,
        rule: 'Notes of the department',
        place: `https://${host}/mcp`,
        because: { ...conditions, emails: ['@example.com', account], groups: ['staff'] },
      },
      { ...opening, rule: 'rule 1', place: `${host}/public/`, because: { kind: 'public' } },
      {
        rule: 'Payments',
        place: `${host}/payments/`,
        methods: ['GET', 'POST'],
        because: { ...conditions, providers: ['Keycloak of the department'], users: ['dora'] },
        demand: { factor: 2, maxAge: seconds(3600) },
      },
      { ...opening, rule: 'Administration', place: `${host}/admin/`, because: undefined },
      { ...opening, rule: 'everything else', place: host, because: { kind: 'everyone' } },
    ],
  })

const self = {
  switchUrl: '/login',
  logoutUrl: '/logout',
  name: 'Maximiliane von und zu Hohenstein-Langenburg',
  email: account,
  unverifiedEmail: undefined,
  username: undefined,
  provider: 'Keycloak of the department',
  grants: undefined,
  endAction: '/typed',
}

/** By the path they are shown at. */
export const sessionPages: readonly (readonly [string, Shown])[] = [
  [
    'account-sessions',
    {
      status: 200,
      render: (frame) =>
        accountPage(frame, { ...self, sections: [sessions, reach], news: 'sessions.ended' }),
    },
  ],
]
