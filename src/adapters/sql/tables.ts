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
  factors: number
  /** JSON array of strings. */
  methods: string | null
  authenticated_at: number | null
  user_agent: string | null
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

export type PasskeyTable = {
  credential_id: string
  account_id: string
  public_key: string
  counter: number
  /** JSON array of strings. */
  transports: string
  name: string
  created_at: number
  last_used_at: number | null
}

export type OneTimeSecretTable = {
  account_id: string
  sealed: string
  created_at: number
  last_step: number
}

export type RecoveryCodeTable = {
  account_id: string
  code_hash: string
}

export type AccountLockTable = {
  name: string
  failures: number
  locked_until: number | null
  unlocked_at: number | null
}

export type InvitationTable = {
  token_hash: string
  account_id: string
  name: string
  email: string | null
  display_name: string | null
  /** JSON array of strings. */
  groups: string
  created_at: number
  expires_at: number
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

export type ArtifactTable = {
  kind: string
  id_hash: string
  payload: string
  grant_id: string | null
  client_id: string | null
  account: string | null
  uid_hash: string | null
  user_code_hash: string | null
  created_at: number
  last_used_at: number | null
  consumed_at: number | null
  consumed_by: string | null
  expires_at: number | null
}

export type SpentValueTable = {
  value_hash: string
  expires_at: number
}

export type OauthClientTable = {
  client_id: string
  kind: string
  metadata: string
  created_at: number
  last_used_at: number | null
}

export type ClientDocumentTable = {
  client_id: string
  document: string
  fetched_at: number
  fresh_until: number
}

export type AccountSnapshotTable = {
  account: string
  provider: string
  issuer: string
  subject: string
  /** JSON, as with sessions. */
  attributes: string
  seen_at: number
}

export type PersonalTokenTable = {
  token_hash: string
  id: string
  name: string
  account: string
  made_by: string
  /** JSON of where it is good for. */
  bounds: string
  created_at: number
  expires_at: number
  last_used_at: number | null
}

export type SigningKeyTable = {
  kid: string
  algorithm: string
  sealed: string
  created_at: number
  signs_since: number
  retired_at: number | null
}

export type Tables = {
  sessions: SessionTable
  login_flows: LoginFlowTable
  hand_offs: HandOffTable
  probes: ProbeTable
  accounts: AccountTable
  passkeys: PasskeyTable
  one_time_secrets: OneTimeSecretTable
  recovery_codes: RecoveryCodeTable
  account_locks: AccountLockTable
  invitations: InvitationTable
  subject_pins: SubjectPinTable
  redeemed_logouts: RedeemedLogoutTable
  artifacts: ArtifactTable
  spent_values: SpentValueTable
  oauth_clients: OauthClientTable
  client_documents: ClientDocumentTable
  account_snapshots: AccountSnapshotTable
  signing_keys: SigningKeyTable
  personal_tokens: PersonalTokenTable
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

/** A stored moment that may be missing. */
export const storedMomentOrNone = (value: unknown, what: string): EpochSeconds | undefined =>
  value === null ? undefined : storedMoment(value, what)

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
