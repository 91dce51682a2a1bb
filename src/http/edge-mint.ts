// Makes the tokens of edge auth: for the browser of a session, and for a command line that gets a session of its own.

import { commandLineAudience } from '../access/edge-credential.ts'
import type { Hash, Session } from '../ports/store.ts'
import { accountIdOf } from '../protocol/account-id.ts'
import { edgeCookieName } from '../protocol/edge-token.ts'
import { formatSetCookie } from '../protocol/set-cookie.ts'
import { type EpochSeconds, epochSeconds, later, type Seconds, seconds } from '../protocol/time.ts'
import type { Place, RelayDependencies } from './relay-place.ts'

const endOf = (session: EpochSeconds, now: EpochSeconds, lifetime: Seconds): EpochSeconds =>
  epochSeconds(Math.min(session, later(now, lifetime)))

/** The `Set-Cookie` value of `CF_Authorization`: as far as the session cookie goes, and as long as the session. */
export async function formatEdgeCookie(
  session: Session,
  place: Place,
  deps: RelayDependencies,
): Promise<string> {
  const now = deps.now()
  const expiresAt = endOf(session.expiresAt, now, deps.lifetime)
  const { identity } = session
  const token = await deps.tokens.sign(
    {
      kind: 'browser',
      subject: accountIdOf(identity),
      email: identity.email,
      audience: deps.audienceOf(place.host),
      session: session.idHash,
      id: deps.randomToken(),
      expiresAt,
    },
    now,
  )
  return formatSetCookie({
    name: edgeCookieName,
    value: token,
    maxAge: seconds(expiresAt - now),
    domain: place.cookie.domain,
    secure: place.cookie.https,
  })
}

export type CommandLineToken = {
  readonly token: string
  readonly expiresIn: Seconds
  /** By which it is listed, and ended by itself. */
  readonly session: Hash
}

/**
 * A token for a command line and this one host. It has a session of its own, which ends with the login's, or alone
 * (R54).
 *
 * @returns undefined when the login has ended meanwhile
 */
export async function issueCommandLineToken(
  session: Session,
  place: Place,
  deps: RelayDependencies,
): Promise<CommandLineToken | undefined> {
  const now = deps.now()
  const id = deps.randomToken()
  const host = place.host.value
  const idHash = deps.hashOf(`command-line:${id}`)
  const opened = await deps.store.sessions.openForHost({
    idHash,
    login: session.handedOff?.login ?? session.idHash,
    audience: commandLineAudience(host),
    now,
  })
  if (opened.kind === 'unknown') return undefined
  const expiresAt = endOf(opened.expiresAt, now, deps.relayLifetime)
  const { identity } = session
  const token = await deps.tokens.sign(
    {
      kind: 'command-line',
      subject: accountIdOf(identity),
      email: identity.email,
      audience: [host],
      session: idHash,
      id,
      expiresAt,
    },
    now,
  )
  return { token, expiresIn: seconds(expiresAt - now), session: idHash }
}
