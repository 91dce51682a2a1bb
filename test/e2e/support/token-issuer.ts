// Another issuer of access tokens, such as a Keycloak realm: discovery, keys, and tokens that are really signed.

import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import type { Certificates } from './certificates.ts'
import { listen } from './loopback.ts'

export type TokenIssuer = {
  readonly issuer: string
  /**
   * A signed `at+jwt` access token, good for five minutes.
   *
   * @param claims override or add; `undefined` removes
   */
  readonly issue: (
    claims: Readonly<Record<string, unknown>>,
    header?: Readonly<Record<string, string>>,
  ) => Promise<string>
  readonly close: () => Promise<void>
}

/** Starts one on a free loopback port over https. */
export async function startTokenIssuer(certificates: Certificates): Promise<TokenIssuer> {
  const { privateKey, publicKey } = await generateKeyPair('ES256')
  const jwk = { ...(await exportJWK(publicKey)), kid: 'issuer-key', use: 'sig', alg: 'ES256' }
  const documents = new Map<string, unknown>([['/jwks', { keys: [jwk] }]])
  const server = createServer(
    {
      key: readFileSync(certificates.keyFile),
      cert: readFileSync(certificates.certificateFile),
    },
    (request, response) => {
      const document = documents.get(request.url ?? '')
      response.writeHead(document === undefined ? 404 : 200, { 'Content-Type': 'application/json' })
      response.end(JSON.stringify(document ?? { error: 'not_found' }))
    },
  )
  const issuer = `https://127.0.0.1:${await listen(server)}`
  const metadata = {
    issuer,
    jwks_uri: `${issuer}/jwks`,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    response_types_supported: ['code'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['ES256'],
  }
  documents.set('/.well-known/openid-configuration', metadata)
  documents.set('/.well-known/oauth-authorization-server', metadata)
  return {
    issuer,
    issue: (claims, header = {}) => {
      const now = Math.floor(Date.now() / 1000)
      const standard = { iss: issuer, iat: now, exp: now + 300, client_id: 'cli' }
      return new SignJWT({ ...standard, jti: crypto.randomUUID(), ...claims })
        .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: 'issuer-key', ...header })
        .sign(privateKey)
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
