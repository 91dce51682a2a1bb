// What local accounts prove themselves with, in SQL.

import type { Kysely } from 'kysely'
import type { AccountCredentialStore } from '../../ports/account-credentials.ts'
import { createAccountLocks } from './account-locks.ts'
import { endAccess } from './accounts.ts'
import { createInvitations } from './invitations.ts'
import { createOneTimeSecrets, createRecoveryCodes } from './one-time-codes.ts'
import { createPasskeys } from './passkeys.ts'
import type { Tables } from './tables.ts'

/** @param rowLocks as for `createSessions` */
export function createAccountCredentials(
  db: Kysely<Tables>,
  rowLocks: boolean,
): AccountCredentialStore {
  return {
    passkeys: createPasskeys(db, rowLocks),
    oneTimeSecrets: createOneTimeSecrets(db, rowLocks),
    recoveryCodes: createRecoveryCodes(db, rowLocks),
    locks: createAccountLocks(db),
    invitations: createInvitations(db, rowLocks),

    reset: (name) =>
      db.transaction().execute(async (transaction) => {
        const account = await transaction
          .selectFrom('accounts')
          .select('id')
          .where('name', '=', name)
          .$if(rowLocks, (query) => query.forUpdate())
          .executeTakeFirst()
        if (account === undefined) return 'unknown'
        for (const table of ['passkeys', 'one_time_secrets', 'recovery_codes'] as const) {
          await transaction.deleteFrom(table).where('account_id', '=', account.id).execute()
        }
        await transaction.deleteFrom('account_locks').where('name', '=', name).execute()
        await endAccess(transaction, account, rowLocks)
        return 'reset'
      }),
  }
}
