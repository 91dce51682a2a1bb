import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type AuthenticationPorts, authenticate } from '../../../src/access/authenticate.ts'
import { decide } from '../../../src/access/decide.ts'
import { judgePersonalToken } from '../../../src/access/personal-token.ts'
import { compilePolicy, type Route } from '../../../src/access/rules.ts'
import type { OwnedToken, PersonalToken } from '../../../src/ports/personal-tokens.ts'
import type { Credential } from '../../../src/protocol/credentials.ts'
import {
  type OriginalRequest,
  parseForwardedRequest,
} from '../../../src/protocol/forwarded-request.ts'
import { machineIdentity } from '../../../src/protocol/machine.ts'
import { formatPersonalToken } from '../../../src/protocol/personal-token.ts'
import { epochSeconds, seconds } from '../../../src/protocol/time.ts'
import type { TokenBounds } from '../../../src/protocol/token-bounds.ts'
import { identityOf } from '../../support/identity.ts'

const now = epochSeconds(1_800_000_000)
const day = 86_400
const issuer = 'https://auth.example.com'

const compiled = compilePolicy({
  allow: [{ anyone: true }],
  rules: [
    { name: 'app', host: 'app.example.com', access: 'required' },
    { name: 'open', host: 'open.example.com', access: 'optional' },
    { name: 'other', host: '*.example.com:*', access: 'required' },
  ],
  resources: [
    { url: 'https://mcp.example.com/mcp', scopes: ['mcp:tools'], issuers: [issuer], audiences: [] },
    { url: 'https://sso.example.com', scopes: [], issuers: ['https://kc.example'], audiences: [] },
    {
      url: 'https://bound.example.com',
      scopes: [],
      issuers: [issuer],
      audiences: [],
      dpopRequired: true,
    },
  ],
})

const requestOf = (url: string, method = 'GET'): OriginalRequest => {
  const [, proto = '', host = '', target = '/'] = /^(https?):\/\/([^/]+)(\/.*)?$/.exec(url) ?? []
  const parsed = parseForwardedRequest({ method, proto, host, target })
  if (parsed.kind !== 'request') throw new Error(parsed.reason)
  return parsed.request
}

const routeOf = (request: OriginalRequest): Route => {
  const match = compiled.match(request)
  if (match.kind !== 'route') throw new Error(match.kind)
  return match.route
}

const wide: TokenBounds = {
  hosts: [
    'app.example.com',
    'open.example.com',
    'mcp.example.com',
    'sso.example.com',
    'bound.example.com',
  ],
  path: undefined,
  methods: undefined,
  scopes: [],
}

const ownedOf = (
  changes: Partial<PersonalToken> = {},
  bounds: Partial<TokenBounds> = {},
  owner: Partial<OwnedToken> = {},
): OwnedToken => ({
  token: {
    id: 'one',
    name: 'Backup',
    account: 'account',
    madeBy: 'owner',
    bounds: { ...wide, ...bounds },
    createdAt: epochSeconds(now - day),
    expiresAt: epochSeconds(now + day),
    lastUsedAt: undefined,
    ...changes,
  },
  identity: identityOf({ scopes: bounds.scopes ?? [] }),
  ownerSeenAt: epochSeconds(now - day),
  ...owner,
})

const settings = {
  maxLifetime: seconds(365 * day),
  ownerAbsence: seconds(90 * day),
  acceptsProvider: (provider: string) => provider === 'home',
  ownIssuer: issuer,
}

const judge = (owned: OwnedToken, url: string, method?: string) => {
  const request = requestOf(url, method)
  return judgePersonalToken(owned, { request, route: routeOf(request) }, settings, now)
}

const app = 'https://app.example.com'

