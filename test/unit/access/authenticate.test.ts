import { describe, expect, test } from 'vitest'
import { type AuthenticationPorts, authenticate } from '../../../src/access/authenticate.ts'
import type { Resource, Rule } from '../../../src/access/rules.ts'
import type { Session } from '../../../src/ports/store.ts'
import type { TokenVerification } from '../../../src/ports/token-verifier.ts'
import type { Assurance } from '../../../src/protocol/assurance.ts'
import type { Credential } from '../../../src/protocol/credentials.ts'
import { epochSeconds, seconds } from '../../../src/protocol/time.ts'
import { identityOf } from '../../support/identity.ts'

const now = epochSeconds(1_800_000_000)
const identity = identityOf()
const rule: Rule = {
  kind: 'rule',
  name: 'rule',
  access: 'required',
  allow: undefined,
  origins: [],
  allowPreflight: false,
  applicationAuthorization: false,
}
const issuer = 'https://sso.example.com'
const resource: Resource = {
  kind: 'resource',
  name: 'mcp',
  allow: undefined,
  allowPreflight: false,
  policy: {
    url: 'https://mcp.example.com/mcp',
    scopes: [],
    issuers: [issuer],
    audiences: ['https://extra.example.com'],
  },
}
const wildcard: Resource = {
  ...resource,
  policy: { ...resource.policy, url: 'https://*.example.com' },
}

const sessionOf = (changes: Partial<Session> = {}): Session => ({
  idHash: 'hash',
  identity,
  createdAt: epochSeconds(now - 100),
  lastSeenAt: epochSeconds(now - 10),
  expiresAt: epochSeconds(now + 1000),
  providerSession: undefined,
  sealedIdToken: undefined,
  ...changes,
})

const portsOf = (
  session: Session | undefined,
  verification?: TokenVerification,
): AuthenticationPorts & { seen: Session[] } => {
  const seen: Session[] = []
  return {
    seen,
    sessions: { find: (hash) => (hash === 'hash of id' ? session : undefined) },
    tokens: {
      verify: () => verification ?? { kind: 'rejected', reason: 'malformed' },
    },
    hashOf: (value) => `hash of ${value}`,
    idle: seconds(60),
    sessionSeen: (used) => seen.push(used),
  }
}
const cookie: Credential = { kind: 'session', id: 'id' }
const bearer: Credential = { kind: 'bearer', token: 't' }

const verified = (changes: {
  issuer?: string
  audience?: readonly string[]
  assurance?: Assurance
}): TokenVerification => ({
  kind: 'verified',
  token: {
    issuer,
    audience: ['https://mcp.example.com/mcp'],
    clientId: undefined,
    identity,
    expiresAt: epochSeconds(now + 60),
    ...changes,
  },
})

