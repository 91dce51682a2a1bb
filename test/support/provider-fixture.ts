// A login at a provider as its recorded documents describe it: real configuration, real client, signed tokens, no network.

import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type CryptoKey, exportJWK, generateKeyPair, SignJWT } from 'jose'
import { authenticate } from '../../src/access/authenticate.ts'
import { createIdentityProvider } from '../../src/adapters/identity-provider.ts'
import type { GuardedFetch } from '../../src/adapters/outbound.ts'
import { hashOf } from '../../src/adapters/sealing.ts'
import { createTokenVerifier } from '../../src/adapters/token-issuers.ts'
import type { Log, LogFields } from '../../src/ports/runtime.ts'
import { epochSeconds, seconds } from '../../src/protocol/time.ts'
import { settingsOf } from './load-configuration.ts'

export type Document = Readonly<Record<string, unknown>>

/** `document` of `test/fixtures/providers/<preset>/<name>.json`. */
export function fixture(preset: string, name: string): Document {
  const path = join(import.meta.dirname, '../fixtures/providers', preset, `${name}.json`)
  return JSON.parse(readFileSync(path, 'utf8')).document
}

const redirectUri = 'https://auth.example.com/callback/it'
const returnTo = 'https://auth.example.com/signed-out'
const checks = { state: 'the-state', nonce: 'the-nonce', codeVerifier: 'v'.repeat(43) }
const now = () => epochSeconds(Date.now() / 1000)

export type Changes = {
  /** Members of the provider's entry in the configuration. */
  readonly entry?: Document
  readonly discovery?: Document
  readonly discoveryFile?: string
  readonly idToken?: Document
  /** Undefined: as recorded; null: there is none. */
  readonly userInfo?: Document | null
}

const text = (value: unknown): string => String(value)

/** The left half of the hash that belongs to the algorithm (OpenID Connect Core 1.0 §3.1.3.6). */
function halfHash(token: string, algorithm: string): string {
  const digest = createHash(`sha${algorithm.slice(-3)}`)
    .update(token)
    .digest()
  return digest.subarray(0, digest.length / 2).toString('base64url')
}

type Key = {
  readonly algorithm: string
  readonly jwk: Document
  readonly sign: (claims: Document, type?: string) => Promise<string>
}

async function createKey(algorithm: string): Promise<Key> {
  const pair: { privateKey: CryptoKey; publicKey: CryptoKey } = await generateKeyPair(algorithm, {
    extractable: true,
  })
  return {
    algorithm,
    jwk: { ...(await exportJWK(pair.publicKey)), kid: 'k1', use: 'sig' },
    sign: (claims, type) =>
      new SignJWT({ iat: now(), exp: now() + 300, ...claims })
        .setProtectedHeader({ alg: algorithm, kid: 'k1', ...(type ? { typ: type } : {}) })
        .sign(pair.privateKey),
  }
}

const json = (body: unknown, status = 200) =>
  new Response(JSON.stringify(body), {
    status,
    headers: { 'Content-Type': 'application/json' },
  })

/** Settings with one provider `it` of this preset. */
function settingsFor(preset: string, issuer: string, clientId: string, entry: Document) {
  const named = preset === 'google' ? {} : { issuer }
  const secret = 'q8Zr2LmN4pXv7TyB1sWd'
  const provider = {
    id: 'it',
    preset,
    ...named,
    client_id: clientId,
    client_secret: secret,
    ...entry,
  }
  return settingsOf({
    yaml: `public_url: https://auth.example.com\nallow: { anyone: true }\nproviders: [${JSON.stringify(provider)}]`,
  })
}

