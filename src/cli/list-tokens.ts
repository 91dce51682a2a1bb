// sallyport tokens list: every token, whose it is and what it is good for. Never a value or its hash.

import type { OwnedToken } from '../ports/personal-tokens.ts'
import type { EpochSeconds } from '../protocol/time.ts'
import type { TokenBounds } from '../protocol/token-bounds.ts'
import { formatTable } from './table.ts'

export type ListedToken = TokenBounds & {
  readonly id: string
  readonly name: string
  readonly owner: string
  readonly provider: string
  readonly madeBy: string
  readonly createdAt: string
  readonly expiresAt: string | undefined
  readonly hasEnded: boolean
  readonly lastUsedAt: string | undefined
}

const textOf = (moment: EpochSeconds | undefined): string | undefined =>
  moment === undefined ? undefined : new Date(moment * 1000).toISOString()

export const describeToken = ({ token, identity }: OwnedToken, now: EpochSeconds): ListedToken => ({
  id: token.id,
  name: token.name,
  owner: identity.email ?? identity.preferredUsername ?? identity.subject,
  provider: identity.provider,
  madeBy: token.madeBy,
  ...token.bounds,
  createdAt: textOf(token.createdAt) ?? '',
  expiresAt: textOf(token.expiresAt),
  hasEnded: token.expiresAt !== undefined && token.expiresAt <= now,
  lastUsedAt: textOf(token.lastUsedAt),
})

/** The tokens as lines of a table. */
export function formatTokens(tokens: readonly ListedToken[]): readonly string[] {
  const rows = tokens.map(({ id, name, owner, hosts, path, ...token }) => [
    id,
    name,
    owner,
    hosts.map((host) => `${host}${path ?? ''}`).join(','),
    token.hasEnded ? 'ended' : (token.expiresAt?.slice(0, 10) ?? 'never'),
    token.lastUsedAt?.slice(0, 10) ?? '-',
  ])
  return formatTable([['ID', 'NAME', 'OWNER', 'GOOD FOR', 'UNTIL', 'LAST USED'], ...rows])
}
