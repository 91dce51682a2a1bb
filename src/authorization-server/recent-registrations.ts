// Has this program registered a moment ago? Some clients register again at each connection (anthropics/claude-code#59460).
//
// A public client that registers the same metadata from the same address within an hour gets the same client id. It
// is told to more than one then, so nobody may manage it from that moment: its registration access token ends. It is
// not given out when that token was exchanged for another, or the client changed. Known per node; elsewhere it is
// registered anew.

import { hash } from 'node:crypto'
import type { AuthorizationStore } from '../ports/authorization-store.ts'
import type { Hash } from '../ports/hash.ts'
import type { Clock } from '../ports/runtime.ts'
import type { ClientMetadata } from '../protocol/client-metadata.ts'
import { type EpochSeconds, later, seconds } from '../protocol/time.ts'
import { memberOf } from './registration-audit.ts'

type Parts = {
  readonly store: Pick<AuthorizationStore, 'artifacts' | 'clients'>
  /** The part of an address that one person has. */
  readonly originOf: (address: string) => string
  readonly hashOf: (value: string) => Hash
  readonly now: Clock
}

/** What the library answered to a registration. */
export type Registered = {
  readonly clientId: string
  readonly issuedAt: number | undefined
  readonly accessToken: string | undefined
}

type Remembered = {
  readonly registered: Registered
  readonly stored: string
  readonly until: EpochSeconds
  /** Whether nobody manages it any more. */
  readonly isFree: boolean
}

const lifetime = seconds(3600)
const most = 1000

/** The port of a loopback redirect is free anyway (RFC 8252 §7.3), and another one at each start. */
const withoutPort = (uri: string): string =>
  uri.replace(/^(http:\/\/(?:localhost|127\.0\.0\.1|\[::1\])):\d+/, '$1')

/** Reads the answer to a successful registration (RFC 7591 §3.2.1). */
export function readRegistered(body: unknown): Registered | undefined {
  const clientId = memberOf(body, 'client_id')
  const issuedAt = memberOf(body, 'client_id_issued_at')
  const accessToken = memberOf(body, 'registration_access_token')
  if (typeof clientId !== 'string') return undefined
  return {
    clientId,
    issuedAt: typeof issuedAt === 'number' ? issuedAt : undefined,
    accessToken: typeof accessToken === 'string' ? accessToken : undefined,
  }
}

export function createRecentRegistrations({ store, originOf, hashOf, now }: Parts) {
  const remembered = new Map<string, Remembered>()
  const keyOf = (address: string, metadata: ClientMetadata): string => {
    const redirects = metadata.redirect_uris.map(withoutPort)
    const text = JSON.stringify([originOf(address), { ...metadata, redirect_uris: redirects }])
    return hash('sha256', text, 'base64url')
  }

  /** False when the token has been exchanged for one that we do not know (RFC 7592 §3). */
  const endManagement = async ({ accessToken }: Registered): Promise<boolean> => {
    if (accessToken === undefined) return true
    const kind = 'RegistrationAccessToken'
    return (await store.artifacts.destroy(kind, hashOf(accessToken))) === 'destroyed'
  }

  return {
    /** The client that was registered with this metadata. Ends its registration access token. */
    find: async (address: string, metadata: ClientMetadata): Promise<Registered | undefined> => {
      const key = keyOf(address, metadata)
      const one = remembered.get(key)
      if (one === undefined || one.until <= now()) return undefined
      // First the token, then the look: an update by its holder must not come in between.
      const isFree = one.isFree || (await endManagement(one.registered))
      const record = isFree ? await store.clients.find(one.registered.clientId) : undefined
      if (record?.metadata === one.stored) {
        remembered.set(key, { ...one, isFree })
        return one.registered
      }
      remembered.delete(key)
      return undefined
    },

    /** Remembers a registration; not that of a client with a secret or keys, which are its holder's alone. */
    add: async (
      address: string,
      metadata: ClientMetadata,
      registered: Registered,
    ): Promise<void> => {
      if (metadata.token_endpoint_auth_method !== 'none') return
      const stored = (await store.clients.find(registered.clientId))?.metadata
      if (stored === undefined) return
      const key = keyOf(address, metadata)
      remembered.delete(key)
      remembered.set(key, { registered, stored, until: later(now(), lifetime), isFree: false })
      const [oldest] = remembered.keys()
      if (remembered.size > most && oldest !== undefined) remembered.delete(oldest)
    },
  }
}