describe('judgePersonalToken()', () => {
  test.each<[string, OwnedToken, string, string | undefined, string?]>([
    ['accepts what is within its bounds', ownedOf(), `${app}/x`, undefined],
    ['rejects it at its end', ownedOf({ expiresAt: now }), app, 'personal-token-expired'],
    ['knows tokens without an end', ownedOf({ expiresAt: undefined }), app, undefined],
    [
      'rejects one that is older than any may be by now',
      ownedOf({ createdAt: epochSeconds(now - 365 * day) }),
      app,
      'personal-token-expired',
    ],
    [
      'rejects it at another host',
      ownedOf({}, { hosts: ['a.example.com'] }),
      app,
      'personal-token-for-another-host',
    ],
    ['rejects it at another port', ownedOf(), `${app}:8443`, 'personal-token-for-another-host'],
    [
      'accepts a named port',
      ownedOf({}, { hosts: ['app.example.com:8443'] }),
      `${app}:8443`,
      undefined,
    ],
    ['accepts one label for "*."', ownedOf({}, { hosts: ['*.example.com'] }), app, undefined],
    [
      'rejects another port than that of "*."',
      ownedOf({}, { hosts: ['*.example.com'] }),
      `${app}:8443`,
      'personal-token-for-another-host',
    ],
    [
      'rejects the domain itself for "*."',
      ownedOf({}, { hosts: ['*.app.example.com'] }),
      app,
      'personal-token-for-another-host',
    ],
    ['accepts the path itself', ownedOf({}, { path: '/api' }), `${app}/api?x=1`, undefined],
    ['accepts what is below the path', ownedOf({}, { path: '/api' }), `${app}/api/x`, undefined],
    [
      'rejects a path that only begins like it',
      ownedOf({}, { path: '/api' }),
      `${app}/apix`,
      'personal-token-for-another-path',
    ],
    [
      'rejects the path in the query',
      ownedOf({}, { path: '/api' }),
      `${app}/?/api`,
      'personal-token-for-another-path',
    ],
    [
      'rejects a path that could be read two ways (R7)',
      ownedOf({}, { path: '/api' }),
      `${app}/api/..;/admin`.replace('..;', '%2f'),
      'personal-token-for-another-path',
    ],
    ['accepts a named method', ownedOf({}, { methods: ['PUT'] }), app, undefined, 'PUT'],
    [
      'rejects another method',
      ownedOf({}, { methods: ['GET'] }),
      app,
      'personal-token-for-another-method',
      'POST',
    ],
    [
      'rejects HEAD where GET alone is named',
      ownedOf({}, { methods: ['GET'] }),
      app,
      'personal-token-for-another-method',
      'HEAD',
    ],
    [
      'rejects it when the provider of its owner is gone',
      ownedOf({}, {}, { identity: identityOf({ provider: 'gone' }) }),
      app,
      'personal-token-owner-not-accepted',
    ],
    [
      'rejects it when local accounts are off',
      ownedOf({}, {}, { identity: identityOf({ provider: 'local' }) }),
      app,
      'personal-token-owner-not-accepted',
    ],
    [
      'rejects it when its owner has not signed in for long',
      ownedOf({}, {}, { ownerSeenAt: epochSeconds(now - 90 * day) }),
      app,
      'personal-token-owner-absent',
    ],
    [
      'asks no machine to sign in',
      ownedOf({}, {}, { identity: machineIdentity('ci', []), ownerSeenAt: epochSeconds(0) }),
      app,
      undefined,
    ],
    [
      'accepts it at a resource whose tokens we issue',
      ownedOf(),
      'https://mcp.example.com/mcp',
      undefined,
    ],
    [
      'rejects it where another issuer alone grants scopes (AP4)',
      ownedOf(),
      'https://sso.example.com/',
      'personal-token-not-for-resource',
    ],
    [
      "accepts an operator's there",
      ownedOf({ madeBy: 'operator' }),
      'https://sso.example.com/',
      undefined,
    ],
    [
      'rejects it where tokens are bound to a key (R99)',
      ownedOf({ madeBy: 'operator' }),
      'https://bound.example.com/',
      'proof-required',
    ],
  ])('%s', (_, owned, url, reason, method) => {
    expect(judge(owned, url, method)).toBe(reason)
  })

  const hosts = fc.constantFrom('app.example.com', 'b.example.com', '*.example.com')
  const path = fc.constantFrom(undefined, '/api', '/api/v1', '/a')
  const methods = fc.constantFrom(undefined, ['GET'], ['GET', 'POST'])
  const boundsOfAll = fc.record({
    hosts: fc.array(hosts, { minLength: 1, maxLength: 3 }),
    path,
    methods,
    scopes: fc.constant([]),
  })
  const requests = fc
    .record({
      host: fc.constantFrom('app.example.com', 'b.example.com', 'c.example.com:8443'),
      path: fc.constantFrom(
        '/',
        '/api',
        '/apix',
        '/api/',
        '/api/v1/x',
        '/a',
        '/a/api',
        '/api%2fv1',
      ),
      method: fc.constantFrom('GET', 'HEAD', 'POST'),
    })
    .map(({ host, path: at, method }) => requestOf(`https://${host}${at}`, method))

  test('never accepts more when a limit is added', () => {
    fc.assert(
      fc.property(boundsOfAll, boundsOfAll, requests, (one, other, request) => {
        const both = {
          ...one,
          path: one.path ?? other.path,
          methods: one.methods ?? other.methods,
        }
        const asked = { request, route: routeOf(request) }
        const reasonOf = (bounds: TokenBounds) =>
          judgePersonalToken(ownedOf({}, bounds), asked, settings, now)
        if (reasonOf(both) === undefined) expect(reasonOf(one)).toBeUndefined()
      }),
    )
  })

  test('accepts a path only on a boundary of segments', () => {
    const segment = fc.stringMatching(/^[a-z0-9]{1,5}$/)
    fc.assert(
      fc.property(segment, segment, (prefix, more) => {
        const owned = ownedOf({}, { path: `/${prefix}` })
        expect(judge(owned, `${app}/${prefix}/${more}`)).toBeUndefined()
        expect(judge(owned, `${app}/${prefix}${more}`)).toBe('personal-token-for-another-path')
      }),
    )
  })
})

