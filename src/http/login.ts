// The routes of the browser login. Paths are relative to the base path.

import { type Context, Hono } from 'hono'
import { loginLoopPage } from '../pages/problem.ts'
import { missingNeeds } from '../protocol/assurance.ts'
import { beginLogin } from './begin-login.ts'
import { createCallback } from './callback.ts'
import { refuseCookieExcess } from './cookie-excess.ts'
import { createHandOff, isOwnPath, wayTo } from './hand-off.ts'
import { answerLoginPage, createLocalLogin } from './local-login.ts'
import {
  answerPage,
  answerProblem,
  type LoginDependencies,
  type LoginProvider,
  linkTo,
  type Problem,
  queryOf,
  readTarget,
  readVisit,
  type Target,
  type Visit,
} from './login-context.ts'
import { needQuery, readDemand } from './login-demand.ts'
import {
  countArrival,
  explainLoop,
  formatLoopMark,
  formatLoopMarkRemoval,
  newLoopMark,
  readLoopMark,
} from './login-loop.ts'
import { createLogout } from './logout.ts'
import { createOwnPages } from './own-pages.ts'
import { createPasskeyLogin, createPasskeyOptions } from './passkey-login.ts'
import { addPasskeyScript } from './passkey-script.ts'
import { redirect } from './reply.ts'
import { createSecondFactor } from './second-factor.ts'

// Their paths stand where those of providers do.
const ownWays = ['local', 'passkey', 'second']

const asksForAnotherAccount = (query: URLSearchParams): boolean =>
  query.getAll('prompt').includes('select_account')

type Arrival =
  | { readonly kind: 'loop' }
  | { readonly kind: 'fine'; readonly cookies: readonly string[] }

/** Counts how often the browser came back for this target after it was sent there signed in. */
function countVisit(
  visit: Visit,
  target: Target,
  signedIn: boolean,
  deps: LoginDependencies,
): Arrival {
  const { https } = deps.cookie
  const hash = deps.hashOf(target.url)
  const now = deps.now()
  const mark = readLoopMark(visit.cookies, hash, now, https)
  if (mark === undefined && !signedIn) return { kind: 'fine', cookies: [] }
  const next = mark === undefined ? newLoopMark(hash, now, 1) : countArrival(mark)
  return next === undefined
    ? { kind: 'loop' }
    : { kind: 'fine', cookies: [formatLoopMark(next, https)] }
}

function answerLoop(
  c: Context,
  visit: Visit,
  target: Target,
  deps: LoginDependencies,
): Promise<Response> {
  const url = new URL(target.url)
  const reach = deps.reach(url.hostname)
  const ownHost = deps.publicUrl.hostname
  // Signed in here, so what is lost is the cookie of the application's host.
  const [cookie, host] =
    reach.kind === 'own' && visit.current.kind === 'session'
      ? [{ ...deps.cookie, domain: reach.domain }, url.hostname]
      : [deps.cookie, ownHost]
  const { missingAt, causes } = explainLoop(visit.current.kind, url, cookie, host)
  const decisionId = deps.newDecisionId()
  const fields = { host: url.host, cookie: deps.cookie.name, missingAt, decisionId }
  deps.log.warn('login.loop', { ...fields, address: deps.clientAddress(c) })
  const content = {
    cookieName: deps.cookie.name,
    missingAt,
    applicationHost: url.host,
    causes,
    retryUrl: linkTo('/login', target, deps),
    decisionId,
  }
  const cookies = [formatLoopMarkRemoval(deps.cookie.https)]
  return answerPage(c, (frame) => loginLoopPage(frame, content), { status: 400, cookies }, deps)
}

/** Our path on the target's host was not led to us: every login for that host would end nowhere. */
function answerNoWay(c: Context, target: Target, deps: LoginDependencies): Promise<Response> {
  const { host } = new URL(target.url)
  const path = `${deps.handOffPath}/`
  const problem: Problem = {
    status: 400,
    title: 'hand-off.title',
    explanation: [['hand-off.not-routed', { host, path }]],
    event: { name: 'handoff.not_routed', fields: { host, path } },
  }
  return answerProblem(c, problem, deps)
}

/** The only provider; whoever is signed in but has to show more does it where they signed in. */
function singleWay(
  current: Visit['current'] | undefined,
  { providers, verifyLocal }: LoginDependencies,
): LoginProvider | undefined {
  const [only] = providers
  if (providers.length === 1 && verifyLocal === undefined) return only
  if (current?.kind !== 'session') return undefined
  return providers.find(({ provider }) => provider.id === current.session.identity.provider)
}

