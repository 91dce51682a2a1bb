import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type {
  Authentication,
  CredentialKind,
  RejectionReason,
} from '../../../src/access/authentication.ts'
import { type Decision, decide, type RequestFacts } from '../../../src/access/decide.ts'
import type { Access, Allow } from '../../../src/access/policy.ts'
import type { Resource, Rule } from '../../../src/access/rules.ts'
import { epochSeconds } from '../../../src/protocol/time.ts'
import { identityOf } from '../../support/identity.ts'

const alice = identityOf()
const everyone: Allow = [{ anyone: true }]
const nobody: Allow = []
const now = epochSeconds(10_000)
const api: RequestFacts = { pageLoad: false, preflight: false, now }
const page: RequestFacts = { pageLoad: true, preflight: false, now }
const preflight: RequestFacts = { pageLoad: false, preflight: true, now }

const ruleOf = (access: Access, more: Partial<Rule> = {}): Rule => ({
  kind: 'rule',
  name: 'rule',
  access,
  allow: undefined,
  origins: [],
  allowPreflight: false,
  applicationAuthorization: false,
  ...more,
})
const resourceOf = (scopes: readonly string[], more: Partial<Resource> = {}): Resource => ({
  kind: 'resource',
  name: 'mcp',
  policy: { url: 'https://mcp.example.com/mcp', scopes, issuers: [], audiences: [] },
  allow: undefined,
  allowPreflight: false,
  ...more,
})

const anonymous: Authentication = { kind: 'anonymous' }
const signedIn: Authentication = { kind: 'authenticated', identity: alice }
const expired: Authentication = {
  kind: 'rejected',
  reason: 'expired-session',
  credential: 'session',
}
const badToken: Authentication = { kind: 'rejected', reason: 'bad-signature', credential: 'bearer' }
const basic: Authentication = {
  kind: 'rejected',
  reason: 'unsupported-scheme',
  credential: 'basic',
}
const conflict: Authentication = {
  kind: 'rejected',
  reason: 'conflicting-session-cookies',
  credential: 'malformed',
}
const rejectedAs = (
  reason: RejectionReason,
  credential: CredentialKind = 'malformed',
): Authentication => ({ kind: 'rejected', reason, credential })
const broken: Authentication = { kind: 'unavailable', dependency: 'store' }

const required = ruleOf('required')
const optional = ruleOf('optional')
const open = ruleOf('public')
const admins = ruleOf('required', { allow: [{ groups: ['admins'] }] })
const mcp = resourceOf(['mcp:tools'])

