// Takes a login over on a host that its cookie does not reach: the side of that host (security.md R24, R31).
// The paths are ours, so the code never gets to the application.

import { type Context, Hono, type MiddlewareHandler } from 'hono'
import type { HandOff } from '../ports/store.ts'
import { type Cookies, parseCookies } from '../protocol/cookies.ts'
import type { Host } from '../protocol/host.ts'
import { parseReturnUrl } from '../protocol/return-url.ts'
import { seconds } from '../protocol/time.ts'
import {
  findFlowCookie,
  formatFlowCookieRemoval,
  formatFlowCookies,
  hopTrip,
} from './flow-cookie.ts'
import { browserHashOf } from './hand-off.ts'
import { answerProblem, type LoginDependencies, queryOf } from './login-context.ts'
import { redirect } from './reply.ts'
import {
  formatSessionCookie,
  formatSessionCookieRemoval,
  readSessionCookie,
  type SessionCookieSettings,
} from './session-cookie.ts'

export type HostSessionDependencies = LoginDependencies & {
  /** The host that was asked, in canonical form. */
  readonly requestHost: (c: Context) => Host | undefined
}

type Place = {
  readonly host: Host
  readonly origin: string
  readonly audience: string
  /** As this host's session cookie is set. */
  readonly cookie: SessionCookieSettings
  readonly cookies: Cookies
}

function readPlace(c: Context, deps: HostSessionDependencies): Place | undefined {
  const host = deps.requestHost(c)
  if (host === undefined) return undefined
  const reach = deps.reach(host.hostname)
  if (reach.kind !== 'own') return undefined
  const { name, https } = deps.cookie
  return {
    host,
    origin: `${https ? 'https' : 'http'}://${host.value}`,
    audience: reach.audience,
    cookie: { name, https, domain: reach.domain },
    cookies: parseCookies(c.req.raw.headers.get('Cookie') ?? undefined),
  }
}

/** An address of this very host, or its start page. */
function readOwnTarget(c: Context, place: Place, deps: HostSessionDependencies): string {
  const given = queryOf(c).getAll('rd')
  const parsed = given.length === 1 ? parseReturnUrl(given[0] ?? '', deps.returns) : undefined
  const isOwn = parsed?.kind === 'return-url' && parsed.origin === place.origin
  return isOwn ? parsed.value : `${place.origin}/`
}

type Refusal = 'unknown-code' | 'other-host' | 'other-browser'

const refuse = (c: Context, reason: Refusal, place: Place, deps: HostSessionDependencies) =>
  answerProblem(
    c,
    {
      status: 400,
      title: 'hand-off.title',
      explanation: ['hand-off.explanation'],
      next: { label: 'action.start-again', url: `${place.origin}/` },
      event: { name: 'handoff.refused', fields: { reason, host: place.host.value } },
    },
    deps,
  )

/** `GET /start?rd=<target>`: remembers this browser, and asks the login host for a code. */
function start(c: Context, place: Place, deps: HostSessionDependencies): Response {
  const target = readOwnTarget(c, place, deps)
  const secret = deps.randomToken()
  const browser = browserHashOf(secret, deps)
  const trip = { stateHash: browser, secret, now: deps.now() }
  const cookies = formatFlowCookies(place.cookies, trip, deps.cookie.https, hopTrip)
  const query = `rd=${encodeURIComponent(target)}&browser=${browser}`
  return redirect(302, `${deps.publicUrl.href}/handoff?${query}`, { cookies })
}

/** The code's record, when it is for this host and was asked for by this browser. It is spent in any case. */
async function redeem(
  c: Context,
  place: Place,
  deps: HostSessionDependencies,
): Promise<{ readonly handOff: HandOff; readonly hop: string } | Refusal> {
  const [code = '', ...more] = queryOf(c).getAll('code')
  if (!/^[\w-]{43}$/.test(code) || more.length > 0) return 'unknown-code'
  const handOff = await deps.store.handOffs.redeem(deps.hashOf(code), deps.now())
  if (handOff === undefined) return 'unknown-code'
  if (new URL(handOff.target).host !== place.host.value) return 'other-host'
  const { browserHash } = handOff
  const hop = findFlowCookie(place.cookies, browserHash, deps.cookie.https, hopTrip)
  // The name holds a part of the hash only; the value has to give all of it.
  const same = hop !== undefined && browserHashOf(hop.secret, deps) === browserHash
  return same ? { handOff, hop: hop.name } : 'other-browser'
}

/** Ends the session of this host that the browser had before: its cookie is about to be replaced. */
async function endPrevious(place: Place, deps: HostSessionDependencies): Promise<void> {
  const previous = readSessionCookie(place.cookies, place.cookie)
  if (previous.kind !== 'one') return
  const idHash = deps.hashOf(previous.value)
  const session = await deps.store.sessions.find(idHash)
  if (session?.handedOff?.audience === place.audience) await deps.store.sessions.end(idHash)
}

/** `GET /finish?code=<code>`: a session of this host, and on to the exact target. */
async function finish(c: Context, place: Place, deps: HostSessionDependencies): Promise<Response> {
  const redeemed = await redeem(c, place, deps)
  if (typeof redeemed === 'string') return refuse(c, redeemed, place, deps)
  const { handOff, hop } = redeemed
  const { target, login } = handOff
  const removal = formatFlowCookieRemoval(hop, deps.cookie.https)
  const id = deps.randomToken()
  const now = deps.now()
  const { audience, cookie } = place
  const opened = await deps.store.sessions.openForHost({
    idHash: deps.hashOf(id),
    login,
    audience,
    now,
  })
  if (opened.kind === 'unknown') {
    const again = `${deps.publicUrl.href}/login?rd=${encodeURIComponent(target)}`
    return redirect(302, again, { cookies: [removal] })
  }
  await endPrevious(place, deps)
  deps.log.info('handoff.ok', { host: place.host.value, address: deps.clientAddress(c) })
  // Two cookies of one name: the leftover goes, or the new session would be a conflict at once (R18).
  const twice = readSessionCookie(place.cookies, cookie).kind === 'conflict'
  const leftovers = twice ? formatSessionCookieRemoval(cookie).slice(1) : []
  const session = formatSessionCookie(cookie, id, seconds(opened.expiresAt - now))
  return redirect(302, target, { cookies: [removal, ...leftovers, session] })
}

type Answer = (
  c: Context,
  place: Place,
  deps: HostSessionDependencies,
) => Response | Promise<Response>

/**
 * Makes the routes, to be mounted at the hand-off path. They answer on hosts that need a session of their
 * own, and leave every other host to whatever comes next.
 */
export function createHostSessionRoutes(deps: HostSessionDependencies): Hono {
  const at =
    (answer: Answer): MiddlewareHandler =>
    async (c, next) => {
      const place = readPlace(c, deps)
      if (place === undefined) return next()
      return answer(c, place, deps)
    }
  const routes = new Hono()
  routes.get('/start', at(start))
  routes.get('/finish', at(finish))
  return routes
}
