// A provider that signs whatever it is told to: forged ID tokens, wrong subjects, slow and huge answers.

import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type CryptoKey, exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose'

export type Reply = {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
  /** Milliseconds before the answer. */
  readonly delay?: number
}

export type HostileProvider = {
  readonly issuer: string
  /** Answers by path; set one to change it. `/token` is usually replaced. */
  readonly replies: Map<string, Reply>
  readonly requests: readonly string[]
  /** Signs with the key of the JWKS; `claims` are added to proper ones. */
  readonly sign: (claims: JWTPayload) => Promise<string>
  /** A compact token with any header and signature bytes. */
  readonly forge: (header: object, claims: JWTPayload, signature: Uint8Array) => string
  readonly close: () => Promise<void>
}

const listen = async (server: Server): Promise<number> => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return port
}

const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')

/** Starts the provider for one client id. `/.well-known/openid-configuration` and `/jwks` are proper at first. */
export async function startHostileProvider(clientId: string): Promise<HostileProvider> {
  const replies = new Map<string, Reply>()
  const requests: string[] = []
  const server = createServer((request: IncomingMessage, response) => {
    const path = (request.url ?? '').split('?')[0] ?? ''
    requests.push(`${request.method} ${path}`)
    const {
      status = 200,
      headers = {},
      body = {},
      delay = 0,
    } = replies.get(path) ?? { status: 404 }
    const text = typeof body === 'string' ? body : JSON.stringify(body)
    setTimeout(() => {
      response.writeHead(status, { 'Content-Type': 'application/json', ...headers })
      response.end(text)
    }, delay)
  })
  const issuer = `http://127.0.0.1:${await listen(server)}`
  const keys: { readonly privateKey: CryptoKey; readonly publicKey: CryptoKey } =
    await generateKeyPair('RS256', { extractable: true })
  replies.set('/.well-known/openid-configuration', {
    body: {
      issuer,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/token`,
      userinfo_endpoint: `${issuer}/userinfo`,
      jwks_uri: `${issuer}/jwks`,
      // Every algorithm is claimed: our own list must be what counts.
      id_token_signing_alg_values_supported: ['none', 'HS256', 'RS256'],
      authorization_response_iss_parameter_supported: true,
    },
  })
  const jwk = { ...(await exportJWK(keys.publicKey)), kid: 'k1', use: 'sig' }
  replies.set('/jwks', { body: { keys: [jwk] } })
  const now = Math.floor(Date.now() / 1000)
  const proper = { iss: issuer, sub: 'mallory', aud: clientId, iat: now, exp: now + 300 }
  return {
    issuer,
    replies,
    requests,
    sign: (claims) =>
      new SignJWT({ ...proper, ...claims })
        .setProtectedHeader({ alg: 'RS256', kid: 'k1' })
        .sign(keys.privateKey),
    forge: (header, claims, signature) =>
      `${encode(header)}.${encode({ ...proper, ...claims })}.${Buffer.from(signature).toString('base64url')}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