const value = formatPersonalToken(Buffer.alloc(32, 7).toString('base64url'))

function portsOf(owned: OwnedToken | undefined) {
  const asked: string[] = []
  const seen: PersonalToken[] = []
  const ports: AuthenticationPorts = {
    sessions: { find: () => undefined },
    tokens: { verify: () => ({ kind: 'rejected', reason: 'malformed' }) },
    hashOf: (text) => `hash of ${text}`,
    idle: seconds(60),
    sessionSeen() {},
    personalTokens: {
      ...settings,
      find: (hash) => {
        asked.push(hash)
        return hash === `hash of ${value}` ? owned : undefined
      },
      seen: (token) => void seen.push(token),
    },
  }
  return { ports, asked, seen }
}

const shown = (
  url: string,
  changes: Partial<Extract<Credential, { kind: 'personal' }>> = {},
): Extract<Credential, { kind: 'personal' }> => ({
  kind: 'personal',
  token: value,
  shownAs: 'bearer',
  request: requestOf(url),
  ...changes,
})

describe('authenticate() with a personal token', () => {
  test('is synchronous, finds the owner by the hash of the value and notes the use', () => {
    const owned = ownedOf()
    const { ports, asked, seen } = portsOf(owned)
    const credential = shown(app)
    const answer = authenticate(credential, routeOf(requestOf(app)), ports, now)
    expect(answer).toEqual({ kind: 'authenticated', identity: owned.identity })
    expect([asked, seen]).toEqual([[`hash of ${value}`], [owned.token]])
  })

  test.each(['bearer', 'basic'] as const)('says how it was shown when it refuses %s', (shownAs) => {
    const { ports, seen } = portsOf(ownedOf({ expiresAt: now }))
    const route = routeOf(requestOf(app))
    expect(authenticate(shown(app, { shownAs }), route, ports, now)).toEqual({
      kind: 'rejected',
      reason: 'personal-token-expired',
      credential: shownAs,
    })
    expect(seen).toEqual([])
  })

  test('does not ask the store about what cannot be a token of ours', () => {
    const { ports, asked } = portsOf(ownedOf())
    const route = routeOf(requestOf(app))
    const token = `${value.slice(0, -1)}!`
    expect(authenticate(shown(app, { token }), route, ports, now)).toMatchObject({
      reason: 'malformed-personal-token',
    })
    expect(asked).toEqual([])
  })

  test('refuses one that nobody has', () => {
    const { ports } = portsOf(undefined)
    expect(authenticate(shown(app), routeOf(requestOf(app)), ports, now)).toMatchObject({
      reason: 'unknown-personal-token',
    })
  })

  test('refuses all when there are none, and one that is shown for nothing', () => {
    const { ports } = portsOf(ownedOf())
    const route = routeOf(requestOf(app))
    const off = { ...ports, personalTokens: undefined }
    const reason = 'personal-tokens-off'
    expect(authenticate(shown(app), route, off, now)).toMatchObject({ reason })
    const alone = shown(app, { request: undefined })
    expect(authenticate(alone, route, ports, now)).toMatchObject({ reason })
  })

  test('passes on a fault of the store: it is never "no token" (R14)', async () => {
    const { ports } = portsOf(undefined)
    const broken = async () => {
      throw new Error('gone')
    }
    const tokens = { ...settings, find: broken, seen() {} }
    const route = routeOf(requestOf(app))
    const answer = authenticate(shown(app), route, { ...ports, personalTokens: tokens }, now)
    await expect(answer).rejects.toThrow('gone')
  })
})

