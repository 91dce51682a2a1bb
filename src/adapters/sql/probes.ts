// Probes of `sallyport doctor`, in SQL.

import type { Kysely } from 'kysely'
import type { ProbeReport } from '../../ports/probe.ts'
import type { ProbeStore } from '../../ports/store.ts'
import { deleteOver } from './delete-over.ts'
import { isTextList, storedJson, type Tables, unreadable } from './tables.ts'

const isPair = (value: unknown): value is readonly [string, string] =>
  isTextList(value) && value.length === 2

const isPairs = (value: unknown): value is readonly (readonly [string, string])[] =>
  Array.isArray(value) && value.every(isPair)

function parseReport(json: string): ProbeReport {
  const value: Record<string, unknown> = { ...Object(storedJson(json, 'probe')) }
  const { dialect, peer, outcome, names, forwarded } = value
  if (
    typeof dialect === 'string' &&
    typeof peer === 'string' &&
    typeof outcome === 'string' &&
    isTextList(names) &&
    isPairs(forwarded)
  ) {
    return { dialect, peer, outcome, names, forwarded }
  }
  throw unreadable('probe')
}

/** @param rowLocks as for `createSessions` */
export function createProbes(db: Kysely<Tables>, rowLocks: boolean): ProbeStore {
  return {
    announce: async ({ idHash, answer, expiresAt }) => {
      await db
        .insertInto('probes')
        .values({ id_hash: idHash, answer, expires_at: expiresAt, report: null })
        .execute()
    },

    report: async (idHash, report, now) => {
      // Anybody can send an id: one that nobody announced must cost a read and no write.
      const known = await db
        .selectFrom('probes')
        .select('id_hash')
        .where('id_hash', '=', idHash)
        .executeTakeFirst()
      if (known === undefined) return undefined
      const row = await db
        .updateTable('probes')
        .set({ report: JSON.stringify(report) })
        .where('id_hash', '=', idHash)
        .where('expires_at', '>', now)
        .where('report', 'is', null)
        .returning('answer')
        .executeTakeFirst()
      return row && (row.answer === 'step-up' ? 'step-up' : 'usual')
    },

    take: async (idHash) => {
      const row = await db
        .deleteFrom('probes')
        .where('id_hash', '=', idHash)
        .returning('report')
        .executeTakeFirst()
      return row?.report ? parseReport(row.report) : undefined
    },

    purge: (now, limit) =>
      deleteOver(db, {
        table: 'probes',
        key: 'id_hash',
        over: (is) => is('expires_at', '<=', now),
        limit,
        rowLocks,
      }),
  }
}
