// The pages of local accounts, with contents that are hard on a layout.

import {
  appSetupPage,
  factorsPage,
  factorsSection,
  recoveryCodesPage,
} from '../../../src/pages/account-factors.ts'
import { invitationPage } from '../../../src/pages/invitation.ts'
import { type Frame, layout } from '../../../src/pages/layout.ts'
import { secondFactorPage } from '../../../src/pages/second-factor.ts'
import type { ShownFactors } from '../../../src/ports/own-accounts.ts'
import type { Shown } from './shown-page.ts'

export const scriptPath = '/passkeys.js'

const factors: ShownFactors = {
  hasPassword: true,
  passkeys: [
    {
      credentialId: 'one',
      name: 'The telephone of Maximiliane von und zu Hohenstein-Langenburg',
      createdAt: 1_790_000_000,
      lastUsedAt: 1_790_100_000,
    },
    { credentialId: 'two', name: 'x'.repeat(64), createdAt: 1_790_000_000, lastUsedAt: undefined },
  ],
  app: true,
  offersApp: true,
  recoveryCodes: 8,
}
const nothing: ShownFactors = { ...factors, passkeys: [], app: false, recoveryCodes: 0 }

const forms = {
  action: '/typed',
  csrf: 'token',
  optionsUrl: '/options',
  scriptUrl: scriptPath,
  appUrl: '/app',
}
const links = { signInUrl: '/login', accountUrl: '/account' }

const second = {
  action: '/typed',
  csrf: 'token',
  state: 'state',
  passkey: undefined,
  hasApp: true,
  error: undefined,
  startAgainUrl: '/login',
}

const setup = {
  action: '/typed',
  csrf: 'token',
  sealed: 'v1.sealed',
  secret: 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567',
  uri: 'otpauth://totp/Harbour:mia?secret=ABCDEFGHIJKLMNOPQRSTUVWXYZ234567&issuer=Harbour',
  error: undefined,
  backUrl: '/account',
}

const invitation = {
  name: 'maximiliane.von-und-zu-hohenstein-langenburg',
  displayName: 'Maximiliane von und zu Hohenstein-Langenburg',
  action: '/typed',
  csrf: 'token',
  passkey: { optionsUrl: '/options', scriptUrl: scriptPath },
  error: undefined,
}

const codes = Array.from({ length: 10 }, () => 'wdtw-f3rq-gsrr-998m')

const plain = (render: Shown['render'], status = 200): Shown => ({ status, render })
const scripted = (render: Shown['render'], status = 200): Shown => ({
  status,
  render,
  hasScript: true,
})

const section = (frame: Frame) =>
  layout(frame, { title: 'Account', body: factorsSection(frame, factors, '/account/sign-in') })

/** By the path they are shown at. */
export const accountPages: readonly (readonly [string, Shown])[] = [
  [
    'factors',
    scripted((frame) => factorsPage(frame, { ...links, factors, forms, news: 'factors.added' })),
  ],
  [
    'factors-none',
    scripted((frame) => factorsPage(frame, { ...links, factors: nothing, forms, news: undefined })),
  ],
  [
    'factors-stale',
    plain((frame) => factorsPage(frame, { ...links, factors, forms: undefined, news: undefined })),
  ],
  ['factors-section', plain(section)],
  ['recovery-codes', plain((frame) => recoveryCodesPage(frame, { codes, doneUrl: '/account' }))],
  ['app-setup', plain((frame) => appSetupPage(frame, setup))],
  [
    'app-setup-wrong',
    plain((frame) => appSetupPage(frame, { ...setup, error: 'app-setup.wrong' }), 403),
  ],
  ['second-factor', plain((frame) => secondFactorPage(frame, second))],
  [
    'second-factor-wrong',
    plain((frame) => secondFactorPage(frame, { ...second, error: 'second-factor.wrong' }), 403),
  ],
  [
    'second-factor-passkey',
    scripted((frame) =>
      secondFactorPage(frame, {
        ...second,
        hasApp: false,
        passkey: { options: { challenge: 'AAAA' }, scriptUrl: scriptPath },
      }),
    ),
  ],
  ['invitation', scripted((frame) => invitationPage(frame, invitation))],
  [
    'invitation-weak',
    scripted((frame) => invitationPage(frame, { ...invitation, error: 'invitation.weak' }), 400),
  ],
]
