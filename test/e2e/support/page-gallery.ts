// Every page we have, with contents that are hard on a layout, answered with the real headers of a page.

import { createServer } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { lightened } from '../../../src/appearance/colours.ts'
import { builtInLanguages, englishLanguage } from '../../../src/appearance/languages.ts'
import { createLookFor, plainBranding } from '../../../src/appearance/look.ts'
import type { Phrase } from '../../../src/appearance/messages.ts'
import { explainLoop } from '../../../src/http/login-loop.ts'
import { type Html, page, picture, script } from '../../../src/http/reply.ts'
import type { Frame } from '../../../src/pages/layout.ts'
import { type LoginPageContent, loginPage } from '../../../src/pages/login.ts'
import { passkeyScript } from '../../../src/pages/passkey-script.ts'
import { loginLoopPage, type ProblemPageContent, problemPage } from '../../../src/pages/problem.ts'
import { refusalPage } from '../../../src/pages/refusal.ts'
import {
  logoutPage,
  notSignedInPage,
  signedInPage,
  signedOutPage,
} from '../../../src/pages/session.ts'
import { accountPages, scriptPath } from './accounts-gallery.ts'
import { authorizationPages } from './authorization-gallery.ts'
import { listen } from './loopback.ts'
import { relayPages } from './relay-gallery.ts'
import { sessionPages } from './sessions-gallery.ts'
import { account, host, type Shown } from './shown-page.ts'
import { tokenPages } from './tokens-gallery.ts'

const decisionId = 'k3x9m2p7'
const links = { switchUrl: '/login', logoutUrl: '/logout', loginUrl: '/login', retryUrl: '/login' }
const cookieName = '__Secure-sallyport'

const providers = [
  { label: 'Google', url: '/login/google' },
  { label: 'Keycloak of the department with the long name', url: '/login/home' },
]
const local = { action: '/typed', csrf: 'token', returnTo: '', name: '', error: undefined }

const passkey = { action: '/typed', optionsUrl: '/options', scriptUrl: scriptPath }

const login = (content: Partial<LoginPageContent>, status = 200): Shown => ({
  status,
  render: (frame) =>
    loginPage(frame, { providers: [], local: undefined, destination: host, ...content }),
})

const problem = (
  status: number,
  title: ProblemPageContent['title'],
  explanation: readonly Phrase[],
): Shown => ({
  status,
  render: (frame) =>
    problemPage(frame, {
      title,
      explanation,
      decisionId,
      next: { label: 'action.try-again', url: '/login' },
    }),
})

const refusal = (reason: 'not-on-list' | 'unverified-email' | 'other-account'): Shown => ({
  status: 403,
  render: (frame) => refusalPage(frame, { ...links, account, reason, decisionId }),
})

const loop = (arrived: 'session' | 'conflict'): Shown => ({
  status: 400,
  render: (frame) => {
    const cookie = { name: cookieName, domain: 'example.org', https: true }
    const explained = explainLoop(arrived, new URL(`http://${host}/`), cookie, 'auth.example.com')
    return loginLoopPage(frame, {
      ...explained,
      cookieName,
      applicationHost: host,
      retryUrl: '/login',
      decisionId,
    })
  },
})

const session = (render: (frame: Frame) => Html): Shown => ({ status: 200, render })
const provider = 'Keycloak of the department'

