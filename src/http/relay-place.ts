// The gateway host that a relay request is for, and who is signed in there.

import type { Context } from 'hono'
import type { NotAllowed } from '../access/policy.ts'
import type { EdgeTokens } from '../ports/edge-tokens.ts'
import type { Session } from '../ports/store.ts'
import { type Cookies, parseCookies } from '../protocol/cookies.ts'
import type { Host } from '../protocol/host.ts'
import type { Identity } from '../protocol/identity.ts'
import type { Seconds } from '../protocol/time.ts'
import { answerLimited, type LoginDependencies } from './login-context.ts'
import { readSessionCookie, type SessionCookieSettings } from './session-cookie.ts'

export type RelayDependencies = LoginDependencies & {
  readonly tokens: EdgeTokens
  readonly isGateway: (host: Host) => boolean
  /** Which hosts a browser's token that is made on this one is good for, this one first. */
  readonly audienceOf: (host: Host) => readonly string[]
  /** Of a browser's token; it never outlives the session. */
  readonly lifetime: Seconds
  /** Of a command line's token. */
  readonly relayLifetime: Seconds
  /** The host that was asked, in canonical form. */
  readonly requestHost: (c: Context) => Host | undefined
  /** Why an identity may not use what is at this address; undefined when it may. Asked anew each time. */
  readonly judge: (identity: Identity, url: string) => NotAllowed | undefined
  /** Counts a start of this address or session; the time to wait when that was one too many (R58). */
  readonly countStart: (key: string) => Promise<Seconds | undefined>
}

export type Place = {
  readonly host: Host
  /** From the configuration's scheme and a host that it knows: nothing of it is the client's word. */
  readonly origin: string
  /** What a session must have been opened for; undefined: a login session. */
  readonly audience: string | undefined
  /** As this host's session cookie is set. */
  readonly cookie: SessionCookieSettings
  readonly cookies: Cookies
}

/** The gateway that was asked; undefined when the host is none. */
export function readPlace(c: Context, deps: RelayDependencies): Place | undefined {
  const host = deps.requestHost(c)
  if (host === undefined || !deps.isGateway(host)) return undefined
  const reach = deps.reach(host.hostname)
  const { name, https, domain } = deps.cookie
  return {
    host,
    origin: `${https ? 'https' : 'http'}://${host.value}`,
    audience: reach.kind === 'own' ? reach.audience : undefined,
    cookie: { name, https, domain: reach.kind === 'own' ? reach.domain : domain },
    cookies: parseCookies(c.req.raw.headers.get('Cookie') ?? undefined),
  }
}

/** The session that is good on this host now; undefined: nobody is signed in here. */
export async function findSession(
  place: Place,
  deps: RelayDependencies,
): Promise<Session | undefined> {
  const lookup = readSessionCookie(place.cookies, place.cookie)
  if (lookup.kind !== 'one') return undefined
  const session = await deps.store.sessions.find(deps.hashOf(lookup.value))
  const now = deps.now()
  if (session === undefined || session.handedOff?.audience !== place.audience) return undefined
  if (session.expiresAt <= now) return undefined
  const { idle } = deps.session
  return idle > 0 && session.lastSeenAt + idle <= now ? undefined : session
}

/** Whether the person may use this gateway: everybody's list and the gateway's own (X16). */
export const isAllowed = (session: Session, place: Place, deps: RelayDependencies): boolean =>
  deps.judge(session.identity, `${place.origin}/`) === undefined

/** 429 when this address, or this session, began too often (R58); otherwise undefined. */
export async function refuseTooMany(
  c: Context,
  session: Session | undefined,
  deps: RelayDependencies,
): Promise<Response | undefined> {
  const keys = [deps.clientAddress(c), ...(session === undefined ? [] : [session.idHash])]
  const waits = await Promise.all(keys.map(deps.countStart))
  const retryAfter = waits.find((wait) => wait !== undefined)
  return retryAfter === undefined ? undefined : answerLimited(c, retryAfter, deps)
}
