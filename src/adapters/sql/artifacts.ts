// What the authorization server has issued or waits for, in SQL.

import { type Kysely, sql } from 'kysely'
import type { Artifact, ArtifactKind, ArtifactStore } from '../../ports/authorization-store.ts'
import type { Hash } from '../../ports/hash.ts'
import type { MaybePromise } from '../../ports/runtime.ts'
import type { EpochSeconds } from '../../protocol/time.ts'
import {
  artifactOfRow,
  type FoundArtifactRow,
  neededGrantOf,
  rowOfArtifact,
} from './artifact-row.ts'
import { endGrants, grantIdsOf } from './end-grants.ts'
import { createGrants } from './grants.ts'
import { createSpentValues } from './spent-values.ts'
import type { Tables } from './tables.ts'

/** The read of the hot path for tokens, prepared once by the database's own driver. */
export type FindArtifactRow = (
  kind: ArtifactKind,
  idHash: Hash,
) => MaybePromise<FoundArtifactRow | undefined>

const found = ['payload', 'consumed_at', 'consumed_by', 'expires_at'] as const

/** The text of the statement behind `FindArtifactRow`; its parameters are kind and hash. */
export const findArtifactSql = (db: Kysely<Tables>): string =>
  db
    .selectFrom('artifacts')
    .select(found)
    .where('kind', '=', '')
    .where('id_hash', '=', '')
    .compile().sql

const columns = [
  'kind',
  'id_hash',
  'payload',
  'grant_id',
  'client_id',
  'account',
  'uid_hash',
  'user_code_hash',
  'created_at',
  'expires_at',
] as const

// Written out, not as a parameter: else neither database uses the index of these rows alone.
const pending = sql<boolean>`kind = 'Interaction'`

const moments: ReadonlySet<string> = new Set(['created_at', 'expires_at'])

