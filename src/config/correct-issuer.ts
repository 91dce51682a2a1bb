// Issuers that are plainly meant otherwise than they are written: corrected with a message, not refused.

import { type Findings, shown } from './findings.ts'
import type { ResourceEntry } from './resource-schema.ts'

/**
 * The issuer without the slash that many guides put at the end of a Keycloak realm's; the operator is told.
 *
 * An issuer is compared byte for byte with what the provider says, so the slash would let nobody in.
 */
export function withoutLastSlash(setting: string, issuer: string, findings: Findings): string {
  const right = issuer.replace(/\/+$/, '')
  if (right !== issuer)
    findings.warn(
      `Setting "${setting}" was corrected to ${shown(right)}: Keycloak's issuer has no slash at its end`,
    )
  return right
}

const isRealm = (issuer: string): boolean => /\/realms\/[^/]+\/+$/.test(issuer)

/** The resources with the issuers of Keycloak realms corrected. */
export const correctIssuers = (
  resources: readonly ResourceEntry[],
  findings: Findings,
): readonly ResourceEntry[] =>
  resources.map((entry, at) => ({
    ...entry,
    issuers: entry.issuers?.map((one, position) => {
      const setting = `resources[${at}].issuers[${position}]`
      return isRealm(one.issuer)
        ? { ...one, issuer: withoutLastSlash(setting, one.issuer, findings) }
        : one
    }),
  }))