/** Everything of one login that a test may want to look at. */
export async function loginAt(preset: string, changes: Changes = {}) {
  const discovery: Document = {
    ...fixture(preset, changes.discoveryFile ?? 'discovery'),
    ...changes.discovery,
  }
  const claims: Document = { ...fixture(preset, 'id-token'), ...changes.idToken }
  const recorded = () => fixture(preset, 'userinfo')
  const issuer = text(changes.entry?.['issuer'] ?? discovery['issuer'])
  const authorized = claims['azp'] ?? claims['aud']
  const [clientId = ''] = Array.isArray(authorized) ? authorized : [authorized]
  const settings = settingsFor(preset, issuer, text(clientId), changes.entry ?? {})
  const [provider] = settings.providers
  if (provider === undefined) throw new Error('No provider')

  const algorithms: unknown = discovery['id_token_signing_alg_values_supported']
  const key = await createKey(Array.isArray(algorithms) ? text(algorithms[0]) : 'RS256')
  const accessToken = 'an-opaque-access-token'
  const hash =
    claims['at_hash'] === '(computed)' ? { at_hash: halfHash(accessToken, key.algorithm) } : {}
  const idToken = await key.sign({ nonce: checks.nonce, ...claims, ...hash })
  const requests: string[] = []
  const fetch: GuardedFetch = async (input, init) => {
    const url = String(input)
    requests.push(`${init?.method ?? 'GET'} ${url}`)
    if (url === `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`)
      return json(discovery)
    if (url === discovery['jwks_uri']) return json({ keys: [key.jwk] })
    if (url === discovery['token_endpoint'])
      return json({ access_token: accessToken, token_type: 'Bearer', id_token: idToken })
    if (url === discovery['userinfo_endpoint'] && changes.userInfo !== null)
      return json(changes.userInfo ?? recorded())
    return json({}, 404)
  }
  const lines: { readonly event: string; readonly fields: LogFields }[] = []
  const note = (event: string, fields: LogFields = {}) => void lines.push({ event, fields })
  const log: Log = { debug() {}, info: note, warn: note, error: note, debugEnabled: false }
  const client = createIdentityProvider(
    { ...provider, allowInsecureHttp: false },
    { log, now, fetch },
  )
  const started = await client.begin(redirectUri, checks, { selectAccount: false })
  const iss = discovery['authorization_response_iss_parameter_supported'] ? { iss: issuer } : {}
  const query = new URLSearchParams({ code: 'c', state: checks.state, ...iss })
  const answer = await client.complete(new URL(`${redirectUri}?${query}`), checks)
  return {
    provider,
    authorization: started.kind === 'redirect' ? started.url : undefined,
    unavailable: started.kind === 'unavailable' ? started.reason : undefined,
    answer,
    identity: answer.kind === 'identity' ? answer.identity : undefined,
    logout: client.logoutUrl(idToken, returnTo),
    logoutOrigin: client.logoutOrigin(),
    requests,
    lines,
  }
}

/** What comes of an access token at `https://mcp.example.com/mcp`. */
export async function tokenAt(
  preset: string,
  token: {
    readonly claims?: Document
    readonly type?: string
    /** The issuer's entry besides its URL. */
    readonly issuer?: Document
    readonly resource?: Document
  } = {},
) {
  const claims = { ...fixture(preset, 'access-token'), ...token.claims }
  const { iss } = fixture(preset, 'access-token')
  const discovery = fixture(preset, 'discovery')
  const resource = {
    url: 'https://mcp.example.com/mcp',
    issuers: [{ issuer: iss, ...token.issuer }],
    ...token.resource,
  }
  const provider = {
    preset,
    issuer: iss,
    client_id: 'sallyport',
    client_secret: 'q8Zr2LmN4pXv7TyB',
  }
  const settings = settingsOf({
    yaml: `public_url: https://auth.example.com\nallow: { anyone: true }
providers: [${JSON.stringify(provider)}]\nresources: [${JSON.stringify(resource)}]`,
  })
  const algorithms: unknown = discovery['id_token_signing_alg_values_supported']
  const key = await createKey(Array.isArray(algorithms) ? text(algorithms[0]) : 'RS256')
  const fetch: GuardedFetch = async (url) =>
    String(url) === discovery['jwks_uri']
      ? json({ keys: [key.jwk] })
      : json(String(url).includes('/.well-known/') ? discovery : {}, 200)
  const log: Log = { debug() {}, info() {}, warn() {}, error() {}, debugEnabled: false }
  const tokens = createTokenVerifier(settings.tokenIssuers, { fetch, log, now })
  const [policy] = settings.policy.resources
  if (policy === undefined) throw new Error('No resource')
  const route = {
    kind: 'resource',
    name: 'mcp',
    policy,
    allow: undefined,
    allowPreflight: false,
  } as const
  const bearer = await key.sign(claims, token.type)
  const ports = {
    sessions: { find: async () => undefined },
    tokens,
    hashOf,
    idle: seconds(0),
    sessionSeen: () => {},
  }
  return authenticate({ kind: 'bearer', token: bearer }, route, ports, now())
}
