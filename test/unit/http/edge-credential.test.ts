// Cloudflare Access itself as an issuer: whose word counts, and where (X15).

import { createLocalJWKSet, exportJWK, generateKeyPair, SignJWT } from 'jose'
import { beforeAll, describe, expect, test } from 'vitest'
import { type AuthenticationPorts, authenticate } from '../../../src/access/authenticate.ts'
import { compilePolicy, type Route } from '../../../src/access/rules.ts'
import { hashOf } from '../../../src/adapters/sealing.ts'
import { readRouteCredential } from '../../../src/http/decision-credential.ts'
import { parseAccessToken, verifyAccessToken } from '../../../src/protocol/access-token.ts'
import { parseForwardedRequest } from '../../../src/protocol/forwarded-request.ts'
import { readHeaders } from '../../../src/protocol/raw-headers.ts'
import { epochSeconds, seconds } from '../../../src/protocol/time.ts'
import { fileWith, settingsOf } from '../../support/load-configuration.ts'

const now = epochSeconds(1_800_000_000)
const team = 'https://harbour.cloudflareaccess.com'
const tag = '4714c1358e65fe4b408ad6d432a5f878f08194bdb4752441fd56faefa9b2b6f2'

const settings = settingsOf({
  yaml: fileWith(`
rules: [{ host: app.example.com }]
resources:
  - { url: https://behind.example.com/, issuers: [{ issuer: ${team}, audiences: [${tag}] }] }
  - { url: https://mcp.example.com/, issuers: [https://issuer.example.com] }
`),
})
const policy = compilePolicy(settings.policy)
const [profile] = settings.tokenIssuers

let sign: (changes?: Record<string, unknown>) => Promise<string>
let ports: AuthenticationPorts
beforeAll(async () => {
  const { privateKey, publicKey } = await generateKeyPair('RS256')
  const keys = createLocalJWKSet({
    keys: [{ ...(await exportJWK(publicKey)), kid: 'k', alg: 'RS256' }],
  })
  // As the edge of Cloudflare writes them.
  sign = (changes = {}) =>
    new SignJWT({
      aud: [tag],
      email: 'alice@example.com',
      exp: now + 600,
      iat: now,
      nbf: now,
      iss: team,
      type: 'app',
      identity_nonce: 'qQ3H2cXhN7nM9bqX',
      sub: '7335d417-61da-459d-899c-0a01c76a2f94',
      country: 'DE',
      ...changes,
    })
      .setProtectedHeader({ alg: 'RS256', kid: 'k', typ: 'JWT' })
      .sign(privateKey)
  ports = {
    sessions: { find: () => undefined },
    tokens: {
      verify: async (text) => {
        const token = parseAccessToken(text)
        if (token.kind === 'rejected' || profile === undefined)
          return { kind: 'rejected', reason: 'malformed' }
        return verifyAccessToken(token, profile, keys, now)
      },
    },
    hashOf,
    idle: seconds(0),
    sessionSeen: () => {},
  }
})

async function ask(host: string, headers: readonly (readonly [string, string])[]) {
  const parsed = parseForwardedRequest({ method: 'GET', proto: 'https', host, target: '/' })
  if (parsed.kind === 'refused') throw new Error(parsed.reason)
  const match = policy.match(parsed.request)
  if (match.kind !== 'route') throw new Error(match.kind)
  const route: Route = match.route
  const asking = { request: parsed.request, route, headers: readHeaders(headers.flat()) }
  const cookies = { sessionCookie: 'sallyport', reach: () => ({ kind: 'login' as const }) }
  return authenticate(readRouteCredential(asking, cookies), route, ports, now)
}

const assertion = (token: string) => ['Cf-Access-Jwt-Assertion', token] as const

describe('Cf-Access-Jwt-Assertion', () => {
  test('is a token of its issuer where a resource names that team', async () => {
    expect(await ask('behind.example.com', [assertion(await sign())])).toMatchObject({
      kind: 'authenticated',
      identity: { email: 'alice@example.com', issuer: team },
    })
  })

  test.each([
    ['for another application', { aud: ['b'.repeat(64)] }, 'wrong-audience'],
    ['of another team', { iss: 'https://pier.cloudflareaccess.com' }, 'unknown-issuer'],
    ['that has ended', { exp: now - 61 }, 'expired'],
  ])('is refused when it is %s', async (_which, changes, reason) => {
    const answer = await ask('behind.example.com', [assertion(await sign(changes))])
    expect(answer).toMatchObject({ kind: 'rejected', reason })
  })

  test.each(['mcp.example.com', 'app.example.com'])(
    'is nothing at %s, which names no such team',
    async (host) => {
      expect(await ask(host, [assertion(await sign())])).toEqual({ kind: 'anonymous' })
    },
  )

  test('is nothing beside an Authorization header, which decides alone', async () => {
    const headers = [assertion(await sign()), ['Authorization', 'Bearer other'] as const]
    expect(await ask('behind.example.com', headers)).toMatchObject({ kind: 'rejected' })
  })

  test.each([
    ['https://behind.example.com', 'authenticated'],
    ['https://BEHIND.example.com', 'anonymous'],
    ['https://app.example.com', 'anonymous'],
    ['https://evil.example', 'anonymous'],
    ['http://behind.example.com', 'anonymous'],
    ['null', 'anonymous'],
    ['', 'anonymous'],
  ])('asked for by a page of "%s" is %s (R54)', async (origin, kind) => {
    const headers = [assertion(await sign()), ['Origin', origin] as const]
    expect(await ask('behind.example.com', headers)).toMatchObject({ kind })
  })

  test('is nothing when two pages say they asked', async () => {
    const origin = ['Origin', 'https://behind.example.com'] as const
    const headers = [assertion(await sign()), origin, origin]
    expect(await ask('behind.example.com', headers)).toEqual({ kind: 'anonymous' })
  })

  test('is nothing when it came twice', async () => {
    const token = await sign()
    expect(await ask('behind.example.com', [assertion(token), assertion(token)])).toEqual({
      kind: 'anonymous',
    })
  })
})
