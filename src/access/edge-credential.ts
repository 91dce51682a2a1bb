// A token of edge auth -> Authentication: genuine, of a kind that counts here, for this host, of a session that lives.

import type { EdgeTokens, VerifiedEdgeToken } from '../ports/edge-tokens.ts'
import type { MaybePromise } from '../ports/runtime.ts'
import type { Session, SessionStore } from '../ports/store.ts'
import type { EdgeCredential } from '../protocol/credentials.ts'
import { type EdgeTokenRejection, matchesHost } from '../protocol/edge-token.ts'
import type { Identity } from '../protocol/identity.ts'
import type { EpochSeconds, Seconds } from '../protocol/time.ts'

export type EdgeCredentialPorts = {
  readonly sessions: Pick<SessionStore, 'find'>
  /** Undefined: edge auth is off, and its tokens are nothing. */
  readonly edgeTokens?: Pick<EdgeTokens, 'verify'> | undefined
  readonly idle: Seconds
  readonly sessionSeen: (session: Session, now: EpochSeconds) => void
}

export type EdgeRejection =
  | EdgeTokenRejection
  | 'unknown-session'
  | 'expired-session'
  | 'idle-session'
  | 'session-of-another-host'

export type EdgeAuthentication =
  | { readonly kind: 'anonymous' }
  | { readonly kind: 'authenticated'; readonly identity: Identity; readonly assurance: Session }
  | { readonly kind: 'rejected'; readonly reason: EdgeRejection; readonly credential: 'session' }

/** What the session of a command line was opened for: no cookie of a browser is ever good for that. */
export const commandLineAudience = (host: string): string => `cli:${host}`

/** The gateway of a command line's session; undefined for every other session. */
export function commandLineHost({ handedOff }: Session): string | undefined {
  const audience = handedOff?.audience ?? ''
  return audience.startsWith('cli:') ? audience.slice('cli:'.length) : undefined
}

const anonymous: EdgeAuthentication = { kind: 'anonymous' }

const rejected = (reason: EdgeRejection): EdgeAuthentication => ({
  kind: 'rejected',
  reason,
  credential: 'session',
})

function judgeLiving(
  session: Session | undefined,
  audience: string | undefined,
  ports: EdgeCredentialPorts,
  now: EpochSeconds,
): EdgeAuthentication {
  if (session === undefined) return rejected('unknown-session')
  if (session.handedOff?.audience !== audience) return rejected('session-of-another-host')
  if (session.expiresAt <= now) return rejected('expired-session')
  if (ports.idle > 0 && session.lastSeenAt + ports.idle <= now) return rejected('idle-session')
  ports.sessionSeen(session, now)
  return { kind: 'authenticated', identity: session.identity, assurance: session }
}

function judgeToken(
  token: VerifiedEdgeToken,
  credential: EdgeCredential,
  ports: EdgeCredentialPorts,
  now: EpochSeconds,
): MaybePromise<EdgeAuthentication> {
  const { host } = credential
  // Not a fault of the token: shown by a page of another site, or where people are and no command line.
  if (!credential.counts[token.kind]) return anonymous
  if (!matchesHost(token.audience, host)) return rejected('session-of-another-host')
  const audience = token.kind === 'browser' ? credential.audience : commandLineAudience(host)
  const session = ports.sessions.find(token.session)
  return session instanceof Promise
    ? session.then((found) => judgeLiving(found, audience, ports, now))
    : judgeLiving(session, audience, ports, now)
}

/**
 * Establishes who shows a token of edge auth. The session is looked up each time: the token dies with it.
 *
 * Synchronous when the ports are. A fault of a port is thrown, or rejects.
 *
 * @see security.md R26, R54
 */
export function authenticateEdge(
  credential: EdgeCredential,
  ports: EdgeCredentialPorts,
  now: EpochSeconds,
): MaybePromise<EdgeAuthentication> {
  if (ports.edgeTokens === undefined) return anonymous
  const judge = (answer: Awaited<ReturnType<EdgeTokens['verify']>>) => {
    if (answer.kind === 'verified') return judgeToken(answer.token, credential, ports, now)
    return rejected(answer.reason === 'expired' ? 'expired-session' : answer.reason)
  }
  const answer = ports.edgeTokens.verify(credential.token, now)
  return answer instanceof Promise ? answer.then(judge) : judge(answer)
}
