// The cookie that ties one trip to one browser: to a provider and back, or to the login host and back
// (security.md R17, R24, R33, R34).

import type { Hash } from '../ports/store.ts'
import type { Cookies } from '../protocol/cookies.ts'
import { formatSetCookie } from '../protocol/set-cookie.ts'
import { type EpochSeconds, type Seconds, seconds } from '../protocol/time.ts'

export const flowLifetime = seconds(600)
const maxFlowsPerBrowser = 5
const timeDigits = 7
const idLength = 8

/** A host-only cookie's name: browsers let nobody else set a `__Host-` cookie, but refuse it over plain http. */
export const hostCookieName = (name: string, https: boolean): string =>
  https ? `__Host-${name}` : name

/** Which trip a browser is on; each has cookies of its own. */
export type Trip = {
  readonly name: 'flow' | 'hop' | 'relay'
  readonly lifetime: Seconds
}

/** To a provider and back. */
const loginTrip: Trip = { name: 'flow', lifetime: flowLifetime }

/** To the login host and back, which takes no click: a slow network is all it has to survive. */
export const hopTrip: Trip = { name: 'hop', lifetime: seconds(60) }

const prefixOf = (trip: Trip, https: boolean) => hostCookieName(`sallyport-${trip.name}-`, https)

// The time comes first so that names sort by age; the id is derived from the state that will come back.
const flowCookieName = (trip: Trip, stateHash: Hash, now: EpochSeconds, https: boolean): string => {
  const time = now.toString(36).padStart(timeDigits, '0')
  return `${prefixOf(trip, https)}${time}${stateHash.slice(0, idLength)}`
}

/** The `Set-Cookie` value that removes a flow cookie. */
export const formatFlowCookieRemoval = (name: string, https: boolean): string =>
  formatSetCookie({ name, value: '', maxAge: seconds(0), domain: undefined, secure: https })

function flowNames(cookies: Cookies, trip: Trip, https: boolean): readonly string[] {
  if (cookies.kind === 'refused') return []
  const prefix = prefixOf(trip, https)
  const length = prefix.length + timeDigits + idLength
  const own = cookies.names().filter((name) => name.startsWith(prefix) && name.length === length)
  return [...new Set(own)].filter((name) => /^[\w-]+$/.test(name)).toSorted()
}

/**
 * The `Set-Cookie` values for a new flow: its own cookie, and the removal of the oldest ones when this browser
 * has five logins under way already.
 *
 * @param secret 256 random bits that only this browser gets
 */
export function formatFlowCookies(
  cookies: Cookies,
  flow: { readonly stateHash: Hash; readonly secret: string; readonly now: EpochSeconds },
  https: boolean,
  trip: Trip = loginTrip,
): readonly string[] {
  const pending = flowNames(cookies, trip, https)
  const surplus = pending.slice(0, Math.max(0, pending.length - maxFlowsPerBrowser + 1))
  const own = formatSetCookie({
    name: flowCookieName(trip, flow.stateHash, flow.now, https),
    value: flow.secret,
    maxAge: trip.lifetime,
    domain: undefined,
    secure: https,
  })
  return [...surplus.map((name) => formatFlowCookieRemoval(name, https)), own]
}

/** The flow cookie that belongs to a state; undefined when it did not come or came with two values (R18). */
export function findFlowCookie(
  cookies: Cookies,
  stateHash: Hash,
  https: boolean,
  trip: Trip = loginTrip,
): { readonly name: string; readonly secret: string } | undefined {
  if (cookies.kind === 'refused') return undefined
  const id = stateHash.slice(0, idLength)
  const names = flowNames(cookies, trip, https).filter((name) => name.endsWith(id))
  const [name] = names
  if (name === undefined || names.length > 1) return undefined
  const found = cookies.get(name)
  return found.kind === 'one' ? { name, secret: found.value } : undefined
}
