// The session cookie: an opaque id whose record is in the store (RFC 6265 §4.1, security.md R16-R20).

import type { Hash, Session, SessionStore } from '../ports/store.ts'
import type { CookieLookup, Cookies } from '../protocol/cookies.ts'
import { formatSetCookie } from '../protocol/set-cookie.ts'
import { type EpochSeconds, type Seconds, seconds } from '../protocol/time.ts'

export type SessionCookieSettings = {
  /** Full name, `__Host-` or `__Secure-` included. */
  readonly name: string
  /** Undefined: this host only. */
  readonly domain: string | undefined
  /** False in development over plain http only. */
  readonly https: boolean
}

/** The `Set-Cookie` value that keeps a session; `remaining` is what is left of its absolute life. */
export const formatSessionCookie = (
  settings: SessionCookieSettings,
  id: string,
  remaining: Seconds,
): string => formatSetCookie({ ...settings, secure: settings.https, value: id, maxAge: remaining })

/**
 * The `Set-Cookie` values that remove it: the one we set, and with a domain also one of this host alone,
 * which an earlier configuration may have left behind.
 */
export function formatSessionCookieRemoval(settings: SessionCookieSettings): readonly string[] {
  const removal = { ...settings, secure: settings.https, value: '', maxAge: seconds(0) }
  const own = formatSetCookie(removal)
  return settings.domain === undefined
    ? [own]
    : [own, formatSetCookie({ ...removal, domain: undefined })]
}

/** The session cookie of a request; `conflict` when it came twice with different values (R18). */
export const readSessionCookie = (
  cookies: Cookies,
  settings: SessionCookieSettings,
): CookieLookup => (cookies.kind === 'refused' ? { kind: 'conflict' } : cookies.get(settings.name))

export type CurrentSession =
  | { readonly kind: 'none' }
  | { readonly kind: 'conflict' }
  /** A cookie came, but its session is unknown, of another host, at its end, or was idle for too long. */
  | { readonly kind: 'over'; readonly id: string }
  | { readonly kind: 'session'; readonly id: string; readonly session: Session }

/** The browser's login session at `now`. Does not judge whether its account is still allowed. */
export async function findCurrentSession(
  lookup: CookieLookup,
  ports: {
    readonly sessions: Pick<SessionStore, 'find'>
    readonly hashOf: (value: string) => Hash
    /** 0: no idle limit. */
    readonly idle: Seconds
  },
  now: EpochSeconds,
): Promise<CurrentSession> {
  if (lookup.kind !== 'one') return lookup
  const id = lookup.value
  const session = await ports.sessions.find(ports.hashOf(id))
  if (session === undefined || session.expiresAt <= now) return { kind: 'over', id }
  // An application that kept the cookie of its own host would sign in everywhere with it (R24).
  if (session.handedOff !== undefined) return { kind: 'over', id }
  if (ports.idle > 0 && session.lastSeenAt + ports.idle <= now) return { kind: 'over', id }
  return { kind: 'session', id, session }
}
