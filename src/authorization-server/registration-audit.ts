// What the log says of a registration: who, from where, and where its redirects lead (R127). Never more of it.

import type { Log } from '../ports/runtime.ts'
import { cleanClientName } from '../protocol/client-name.ts'
import { describeRedirectUri } from '../protocol/redirect-uri.ts'

const mostHosts = 10

/** A member of untrusted JSON. */
export const memberOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? Object.getOwnPropertyDescriptor(value, name)?.value
    : undefined

function hostsOf(uris: unknown): readonly string[] {
  if (!Array.isArray(uris)) return []
  const texts: readonly unknown[] = uris.slice(0, mostHosts)
  const hosts = texts.map((uri) => {
    const target = typeof uri === 'string' ? describeRedirectUri(uri.slice(0, 2000)) : undefined
    return target?.host ?? (target ? `${target.scheme}:` : 'unreadable')
  })
  return [...new Set(hosts)].map((host) => host.slice(0, 253))
}

export type Audit = (
  event: 'client.refused' | 'client.registered' | 'client.registered_again' | 'client.updated',
  fields: { readonly client?: string; readonly reason?: string },
) => void

/** Makes the function that writes the lines of one request. */
export function auditOf(log: Log, metadata: unknown, address: string): Audit {
  const name = memberOf(metadata, 'client_name')
  const described = {
    name: typeof name === 'string' ? cleanClientName(name.slice(0, 1000)) : undefined,
    redirect_hosts: hostsOf(memberOf(metadata, 'redirect_uris')),
    address,
  }
  return (event, fields) => log.info(event, { ...fields, ...described })
}

/** What is to be told the answer to a client that removes itself (RFC 7592 §2.3); `client` is what its address says. */
export const auditRemoval =
  (log: Log, client: string, address: string) =>
  async ({ status, body }: { readonly status: number; readonly body: unknown }): Promise<void> => {
    const fields = { client: client.slice(0, 512), address }
    if (status === 204) log.info('client.removed', fields)
    else log.info('client.refused', { ...fields, reason: String(memberOf(body, 'error')) })
  }
