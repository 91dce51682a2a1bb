import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Authentication } from '../../../src/access/authentication.ts'
import { decide, type RequestFacts } from '../../../src/access/decide.ts'
import type { Allow } from '../../../src/access/policy.ts'
import type { Resource, Rule } from '../../../src/access/rules.ts'
import type { Assurance, Demand } from '../../../src/protocol/assurance.ts'
import { epochSeconds, seconds } from '../../../src/protocol/time.ts'
import { identityOf } from '../../support/identity.ts'

const now = epochSeconds(10_000)
const script: RequestFacts = { pageLoad: false, preflight: false, now }
const page: RequestFacts = { ...script, pageLoad: true }
const everyone: Allow = [{ anyone: true }]

const ruleOf = (demand: Demand | undefined, more: Partial<Rule> = {}): Rule => ({
  kind: 'rule',
  name: 'rule',
  access: 'required',
  allow: undefined,
  origins: [],
  allowPreflight: false,
  applicationAuthorization: false,
  demand,
  ...more,
})
const resourceOf = (demand: Demand, scopes: readonly string[] = []): Resource => ({
  kind: 'resource',
  name: 'mcp',
  policy: { url: 'https://mcp.example.com/mcp', scopes, issuers: [], audiences: [] },
  allow: undefined,
  allowPreflight: false,
  demand,
})
const alice = (assurance?: Assurance): Authentication => ({
  kind: 'authenticated',
  identity: identityOf(),
  assurance,
})

const twice: Demand = { factor: 2 }
const recent: Demand = { maxAge: seconds(3600) }
const both: Demand = { ...twice, ...recent }
const strong: Assurance = { factors: 2, authenticatedAt: now }
const old: Assurance = { factors: 2, authenticatedAt: epochSeconds(6399) }

describe('decide() with a demand on the sign-in', () => {
  test.each([
    ['lets in whoever shows all of it', ruleOf(both), page, alice(strong), 'allow', undefined],
    [
      'sends a page load to sign in with a second factor',
      ruleOf(twice),
      page,
      alice({ factors: 1 }),
      'login',
      ['factor'],
    ],
    ['sends a page load to sign in anew', ruleOf(both), page, alice(old), 'login', ['fresh']],
    [
      'tells the login at once what an unknown person has to show',
      ruleOf(both),
      page,
      { kind: 'anonymous' } as const,
      'login',
      ['factor', 'fresh'],
    ],
    [
      'refuses a script (RFC 9470 §3)',
      ruleOf(twice),
      script,
      alice({ factors: 1 }),
      'insufficient',
      ['factor'],
    ],
    [
      'refuses what says nothing of its sign-in, as tokens for scripts do',
      ruleOf(both),
      script,
      alice(),
      'insufficient',
      ['factor', 'fresh'],
    ],
    [
      'never sends anybody to the login from a resource (RFC 9470 §3)',
      resourceOf(recent),
      page,
      alice(old),
      'insufficient',
      ['fresh'],
    ],
    ['lets a token in that shows it', resourceOf(both), script, alice(strong), 'allow', undefined],
  ])('%s', (_, route, facts, authentication, kind, missing) => {
    const decision = decide(route, facts, authentication, everyone)
    expect(decision.kind).toBe(kind)
    if (decision.kind === 'login') expect(decision.needs).toEqual(missing)
    if (decision.kind === 'insufficient') expect(decision.missing).toEqual(missing)
  })

  test('refuses whoever is on no list before asking for more', () => {
    const admins = ruleOf(twice, { allow: [{ groups: ['nobody has this'] }] })
    expect(decide(admins, page, alice({ factors: 1 }), everyone).kind).toBe('forbid')
  })

  test('asks for the sign-in before it asks for scopes', () => {
    const decision = decide(resourceOf(twice, ['a']), script, alice({ factors: 1 }), everyone)
    expect(decision.kind).toBe('insufficient')
  })

  test('shows nobody on an open page who has not shown enough', () => {
    const optional = ruleOf(twice, { access: 'optional' })
    expect(decide(optional, page, alice({ factors: 1 }), everyone)).toEqual({
      kind: 'allow',
      identity: undefined,
    })
  })

  test('never turns a refusal into an allow by asking for more', () => {
    const assurances = fc.record(
      {
        factors: fc.constantFrom(1 as const, 2 as const),
        authenticatedAt: fc.nat(20_000).map(epochSeconds),
      },
      { requiredKeys: [] },
    )
    const ages = fc.nat(20_000).map(seconds)
    fc.assert(
      fc.property(assurances, ages, fc.boolean(), (assurance, maxAge, pageLoad) => {
        const facts = { ...script, pageLoad }
        const decided = (demand: Demand) =>
          decide(ruleOf(demand), facts, alice(assurance), everyone).kind
        if (decided({ maxAge }) !== 'allow')
          expect(decided({ maxAge, factor: 2 })).not.toBe('allow')
        if (decided(twice) !== 'allow') expect(decided({ maxAge, factor: 2 })).not.toBe('allow')
      }),
    )
  })
})
