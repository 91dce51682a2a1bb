// Does a token of our own command line count for this request? It is for one origin, and for rules alone.

import type { VerifiedToken } from '../ports/token-verifier.ts'
import { parseAccessToken } from '../protocol/access-token.ts'
import { commandLineClientId } from '../protocol/command-line.ts'
import type { OriginalRequest } from '../protocol/forwarded-request.ts'

export type CommandLinePorts = {
  /** Ourselves. */
  readonly issuer: string
}

const originOf = ({ scheme, host }: OriginalRequest): string => `${scheme}://${host}`

/**
 * Whether a text says of itself that it is such a token for this request. Proves nothing: it only spares the work
 * for everything else that strangers send.
 */
export function looksLikeCommandLine(
  text: string,
  request: OriginalRequest | undefined,
  { issuer }: CommandLinePorts,
): boolean {
  if (request === undefined) return false
  const read = parseAccessToken(text)
  if (read.kind === 'rejected') return false
  const { claims } = read
  return (
    claims['iss'] === issuer &&
    claims['client_id'] === commandLineClientId &&
    claims['aud'] === originOf(request)
  )
}

/** Whether we issued a token to our own command line. */
export const isOfCommandLine = (
  { issuer, clientId }: VerifiedToken,
  ports: CommandLinePorts | undefined,
): boolean => ports !== undefined && issuer === ports.issuer && clientId === commandLineClientId

/** Whether a token of ours is for the origin of the request, and for nothing else. */
export const isForOrigin = (
  { audience }: VerifiedToken,
  request: OriginalRequest | undefined,
): boolean => request !== undefined && audience.length === 1 && audience[0] === originOf(request)