/** `GET /login`: back at once when signed in, else to the only provider, else the page to choose on. */
const createLogin =
  (deps: LoginDependencies) =>
  async (c: Context): Promise<Response> => {
    const query = queryOf(c)
    const target = readTarget(query.getAll('rd'), deps)
    if (isOwnPath(target, deps)) return answerNoWay(c, target, deps)
    const visit = await readVisit(c, deps)
    const selectAccount = asksForAnotherAccount(query)
    const { current } = visit
    const demand = readDemand(query, target, deps)
    const allowed =
      current.kind === 'session' && deps.judgeSignIn(current.session.identity).kind === 'allowed'
    const signedIn = allowed && missingNeeds(demand ?? {}, current.session, deps.now()).length === 0
    // Our own page sends nobody back here, so only a target that was asked for can be part of a loop.
    const counts = target.asked && !selectAccount
    const arrival: Arrival = counts
      ? countVisit(visit, target, signedIn, deps)
      : { kind: 'fine', cookies: [] }
    if (arrival.kind === 'loop') return answerLoop(c, visit, target, deps)
    const { cookies } = arrival
    if (signedIn && !selectAccount) return redirect(302, wayTo(target, deps), { cookies })
    const single = singleWay(allowed && !selectAccount ? current : undefined, deps)
    if (single !== undefined) {
      return beginLogin(c, single, { visit, target, selectAccount, demand, cookies }, deps)
    }
    const further = needQuery(query)
    return answerLoginPage(c, { visit, target, selectAccount, further, status: 200, cookies }, deps)
  }

/** `GET /login/:provider`. */
const createBegin =
  (deps: LoginDependencies) =>
  async (c: Context): Promise<Response> => {
    const entry = deps.providers.find(({ provider }) => provider.id === c.req.param('provider'))
    const query = queryOf(c)
    const target = readTarget(query.getAll('rd'), deps)
    if (entry === undefined) {
      const problem: Problem = {
        status: 404,
        title: 'unknown-provider.title',
        explanation: ['unknown-provider.explanation'],
        next: { label: 'action.sign-in', url: linkTo('/login', target, deps) },
      }
      return answerProblem(c, problem, deps)
    }
    const visit = await readVisit(c, deps)
    const selectAccount = asksForAnotherAccount(query)
    const demand = readDemand(query, target, deps)
    return beginLogin(c, entry, { visit, target, selectAccount, demand, cookies: [] }, deps)
  }

function addOwnAccounts(
  routes: Hono,
  own: NonNullable<LoginDependencies['ownAccounts']>,
  deps: LoginDependencies,
): void {
  addPasskeyScript(routes)
  routes.get('/login/passkey/options', createPasskeyOptions(own, deps))
  routes.post('/login/passkey', createPasskeyLogin(own, deps))
  routes.post('/login/second', createSecondFactor(own, deps))
}

/**
 * Makes the login routes: `/login`, `/login/:provider`, `/login/local`, each provider's callback path,
 * `/logout`, `/signed-out` and `/signed-in`, to be mounted at the base path.
 *
 * A fault of the store rejects: the caller's error boundary answers it.
 *
 * @throws Error when two providers share an id or a callback path
 */
export function createLoginRoutes(deps: LoginDependencies): Hono {
  const paths = deps.providers.map(({ callbackPath }) => callbackPath)
  const ids = deps.providers.map(({ provider }) => provider.id)
  if (
    new Set(paths).size < paths.length ||
    new Set([...ids, ...ownWays]).size < ids.length + ownWays.length
  ) {
    throw new Error('Cannot offer these providers: expected unique ids and callback paths')
  }
  const routes = new Hono()
  for (const path of ['/login', '/login/*', '/handoff', ...paths])
    routes.use(path, refuseCookieExcess(deps))
  routes.get('/login', createLogin(deps))
  if (deps.verifyLocal) routes.post('/login/local', createLocalLogin(deps.verifyLocal, deps))
  if (deps.ownAccounts) addOwnAccounts(routes, deps.ownAccounts, deps)
  // Where a form that was sent before leaves the address bar: a reload must not end at "not found".
  for (const path of ['/login/local', '/login/passkey', '/login/second'])
    routes.get(path, () => redirect(302, linkTo('/login', undefined, deps)))
  routes.get('/login/:provider', createBegin(deps))
  for (const entry of deps.providers) routes.get(entry.callbackPath, createCallback(entry, deps))
  routes.get('/handoff', createHandOff(deps))
  const logout = createLogout(deps)
  routes.get('/logout', logout.ask)
  routes.post('/logout', logout.end)
  const own = createOwnPages(deps)
  routes.get('/signed-out', own.signedOut)
  routes.get('/signed-in', own.signedIn)
  return routes
}