/** By the path they are shown at. */
export const gallery: ReadonlyMap<string, Shown> = new Map([
  ['login', login({ providers, local })],
  ['login-providers', login({ providers })],
  ['login-form', login({ local, destination: undefined })],
  ['login-passkey', { ...login({ providers, local: { ...local, passkey } }), hasScript: true }],
  [
    'login-wrong',
    login({ providers, local: { ...local, name: 'dora', error: 'login.wrong' } }, 403),
  ],
  [
    'signed-in',
    session((frame) => signedInPage(frame, { ...links, account, accountUrl: '/account' })),
  ],
  ['not-signed-in', session((frame) => notSignedInPage(frame, { ...links, cookieName }))],
  ['sign-out', session((frame) => logoutPage(frame, { account, action: '/typed', csrf: 'token' }))],
  ['signed-out', session((frame) => signedOutPage(frame, links))],
  ['refusal-not-on-list', refusal('not-on-list')],
  ['refusal-unverified-email', refusal('unverified-email')],
  ['refusal-other-account', refusal('other-account')],
  ['loop-here', loop('conflict')],
  ['loop-application', loop('session')],
  ['problem-400', problem(400, 'unknown-flow.title', ['unknown-flow.explanation'])],
  [
    'problem-403',
    problem(403, 'not-confirmed.title', [
      ['not-confirmed.explanation', { provider }],
      ['not-confirmed.said', { text: `access_denied: ${'x'.repeat(80)} <b>not bold</b>` }],
    ]),
  ],
  ['problem-404', problem(404, 'unknown-provider.title', ['unknown-provider.explanation'])],
  ['invitation-missing', problem(404, 'invitation.missing-title', ['invitation.missing'])],
  ['problem-429', problem(429, 'limited.title', ['limited.explanation'])],
  ['problem-503', problem(503, 'unreachable.title', [['unreachable.explanation', { provider }]])],
  ['fault', problem(503, 'fault.title', ['fault.explanation'])],
  [
    'hand-off',
    problem(400, 'hand-off.title', [['hand-off.not-routed', { host, path: '/.sallyport/' }]]),
  ],
  ...accountPages,
  ...authorizationPages,
  ...tokenPages,
  ...sessionPages,
  ...relayPages,
  ['assurance-factor', problem(403, 'assurance.title', [['assurance.factor', { provider }]])],
  ['assurance-fresh', problem(403, 'assurance.title', [['assurance.fresh', { provider }]])],
  ['assurance-own', problem(403, 'assurance.title', ['assurance.own-factor'])],
  ['interaction-gone', problem(404, 'interaction.title', ['interaction.explanation'])],
])

const svg =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 40" width="40" height="40"><circle cx="20" cy="20" r="18" fill="#8a1538"/><path d="M12 24h16l-4-12-4 8-4-8z" fill="#fff"/></svg>'

const languages = {
  fallback: englishLanguage,
  // Nobody here reads Arabic: our words, laid out from right to left.
  all: [...builtInLanguages, { ...englishLanguage, tag: 'ar', direction: 'rtl' as const }],
}
const accent = '#8a1538'
const brands = {
  plain: createLookFor(languages, plainBranding),
  branded: createLookFor(languages, {
    name: 'Harbour & Sons',
    logoUrl: '/logo',
    accent: { light: accent, dark: lightened(accent) },
  }),
}

export type Gallery = { readonly origin: string; readonly close: () => Promise<void> }

/** Serves `/<page>` and `/branded/<page>`, and answers what a form sends with what it sent. */
export async function startGallery(): Promise<Gallery> {
  const answer = async (request: Request): Promise<Response> => {
    const { pathname } = new URL(request.url)
    if (pathname === '/logo') {
      return picture({ type: 'image/svg+xml', body: new TextEncoder().encode(svg) })
    }
    if (pathname === scriptPath) return script(passkeyScript)
    if (request.method === 'POST') return new Response(`typed ${await request.text()}`)
    const [, branded, name = ''] = /^\/(branded\/)?([\w-]+)$/.exec(pathname) ?? []
    const shown = gallery.get(name)
    if (shown === undefined) return new Response(null, { status: 404 })
    const lookFor = branded === undefined ? brands.plain : brands.branded
    const look = lookFor(request.headers.get('accept-language') ?? undefined)
    const render = (nonce: string) => shown.render({ ...look, nonce })
    const own = shown.hasScript && { connect: [] }
    return page(shown.status, render, { https: false, script: own })
  }
  const server = createServer(getRequestListener(answer, { overrideGlobalObjects: false }))
  const port = await listen(server)
  return {
    origin: `http://127.0.0.1:${port}`,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
}
