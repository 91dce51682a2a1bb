// Removes rows whose time is over, some at a time.

import {
  type Expression,
  type ExpressionBuilder,
  expressionBuilder,
  type Kysely,
  type SqlBool,
  sql,
} from 'kysely'
import type { Tables } from './tables.ts'

export type OverRows<T extends keyof Tables> = {
  readonly table: T
  /** The primary key. */
  readonly key: keyof Tables[T] & string
  /** Which rows are over. */
  readonly over: (is: ExpressionBuilder<Tables, T>) => Expression<SqlBool>
  readonly limit: number
  /** As for `createSessions`: rows that somebody else holds are left for the next time. */
  readonly rowLocks: boolean
}

/** Removes at most `limit` rows that are over, in one statement. @returns how many */
export async function deleteOver<T extends keyof Tables>(
  db: Kysely<Tables>,
  { table, key, over, limit, rowLocks }: OverRows<T>,
): Promise<number> {
  const condition = over(expressionBuilder<Tables, T>())
  const locks = rowLocks ? sql`for update skip locked` : sql``
  const keys = sql`select ${sql.ref(key)} from ${sql.table(table)} where ${condition} limit ${limit} ${locks}`
  const { numAffectedRows = 0n } =
    await sql`delete from ${sql.table(table)} where ${sql.ref(key)} in (${keys})`.execute(db)
  return Number(numAffectedRows)
}
