// Where clients come from: those that registered, and those whose id is the URL of their metadata.

import Provider, { type Adapter, type AdapterPayload, errors } from 'oidc-provider'
import type { ClientRecord } from '../ports/authorization-store.ts'
import { keptSecret } from './client-secret.ts'
import type { EngineParts } from './dependencies.ts'

/** Routes on which something starts: only there a document is fetched (R107). */
const starts: readonly string[] = [
  'authorization',
  'pushed_authorization_request',
  'device_authorization',
]

/** Routes on which a client sees its own metadata (RFC 7592). */
const managing: readonly string[] = ['client', 'client_update']

function parseMetadata({ metadata }: ClientRecord): AdapterPayload {
  const parsed: unknown = JSON.parse(metadata)
  return typeof parsed === 'object' && parsed !== null ? { ...parsed } : {}
}

const isManaged = (): boolean => managing.includes(Provider.ctx?.oidc.route ?? '')

/**
 * The scopes a client names are what it means to ask for, not a limit: step-up asks for more later. The library
 * would refuse a request for others; `narrowScope` drops what may not be had (R69, mcp.md AS-28).
 */
function withoutScope({ scope: _, ...metadata }: AdapterPayload): AdapterPayload {
  return metadata
}

/** The document is at fault, or could not be had: not the client, which may be fine again (AS-41). */
function refuseDocument(route: string | undefined): never {
  const description = 'the client-id metadata document cannot be used'
  if (route === undefined || starts.includes(route)) throw new errors.InvalidClient(description)
  throw new errors.TemporarilyUnavailable(description)
}

export function createClientAdapter({ dependencies }: EngineParts): Adapter {
  const { store, now, hashOf, registration, clientDocuments } = dependencies
  const { clients } = store

  const findDocument = async (id: string): Promise<AdapterPayload | undefined> => {
    if (clientDocuments === undefined || !/^https?:\/\//.test(id)) return undefined
    const route = Provider.ctx?.oidc.route
    const isStart = route !== undefined && starts.includes(route)
    const metadata = await clientDocuments.find(id, isStart).catch(() => refuseDocument(route))
    return { ...metadata, client_id: id }
  }

  const unused = async () => {
    throw new Error('Clients are neither consumed nor found by a second key')
  }

  return {
    upsert: async (id, payload) => {
      const { client_secret: secret, ...rest } = payload
      const metadata = JSON.stringify({
        ...rest,
        ...(secret === undefined ? {} : { client_secret: keptSecret(secret, hashOf) }),
      })
      if (Provider.ctx?.oidc.route === 'client_update') {
        await clients.replaceMetadata(id, metadata)
        return
      }
      const record = { clientId: id, metadata, createdAt: now(), lastUsedAt: undefined }
      const outcome = await clients.add({ ...record, kind: 'dynamic' }, registration.limit)
      if (outcome !== 'added')
        throw new errors.TemporarilyUnavailable('no more clients can register at the moment')
    },
    find: async (id) => {
      const record = await clients.find(id)
      const found = record === undefined ? await findDocument(id) : parseMetadata(record)
      return found === undefined || isManaged() ? found : withoutScope(found)
    },
    destroy: async (id) => {
      await clients.remove(id)
    },
    findByUid: unused,
    findByUserCode: unused,
    consume: unused,
    revokeByGrantId: unused,
  }
}
