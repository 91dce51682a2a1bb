// The authorization server as the command line uses it, on the certified client library.

import * as openid from 'openid-client'
import { commandLineClientId } from '../../protocol/command-line.ts'
import { epochSeconds } from '../../protocol/time.ts'
import { LoginFault } from './fault.ts'
import type { Tokens } from './logins.ts'
import { isSafe } from './place.ts'

export type Server = {
  readonly issuer: string
  readonly configuration: openid.Configuration
}

const patience = 10

const endpoints = [
  'authorization_endpoint',
  'token_endpoint',
  'device_authorization_endpoint',
  'pushed_authorization_request_endpoint',
  'revocation_endpoint',
] as const

const isHere = (text: string, issuer: string): boolean => URL.parse(text)?.origin === issuer

type Reason = (issuer: string, origin: string) => string

const noCommandLines: Reason = (issuer) =>
  `${issuer} lets no command lines in; its operator can: command_line_login: true`

/** By the error code, which is whatever the server writes there: a map has no names of its own. */
const reasons: ReadonlyMap<string | undefined, Reason> = new Map([
  ['invalid_client', noCommandLines],
  ['unauthorized_client', noCommandLines],
  [
    'invalid_target',
    (issuer, origin) => `${issuer} gives no tokens for ${origin}: no rule is for it`,
  ],
  ['invalid_grant', (_, origin) => `The login has ended; run: sallyport login ${origin}`],
  ['access_denied', () => 'It was not allowed: you, or the rules there, said no'],
  ['expired_token', () => 'The code has run out; begin again'],
])

const errorOf = (fault: unknown): string | undefined =>
  fault instanceof openid.ResponseBodyError || fault instanceof openid.AuthorizationResponseError
    ? fault.error
    : undefined

/** Says in words why the server refused, or could not be asked. */
export function explainRefusal(fault: unknown, issuer: string, origin: string): LoginFault {
  if (fault instanceof LoginFault) return fault
  const error = errorOf(fault)
  const reason = reasons.get(error)
  if (reason !== undefined) return new LoginFault(reason(issuer, origin), { cause: fault })
  if (error !== undefined)
    return new LoginFault(`${issuer} refused: ${JSON.stringify(error)}`, { cause: fault })
  const cause = fault instanceof Error ? fault.message : String(fault)
  return new LoginFault(`${issuer} could not be asked: ${cause}`, { cause: fault })
}

/**
 * What the issuer says of itself. Its name must be the one that was asked, and everything it offers must be its own.
 *
 * @throws LoginFault
 */
export async function findServer(issuer: string): Promise<Server> {
  const url = URL.parse(issuer)
  if (url === null || !isSafe(url))
    throw new LoginFault(`Cannot sign in at ${JSON.stringify(issuer)}: expected an https address`)
  const execute = url.protocol === 'http:' ? [openid.allowInsecureRequests] : []
  const configuration = await openid
    .discovery(url, commandLineClientId, undefined, openid.None(), {
      algorithm: 'oauth2',
      timeout: patience,
      execute,
    })
    .catch((fault: unknown) => {
      throw new LoginFault(
        `${issuer} does not say how to sign in; is it a Sallyport that issues tokens?`,
        {
          cause: fault,
        },
      )
    })
  const metadata = configuration.serverMetadata()
  const isOwn = endpoints.every((name) => {
    const endpoint = metadata[name]
    return endpoint === undefined || (typeof endpoint === 'string' && isHere(endpoint, issuer))
  })
  if (metadata.issuer !== issuer || !isOwn)
    throw new LoginFault(`${issuer} names others in its place: not trusted`)
  return { issuer, configuration }
}

/** What the server gave, with the moment it ends. */
export function readTokens(
  answer: openid.TokenEndpointResponse,
  now: number,
  before?: string,
): Tokens {
  const { access_token: accessToken, refresh_token: refreshToken = before, expires_in } = answer
  if (refreshToken === undefined) throw new LoginFault('The server gave no refresh token')
  return { accessToken, refreshToken, expiresAt: epochSeconds(now + (expires_in ?? 0)) }
}
