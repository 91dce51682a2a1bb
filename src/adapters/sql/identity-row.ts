// An identity as columns and back. What cannot be read is a fault: it must never pass for "nobody".

import type { Identity } from '../../protocol/identity.ts'
import { isTextList, storedJson, unreadable } from './tables.ts'

/** The columns of a table that keeps an identity. */
export type IdentityColumns = {
  provider: string
  issuer: string
  subject: string
  /** JSON of the identity's attributes; the account key has columns of its own, to be searched by. */
  attributes: string
}

type Attributes = Omit<Identity, 'provider' | 'issuer' | 'subject'>

const isOptionalText = (value: unknown): value is string | undefined =>
  value === undefined || typeof value === 'string'

function parseAttributes(json: string, what: string): Attributes {
  const value: Record<string, unknown> = { ...Object(storedJson(json, what)) }
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
  throw unreadable(what)
}

// A person's requests come in bursts and all read the same texts: parsing them each time costs as much as the read.
// One object for all of them also lets its headers be formatted once.
const identities = new Map<string, Identity>()
const maxIdentities = 1024

/** The identity of a row; throws the fault of `what` when the row is not one this program wrote. */
export function identityOfColumns(columns: IdentityColumns, what: string): Identity {
  const { provider, issuer, subject, attributes } = columns
  const known = identities.get(attributes)
  const isSame =
    known?.provider === provider && known.issuer === issuer && known.subject === subject
  if (known !== undefined && isSame) return known
  const identity = { provider, issuer, subject, ...parseAttributes(attributes, what) }
  const [oldest] = identities.keys()
  if (identities.size >= maxIdentities && oldest !== undefined) identities.delete(oldest)
  identities.set(attributes, identity)
  return identity
}

/** The columns that keep an identity. */
export function columnsOfIdentity(identity: Identity): IdentityColumns {
  const { provider, issuer, subject, ...attributes } = identity
  return { provider, issuer, subject, attributes: JSON.stringify(attributes) }
}