describe('decide()', () => {
  test.each<[string, Rule | Resource, RequestFacts, Authentication, Allow, Partial<Decision>]>([
    [
      'lets anyone to a public rule',
      open,
      api,
      anonymous,
      nobody,
      { kind: 'allow', identity: undefined },
    ],
    [
      'does not ask who it is on a public rule',
      open,
      api,
      broken,
      nobody,
      { kind: 'allow', identity: undefined },
    ],
    [
      'lets an allowed person in',
      required,
      page,
      signedIn,
      everyone,
      { kind: 'allow', identity: alice },
    ],
    ['sends a page load to the login', required, page, anonymous, everyone, { kind: 'login' }],
    [
      'challenges an API client, without error (RFC 6750 §3.1)',
      required,
      api,
      anonymous,
      everyone,
      { kind: 'challenge', error: undefined },
    ],
    [
      'sends a page load with a lapsed session to the login',
      required,
      page,
      expired,
      everyone,
      { kind: 'login', reason: 'expired-session' },
    ],
    [
      'challenges an API client with a lapsed session',
      required,
      api,
      expired,
      everyone,
      { kind: 'challenge', error: 'invalid_token' },
    ],
    [
      'challenges Basic with Basic',
      required,
      api,
      basic,
      everyone,
      { kind: 'challenge', scheme: 'Basic' },
    ],
    [
      'does not send conflicting cookies round in circles (R18)',
      required,
      page,
      conflict,
      everyone,
      { kind: 'challenge' },
    ],
    [
      'forbids who is not on the list',
      required,
      page,
      signedIn,
      nobody,
      { kind: 'forbid', reason: 'not-on-list' },
    ],
    [
      'forbids who lacks the rule’s group',
      admins,
      page,
      signedIn,
      everyone,
      { kind: 'forbid', reason: 'not-on-list' },
    ],
    [
      'denies when the store cannot be asked (R14)',
      required,
      page,
      broken,
      everyone,
      { kind: 'unavailable' },
    ],
    [
      'denies on an optional rule too when it cannot be asked',
      optional,
      page,
      broken,
      everyone,
      { kind: 'unavailable' },
    ],
    [
      'lets nobody in particular to an optional rule',
      optional,
      page,
      anonymous,
      everyone,
      { kind: 'allow', identity: undefined },
    ],
    [
      'names the person on an optional rule',
      optional,
      page,
      signedIn,
      everyone,
      { kind: 'allow', identity: alice },
    ],
    [
      'does not name a person who is not allowed',
      optional,
      page,
      signedIn,
      nobody,
      { kind: 'allow', identity: undefined },
    ],
    [
      'takes a lapsed session as nobody on an optional rule',
      optional,
      page,
      expired,
      everyone,
      { kind: 'allow', identity: undefined },
    ],
    [
      'challenges a bad token on an optional rule (R13)',
      optional,
      api,
      badToken,
      everyone,
      { kind: 'challenge', error: 'invalid_token' },
    ],
    [
      'challenges on a resource, page load or not (Q1)',
      mcp,
      page,
      anonymous,
      everyone,
      { kind: 'challenge', error: undefined },
    ],
    [
      'challenges a bad token on a resource',
      mcp,
      api,
      badToken,
      everyone,
      { kind: 'challenge', error: 'invalid_token' },
    ],
    [
      'asks for all scopes at once (RS-27)',
      resourceOf(['a', 'b']),
      api,
      signedIn,
      everyone,
      { kind: 'step-up', missing: ['a', 'b'], scopes: ['a', 'b'], scheme: 'Bearer' },
    ],
    ['forbids before it asks for scopes', mcp, api, signedIn, nobody, { kind: 'forbid' }],
    [
      'challenges a preflight unless told otherwise (H18)',
      mcp,
      preflight,
      anonymous,
      everyone,
      { kind: 'challenge' },
    ],
    [
      'lets a preflight through where that is switched on (H18)',
      resourceOf([], { allowPreflight: true }),
      preflight,
      anonymous,
      everyone,
      { kind: 'allow', identity: undefined },
    ],
    [
      'lets nothing but a preflight through there',
      resourceOf([], { allowPreflight: true }),
      api,
      anonymous,
      everyone,
      { kind: 'challenge' },
    ],
  ])('%s', (_, route, facts, authentication, allow, expected) => {
    expect(decide(route, facts, authentication, allow)).toMatchObject(expected)
  })

  test.each(['conflicting-session-cookies', 'too-many-cookies', 'cookies-too-long'] as const)(
    'does not send %s round in circles (R18, R19)',
    (reason) => {
      const decision = decide(required, page, rejectedAs(reason), everyone)
      expect(decision).toMatchObject({ kind: 'challenge', reason })
    },
  )

  test.each<[RejectionReason, CredentialKind, Decision['kind']]>([
    ['unknown-session', 'session', 'allow'],
    ['unknown-key', 'session', 'allow'],
    ['bad-signature', 'session', 'allow'],
    ['unknown-issuer', 'session', 'allow'],
    ['wrong-type', 'session', 'allow'],
    ['conflicting-edge-tokens', 'malformed', 'challenge'],
    ['too-many-cookies', 'malformed', 'challenge'],
    ['bad-signature', 'bearer', 'challenge'],
    ['unsupported-scheme', 'basic', 'challenge'],
  ])('on an optional rule answers %s of a %s with %s (R13)', (reason, credential, kind) => {
    const decision = decide(optional, page, rejectedAs(reason, credential), everyone)
    expect(decision.kind).toBe(kind)
    if (decision.kind === 'allow') expect(decision.identity).toBeUndefined()
  })

  test('lets a granted scope in, also by one that implies it (RS-29)', () => {
    const implied = resourceOf(['mcp:tools'])
    const policy = { ...implied.policy, impliedScopes: { 'mcp:admin': ['mcp:tools'] } }
    for (const scope of ['mcp:tools', 'mcp:admin']) {
      const identity = identityOf({ scopes: [scope] })
      const decision = decide(
        { ...implied, policy },
        api,
        { kind: 'authenticated', identity },
        everyone,
      )
      expect(decision).toEqual({ kind: 'allow', identity })
    }
  })

  const routes = fc.oneof(
    fc.constantFrom(required, admins, mcp, resourceOf([])),
    fc
      .record({ groups: fc.array(fc.string(), { maxLength: 2 }) })
      .map((clause) => ruleOf('required', { allow: [clause] })),
  )
  const refusals = fc.constantFrom(anonymous, expired, badToken, basic, conflict, broken)
  const facts = fc.record({
    pageLoad: fc.boolean(),
    preflight: fc.boolean(),
    now: fc.constant(now),
  })

  test('never allows an unauthenticated caller on a protected rule', () => {
    fc.assert(
      fc.property(routes, facts, refusals, (route, someFacts, authentication) => {
        expect(decide(route, someFacts, authentication, everyone).kind).not.toBe('allow')
      }),
    )
  })

  test('never turns a refusal into an allow when a rule asks for more', () => {
    const groups = fc.array(fc.constantFrom('users', 'admins'), { maxLength: 2 })
    fc.assert(
      fc.property(groups, groups, facts, (wanted, held, someFacts) => {
        const authentication: Authentication = {
          kind: 'authenticated',
          identity: identityOf({ groups: held }),
        }
        const wide = decide(required, someFacts, authentication, [{ groups: wanted }])
        const narrow = ruleOf('required', { allow: [{ emails: ['alice@example.com'] }] })
        if (wide.kind === 'allow') return
        const both = decide(narrow, someFacts, authentication, [{ groups: wanted }])
        expect(both.kind).not.toBe('allow')
      }),
    )
  })
})
