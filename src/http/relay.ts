// The relay: a person lets a command line on their own machine use a gateway (security.md R51-R58).

import { type Context, Hono, type MiddlewareHandler } from 'hono'
import { relayPage } from '../pages/relay.ts'
import type { Session } from '../ports/store.ts'
import { missingNeeds } from '../protocol/assurance.ts'
import { accountLabel } from './decision-reply.ts'
import { formatEdgeCookie } from './edge-mint.ts'
import { accountKey, queryOf } from './login-context.ts'
import { answerRelayPage, denied, expired, incomplete, notSignedIn } from './relay-answers.ts'
import { answerClick } from './relay-click.ts'
import { answerExchange } from './relay-exchange.ts'
import {
  findSession,
  isAllowed,
  type Place,
  type RelayDependencies,
  readPlace,
  refuseTooMany,
} from './relay-place.ts'
import { rememberQuestion, rememberWish, takeWish, type Wish } from './relay-transaction.ts'
import { redirect } from './reply.ts'

export const relayPath = '/auth/connect'

/** Where command lines exchange a one-time code. */
export const exchangePath = `${relayPath}/token`

const portPattern = /^[0-9]{4,5}$/
const codePattern = /^[A-Z0-9]{3,8}-[A-Z0-9]{3,8}$/

/** What the command line asks for, when it is whole and well-formed (R51). */
function readWish(query: URLSearchParams): Wish | undefined {
  const [text = '', ...morePorts] = query.getAll('callback_port')
  const [code = '', ...moreCodes] = query.getAll('code')
  if (morePorts.length > 0 || moreCodes.length > 0) return undefined
  if (!portPattern.test(text) || !codePattern.test(code)) return undefined
  const port = Number(text)
  return port >= 1024 && port <= 65_535 ? { port, code } : undefined
}

/** Whether the person signed in as the gateway's rule wants it; the login sees to it otherwise. */
const isSure = (session: Session, place: Place, deps: RelayDependencies): boolean => {
  const demand = deps.demandOf?.(`${place.origin}${relayPath}`, 'GET')
  return demand === undefined || missingNeeds(demand, session, deps.now()).length === 0
}

type Showing = {
  readonly session: Session
  readonly wish: Wish
  readonly cookies: readonly string[]
}

/** Asks the person, and gives their browser the cookie that the gateway's own pages go by. */
async function ask(
  c: Context,
  { session, wish, cookies }: Showing,
  place: Place,
  deps: RelayDependencies,
): Promise<Response> {
  if (!isAllowed(session, place, deps)) return denied(c, session, place, deps)
  const question = { ...wish, host: place.host.value, session: session.idHash }
  const begun = await rememberQuestion(question, place, deps)
  const edgeCookie = await formatEdgeCookie(session, place, deps)
  const account = accountKey(session.identity)
  deps.log.info('relay.asked', { account, host: place.host.value, port: wish.port })
  return answerRelayPage(
    c,
    (frame) =>
      relayPage(frame, {
        account: accountLabel(session.identity),
        gateway: place.host.value,
        ...wish,
        action: relayPath,
        state: begun.state,
      }),
    { port: wish.port, cookies: [...cookies, ...begun.cookies, edgeCookie] },
    deps,
  )
}

/** `GET /auth/connect?callback_port=&code=`: the question, or first the login. */
async function start(c: Context, place: Place, deps: RelayDependencies): Promise<Response> {
  const wish = readWish(queryOf(c))
  if (wish === undefined) return incomplete(c, place, deps)
  const session = await findSession(place, deps)
  const limited = await refuseTooMany(c, session, deps)
  if (limited !== undefined) return limited
  if (session !== undefined && isSure(session, place, deps)) {
    return ask(c, { session, wish, cookies: [] }, place, deps)
  }
  const { state, cookies } = await rememberWish(wish, place, deps)
  const back = `${place.origin}${relayPath}?relay=${state}`
  const login = `${deps.publicUrl.href}/login?rd=${encodeURIComponent(back)}`
  return redirect(307, login, { cookies })
}

/** `GET /auth/connect?relay=`: back from the login. */
async function goOn(c: Context, place: Place, deps: RelayDependencies): Promise<Response> {
  const [state, ...more] = queryOf(c).getAll('relay')
  const taken = more.length === 0 ? await takeWish(state, place, deps) : undefined
  if (taken === undefined) return expired(c, place, deps)
  const session = await findSession(place, deps)
  // Once more would be for ever: the cookie of the login does not get here, or the login was not what is wanted.
  if (session === undefined || !isSure(session, place, deps)) return notSignedIn(c, place, deps)
  return ask(c, { session, wish: taken.content, cookies: taken.cookies }, place, deps)
}

type Answer = (c: Context, place: Place, deps: RelayDependencies) => Promise<Response>

/** Makes the routes. They answer on gateways, and leave every other host to whatever comes next. */
export function createRelayRoutes(deps: RelayDependencies): Hono {
  const at =
    (answer: Answer): MiddlewareHandler =>
    async (c, next) => {
      const place = readPlace(c, deps)
      return place === undefined ? next() : answer(c, place, deps)
    }
  const routes = new Hono()
  routes.get(
    relayPath,
    at((c, place) => (queryOf(c).has('relay') ? goOn : start)(c, place, deps)),
  )
  routes.post(relayPath, at(answerClick))
  routes.post(exchangePath, at(answerExchange))
  return routes
}
