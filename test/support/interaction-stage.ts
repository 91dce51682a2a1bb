// The pages of a pending authorization and of the account, with real sessions and an authorization server that remembers what it was told.

import { Hono } from 'hono'
import { createAccountRoutes } from '../../src/http/account.ts'
import { createInteractionRoutes } from '../../src/http/interaction.ts'
import type { LoginDependencies } from '../../src/http/login-context.ts'
import { signIn } from '../../src/http/sign-in.ts'
import type {
  AuthorizationServer,
  ClientGrant,
  ConsentRequest,
} from '../../src/ports/authorization-server.ts'
import { accountIdOf } from '../../src/protocol/account-id.ts'
import type { Identity } from '../../src/protocol/identity.ts'
import { epochSeconds, seconds } from '../../src/protocol/time.ts'
import { type Browser, createBrowser, type Handler } from './browser.ts'
import { authOrigin, cookieName, type LoginStage, startLoginStage } from './login-stage.ts'

type Server = AuthorizationServer<Request>
type Decision = Parameters<Server['decideConsent']>[1]

/** Set by the authorization server where the authorization began. */
export const bindingCookie = '__Host-interaction'

export const uid = 'V1StGXR8_Z5jdHi6B-myT'
export const interactionUrl = `${authOrigin}/interaction/${uid}`
export const resumeUrl = `${authOrigin}/authorize/${uid}`
export const resource = 'https://mcp.example.com/mcp'

export const consentRequest = (changes: Partial<ConsentRequest> = {}): ConsentRequest => ({
  uid,
  step: 'consent',
  client: {
    id: 'k9fQ2',
    name: 'Claude',
    verified: false,
    documentHost: undefined,
    uri: undefined,
  },
  redirectUri: 'https://claude.ai/api/mcp/auth_callback',
  resource: {
    url: resource,
    audience: resource,
    name: 'Harbour notes',
    scopes: ['notes:read'],
    scopesSupported: ['notes:read'],
    dpopRequired: false,
  },
  scopes: [{ scope: 'notes:read', description: 'Read your notes' }],
  lifetime: seconds(30 * 86_400),
  mayRemember: false,
  wantsLogin: false,
  startedAt: epochSeconds(0),
  ...changes,
})

export type InteractionStage = {
  readonly login: LoginStage
  readonly handle: Handler
  /** What was decided, in order. */
  readonly decisions: readonly Decision[]
  /** What is pending; undefined: nothing is any more. */
  pending: ConsentRequest | undefined
  /** Resources that nobody may let a client in to. */
  readonly closed: Set<string>
  readonly grants: Map<string, ClientGrant & { readonly account: string }>
  readonly ended: readonly string[]
  /** A browser in which the authorization began. */
  readonly browser: () => Browser
  /** Opens a session for this identity in the browser. @returns the session id */
  readonly signIn: (browser: Browser, identity: Identity) => Promise<string>
  readonly close: () => Promise<void>
}

function spendOnce() {
  const spent = new Set<string>()
  return async (value: string) => {
    const first = !spent.has(value)
    spent.add(value)
    return first ? ('fresh' as const) : ('replayed' as const)
  }
}

export async function startInteractionStage(
  changes: Partial<LoginDependencies> = {},
): Promise<InteractionStage> {
  const login = await startLoginStage(changes)
  const decisions: Decision[] = []
  const ended: string[] = []
  const grants: InteractionStage['grants'] = new Map()
  const closed = new Set<string>()
  const isBound = (request: Request) =>
    request.headers.get('Cookie')?.includes(`interaction=${uid}`) === true
  const find: Server['findConsent'] = async (request, asked, visitor) => {
    const { pending } = stage
    if (pending === undefined || asked !== uid || !isBound(request)) return undefined
    const fit =
      visitor !== undefined && (!pending.wantsLogin || visitor.signedInAt >= pending.startedAt)
    return fit ? pending : { ...pending, step: 'login' }
  }
  const server: Pick<Server, 'findConsent' | 'decideConsent' | 'listGrants' | 'endGrant'> = {
    findConsent: find,
    decideConsent: async (request, decision) => {
      if ((await find(request, decision.uid, decision.visitor)) === undefined) return undefined
      decisions.push(decision)
      return `${login.deps.publicUrl.origin}/authorize/${uid}`
    },
    listGrants: async (account) => [...grants.values()].filter((one) => one.account === account),
    endGrant: async (account, grantId) => {
      if (grants.get(grantId)?.account !== account) return 'unknown'
      grants.delete(grantId)
      ended.push(grantId)
      return 'ended'
    },
  }
  const routes = new Hono()
  routes.route(
    '/',
    createInteractionRoutes<Request>({
      login: login.deps,
      server,
      exchangeOf: (c) => c.req.raw,
      judge: (identity, url) => {
        const judged = login.deps.judgeSignIn(identity)
        if (judged.kind === 'denied') return judged.reason
        return url !== undefined && closed.has(url) ? 'not-on-list' : undefined
      },
      spend: spendOnce(),
    }),
  )
  const describeScope = (scope: string) => (scope === 'notes:read' ? 'Read your notes' : undefined)
  routes.route('/', createAccountRoutes({ login: login.deps, server, describeScope }))
  routes.all('*', (c) => login.handle(c.req.raw))
  const handle: Handler = (request) => routes.fetch(request)

  const stage: InteractionStage = {
    login,
    handle,
    decisions,
    pending: consentRequest(),
    closed,
    grants,
    ended,
    browser: () => {
      const browser = createBrowser({ [authOrigin]: handle })
      browser.setCookie(authOrigin, bindingCookie, uid)
      return browser
    },
    signIn: async (browser, identity) => {
      const proven = { identity, idToken: undefined, providerSession: undefined }
      const signedIn = await signIn(
        proven,
        { previousId: undefined, userAgent: undefined },
        {
          ...login.deps,
          lifetime: login.deps.session.lifetime,
          judgeSignIn: () => ({ kind: 'allowed' }),
        },
      )
      if (signedIn.kind !== 'signed-in') throw new Error('Nobody was signed in')
      browser.setCookie(authOrigin, cookieName, signedIn.sessionId)
      return signedIn.sessionId
    },
    close: login.close,
  }
  return stage
}

/** Puts a grant of this identity on its account page. */
export const addGrant = (
  stage: InteractionStage,
  identity: Identity,
  changes: Partial<ClientGrant> = {},
): void => {
  const grant: ClientGrant = {
    grantId: 'grant-1',
    clientId: 'k9fQ2',
    clientName: 'Claude',
    resource,
    scopes: ['notes:read', 'notes:write'],
    createdAt: epochSeconds(1_790_000_000),
    lastUsedAt: undefined,
    ...changes,
  }
  stage.grants.set(grant.grantId, { ...grant, account: accountIdOf(identity) })
}
