// Which account an e-mail address was first seen with, in SQL.

import type { Kysely } from 'kysely'
import type { SubjectPinStore } from '../../ports/store.ts'
import type { Tables } from './tables.ts'

export function createSubjectPins(db: Kysely<Tables>): SubjectPinStore {
  return {
    // The insert alone decides who is first. Pins are never changed or removed, so the read that follows
    // a lost race sees the winner's row.
    pin: async (email, issuer, subject, now) => {
      const { numInsertedOrUpdatedRows } = await db
        .insertInto('subject_pins')
        .values({ email, issuer, subject, pinned_at: now })
        .onConflict((conflict) => conflict.column('email').doNothing())
        .executeTakeFirstOrThrow()
      if (numInsertedOrUpdatedRows === 1n) return 'pinned'
      const holder = await db
        .selectFrom('subject_pins')
        .select(['issuer', 'subject'])
        .where('email', '=', email)
        .executeTakeFirstOrThrow()
      return holder.issuer === issuer && holder.subject === subject ? 'same' : 'other'
    },
  }
}
