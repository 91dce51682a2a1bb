// Does the browser come back again and again although it signed in? Then say which cookie is lost, and why.

import type { Phrase } from '../appearance/messages.ts'
import type { Hash } from '../ports/store.ts'
import type { Cookies } from '../protocol/cookies.ts'
import { formatSetCookie } from '../protocol/set-cookie.ts'
import { type EpochSeconds, epochSeconds, seconds } from '../protocol/time.ts'
import { hostCookieName } from './flow-cookie.ts'
import type { CurrentSession, SessionCookieSettings } from './session-cookie.ts'

const window = seconds(60)
const tolerated = 2
const markLength = 12

/** How often the browser came back for one target since it was sent there signed in. */
export type LoopMark = {
  readonly since: EpochSeconds
  readonly arrivals: number
  /** Start of the target's hash: several tabs with different pages are no loop. */
  readonly target: string
}

const nameOf = (https: boolean) => hostCookieName('sallyport-loop', https)

export const formatLoopMark = (mark: LoopMark, https: boolean): string =>
  formatSetCookie({
    name: nameOf(https),
    value: `${mark.since}.${mark.arrivals}.${mark.target}`,
    maxAge: window,
    domain: undefined,
    secure: https,
  })

export const formatLoopMarkRemoval = (https: boolean): string =>
  formatSetCookie({
    name: nameOf(https),
    value: '',
    maxAge: seconds(0),
    domain: undefined,
    secure: https,
  })

/** The mark for this target, when it is not older than a minute. */
export function readLoopMark(
  cookies: Cookies,
  targetHash: Hash,
  now: EpochSeconds,
  https: boolean,
): LoopMark | undefined {
  if (cookies.kind === 'refused') return undefined
  const found = cookies.get(nameOf(https))
  if (found.kind !== 'one') return undefined
  const parts = /^([0-9]{1,12})\.([0-9]{1,3})\.([\w-]{12})$/.exec(found.value)
  if (parts?.[3] !== targetHash.slice(0, markLength)) return undefined
  const since = epochSeconds(Number(parts[1]))
  if (since > now || now - since >= window) return undefined
  return { since, arrivals: Number(parts[2]), target: parts[3] }
}

/** The mark of a browser that was sent to a target for the first time. */
export const newLoopMark = (targetHash: Hash, now: EpochSeconds, arrivals: 0 | 1): LoopMark => ({
  since: now,
  arrivals,
  target: targetHash.slice(0, markLength),
})

/** One more arrival; `undefined` when that is once too often. */
export const countArrival = (mark: LoopMark): LoopMark | undefined =>
  mark.arrivals >= tolerated ? undefined : { ...mark, arrivals: mark.arrivals + 1 }

const isCovered = (host: string, domain: string) => host === domain || host.endsWith(`.${domain}`)

/** Why the cookie may not reach the application although it arrives here. */
function causesAtApplication(
  target: URL,
  cookie: SessionCookieSettings,
  ownHost: string,
): readonly Phrase[] {
  const host = target.hostname
  const causes: Phrase[] = []
  if (cookie.domain === undefined && host !== ownHost) {
    causes.push(['loop.cause.own-host', { own: ownHost, host }])
  }
  if (cookie.domain !== undefined && !isCovered(host, cookie.domain)) {
    causes.push(['loop.cause.below', { domain: cookie.domain, host }])
  }
  if (cookie.https && target.protocol === 'http:') {
    causes.push('loop.cause.application-http')
  }
  causes.push('loop.cause.proxy-asks', 'loop.cause.instance')
  return causes
}

/** Why the cookie may not come back to us. */
function causesHere(cookie: SessionCookieSettings, ownHost: string): readonly Phrase[] {
  const causes: Phrase[] = ['loop.cause.blocked']
  if (cookie.domain !== undefined && !isCovered(ownHost, cookie.domain)) {
    causes.unshift(['loop.cause.not-part', { domain: cookie.domain, own: ownHost }])
  }
  if (cookie.https) {
    causes.push('loop.cause.own-http')
  }
  causes.push('loop.cause.proxy-here')
  return causes
}

/**
 * What the loop page says: where the cookie is missing, and possible causes, the most certain first.
 *
 * @param arrived what came of the session cookie in the request that closed the loop
 */
export function explainLoop(
  arrived: CurrentSession['kind'],
  target: URL,
  cookie: SessionCookieSettings,
  ownHost: string,
): { readonly missingAt: 'here' | 'application'; readonly causes: readonly Phrase[] } {
  if (arrived === 'session') {
    return { missingAt: 'application', causes: causesAtApplication(target, cookie, ownHost) }
  }
  const causes = causesHere(cookie, ownHost)
  return {
    missingAt: 'here',
    causes: arrived === 'conflict' ? ['loop.cause.twice', ...causes] : causes,
  }
}