/** @param rowLocks as for `createSessions` */
export function createArtifacts(
  db: Kysely<Tables>,
  findRow: FindArtifactRow,
  rowLocks: boolean,
): ArtifactStore {
  const spentValues = createSpentValues(db, rowLocks)

  /** An insert of the row, of no row when its grant is gone. */
  const insertion = (artifact: Artifact, now: EpochSeconds) => {
    const row = rowOfArtifact(artifact, now)
    const grantId = neededGrantOf(artifact)
    if (grantId === undefined) return db.insertInto('artifacts').values(row)
    const values = columns.map((column) =>
      // PostgreSQL cannot tell the type of a parameter here.
      sql`cast(${row[column]} as ${moments.has(column) ? sql`bigint` : sql`text`})`.as(column),
    )
    // The lock makes whoever ends the grant wait for this row, and remove it.
    const whileGranted = db
      .selectFrom('artifacts')
      .select(values)
      .where('kind', '=', 'Grant')
      .where('grant_id', '=', grantId)
      .$if(rowLocks, (query) => query.forKeyShare())
    return db.insertInto('artifacts').columns(columns).expression(whileGranted)
  }

  const over = (query: Kysely<Tables>, now: EpochSeconds, limit: number) =>
    query
      .selectFrom('artifacts')
      .where('expires_at', '<=', now)
      .limit(limit)
      .$if(rowLocks, (rows) => rows.forUpdate().skipLocked())

  const purgeArtifacts = async (now: EpochSeconds, limit: number): Promise<number> => {
    const keys = over(db, now, limit).select(['kind', 'id_hash']).where('kind', '!=', 'Grant')
    const { numDeletedRows } = await db
      .deleteFrom('artifacts')
      .where((is) => is(is.refTuple('kind', 'id_hash'), 'in', keys.$asTuple('kind', 'id_hash')))
      .executeTakeFirstOrThrow()
    return Number(numDeletedRows)
  }

  // By themselves: what goes with a grant is waited for, and nobody may wait for rows of the statement above.
  const purgeGrants = (now: EpochSeconds, limit: number): Promise<number> =>
    db.transaction().execute(async (transaction) => {
      const rows = await over(transaction, now, limit)
        .select('grant_id')
        .where('kind', '=', 'Grant')
        .execute()
      await endGrants(transaction, grantIdsOf(rows))
      return rows.length
    })

  return {
    ...createGrants(db, rowLocks),

    save: async (artifact, now) => {
      const { numInsertedOrUpdatedRows } = await insertion(artifact, now)
        .onConflict((conflict) =>
          conflict.columns(['kind', 'id_hash']).doUpdateSet((row) => ({
            payload: row.ref('excluded.payload'),
            grant_id: row.ref('excluded.grant_id'),
            client_id: row.ref('excluded.client_id'),
            account: row.ref('excluded.account'),
            uid_hash: row.ref('excluded.uid_hash'),
            user_code_hash: row.ref('excluded.user_code_hash'),
            expires_at: row.ref('excluded.expires_at'),
          })),
        )
        .executeTakeFirstOrThrow()
      return numInsertedOrUpdatedRows === 1n ? 'saved' : 'grant-ended'
    },

    find: (kind, idHash) => {
      const row = findRow(kind, idHash)
      if (row instanceof Promise) return row.then((one) => one && artifactOfRow(one))
      return row && artifactOfRow(row)
    },

    findByUid: async (kind, uidHash) => {
      const row = await db
        .selectFrom('artifacts')
        .select(found)
        .where('kind', '=', kind)
        .where('uid_hash', '=', uidHash)
        .orderBy('created_at', 'desc')
        .limit(1)
        .executeTakeFirst()
      return row && artifactOfRow(row)
    },

    findByUserCode: async (kind, userCodeHash) => {
      const row = await db
        .selectFrom('artifacts')
        .select(found)
        .where('kind', '=', kind)
        .where('user_code_hash', '=', userCodeHash)
        .executeTakeFirst()
      return row && artifactOfRow(row)
    },

    // The update alone decides who is first; what follows only tells the others why they were not.
    consume: async (kind, idHash, now, by) => {
      const { numUpdatedRows } = await db
        .updateTable('artifacts')
        .set({ consumed_at: now, consumed_by: by ?? null })
        .where('kind', '=', kind)
        .where('id_hash', '=', idHash)
        .where('consumed_at', 'is', null)
        .executeTakeFirstOrThrow()
      if (numUpdatedRows === 1n) return 'consumed'
      return (await findRow(kind, idHash)) ? 'already-consumed' : 'unknown'
    },

    destroy: (kind, idHash) =>
      db.transaction().execute(async (transaction) => {
        const row = await transaction
          .deleteFrom('artifacts')
          .where('kind', '=', kind)
          .where('id_hash', '=', idHash)
          .returning('grant_id')
          .executeTakeFirst()
        if (row === undefined) return 'unknown'
        if (kind === 'Grant' && row.grant_id !== null) await endGrants(transaction, [row.grant_id])
        return 'destroyed'
      }),

    spend: spentValues.spend,

    purge: async (now, limit) => {
      const spent = await spentValues.purge(now, limit)
      const single = await purgeArtifacts(now, limit - spent)
      const grants = await purgeGrants(now, limit - spent - single)
      return spent + single + grants
    },

    dropOldestPending: async (kept, limit) => {
      const beyond = db
        .selectFrom('artifacts')
        .select('id_hash')
        .where(pending)
        .orderBy('created_at', 'desc')
        .orderBy('id_hash', 'desc')
        .limit(limit)
        .offset(kept)
      // By themselves: locks in the statement above would hold up whoever goes on with one that is kept.
      const unlocked = db
        .selectFrom('artifacts')
        .select('id_hash')
        .where(pending)
        .where('id_hash', 'in', beyond)
        .$if(rowLocks, (query) => query.forUpdate().skipLocked())
      const { numDeletedRows } = await db
        .deleteFrom('artifacts')
        .where(pending)
        .where('id_hash', 'in', unlocked)
        .executeTakeFirstOrThrow()
      return Number(numDeletedRows)
    },
  }
}
