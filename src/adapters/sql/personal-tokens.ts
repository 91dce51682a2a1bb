// Personal tokens in SQL.

import type { Kysely } from 'kysely'
import type { Hash } from '../../ports/hash.ts'
import type { OwnedToken, PersonalTokenStore } from '../../ports/personal-tokens.ts'
import type { MaybePromise } from '../../ports/runtime.ts'
import { localIssuer } from '../../ports/store.ts'
import { batchesOf } from './batches.ts'
import { deleteOver } from './delete-over.ts'
import {
  type OwnedTokenRow,
  ownedTokenOfRow,
  rowOfToken,
  tokenOfRow,
} from './personal-token-row.ts'
import type { Tables } from './tables.ts'

/** The read of the hot path for personal tokens, prepared once by the database's own driver. */
export type FindOwnedTokenRow = (tokenHash: Hash) => MaybePromise<OwnedTokenRow | undefined>

const columns = [
  'personal_tokens.id',
  'personal_tokens.name',
  'personal_tokens.account',
  'personal_tokens.made_by',
  'personal_tokens.bounds',
  'personal_tokens.created_at',
  'personal_tokens.expires_at',
  'personal_tokens.last_used_at',
  'account_snapshots.provider',
  'account_snapshots.issuer',
  'account_snapshots.subject',
  'account_snapshots.attributes',
  'account_snapshots.seen_at',
  'accounts.id as local_account',
] as const

// Each row by its key: the token's, then its owner's, then that of the local account the owner may be.
const owned = (db: Kysely<Tables>) =>
  db
    .selectFrom('personal_tokens')
    .innerJoin('account_snapshots', 'account_snapshots.account', 'personal_tokens.account')
    .leftJoin('accounts', 'accounts.id', 'account_snapshots.subject')
    .select(columns)

/** The text of the statement behind `FindOwnedTokenRow`; its one parameter is the hash. */
export const findOwnedTokenSql = (db: Kysely<Tables>): string =>
  owned(db).where('token_hash', '=', '').compile().sql

// Whoever signs in while their account is removed leaves a trace of it behind: that is nobody.
const isOwned = (row: OwnedTokenRow): boolean =>
  row.issuer !== localIssuer || row.local_account !== null

/** @param rowLocks as for `createSessions` */
export function createPersonalTokens(
  db: Kysely<Tables>,
  findRow: FindOwnedTokenRow,
  rowLocks: boolean,
): PersonalTokenStore {
  // The reader gives an unchanged row as the same object.
  const tokens = new WeakMap<OwnedTokenRow, OwnedToken>()
  const remembered = (row: OwnedTokenRow | undefined): OwnedToken | undefined => {
    if (row === undefined || !isOwned(row)) return undefined
    const before = tokens.get(row)
    if (before !== undefined) return before
    const token = ownedTokenOfRow(row)
    tokens.set(row, token)
    return token
  }
  return {
    add: (token, limit) =>
      db.transaction().execute(async (transaction) => {
        const { account } = token
        // Locked, so that two do not both find the last place, nor the owner goes meanwhile.
        const owner = await transaction
          .selectFrom('account_snapshots')
          .select(['issuer', 'subject'])
          .where('account', '=', account)
          .$if(rowLocks, (query) => query.forUpdate())
          .executeTakeFirst()
        if (owner === undefined) return 'unknown-owner'
        if (owner.issuer === localIssuer) {
          const local = await transaction
            .selectFrom('accounts')
            .select('id')
            .where('id', '=', owner.subject)
            .executeTakeFirst()
          if (local === undefined) return 'unknown-owner'
        }
        const { count } = await transaction
          .selectFrom('personal_tokens')
          .select((query) => query.fn.countAll<number>().as('count'))
          .where('account', '=', account)
          .executeTakeFirstOrThrow()
        if (count >= limit) return 'full'
        await transaction.insertInto('personal_tokens').values(rowOfToken(token)).execute()
        return 'added'
      }),

    find: (tokenHash) => {
      const row = findRow(tokenHash)
      return row instanceof Promise ? row.then(remembered) : remembered(row)
    },

    list: async (account) => {
      const rows = await owned(db)
        .$if(account !== undefined, (query) =>
          query.where('personal_tokens.account', '=', account ?? ''),
        )
        .orderBy('personal_tokens.created_at', 'desc')
        .orderBy('personal_tokens.id')
        .execute()
      return rows.filter(isOwned).map(ownedTokenOfRow)
    },

    revoke: async (id, account) => {
      const row = await db
        .deleteFrom('personal_tokens')
        .where('id', '=', id)
        .$if(account !== undefined, (query) => query.where('account', '=', account ?? ''))
        .returningAll()
        .executeTakeFirst()
      return row === undefined ? { kind: 'unknown' } : { kind: 'revoked', token: tokenOfRow(row) }
    },

    touch: async (ids, now) => {
      if (ids.length === 0) return []
      return db.transaction().execute(async (transaction) => {
        const first: string[] = []
        for (const batch of batchesOf(ids)) {
          // Those that were never used by a statement of their own: of several nodes one gets each.
          const unused = await transaction
            .updateTable('personal_tokens')
            .set({ last_used_at: now })
            .where('id', 'in', batch)
            .where('last_used_at', 'is', null)
            .returning('id')
            .execute()
          first.push(...unused.map(({ id }) => id))
          const due = transaction
            .selectFrom('personal_tokens')
            .select('token_hash')
            .where('id', 'in', batch)
            .where('last_used_at', '<', now)
            .$if(rowLocks, (query) => query.forUpdate().skipLocked())
          await transaction
            .updateTable('personal_tokens')
            .set({ last_used_at: now })
            .where('token_hash', 'in', due)
            .where('last_used_at', '<', now)
            .execute()
        }
        return first
      })
    },

    purge: (before, limit) =>
      deleteOver(db, {
        table: 'personal_tokens',
        key: 'token_hash',
        over: (is) => is('expires_at', '<', before),
        limit,
        rowLocks,
      }),
  }
}
