// What the authorization server issues as a row and back.

import type {
  Artifact,
  ArtifactKind,
  FoundArtifact,
  GrantSummary,
} from '../../ports/authorization-store.ts'
import type { EpochSeconds } from '../../protocol/time.ts'
import { type ArtifactTable, storedMoment, storedMomentOrNone, unreadable } from './tables.ts'

const grantBound: ReadonlySet<ArtifactKind> = new Set([
  'AccessToken',
  'AuthorizationCode',
  'DeviceCode',
  'RefreshToken',
])

/** The grant without which the artifact is worth nothing; undefined: it stands alone. */
export const neededGrantOf = ({ kind, grantId }: Artifact): string | undefined =>
  grantBound.has(kind) ? grantId : undefined

/** The row that keeps an artifact nobody has consumed or used. */
export const rowOfArtifact = (artifact: Artifact, now: EpochSeconds) =>
  ({
    kind: artifact.kind,
    id_hash: artifact.idHash,
    payload: artifact.payload,
    grant_id: artifact.grantId ?? null,
    client_id: artifact.clientId ?? null,
    account: artifact.account ?? null,
    uid_hash: artifact.uidHash ?? null,
    user_code_hash: artifact.userCodeHash ?? null,
    created_at: now,
    expires_at: artifact.expiresAt ?? null,
  }) satisfies Partial<ArtifactTable>

export type FoundArtifactRow = Pick<
  ArtifactTable,
  'payload' | 'consumed_at' | 'consumed_by' | 'expires_at'
>

/** The artifact of a row; throws when the row is not one this program wrote. */
export const artifactOfRow = (row: FoundArtifactRow): FoundArtifact => ({
  payload: row.payload,
  consumedAt: storedMomentOrNone(row.consumed_at, 'artifact'),
  consumedBy: row.consumed_by ?? undefined,
  expiresAt: storedMomentOrNone(row.expires_at, 'artifact'),
})

type GrantRow = Pick<
  ArtifactTable,
  'grant_id' | 'client_id' | 'payload' | 'created_at' | 'last_used_at' | 'expires_at'
>

/** A grant as its owner sees it; throws when the row is not one this program wrote. */
export function grantOfRow(row: GrantRow): GrantSummary {
  if (row.grant_id === null || row.client_id === null) throw unreadable('grant')
  return {
    grantId: row.grant_id,
    clientId: row.client_id,
    payload: row.payload,
    createdAt: storedMoment(row.created_at, 'grant'),
    lastUsedAt: storedMomentOrNone(row.last_used_at, 'grant'),
    expiresAt: storedMomentOrNone(row.expires_at, 'grant'),
  }
}
