// Clients that the operator adds on the command line: how their ids look, and what is kept of them.

import type { AuthorizationStore, ClientRecord } from '../ports/authorization-store.ts'
import type { Hash } from '../ports/hash.ts'
import type { ClientMetadata } from '../protocol/client-metadata.ts'
import type { EpochSeconds } from '../protocol/time.ts'
import { keptSecret } from './client-secret.ts'

// No id that we draw at random has a dot, and nobody else chooses one.
const mark = 'manual.'

/** Whether a client was added by the operator, by its id. */
export const isManualClient = (clientId: string): boolean => clientId.startsWith(mark)

export type ManualClient = {
  readonly clientId: string
  /** Undefined: a client without. It is not told again. */
  readonly secret: string | undefined
}

/**
 * Adds a client of the operator's.
 *
 * @param metadata narrowed as `manual`
 */
export async function addManualClient(
  parts: {
    readonly clients: AuthorizationStore['clients']
    readonly randomToken: () => string
    readonly hashOf: (value: string) => Hash
  },
  metadata: ClientMetadata,
  now: EpochSeconds,
): Promise<ManualClient> {
  const clientId = mark + parts.randomToken()
  const hasSecret = metadata.token_endpoint_auth_method.startsWith('client_secret_')
  const secret = hasSecret ? parts.randomToken() : undefined
  const kept = secret === undefined ? undefined : keptSecret(secret, parts.hashOf)
  const record: ClientRecord = {
    clientId,
    kind: 'manual',
    metadata: JSON.stringify({
      ...metadata,
      client_id: clientId,
      client_id_issued_at: now,
      ...(kept !== undefined && { client_secret: kept, client_secret_expires_at: 0 }),
    }),
    createdAt: now,
    lastUsedAt: undefined,
  }
  const added = await parts.clients.add(record, Number.MAX_SAFE_INTEGER)
  if (added !== 'added') throw new Error(`The client could not be added: ${added}`)
  return { clientId, secret }
}
