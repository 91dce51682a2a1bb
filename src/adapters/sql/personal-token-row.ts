// A personal token as a row and back. A row that cannot be read is a fault: it must never pass for "no token".

import type { NewPersonalToken, OwnedToken, PersonalToken } from '../../ports/personal-tokens.ts'
import type { TokenBounds } from '../../protocol/token-bounds.ts'
import { type IdentityColumns, identityOfColumns } from './identity-row.ts'
import {
  isTextList,
  type PersonalTokenTable,
  storedJson,
  storedMoment,
  storedMomentOrNone,
  unreadable,
} from './tables.ts'

/** The row of a token beside that of its owner. */
export type OwnedTokenRow = Omit<PersonalTokenTable, 'token_hash'> &
  IdentityColumns & {
    seen_at: number
    /** Id of the local account; null when there is none. */
    local_account: string | null
  }

function boundsOf(json: string): TokenBounds {
  const value: Record<string, unknown> = { ...Object(storedJson(json, 'token')) }
  const { hosts, path, methods, scopes } = value
  const isPath = path === undefined || typeof path === 'string'
  const areMethods = methods === undefined || isTextList(methods)
  // A limit that is missing would be a token without it.
  if (!isTextList(hosts) || hosts.length === 0 || !isTextList(scopes) || !isPath || !areMethods)
    throw unreadable('token')
  return { hosts, path, methods, scopes }
}

/** The row that keeps a token. */
export const rowOfToken = (token: NewPersonalToken): PersonalTokenTable => ({
  token_hash: token.tokenHash,
  id: token.id,
  name: token.name,
  account: token.account,
  made_by: token.madeBy,
  bounds: JSON.stringify(token.bounds),
  created_at: token.createdAt,
  expires_at: token.expiresAt,
  last_used_at: null,
})

/** The token of a row; throws when the row is not one this program wrote. */
export function tokenOfRow(row: Omit<PersonalTokenTable, 'token_hash'>): PersonalToken {
  const { made_by: madeBy } = row
  if (madeBy !== 'owner' && madeBy !== 'operator') throw unreadable('token')
  return {
    id: row.id,
    name: row.name,
    account: row.account,
    madeBy,
    bounds: boundsOf(row.bounds),
    createdAt: storedMoment(row.created_at, 'token'),
    expiresAt: storedMoment(row.expires_at, 'token'),
    lastUsedAt: storedMomentOrNone(row.last_used_at, 'token'),
  }
}

/** The token with its owner; throws when a row is not one this program wrote. */
export function ownedTokenOfRow(row: OwnedTokenRow): OwnedToken {
  const token = tokenOfRow(row)
  const { scopes } = token.bounds
  return {
    token,
    identity: { ...identityOfColumns(row, 'account'), scopes },
    ownerSeenAt: storedMoment(row.seen_at, 'account'),
  }
}
