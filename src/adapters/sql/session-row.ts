// A session as a row and back. A row that cannot be read is a fault: it must never pass for "no session".

import type { Session } from '../../ports/store.ts'
import { columnsOfIdentity, identityOfColumns } from './identity-row.ts'
import {
  isTextList,
  type SessionTable,
  storedHash,
  storedJson,
  storedMoment,
  unreadable,
} from './tables.ts'

/** The row that keeps a session. */
export const rowOfSession = (session: Session): SessionTable => ({
  id_hash: session.idHash,
  ...columnsOfIdentity(session.identity),
  created_at: session.createdAt,
  last_seen_at: session.lastSeenAt,
  expires_at: session.expiresAt,
  provider_session: session.providerSession ?? null,
  sealed_id_token: session.sealedIdToken ?? null,
  login_hash: session.handedOff?.login ?? null,
  audience: session.handedOff?.audience ?? null,
  factors: session.factors ?? 1,
  methods: session.methods === undefined ? null : JSON.stringify(session.methods),
  authenticated_at: session.authenticatedAt ?? null,
  user_agent: session.userAgent ?? null,
})

function methodsOf(text: string | null): readonly string[] | undefined {
  if (text === null) return undefined
  const methods = storedJson(text, 'session')
  if (!isTextList(methods)) throw unreadable('session')
  return methods
}

function signInOf(
  row: SessionTable,
): Pick<Session, 'factors' | 'methods' | 'authenticatedAt' | 'userAgent'> {
  const methods = methodsOf(row.methods)
  const { factors, authenticated_at: since, user_agent: userAgent } = row
  if (factors !== 1 && factors !== 2) throw unreadable('session')
  return {
    ...(factors === 2 ? { factors } : {}),
    ...(methods === undefined ? {} : { methods }),
    ...(since === null ? {} : { authenticatedAt: storedMoment(since, 'session') }),
    ...(userAgent === null ? {} : { userAgent }),
  }
}

function handedOffOf({ login_hash: login, audience }: SessionTable): Pick<Session, 'handedOff'> {
  if (login === null && audience === null) return {}
  // Half a mark would make a session of one host one of them all.
  if (login === null || audience === null) throw unreadable('session')
  return { handedOff: { login: storedHash(login), audience } }
}

/** The session of a row; throws when the row is not one this program wrote. */
export function sessionOfRow(row: SessionTable): Session {
  return {
    idHash: storedHash(row.id_hash),
    identity: identityOfColumns(row, 'session'),
    createdAt: storedMoment(row.created_at, 'session'),
    lastSeenAt: storedMoment(row.last_seen_at, 'session'),
    expiresAt: storedMoment(row.expires_at, 'session'),
    providerSession: row.provider_session ?? undefined,
    sealedIdToken: row.sealed_id_token ?? undefined,
    ...signInOf(row),
    ...handedOffOf(row),
  }
}
