// An issuer on loopback for the bench: discovery, one RS256 key, and as many different tokens as asked for.

import { sign } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { promisify } from 'node:util'
import { exportJWK, generateKeyPair } from 'jose'

export type BenchIssuer = {
  readonly issuer: string
  /** `count` tokens for the audience, all valid for two hours, no two alike. */
  readonly tokens: (audience: string, count: number) => Promise<readonly string[]>
  readonly close: () => void
}

const base64url = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
const signAsync = promisify(sign)

/** Starts the issuer on a free port. */
export async function startIssuer(): Promise<BenchIssuer> {
  const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true })
  const jwk = { ...(await exportJWK(publicKey)), kid: 'bench', alg: 'RS256', use: 'sig' }
  const key = { key: await exportJWK(privateKey), format: 'jwk' as const }
  let issuer = ''
  const server = createServer((request, response) => {
    const keys = { keys: [jwk] }
    const metadata = {
      issuer,
      jwks_uri: `${issuer}/jwks`,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/token`,
      response_types_supported: ['code'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['RS256'],
    }
    response.setHeader('Content-Type', 'application/json')
    response.end(JSON.stringify(request.url === '/jwks' ? keys : metadata))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  issuer = `http://127.0.0.1:${String(portOf(server.address()))}`

  const header = base64url({ alg: 'RS256', kid: 'bench', typ: 'at+jwt' })
  const tokens = async (audience: string, count: number) => {
    const now = Math.floor(Date.now() / 1000)
    const one = async (serial: number) => {
      const claims = {
        iss: issuer,
        sub: `user-${serial % 100}`,
        aud: audience,
        client_id: 'bench',
        email: `user-${serial % 100}@example.com`,
        email_verified: true,
        scope: 'mcp:tools',
        iat: now,
        exp: now + 7200,
        jti: `token-${serial}`,
      }
      const body = `${header}.${base64url(claims)}`
      const signature = await signAsync('sha256', Buffer.from(body), key)
      return `${body}.${signature.toString('base64url')}`
    }
    return Promise.all(Array.from({ length: count }, (_, serial) => one(serial)))
  }
  return { issuer, tokens, close: () => server.close() }
}

const portOf = (address: AddressInfo | string | null): number =>
  typeof address === 'object' && address !== null ? address.port : 0
