// An application with openid-client, which nobody here wrote: asks Sallyport through the edge, as any of its clients.

import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'
import * as openid from 'openid-client'
import type { Certificates } from './certificates.ts'
import { type HeaderLine, statusOf } from './http-message.ts'
import { listen } from './loopback.ts'
import type { Person } from './person.ts'
import { type EdgeAddress, send } from './raw-client.ts'

const issuer = new URL('https://auth.sep.test')

/** `fetch` that finds every name at the edge. */
export const createEdgeFetch =
  (edge: EdgeAddress): openid.CustomFetch =>
  async (address, { method, headers, body }) => {
    const { host, pathname, search } = new URL(address)
    const lines: HeaderLine[] = [...Object.entries(headers), ['Connection', 'close']]
    const content = body === undefined || body === null ? {} : { body: String(body) }
    const target = `${pathname}${search}`
    const answer = await send(edge, { host, method, target, headers: lines, ...content })
    const status = statusOf(answer)
    const given = answer.headers.map(([name, value]): [string, string] => [name, value])
    return new Response(status === 204 ? null : answer.body, { status, headers: given })
  }

/** Reads the metadata, as the application does when it starts. */
export const discover = (
  edge: EdgeAddress,
  clientId: string,
  authentication: openid.ClientAuth,
): Promise<openid.Configuration> =>
  openid.discovery(issuer, clientId, undefined, authentication, {
    [openid.customFetch]: createEdgeFetch(edge),
  })

export type SignInOptions = {
  readonly redirectUri: string
  readonly parameters: Readonly<Record<string, string>>
  readonly dpop?: openid.DPoPHandle
  /** Sends the request to the server first, and the browser with a reference to it (RFC 9126). */
  readonly isPushed?: boolean
}

/** Code flow with PKCE, state and nonce; what comes back is checked by openid-client. */
export async function signIn(
  app: openid.Configuration,
  person: Person,
  { redirectUri, parameters, dpop, isPushed = false }: SignInOptions,
) {
  const pkceCodeVerifier = openid.randomPKCECodeVerifier()
  const expectedState = openid.randomState()
  const expectedNonce = openid.randomNonce()
  const wanted = {
    redirect_uri: redirectUri,
    code_challenge: await openid.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
    state: expectedState,
    nonce: expectedNonce,
    ...parameters,
  }
  const options = dpop === undefined ? {} : { DPoP: dpop }
  const address = isPushed
    ? await openid.buildAuthorizationUrlWithPAR(app, wanted, options)
    : openid.buildAuthorizationUrl(app, wanted)
  const { url } = await person.authorize(address.href)
  const isOpenid = parameters['scope']?.split(' ').includes('openid') === true
  const nonce = isOpenid ? { expectedNonce, idTokenExpected: true } : {}
  const checks = { pkceCodeVerifier, expectedState, ...nonce }
  const tokens = await openid.authorizationCodeGrant(app, url, checks, undefined, options)
  return { address, tokens }
}

export type LogoutReceiver = {
  /** The logout tokens that came, in order. */
  readonly tokens: () => readonly string[]
  readonly close: () => Promise<void>
}

/** Where an application is told of logouts: https on loopback, at a port that Sallyport knows already. */
export async function startLogoutReceiver(
  port: number,
  certificates: Certificates,
): Promise<LogoutReceiver> {
  const tokens: string[] = []
  const tls = {
    key: readFileSync(certificates.keyFile),
    cert: readFileSync(certificates.certificateFile),
  }
  const server = createServer(tls, (request, response) => {
    let text = ''
    request.on('data', (chunk) => {
      text += String(chunk)
    })
    request.on('end', () => {
      tokens.push(new URLSearchParams(text).get('logout_token') ?? '')
      response.writeHead(200).end()
    })
  })
  await listen(server, port)
  return {
    tokens: () => [...tokens],
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