const facts = { pageLoad: false, preflight: false, now }

describe('decide() with a personal token', () => {
  const decideFor = (owned: OwnedToken, url: string, everyone = compiled.policy.allow) => {
    const route = routeOf(requestOf(url))
    const authentication = authenticate(shown(url), route, portsOf(owned).ports, now)
    if (authentication instanceof Promise) throw new Error('Expected an answer at once')
    return decide(route, facts, authentication, everyone)
  }

  test('judges the owner by the lists, as always (R21)', () => {
    const allow = [{ groups: ['admins'] }]
    expect(decideFor(ownedOf(), app, allow)).toMatchObject({
      kind: 'forbid',
      reason: 'not-on-list',
    })
    const admin = ownedOf({}, {}, { identity: identityOf({ groups: ['admins'] }) })
    expect(decideFor(admin, app, allow)).toMatchObject({ kind: 'allow' })
  })

  test('asks for the scopes that a resource wants, and takes those of the token alone (RS-26)', () => {
    const mcp = 'https://mcp.example.com/mcp'
    expect(decideFor(ownedOf(), mcp)).toMatchObject({ kind: 'step-up', missing: ['mcp:tools'] })
    expect(decideFor(ownedOf({}, { scopes: ['mcp:tools'] }), mcp)).toMatchObject({ kind: 'allow' })
  })

  test.each([{ factor: 2 as const }, { maxAge: seconds(3600) }])(
    'lets none in where more than a token is wanted: %j (RFC 9470)',
    (demand) => {
      const route = { ...routeOf(requestOf(app)), demand }
      const authentication = authenticate(shown(app), route, portsOf(ownedOf()).ports, now)
      if (authentication instanceof Promise) throw new Error('Expected an answer at once')
      const decision = decide(route, facts, authentication, compiled.policy.allow)
      expect(decision.kind).toBe('insufficient')
    },
  )

  test('says the same outside whatever the reason', () => {
    const refused = [
      ownedOf({ expiresAt: now }),
      ownedOf({}, { hosts: ['b.example.com'] }),
      ownedOf({}, { path: '/x' }),
      ownedOf({}, { methods: ['POST'] }),
      ownedOf({}, {}, { identity: identityOf({ provider: 'gone' }) }),
    ].map((owned) => decideFor(owned, app))
    expect(refused.map(({ kind }) => kind)).toEqual(Array(5).fill('challenge'))
    for (const decision of refused) expect(decision).toMatchObject({ error: 'invalid_token' })
    expect(new Set(refused.map((one) => ('reason' in one ? one.reason : '')))).toHaveLength(5)
  })

  test('does not take a bad token for nobody on a page that is open to all', () => {
    const open = 'https://open.example.com'
    expect(decideFor(ownedOf({ expiresAt: now }), open)).toMatchObject({ kind: 'challenge' })
  })
})

describe('authenticate() with a token of the configuration', () => {
  const owned = ownedOf(
    { madeBy: 'operator', expiresAt: undefined },
    {},
    { identity: machineIdentity('ci', []) },
  )
  const find = (hash: string) => (hash === 'hash of static' ? owned : undefined)
  const configuredTokens = { ...settings, maxLifetime: seconds(0), find }
  const { ports } = portsOf(undefined)
  const answerTo = (token: string, url: string) =>
    authenticate(
      { kind: 'bearer', token, request: requestOf(url) },
      routeOf(requestOf(url)),
      { ...ports, configuredTokens },
      now,
    )

  test('knows the machine, on rules and on resources', () => {
    const machine = { kind: 'authenticated', identity: owned.identity }
    expect(answerTo('static', app)).toEqual(machine)
    expect(answerTo('static', 'https://sso.example.com/')).toEqual(machine)
  })

  test('keeps it within its bounds', () => {
    expect(answerTo('static', 'https://c.example.com/')).toMatchObject({
      reason: 'personal-token-for-another-host',
    })
  })

  test('leaves every other token to those who know it', () => {
    expect(answerTo('other', app)).toMatchObject({ reason: 'tokens-not-accepted' })
    expect(answerTo('other', 'https://sso.example.com/')).toMatchObject({ reason: 'malformed' })
  })
})
