// An issuer of access tokens for tests: real keys, a real HTTP server, and a switch for each way to misbehave.

import { createServer, type ServerResponse } from 'node:http'
import { exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose'

type Pair = Awaited<ReturnType<typeof generateKeyPair>>

export type Misbehaviour =
  | 'none'
  | 'refuse'
  | 'silent'
  | 'status-500'
  | 'redirect'
  | 'html'
  | 'no-keys'
  | 'one-megabyte'

export type TestIssuer = {
  readonly issuer: string
  readonly jwksUri: string
  /** `GET /path` of each request so far. */
  readonly requests: string[]
  /** How the server answers from now on. */
  behave: (how: Misbehaviour, where?: 'everywhere' | 'keys' | 'openid') => void
  /** What the documents say instead of the truth. */
  readonly says: { issuer?: string; jwksUri?: string; cacheControl?: string; delayMs?: number }
  /** Publishes new keys; the old ones stay published when asked to. */
  rotate: (options: { kid: string; keepOld: boolean }) => Promise<void>
  /** A token signed with the newest key, or with the named one even when it is no longer published. */
  readonly sign: (claims?: object, header?: object, kid?: string) => Promise<string>
  readonly keySetRequests: () => number
  readonly close: () => Promise<void>
}

const megabyte = 'x'.repeat(1024 * 1024)

function misbehave(response: ServerResponse, how: Misbehaviour): boolean {
  if (how === 'none' || how === 'silent') return how === 'silent'
  if (how === 'refuse') response.destroy()
  if (how === 'status-500') response.writeHead(500).end('{}')
  if (how === 'redirect') response.writeHead(302, { Location: '/moved' }).end()
  if (how === 'html') response.writeHead(200, { 'Content-Type': 'text/html' }).end('<p>Hello')
  if (how === 'no-keys') response.writeHead(200, { 'Content-Type': 'application/json' }).end('{}')
  if (how === 'one-megabyte')
    response
      .writeHead(200, { 'Content-Type': 'application/json' })
      .end(JSON.stringify({ keys: [], pad: megabyte }))
  return true
}

/**
 * Starts an issuer at `http://127.0.0.1:<port><path>` with one ES256 key. Tokens are signed with the newest
 * key unless a `kid` is named, and stand in the time of `now`.
 */
export async function startTokenIssuer(options: {
  readonly now: () => number
  readonly path?: string
  readonly kid?: string
  readonly documents?: 'openid' | 'oauth' | 'both'
}): Promise<TestIssuer> {
  const { path = '', kid: firstKid = 'one', documents = 'both', now } = options
  const pairs = new Map<string, Pair>()
  let published: JWK[] = []
  let newest = firstKid
  let how: Misbehaviour = 'none'
  let where: 'everywhere' | 'keys' | 'openid' = 'everywhere'
  const requests: string[] = []
  const says: TestIssuer['says'] = {}

  const rotate: TestIssuer['rotate'] = async ({ kid, keepOld }) => {
    const pair = await generateKeyPair('ES256', { extractable: true })
    const jwk = { ...(await exportJWK(pair.publicKey)), kid, alg: 'ES256', use: 'sig' }
    pairs.set(kid, pair)
    published = keepOld ? [...published, jwk] : [jwk]
    newest = kid
  }
  await rotate({ kid: firstKid, keepOld: false })

  const openid = `${path}/.well-known/openid-configuration`
  const oauth = `/.well-known/oauth-authorization-server${path}`
  const server = createServer((request, response) => {
    const url = request.url ?? ''
    requests.push(`${request.method} ${url}`)
    const answer = () => {
      const isKeys = url === `${path}/keys`
      const concerned = where === 'everywhere' || (where === 'keys') === isKeys
      if (concerned && misbehave(response, how)) return
      const metadata = { issuer: says.issuer ?? issuer, jwks_uri: says.jwksUri ?? jwksUri }
      const served: Record<string, unknown> = { [`${path}/keys`]: { keys: published } }
      if (documents !== 'oauth') served[openid] = metadata
      if (documents !== 'openid') served[oauth] = metadata
      const body = served[url]
      const cache = says.cacheControl ? { 'Cache-Control': says.cacheControl } : {}
      response.writeHead(body ? 200 : 404, { 'Content-Type': 'application/json', ...cache })
      response.end(JSON.stringify(body ?? {}))
    }
    if (says.delayMs) setTimeout(answer, says.delayMs)
    else answer()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('No port')
  const issuer = `http://127.0.0.1:${address.port}${path}`
  const jwksUri = `${issuer}/keys`

  return {
    issuer,
    jwksUri,
    requests,
    says,
    rotate,
    behave: (next, concerned = 'everywhere') => {
      how = next
      where = concerned
    },
    keySetRequests: () => requests.filter((line) => line.endsWith('/keys')).length,
    sign: (claims = {}, header = {}, kid = newest) => {
      const pair = pairs.get(kid)
      if (pair === undefined) throw new Error(`No key "${kid}"`)
      const usual = {
        iss: issuer,
        sub: 'u-1',
        aud: 'https://mcp.example.com/mcp',
        client_id: 'cli',
      }
      return new SignJWT({ ...usual, iat: now(), exp: now() + 600, ...claims })
        .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid, ...header })
        .sign(pair.privateKey)
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