describe('authenticate()', () => {
  test('is synchronous and gives the identity of a living session', () => {
    const ports = portsOf(sessionOf())
    expect(authenticate(cookie, rule, ports, now)).toMatchObject({
      kind: 'authenticated',
      identity,
    })
    expect(ports.seen).toHaveLength(1)
  })

  test('tells how the person signed in, of a session and of a token', () => {
    const session = sessionOf({ factors: 2, authenticatedAt: epochSeconds(7) })
    expect(authenticate(cookie, rule, portsOf(session), now)).toMatchObject({
      assurance: { factors: 2, authenticatedAt: 7 },
    })
    const assurance = { factors: 2, authenticatedAt: epochSeconds(8) } as const
    const audience = ['https://mcp.example.com/mcp']
    const ports = portsOf(undefined, verified({ audience, assurance }))
    expect(authenticate(bearer, resource, ports, now)).toMatchObject({ assurance })
  })

  test.each<[string, Session | undefined, string]>([
    ['there is none', undefined, 'unknown-session'],
    ['its end has come', sessionOf({ expiresAt: now }), 'expired-session'],
    ['it was idle too long', sessionOf({ lastSeenAt: epochSeconds(now - 60) }), 'idle-session'],
  ])('rejects a session when %s (R21)', (_, session, reason) => {
    const ports = portsOf(session)
    expect(authenticate(cookie, rule, ports, now)).toMatchObject({ kind: 'rejected', reason })
    expect(ports.seen).toHaveLength(0)
  })

  const handedOff = { login: 'login', audience: 'app.example.org' }
  test.each<[string, Session, string | undefined]>([
    ['of one host at another', sessionOf({ handedOff }), 'other.example.org'],
    ['of one host where the login cookie counts', sessionOf({ handedOff }), undefined],
    ['of the login at a host with one of its own', sessionOf(), 'app.example.org'],
  ])('rejects a session %s (R24)', (_, session, audience) => {
    const ports = portsOf(session)
    const presented: Credential = { kind: 'session', id: 'id', audience }
    const reason = 'session-of-another-host'
    expect(authenticate(presented, rule, ports, now)).toMatchObject({ kind: 'rejected', reason })
    expect(ports.seen).toHaveLength(0)
  })

  test('accepts a session at the host it was handed on to (R24)', () => {
    const presented: Credential = { kind: 'session', id: 'id', audience: 'app.example.org' }
    const session = sessionOf({ handedOff })
    expect(authenticate(presented, rule, portsOf(session), now)).toMatchObject({
      kind: 'authenticated',
      identity,
    })
  })

  test('knows no idle limit when it is 0', () => {
    const ports = { ...portsOf(sessionOf({ lastSeenAt: epochSeconds(0) })), idle: seconds(0) }
    expect(authenticate(cookie, rule, ports, now)).toMatchObject({ kind: 'authenticated' })
  })

  test.each<[string, TokenVerification, Resource, string]>([
    [
      'rejects a token for another resource (R93)',
      verified({ audience: ['https://other.example.com'] }),
      resource,
      'wrong-audience',
    ],
    ['rejects a token without audience', verified({ audience: [] }), resource, 'wrong-audience'],
    [
      'rejects a token whose audience only begins right (RI7)',
      verified({ audience: ['https://mcp.example.com/mcp/x'] }),
      resource,
      'wrong-audience',
    ],
    [
      'rejects an issuer that this resource does not name (AP4)',
      verified({ issuer: 'https://b.example.com' }),
      resource,
      'issuer-not-accepted',
    ],
    [
      'rejects the pattern itself as audience of a wildcard resource',
      verified({ audience: ['https://*.example.com'] }),
      wildcard,
      'wrong-audience',
    ],
    [
      'passes on why a token does not hold',
      { kind: 'rejected', reason: 'expired' },
      resource,
      'expired',
    ],
  ])('%s', (_, verification, route, reason) => {
    const ports = portsOf(undefined, verification)
    expect(authenticate(bearer, route, ports, now)).toMatchObject({ kind: 'rejected', reason })
  })

  test('takes the resource itself and a configured audience', () => {
    for (const audience of ['https://mcp.example.com/mcp', 'https://extra.example.com/']) {
      const ports = portsOf(undefined, verified({ audience: ['x', audience] }))
      expect(authenticate(bearer, resource, ports, now)).toMatchObject({ kind: 'authenticated' })
    }
  })

  test('accepts no token on a rule for browsers', () => {
    const ports = portsOf(undefined, verified({}))
    expect(authenticate(bearer, rule, ports, now)).toMatchObject({ reason: 'tokens-not-accepted' })
  })

  test('never takes an issuer that cannot be asked for "no token" (R14)', () => {
    const unavailable: TokenVerification = { kind: 'unavailable', dependency: 'issuer' }
    expect(authenticate(bearer, resource, portsOf(undefined, unavailable), now)).toEqual(
      unavailable,
    )
  })

  test('lets a fault of the store through to the caller', () => {
    const ports = portsOf(undefined)
    const broken = {
      find: () => {
        throw new Error('locked')
      },
    }
    expect(() => authenticate(cookie, rule, { ...ports, sessions: broken }, now)).toThrow('locked')
  })

  test.each<[Credential, string]>([
    [{ kind: 'basic' }, 'unsupported-scheme'],
    [{ kind: 'malformed', reason: 'malformed-authorization' }, 'malformed-authorization'],
  ])('rejects %j', (credential, reason) => {
    expect(authenticate(credential, resource, portsOf(undefined), now)).toMatchObject({ reason })
  })

  test('takes no token with a proof on a rule for browsers', () => {
    const credential: Credential = { kind: 'dpop', token: 'x' }
    expect(authenticate(credential, rule, portsOf(undefined), now)).toMatchObject({
      reason: 'tokens-not-accepted',
    })
  })
})
