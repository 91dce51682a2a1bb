// Who may register which client, and how often? RFC 7591, RFC 7592, security.md R100-R104.

import type { RegistrationMode } from '../ports/authorization-server.ts'
import type { AuthorizationStore } from '../ports/authorization-store.ts'
import type { Hash } from '../ports/hash.ts'
import type { Clock, Log } from '../ports/runtime.ts'
import {
  type ClientMetadata,
  type ClientMetadataRules,
  narrowClientMetadata,
} from '../protocol/client-metadata.ts'
import type { Seconds } from '../protocol/time.ts'
import { hashOfSecret } from './client-secret.ts'
import { findInitialAccessToken } from './initial-access-token.ts'
import {
  createRecentRegistrations,
  type Registered,
  readRegistered,
} from './recent-registrations.ts'
import { type Audit, auditOf, memberOf } from './registration-audit.ts'

export type RegistrationParts = {
  readonly mode: RegistrationMode
  readonly rules: ClientMetadataRules
  readonly store: Pick<AuthorizationStore, 'artifacts' | 'clients'>
  readonly limits: {
    /** Counts a registration; the time to wait when that was one too many (R103). */
    readonly count: (address: string) => Promise<Seconds | undefined>
    readonly takeBack: (address: string) => Promise<void>
  }
  /** The part of an address that one person has. */
  readonly originOf: (address: string) => string
  readonly hashOf: (value: string) => Hash
  readonly now: Clock
  readonly log: Log
}

export type RegistrationRequest = {
  /** Parsed JSON. */
  readonly metadata: unknown
  /** Of a client that exists (RFC 7592 §2.2): needs no leave to come, the library checks its access token. */
  readonly isUpdate: boolean
  readonly clientAddress: string
  /** The bearer token of the request. */
  readonly accessToken: string | undefined
}

export type Admission =
  | {
      readonly kind: 'admitted'
      /** What is registered, and nothing else. */
      readonly metadata: Readonly<Record<string, unknown>>
      /** To be called once with the library's answer: writes the audit line and counts right. */
      readonly answered: (answer: {
        readonly status: number
        readonly body: unknown
      }) => Promise<void>
    }
  /** The same client registers again: answered with 201 and this, without asking the library. */
  | { readonly kind: 'known'; readonly body: Readonly<Record<string, unknown>> }
  | {
      readonly kind: 'refused'
      readonly status: number
      readonly error: string
      readonly description: string
      readonly retryAfter?: Seconds | undefined
    }

export type RegistrationControl = {
  readonly admit: (request: RegistrationRequest) => Promise<Admission>
  /** Most dynamic clients at a time. */
  readonly limit: number
}

/** R103 */
const mostClients = 10_000

const closed: Admission = {
  kind: 'refused',
  status: 404,
  error: 'not_found',
  description: 'clients cannot register here',
}

const tooMany = (retryAfter: Seconds): Admission => ({
  kind: 'refused',
  status: 429,
  error: 'temporarily_unavailable',
  description: 'too many clients were registered, try again later',
  retryAfter,
})

type Answer = { readonly status: number; readonly body: unknown }

function errorOf(body: unknown): string {
  const error = memberOf(body, 'error')
  return typeof error === 'string' ? error : 'unknown'
}

const identifiersOf = ({ clientId, issuedAt }: Registered) => ({
  client_id: clientId,
  ...(issuedAt !== undefined && { client_id_issued_at: issuedAt }),
})

/**
 * The members by which an update names its client, for the library to compare. Secrets are stored as hashes: a right
 * one is exchanged for what the library has, a wrong one stays and is refused.
 */
async function identityOf(metadata: unknown, { store, hashOf }: RegistrationParts) {
  const clientId = memberOf(metadata, 'client_id')
  const secret = memberOf(metadata, 'client_secret')
  if (typeof clientId !== 'string') return {}
  if (typeof secret !== 'string') return { client_id: clientId }
  const record = await store.clients.find(clientId)
  const kept: unknown = memberOf(JSON.parse(record?.metadata ?? '{}'), 'client_secret')
  const isRight = kept === hashOfSecret(secret, hashOf)
  return { client_id: clientId, client_secret: isRight ? kept : '' }
}

/** Says what the library answered; nothing else was counted or remembered. */
const noteUpdate =
  (audit: Audit, clientId: unknown) =>
  async ({ status, body }: Answer): Promise<void> => {
    const client = typeof clientId === 'string' ? clientId : ''
    if (status === 200) audit('client.updated', { client })
    else audit('client.refused', { client, reason: errorOf(body) })
  }

/**
 * Makes the control in front of the library's registration endpoint. What is missing or wrong about an access token
 * the library says itself: such a request is admitted and counts nothing.
 *
 * Does not limit how often the endpoint is asked.
 */
export function createRegistrationControl(parts: RegistrationParts): RegistrationControl {
  const { mode, rules, store, limits, now, log, hashOf } = parts
  const recent = createRecentRegistrations(parts)

  /** `none`: the library will refuse, so nothing counts. */
  const takeLeave = async (
    request: RegistrationRequest,
  ): Promise<'counted' | 'none' | { readonly retryAfter: Seconds }> => {
    const { clientAddress, accessToken = '' } = request
    const tokens = { artifacts: store.artifacts, hashOf }
    const isAsked = mode === 'token'
    const token = isAsked ? await findInitialAccessToken(tokens, accessToken, now()) : undefined
    if (isAsked && token === undefined) return 'none'
    const retryAfter = await limits.count(clientAddress)
    if (retryAfter !== undefined) return { retryAfter }
    if ((await token?.spend()) !== 'used-up') return 'counted'
    await limits.takeBack(clientAddress)
    return 'none'
  }

  const admitNew = async (
    request: RegistrationRequest,
    metadata: ClientMetadata,
    audit: Audit,
  ): Promise<Admission> => {
    const address = request.clientAddress
    const known = mode === 'open' ? await recent.find(address, metadata) : undefined
    if (known !== undefined) {
      audit('client.registered_again', { client: known.clientId })
      return { kind: 'known', body: { ...identifiersOf(known), ...metadata } }
    }
    const leave = await takeLeave(request)
    if (typeof leave === 'object') {
      audit('client.refused', { reason: 'too-many' })
      return tooMany(leave.retryAfter)
    }
    const answered = async ({ status, body }: Answer) => {
      const registered = status === 201 ? readRegistered(body) : undefined
      if (registered === undefined) {
        audit('client.refused', { reason: errorOf(body) })
        if (leave === 'counted') await limits.takeBack(address)
        return
      }
      audit('client.registered', { client: registered.clientId })
      if (mode === 'open') await recent.add(address, metadata, registered)
    }
    return { kind: 'admitted', metadata, answered }
  }

  return {
    limit: mostClients,
    admit: async (request) => {
      if (mode === 'off') return closed
      const { metadata: asked, isUpdate } = request
      const audit = auditOf(log, asked, request.clientAddress)
      const narrowed = narrowClientMetadata(asked, 'registration', rules)
      if (narrowed.kind === 'refused') {
        const { error, description } = narrowed
        audit('client.refused', { reason: `${error}: ${description}` })
        return { kind: 'refused', status: 400, error, description }
      }
      if (!isUpdate) return admitNew(request, narrowed.metadata, audit)
      const metadata = { ...narrowed.metadata, ...(await identityOf(asked, parts)) }
      return { kind: 'admitted', metadata, answered: noteUpdate(audit, metadata.client_id) }
    },
  }
}
