// sallyport clients list: every client that is known by name, wherever it came from.

import { memberOf } from '../authorization-server/registration-audit.ts'
import type { ConfiguredClient } from '../ports/authorization-server.ts'
import type { ClientRecord } from '../ports/authorization-store.ts'
import { cleanClientName } from '../protocol/client-name.ts'
import { describeRedirectUri } from '../protocol/redirect-uri.ts'
import type { EpochSeconds } from '../protocol/time.ts'
import { formatTable } from './table.ts'

export type ListedClient = {
  readonly id: string
  readonly name: string | undefined
  readonly kind: 'configured' | ClientRecord['kind']
  readonly redirectHosts: readonly string[]
  readonly createdAt: string | undefined
  readonly lastUsedAt: string | undefined
}

const textOf = (moment: EpochSeconds | undefined): string | undefined =>
  moment === undefined ? undefined : new Date(moment * 1000).toISOString()

function hostsOf(uris: readonly unknown[]): readonly string[] {
  const hosts = uris.map((uri) => {
    const target = typeof uri === 'string' ? describeRedirectUri(uri) : undefined
    return target?.kind === 'private' ? `${target.scheme}:` : target?.host
  })
  return [...new Set(hosts.filter((host) => host !== undefined))]
}

function describeRecord(record: ClientRecord): ListedClient {
  const metadata: unknown = JSON.parse(record.metadata)
  const name = memberOf(metadata, 'client_name')
  const uris = memberOf(metadata, 'redirect_uris')
  return {
    id: record.clientId,
    name: typeof name === 'string' ? cleanClientName(name) : undefined,
    kind: record.kind,
    redirectHosts: hostsOf(Array.isArray(uris) ? uris : []),
    createdAt: textOf(record.createdAt),
    lastUsedAt: textOf(record.lastUsedAt),
  }
}

const describeConfigured = ({ id, name, redirectUris }: ConfiguredClient): ListedClient => ({
  id,
  name,
  kind: 'configured',
  redirectHosts: hostsOf(redirectUris),
  createdAt: undefined,
  lastUsedAt: undefined,
})

/** Those of the configuration first, then the stored ones by age. Never a secret or its hash. */
export const describeClients = (
  configured: readonly ConfiguredClient[],
  stored: readonly ClientRecord[],
): readonly ListedClient[] => [...configured.map(describeConfigured), ...stored.map(describeRecord)]

/** The clients as lines of a table. */
export function formatClients(clients: readonly ListedClient[]): readonly string[] {
  const rows = clients.map((client) => [
    client.id,
    client.name ?? '-',
    client.kind,
    client.redirectHosts.join(',') || '-',
    client.createdAt?.slice(0, 10) ?? '-',
    client.lastUsedAt?.slice(0, 10) ?? '-',
  ])
  return formatTable([['ID', 'NAME', 'KIND', 'REDIRECTS', 'CREATED', 'LAST USED'], ...rows])
}
