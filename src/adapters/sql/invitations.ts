// Invitations to a local account in SQL.

import type { Kysely, Transaction } from 'kysely'
import type { Acceptance, Invitation, InvitationStore } from '../../ports/account-credentials.ts'
import { deleteOver } from './delete-over.ts'
import { rowOfPasskey } from './passkeys.ts'
import {
  type InvitationTable,
  isTextList,
  storedHash,
  storedJson,
  storedMoment,
  type Tables,
  unreadable,
} from './tables.ts'

function invitationOfRow(row: InvitationTable): Invitation {
  const groups = storedJson(row.groups, 'invitation')
  if (!isTextList(groups)) throw unreadable('invitation')
  return {
    tokenHash: storedHash(row.token_hash),
    account: {
      id: row.account_id,
      name: row.name,
      email: row.email ?? undefined,
      displayName: row.display_name ?? undefined,
      groups,
    },
    createdAt: storedMoment(row.created_at, 'invitation'),
    expiresAt: storedMoment(row.expires_at, 'invitation'),
  }
}

const rowOfInvitation = ({ tokenHash, account, createdAt, expiresAt }: Invitation) => ({
  token_hash: tokenHash,
  account_id: account.id,
  name: account.name,
  email: account.email ?? null,
  display_name: account.displayName ?? null,
  groups: JSON.stringify(account.groups),
  created_at: createdAt,
  expires_at: expiresAt,
})

const hasAccount = async (transaction: Transaction<Tables>, name: string) =>
  (await transaction
    .selectFrom('accounts')
    .select('id')
    .where('name', '=', name)
    .executeTakeFirst()) !== undefined

const hasPasskey = async (transaction: Transaction<Tables>, id: string | undefined) =>
  id !== undefined &&
  (await transaction
    .selectFrom('passkeys')
    .select('credential_id')
    .where('credential_id', '=', id)
    .executeTakeFirst()) !== undefined

async function addAccount(
  transaction: Transaction<Tables>,
  { account_id: id, name, email, display_name, groups }: InvitationTable,
  { passwordHash: password_hash, passkey }: Acceptance,
  now: number,
): Promise<void> {
  await transaction
    .insertInto('accounts')
    .values({ id, name, email, display_name, groups, password_hash, created_at: now })
    .execute()
  if (passkey === undefined) return
  await transaction
    .insertInto('passkeys')
    .values(rowOfPasskey({ ...passkey, accountId: id }))
    .execute()
}

/** @param rowLocks as for `createSessions` */
export function createInvitations(db: Kysely<Tables>, rowLocks: boolean): InvitationStore {
  return {
    issue: (invitation) =>
      db.transaction().execute(async (transaction) => {
        if (await hasAccount(transaction, invitation.account.name)) return 'name-taken'
        const row = rowOfInvitation(invitation)
        await transaction
          .insertInto('invitations')
          .values(row)
          .onConflict((conflict) => conflict.column('name').doUpdateSet(row))
          .execute()
        return 'issued'
      }),

    find: async (tokenHash, now) => {
      const row = await db
        .selectFrom('invitations')
        .selectAll()
        .where('token_hash', '=', tokenHash)
        .where('expires_at', '>', now)
        .executeTakeFirst()
      return row && invitationOfRow(row)
    },

    redeem: (tokenHash, acceptance, now) =>
      db.transaction().execute(async (transaction) => {
        const row = await transaction
          .selectFrom('invitations')
          .selectAll()
          .where('token_hash', '=', tokenHash)
          .where('expires_at', '>', now)
          .$if(rowLocks, (query) => query.forUpdate())
          .executeTakeFirst()
        if (row === undefined) return 'unknown'
        if (await hasAccount(transaction, row.name)) return 'name-taken'
        if (await hasPasskey(transaction, acceptance.passkey?.credentialId)) return 'passkey-exists'
        // Whoever removes the row has the invitation: the look before it decides nothing.
        const { numDeletedRows } = await transaction
          .deleteFrom('invitations')
          .where('token_hash', '=', tokenHash)
          .executeTakeFirstOrThrow()
        if (numDeletedRows === 0n) return 'unknown'
        await addAccount(transaction, row, acceptance, now)
        return 'redeemed'
      }),

    list: async (now) => {
      const rows = await db
        .selectFrom('invitations')
        .selectAll()
        .where('expires_at', '>', now)
        .orderBy('name')
        .execute()
      return rows.map(invitationOfRow)
    },

    withdraw: async (name) => {
      const { numDeletedRows } = await db
        .deleteFrom('invitations')
        .where('name', '=', name)
        .executeTakeFirstOrThrow()
      return numDeletedRows > 0n ? 'withdrawn' : 'unknown'
    },

    purge: (now, limit) =>
      deleteOver(db, {
        table: 'invitations',
        key: 'token_hash',
        over: (is) => is('expires_at', '<=', now),
        limit,
        rowLocks,
      }),
  }
}
