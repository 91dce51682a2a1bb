// What a relay has to remember: on this host only, for one browser, to be taken once (R53, R55). It is kept where logins
// that have begun are kept: they are the same thing, a value to come back and a cookie that has to come along.

import type { Hash } from '../ports/hash.ts'
import { later, type Seconds, seconds } from '../protocol/time.ts'
import {
  findFlowCookie,
  formatFlowCookieRemoval,
  formatFlowCookies,
  type Trip,
} from './flow-cookie.ts'
import type { Place, RelayDependencies } from './relay-place.ts'

/** What the command line asked for. */
export type Wish = {
  /** Its port on the person's own machine. */
  readonly port: number
  readonly code: string
}

/** A question that was shown to a person. */
export type Question = Wish & {
  readonly host: string
  /** The session that it was shown to. */
  readonly session: Hash
}

// No provider has a colon in its id, so no login is ever taken for one of these.
type Purpose = { readonly name: ':relay' | ':relay-question'; readonly trip: Trip }

/** Until somebody has signed in. */
const waiting: Purpose = { name: ':relay', trip: { name: 'relay', lifetime: seconds(600) } }
/** Until the click. */
const asked: Purpose = { name: ':relay-question', trip: { name: 'relay', lifetime: seconds(120) } }

const maxPending = 10_000

const statePattern = /^[\w-]{43}$/

const browserHashOf = (secret: string, deps: RelayDependencies): Hash =>
  deps.hashOf(`relay:${secret}`)

type Begun = {
  /** Says which; secret, and worth nothing without the cookie. */
  readonly state: string
  readonly cookies: readonly string[]
}

async function begin(
  { name, trip }: Purpose,
  content: Wish | Question,
  place: Place,
  deps: RelayDependencies,
): Promise<Begun> {
  const [state, secret, now] = [deps.randomToken(), deps.randomToken(), deps.now()]
  const stateHash = deps.hashOf(state)
  const flow = {
    stateHash,
    browserHash: browserHashOf(secret, deps),
    provider: name,
    sealed: deps.seal(JSON.stringify(content), secret, name),
    target: place.origin,
    createdAt: now,
    expiresAt: later(now, trip.lifetime),
  }
  await deps.store.loginFlows.begin(flow, maxPending)
  const { https } = deps.cookie
  return {
    state,
    cookies: formatFlowCookies(place.cookies, { stateHash, secret, now }, https, trip),
  }
}

type Taken<Content> = { readonly content: Content; readonly cookies: readonly string[] }

async function take(
  { name, trip }: Purpose,
  state: string | undefined,
  place: Place,
  deps: RelayDependencies,
): Promise<Taken<unknown> | undefined> {
  if (state === undefined || !statePattern.test(state)) return undefined
  const { https } = deps.cookie
  const stateHash = deps.hashOf(state)
  const cookie = findFlowCookie(place.cookies, stateHash, https, trip)
  if (cookie === undefined) return undefined
  const { secret } = cookie
  const flows = deps.store.loginFlows
  const flow = await flows.take(stateHash, browserHashOf(secret, deps), name, deps.now())
  if (flow === undefined || flow.target !== place.origin) return undefined
  const text = deps.unseal(flow.sealed, secret, name)
  if (text === undefined) return undefined
  return { content: JSON.parse(text), cookies: [formatFlowCookieRemoval(cookie.name, https)] }
}

const isWish = (value: unknown): value is Wish =>
  typeof value === 'object' &&
  value !== null &&
  'port' in value &&
  typeof value.port === 'number' &&
  'code' in value &&
  typeof value.code === 'string'

const isQuestion = (value: unknown): value is Question =>
  isWish(value) &&
  'host' in value &&
  typeof value.host === 'string' &&
  'session' in value &&
  typeof value.session === 'string'

/** Remembers the wish while its person signs in elsewhere: only the state travels (R55). */
export const rememberWish = (wish: Wish, place: Place, deps: RelayDependencies): Promise<Begun> =>
  begin(waiting, wish, place, deps)

/** The wish, once, to the browser that brought it. */
export async function takeWish(
  state: string | undefined,
  place: Place,
  deps: RelayDependencies,
): Promise<Taken<Wish> | undefined> {
  const taken = await take(waiting, state, place, deps)
  return taken && isWish(taken.content) ? { ...taken, content: taken.content } : undefined
}

/** Remembers what was shown, for 120 seconds. */
export const rememberQuestion = (
  question: Question,
  place: Place,
  deps: RelayDependencies,
): Promise<Begun> => begin(asked, question, place, deps)

/** What was shown, once, to the browser and the session that it was shown to. */
export async function takeQuestion(
  state: string | undefined,
  session: Hash,
  place: Place,
  deps: RelayDependencies,
): Promise<Taken<Question> | undefined> {
  const taken = await take(asked, state, place, deps)
  if (taken === undefined || !isQuestion(taken.content)) return undefined
  const { content } = taken
  if (content.session !== session || content.host !== place.host.value) return undefined
  return { ...taken, content }
}

const alphabet = 'ABCDEFGHJKLMNPQRSTUVWXYZ23456789'
const codeLength = 12
const codeLifetime: Seconds = asked.trip.lifetime

/** What the program shows when it fetches its token itself: the code it began with, so that nobody else's will do. */
const confirmed = (code: string, deps: RelayDependencies): Hash => deps.hashOf(`relay-code:${code}`)

const exchangePurpose = ':relay-exchange'

const keyOf = (oneTimeCode: string, deps: RelayDependencies): string =>
  deps.hashOf(`relay-exchange-key:${oneTimeCode}`)

/** A code of 60 random bits that a person copies, `ABCD-EFGH-JKLM`; good once, for 120 seconds, with the program's own (R57). */
export async function issueOneTimeCode(
  question: Question,
  place: Place,
  deps: RelayDependencies,
): Promise<string> {
  const bytes = Buffer.from(deps.randomToken(), 'base64url').subarray(0, codeLength)
  const letters = [...bytes].map((byte) => alphabet[byte % alphabet.length]).join('')
  const oneTimeCode = letters.replace(/(.{4})(?=.)/g, '$1-')
  const now = deps.now()
  const flow = {
    stateHash: deps.hashOf(`relay-exchange:${oneTimeCode}`),
    browserHash: confirmed(question.code, deps),
    provider: exchangePurpose,
    sealed: deps.seal(JSON.stringify(question), keyOf(oneTimeCode, deps), exchangePurpose),
    target: place.origin,
    createdAt: now,
    expiresAt: later(now, codeLifetime),
  }
  await deps.store.loginFlows.begin(flow, maxPending)
  return oneTimeCode
}

/** What a one-time code stands for, once; undefined when it is not good here, now, with this code. */
export async function redeemOneTimeCode(
  oneTimeCode: string,
  code: string,
  place: Place,
  deps: RelayDependencies,
): Promise<Question | undefined> {
  const stateHash = deps.hashOf(`relay-exchange:${oneTimeCode}`)
  const browser = confirmed(code, deps)
  const flow = await deps.store.loginFlows.take(stateHash, browser, exchangePurpose, deps.now())
  if (flow === undefined || flow.target !== place.origin) return undefined
  const text = deps.unseal(flow.sealed, keyOf(oneTimeCode, deps), exchangePurpose)
  const content: unknown = text === undefined ? undefined : JSON.parse(text)
  return isQuestion(content) ? content : undefined
}
