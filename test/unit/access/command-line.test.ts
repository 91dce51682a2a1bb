// Tokens of our own command line at the gate: for rules of one origin, and for nothing else.

import { UnsecuredJWT } from 'jose'
import { describe, expect, test } from 'vitest'
import { type AuthenticationPorts, authenticate } from '../../../src/access/authenticate.ts'
import type { Resource, Route, Rule } from '../../../src/access/rules.ts'
import type { TokenVerification } from '../../../src/ports/token-verifier.ts'
import type { Credential } from '../../../src/protocol/credentials.ts'
import { parseForwardedRequest } from '../../../src/protocol/forwarded-request.ts'
import { epochSeconds, seconds } from '../../../src/protocol/time.ts'
import { identityOf } from '../../support/identity.ts'

const now = epochSeconds(1_800_000_000)
const issuer = 'https://auth.example.com'
const origin = 'https://app.example.com'
const rule: Rule = {
  kind: 'rule',
  name: 'rule',
  access: 'required',
  allow: undefined,
  origins: [],
  allowPreflight: false,
  applicationAuthorization: false,
}
const resource: Resource = {
  kind: 'resource',
  name: 'mcp',
  allow: undefined,
  allowPreflight: false,
  policy: { url: origin, scopes: [], issuers: [issuer], audiences: [] },
}

type Said = {
  readonly iss?: string
  readonly client_id?: string
  readonly aud?: string | string[]
}

const mine = { iss: issuer, client_id: 'sallyport-cli', aud: origin }

/** What the request shows; the verifier below believes it. */
const tokenOf = (said: Said): string => new UnsecuredJWT({ ...said }).encode()

const shown = (token: string, host = 'app.example.com'): Credential => {
  const parsed = parseForwardedRequest({ method: 'GET', proto: 'https', host, target: '/' })
  if (parsed.kind === 'refused') throw new Error(parsed.reason)
  return { kind: 'bearer', token, request: parsed.request }
}

/** Ports whose verifier finds in a token what `holds` says, and counts how often it was asked. */
function portsOf(
  holds: Said & { readonly boundTo?: string } = mine,
): AuthenticationPorts & { asked: () => number } {
  let asked = 0
  const { iss = issuer, client_id: clientId, aud = [], boundTo } = holds
  const verification: TokenVerification = {
    kind: 'verified',
    token: {
      issuer: iss,
      audience: [aud].flat(),
      clientId,
      ...(boundTo === undefined ? {} : { boundTo }),
      identity: identityOf(),
      expiresAt: epochSeconds(now + 60),
    },
  }
  return {
    asked: () => asked,
    sessions: { find: () => undefined },
    tokens: {
      verify: () => {
        asked += 1
        return verification
      },
    },
    commandLine: { issuer },
    hashOf: (value) => value,
    idle: seconds(60),
    sessionSeen: () => {},
  }
}

const judge = (credential: Credential, ports: AuthenticationPorts, route: Route = rule) =>
  authenticate(credential, route, ports, now)

describe('authenticate()', () => {
  test('takes a token of our own command line at a rule of its origin', () => {
    expect(judge(shown(tokenOf(mine)), portsOf())).toMatchObject({
      kind: 'authenticated',
      identity: identityOf(),
    })
  })

  test.each<[string, Said, string]>([
    ['of another issuer', { ...mine, iss: 'https://other.example.com' }, 'app.example.com'],
    ['of another client', { ...mine, client_id: 'tool' }, 'app.example.com'],
    ['for another origin', mine, 'other.example.com'],
    ['for another port', mine, 'app.example.com:8443'],
    ['for a path', { ...mine, aud: `${origin}/mcp` }, 'app.example.com'],
    ['for two', { ...mine, aud: [origin, 'https://other.example.com'] }, 'app.example.com'],
  ])('refuses a token %s at a rule without verifying it', (_, said, host) => {
    const ports = portsOf(said)
    expect(judge(shown(tokenOf(said), host), ports)).toMatchObject({
      reason: 'tokens-not-accepted',
    })
    expect(ports.asked()).toBe(0)
  })

  test('verifies no token at a rule when it does not know the command line', () => {
    const { commandLine: _, ...ports } = portsOf()
    expect(judge(shown(tokenOf(mine)), ports)).toMatchObject({ reason: 'tokens-not-accepted' })
    expect(ports.asked()).toBe(0)
  })

  test.each<[string, Said & { boundTo?: string }, string]>([
    ['another client', { ...mine, client_id: 'tool' }, 'tokens-not-accepted'],
    ['another issuer', { ...mine, iss: 'https://other.example.com' }, 'tokens-not-accepted'],
    ['another origin', { ...mine, aud: 'https://other.example.com' }, 'wrong-audience'],
    ['the origin among others', { ...mine, aud: [origin, 'x'] }, 'wrong-audience'],
    ['a key of its holder', { ...mine, boundTo: 'key' }, 'sender-constrained'],
  ])('believes what was verified: %s', (_, holds, reason) => {
    const ports = portsOf(holds)
    expect(judge(shown(tokenOf(mine)), ports)).toMatchObject({ kind: 'rejected', reason })
    expect(ports.asked()).toBe(1)
  })

  test('takes no token of the command line at a resource of the same origin', () => {
    const credential = shown(tokenOf(mine))
    expect(judge(credential, portsOf(), resource)).toMatchObject({ reason: 'wrong-audience' })
    const other = { ...mine, client_id: 'tool' }
    expect(judge(credential, portsOf(other), resource)).toMatchObject({ kind: 'authenticated' })
  })

  test('takes no token of the command line with a proof', () => {
    const credential: Credential = { kind: 'dpop', token: tokenOf(mine) }
    expect(judge(credential, portsOf())).toMatchObject({ reason: 'tokens-not-accepted' })
  })

  test('never takes keys that cannot be had for "no token" (R14)', () => {
    const unavailable = { kind: 'unavailable', dependency: issuer } as const
    const ports = { ...portsOf(), tokens: { verify: () => unavailable } }
    expect(judge(shown(tokenOf(mine)), ports)).toEqual(unavailable)
  })
})
