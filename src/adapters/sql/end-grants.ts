// Ending grants in SQL: a grant and everything issued under it go together, whoever ends it.

import type { Transaction } from 'kysely'
import { batchesOf } from './batches.ts'
import type { ArtifactTable, Tables } from './tables.ts'

/** Which grants: those whose columns have these values. */
type GrantFilter = { readonly account?: string; readonly client_id?: string }

/** The ids of rows; the table lets no grant be without one. */
export const grantIdsOf = (rows: readonly Pick<ArtifactTable, 'grant_id'>[]): readonly string[] =>
  rows.map((row) => row.grant_id).filter((grantId) => grantId !== null)

/**
 * Ends the grants with these ids, and removes whatever carries such an id without a grant.
 *
 * @returns how many rows went
 */
export async function endGrants(
  transaction: Transaction<Tables>,
  grantIds: readonly string[],
): Promise<number> {
  let removed = 0n
  for (const batch of batchesOf(grantIds)) {
    // The grants first, by a statement of their own: it waits for tokens that are being written under them, and
    // only a statement that starts after it sees those.
    for (const comparison of ['=', '!='] as const) {
      const { numDeletedRows } = await transaction
        .deleteFrom('artifacts')
        .where('grant_id', 'in', batch)
        .where('kind', comparison, 'Grant')
        .executeTakeFirstOrThrow()
      removed += numDeletedRows
    }
  }
  return Number(removed)
}

/** Ends all grants that fit; none when the filter says nothing. @returns how many grants ended */
export async function endGrantsOf(
  transaction: Transaction<Tables>,
  filter: GrantFilter,
  rowLocks: boolean,
): Promise<number> {
  if (Object.keys(filter).length === 0) return 0
  const rows = await transaction
    .selectFrom('artifacts')
    .select('grant_id')
    .where('kind', '=', 'Grant')
    .where((is) => is.and(filter))
    // In one order, so that two that end the same grants do not wait for each other.
    .orderBy('id_hash')
    .$if(rowLocks, (query) => query.forUpdate())
    .execute()
  const grantIds = grantIdsOf(rows)
  await endGrants(transaction, grantIds)
  return grantIds.length
}

/** Ends the grants of an account or a client and removes everything else that was issued to it. */
export async function removeIssuedTo(
  transaction: Transaction<Tables>,
  whom: { readonly account: string } | { readonly client_id: string },
  rowLocks: boolean,
): Promise<void> {
  await endGrantsOf(transaction, whom, rowLocks)
  if ('account' in whom)
    await transaction.deleteFrom('personal_tokens').where('account', '=', whom.account).execute()
  await transaction
    .deleteFrom('artifacts')
    .where((is) => is.and(whom))
    .execute()
}
