// The login routes with the real store and settable time, for flow tests.

import { randomBytes } from 'node:crypto'
import {
  createOpenIdProvider,
  type OpenIdProviderSettings,
} from '../../src/adapters/openid-provider.ts'
import { hashOf, seal, unseal } from '../../src/adapters/sealing.ts'
import { openStore } from '../../src/adapters/sql/open.ts'
import { plainLook } from '../../src/appearance/look.ts'
import { createAccountRoutes } from '../../src/http/account.ts'
import { createFactorRoutes, createFactorSection } from '../../src/http/account-factors.ts'
import { createInvitationRoutes } from '../../src/http/invitation.ts'
import { createLoginRoutes } from '../../src/http/login.ts'
import type { LoginDependencies, LoginProvider } from '../../src/http/login-context.ts'
import type { IdentityProvider } from '../../src/ports/identity-provider.ts'
import type { Log, LogFields } from '../../src/ports/runtime.ts'
import type { Session, Store } from '../../src/ports/store.ts'
import { secret } from '../../src/protocol/secret.ts'
import { epochSeconds, seconds } from '../../src/protocol/time.ts'
import { createBrowser, type Handler } from './browser.ts'
import { createOwnAccountsStage } from './own-accounts-stage.ts'

export const authOrigin = 'https://auth.example.com'
export const appOrigin = 'https://app.example.com'
export const cookieName = '__Secure-sallyport'
export const clientSecret = 'the-client-secret-of-32-characters'

export type LogLine = { readonly event: string; readonly fields: LogFields }

export type LoginStage = {
  readonly deps: LoginDependencies
  readonly store: Store
  readonly lines: readonly LogLine[]
  /** A browser for which the auth host is this service and the application echoes its URL. */
  readonly browser: () => ReturnType<typeof createBrowser>
  readonly handle: Handler
  /** The session behind a browser's cookie. */
  readonly sessionOf: (id: string | undefined) => Promise<Session | undefined>
  readonly wait: (duration: number) => void
  readonly close: () => Promise<void>
}

/** A real provider client for an issuer on this machine. */
export const providerFor = (
  id: string,
  issuer: string,
  clientId = 'sallyport',
  changes: Partial<OpenIdProviderSettings> = {},
): LoginProvider => ({
  provider: createOpenIdProvider(
    {
      id,
      label: `The ${id} provider`,
      preset: 'oidc',
      issuer,
      clientId,
      clientSecret: secret(clientSecret),
      scopes: ['openid', 'email', 'profile'],
      claims: {
        email: ['email'],
        name: ['name'],
        username: ['preferred_username'],
        groups: ['groups'],
      },
      trustEmailWithoutClaim: false,
      acceptVerifiedAsText: false,
      hostedDomain: undefined,
      tenants: [],
      authorizationParameters: {},
      quirks: {},
      allowInsecureHttp: true,
      ...changes,
    },
    {
      log: { debug() {}, info() {}, warn() {}, error() {}, debugEnabled: false },
      now: () => epochSeconds(Date.now() / 1000),
    },
  ),
  callbackPath: `/callback/${id}`,
})

/** A provider that is only there: for pages and refusals. */
export const silentProvider = (
  id: string,
  changes: Partial<IdentityProvider> = {},
): LoginProvider => ({
  provider: {
    id,
    label: `The ${id} provider`,
    issuer: `https://${id}.example`,
    begin: async () => ({ kind: 'redirect', url: new URL(`https://${id}.example/authorize`) }),
    complete: async () => ({ kind: 'refused', reason: 'not asked', cancelled: false }),
    logoutUrl: () => undefined,
    logoutOrigin: () => undefined,
    ...changes,
  },
  callbackPath: `/callback/${id}`,
})

/** Allowed to sign in: verified addresses of example.com, and local accounts. */
const judgeSignIn: LoginDependencies['judgeSignIn'] = ({
  emailDomain,
  unverifiedEmail,
  provider,
}) => {
  if (emailDomain === 'example.com' || provider === 'local') return { kind: 'allowed' }
  return { kind: 'denied', reason: unverifiedEmail ? 'unverified-email' : 'not-on-list' }
}

/** @param own with real local accounts, and the pages on which people change how they sign in */
export async function startLoginStage(
  changes: Partial<LoginDependencies>,
  own = false,
): Promise<LoginStage> {
  const lines: LogLine[] = []
  const note = (event: string, fields: LogFields = {}) => void lines.push({ event, fields })
  const log: Log = { debug() {}, info: note, warn: note, error: note, debugEnabled: false }
  const store = await openStore({ kind: 'memory' }, log)
  let moment = Math.floor(Date.now() / 1000)
  const now = () => epochSeconds(moment)
  const accounts = own ? createOwnAccountsStage(store, now) : undefined
  const deps: LoginDependencies = {
    publicUrl: { href: authOrigin, origin: authOrigin, hostname: 'auth.example.com' },
    providers: [],
    verifyLocal: undefined,
    store,
    cookie: { name: cookieName, domain: 'example.com', https: true },
    reach: () => ({ kind: 'login' }),
    handOffPath: '/.sallyport',
    session: { lifetime: seconds(43_200), idle: seconds(3600) },
    returns: {
      isAllowedOrigin: (_scheme, host) => host === 'app.example.com' || host === 'auth.example.com',
      publicOrigin: authOrigin,
      development: false,
    },
    judgeSignIn,
    pinSubject: false,
    limit: async () => ({ kind: 'ok' }),
    clientAddress: () => '192.0.2.7',
    lookFor: () => plainLook,
    now,
    randomToken: () => randomBytes(32).toString('base64url'),
    newDecisionId: () => randomBytes(4).toString('hex'),
    hashOf,
    seal,
    unseal,
    log,
    ...accounts,
    ...changes,
  }
  const routes = createLoginRoutes(deps)
  if (accounts !== undefined) {
    const parts = { own: accounts.ownAccounts, login: deps }
    const account = { login: deps, server: undefined, describeScope: () => undefined }
    routes
      .route('/', createAccountRoutes({ ...account, sections: [createFactorSection(parts)] }))
      .route('/', createFactorRoutes(parts))
      .route('/', createInvitationRoutes(parts))
  }
  const handle: Handler = (request) => routes.fetch(request)
  const application: Handler = (request) => new Response(`arrived at ${request.url}`)
  return {
    deps,
    store,
    lines,
    handle,
    browser: () => createBrowser({ [authOrigin]: handle, [appOrigin]: application }),
    sessionOf: async (id) => (id === undefined ? undefined : store.sessions.find(hashOf(id))),
    wait: (duration) => {
      moment += duration
    },
    close: () => store.close(),
  }
}
