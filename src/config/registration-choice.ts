// Whether the authorization server runs at all, and whom it lets in that nobody wrote down.

import type { RegistrationMode } from '../ports/authorization-server.ts'
import type { ResourceEntry } from './resource-schema.ts'
import type { FileSettings } from './schema.ts'

type Own = NonNullable<FileSettings['authorization_server']>

/**
 * Resources that have us as issuer want tokens, and clients of the operator's own want people signed in. mcpauth's
 * clients were for the gateway: without it they have nothing to ask us for.
 */
export const isNeeded = (
  { clients = [] }: Own,
  {
    issued,
    isGateway,
    commandLine,
  }: {
    readonly issued: readonly ResourceEntry[]
    readonly isGateway: boolean
    /** Whether people sign in from command lines, with our own client. */
    readonly commandLine: boolean
  },
): boolean => issued.length > 0 || commandLine || (clients.length > 0 && !isGateway)

/** How a client becomes known that is not in the configuration. */
export type Openness = {
  readonly registration: RegistrationMode
  readonly documents: boolean
}

/**
 * What is written, else open to MCP clients: with the FAPI profile, or without a resource for which such a client
 * could want a token, closed.
 */
export function opennessOf(own: Own, issued: readonly ResourceEntry[]): Openness {
  const isOpen = own.fapi !== true && issued.length > 0
  return {
    registration: own.registration ?? (isOpen ? 'open' : 'off'),
    documents: own.client_documents ?? isOpen,
  }
}
