// A session as a row and back. A row that cannot be read is a fault: it must never pass for "no session".

import type { Session } from '../../ports/store.ts'
import type { Identity } from '../../protocol/identity.ts'
import {
  isTextList,
  type SessionTable,
  storedHash,
  storedJson,
  storedMoment,
  unreadable,
} from './tables.ts'

type Attributes = Omit<Identity, 'provider' | 'issuer' | 'subject'>

const isOptionalText = (value: unknown): value is string | undefined =>
  value === undefined || typeof value === 'string'

function parseAttributes(json: string): Attributes {
  const value: Record<string, unknown> = { ...Object(storedJson(json, 'session')) }
  const { email, emailDomain, unverifiedEmail, name, preferredUsername, groups, scopes } = value
  if (
    isOptionalText(email) &&
    isOptionalText(emailDomain) &&
    isOptionalText(unverifiedEmail) &&
    isOptionalText(name) &&
    isOptionalText(preferredUsername) &&
    isTextList(groups) &&
    isTextList(scopes)
  ) {
    return { email, emailDomain, unverifiedEmail, name, preferredUsername, groups, scopes }
  }
  throw unreadable('session')
}

// A person's requests come in bursts and all read the same texts: parsing them each time costs as much as the read.
// One object for all of them also lets its headers be formatted once.
const identities = new Map<string, Identity>()
const maxIdentities = 1024

function identityOf({ provider, issuer, subject, attributes }: SessionTable): Identity {
  const known = identities.get(attributes)
  const isSame =
    known?.provider === provider && known.issuer === issuer && known.subject === subject
  if (known !== undefined && isSame) return known
  const identity = { provider, issuer, subject, ...parseAttributes(attributes) }
  const [oldest] = identities.keys()
  if (identities.size >= maxIdentities && oldest !== undefined) identities.delete(oldest)
  identities.set(attributes, identity)
  return identity
}

/** The row that keeps a session. */
export function rowOfSession(session: Session): SessionTable {
  const { provider, issuer, subject, ...attributes } = session.identity
  return {
    id_hash: session.idHash,
    provider,
    issuer,
    subject,
    attributes: JSON.stringify(attributes),
    created_at: session.createdAt,
    last_seen_at: session.lastSeenAt,
    expires_at: session.expiresAt,
    provider_session: session.providerSession ?? null,
    sealed_id_token: session.sealedIdToken ?? null,
    login_hash: session.handedOff?.login ?? null,
    audience: session.handedOff?.audience ?? null,
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
    identity: identityOf(row),
    createdAt: storedMoment(row.created_at, 'session'),
    lastSeenAt: storedMoment(row.last_seen_at, 'session'),
    expiresAt: storedMoment(row.expires_at, 'session'),
    providerSession: row.provider_session ?? undefined,
    sealedIdToken: row.sealed_id_token ?? undefined,
    ...handedOffOf(row),
  }
}
