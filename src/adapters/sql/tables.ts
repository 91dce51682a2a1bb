// The tables as Kysely sees them, and how rows turn into the values of the ports.

import type { Hash } from '../../ports/store.ts'
import { type EpochSeconds, epochSeconds } from '../../protocol/time.ts'

export type SessionTable = {
  id_hash: string
  provider: string
  issuer: string
  subject: string
  /** JSON of the identity's attributes; the account key has columns of its own, to be searched by. */
  attributes: string
  created_at: number
  last_seen_at: number
  expires_at: number
  provider_session: string | null
  sealed_id_token: string | null
  /** Both null for a login session, both set for one it was handed on to. */
  login_hash: string | null
  audience: string | null
}

export type HandOffTable = {
  code_hash: string
  browser_hash: string
  login_hash: string
  target: string
  created_at: number
  expires_at: number
}

export type ProbeTable = {
  id_hash: string
  answer: string
  expires_at: number
  /** JSON; null until the service has seen the request. */
  report: string | null
}

export type LoginFlowTable = {
  state_hash: string
  browser_hash: string
  provider: string
  sealed: string
  target: string
  created_at: number
  expires_at: number
}

export type AccountTable = {
  id: string
  name: string
  email: string | null
  display_name: string | null
  /** JSON array of strings. */
  groups: string
  password_hash: string
  created_at: number
}

export type SubjectPinTable = {
  email: string
  issuer: string
  subject: string
  pinned_at: number
}

export type RedeemedLogoutTable = {
  token_hash: string
  usable_until: number
}

export type Tables = {
  sessions: SessionTable
  login_flows: LoginFlowTable
  hand_offs: HandOffTable
  probes: ProbeTable
  accounts: AccountTable
  subject_pins: SubjectPinTable
  redeemed_logouts: RedeemedLogoutTable
}

/** What is thrown when a row is not what this program writes: a fault, never "not found". */
export const unreadable = (what: string): Error =>
  new Error(`Cannot read a stored ${what}: the row is not in the expected form`)

/** Brands the hash of a row. */
export const storedHash = (value: string): Hash => value as Hash

/** A stored moment; throws when the column holds anything but a whole number. */
export function storedMoment(value: unknown, what: string): EpochSeconds {
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) throw unreadable(what)
  return epochSeconds(value)
}

/** Stored JSON; throws the fault of `what` instead of a syntax error that would quote the text. */
export function storedJson(text: string, what: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw unreadable(what)
  }
}

/** Whether the value is an array of strings only. */
export const isTextList = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((item) => typeof item === 'string')
