import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { openingsOf } from '../../../src/access/openings.ts'
import { type Allow, matchAllow, type Policy, type RulePolicy } from '../../../src/access/policy.ts'
import { identityOf } from '../../support/identity.ts'

const alice = identityOf({ groups: ['users', 'staff'] })
const rule = (changes: Partial<RulePolicy> = {}): RulePolicy => ({
  name: 'rule 1',
  host: 'app.example.com',
  access: 'required',
  ...changes,
})
const policyOf = (rules: readonly RulePolicy[], allow: Allow = [{ anyone: true }]): Policy => ({
  allow,
  rules,
  resources: [],
})
const none = { emails: [], groups: [], providers: [], users: [] }

describe('openingsOf()', () => {
  test.each([
    ['everyone may', rule(), undefined, { kind: 'everyone' }],
    ['it is public', rule({ access: 'public' }), [], { kind: 'public' }],
    [
      "everybody's list has the address",
      rule(),
      [{ emails: ['bob@example.com', 'Alice@example.com'] }],
      { ...none, kind: 'conditions', emails: ['Alice@example.com'] },
    ],
    [
      'the list of the rule has the group and the provider',
      rule({ allow: [{ groups: ['x'] }, { groups: ['x', 'staff'], providers: ['home'] }] }),
      [{ emails: ['@example.com'] }],
      { ...none, kind: 'conditions', groups: ['staff'], providers: ['home'] },
    ],
  ] as const)('says why when %s', (_, one, allow, because) => {
    expect(openingsOf(policyOf([one], allow), alice)).toMatchObject([{ rule: 'rule 1', because }])
  })

  test('leaves out hosts that are not for the person, and says what is not on those that are', () => {
    const admins = [{ groups: ['admins'] }]
    const rules = [
      rule({ name: 'admin', path: '/admin/', methods: ['GET'], allow: admins }),
      rule({ name: 'app' }),
      rule({ name: 'other', host: 'other.example.com', allow: admins }),
    ]
    expect(openingsOf(policyOf(rules), alice)).toEqual([
      {
        rule: 'admin',
        place: 'app.example.com/admin/',
        methods: ['GET'],
        because: undefined,
        demand: undefined,
      },
      {
        rule: 'app',
        place: 'app.example.com',
        methods: undefined,
        because: { kind: 'everyone' },
        demand: undefined,
      },
    ])
  })

  test('names resources that are for the person', () => {
    const resource = { url: 'https://mcp.example.com/mcp', scopes: [], issuers: [], audiences: [] }
    const policy: Policy = {
      allow: [{ anyone: true }],
      rules: [],
      resources: [
        { ...resource, name: 'Tools' },
        { ...resource, url: 'https://x.example.com', allow: [] },
      ],
    }
    expect(openingsOf(policy, alice)).toMatchObject([
      { rule: 'Tools', place: 'https://mcp.example.com/mcp', because: { kind: 'everyone' } },
    ])
  })

  test('gives a reason exactly where the lists let the person in', () => {
    const clause = fc.record(
      {
        groups: fc.subarray(['users', 'admins']),
        emails: fc.subarray(['alice@example.com', '@other.example']),
        providers: fc.subarray(['home', 'local']),
      },
      { requiredKeys: [] },
    )
    const allows = fc.array(clause, { maxLength: 3 })
    fc.assert(
      fc.property(allows, allows, (own, everyone) => {
        const [opening] = openingsOf(policyOf([rule({ allow: own })], everyone), alice)
        const isIn = [own, everyone].every((allow) => matchAllow(allow, alice) === undefined)
        expect(opening?.because !== undefined).toBe(isIn)
      }),
    )
  })
})
