// Which resources have us as issuer: those that name none, or name us.

import type { ResourceEntry } from './resource-schema.ts'
import type { PublicUrl } from './settings.ts'

/** What stands for us in a list of issuers. */
export const selfWord = 'self'

/** Our issuer: byte for byte in metadata and tokens, without path and final slash (mcp.md 7.2). */
export const ownIssuer = ({ origin }: PublicUrl): string => origin

function isSelf(issuer: string, { origin, href }: PublicUrl): boolean {
  const bare = issuer.replace(/\/$/, '')
  return issuer === selfWord || bare === origin || bare === href
}

/** The resources with every issuer written out; ours is there in one form only. An empty list stays empty. */
export const nameOwnIssuer = (
  resources: readonly ResourceEntry[],
  publicUrl: PublicUrl,
): readonly ResourceEntry[] =>
  resources.map((entry) => ({
    ...entry,
    issuers: (entry.issuers ?? [{ issuer: selfWord }]).map((one) =>
      isSelf(one.issuer, publicUrl) ? { ...one, issuer: ownIssuer(publicUrl) } : one,
    ),
  }))

export const hasIssuer = (entry: ResourceEntry, issuer: string): boolean =>
  entry.issuers?.some((one) => one.issuer === issuer) === true
