import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { openingsOf } from '../../../src/access/openings.ts'
import { type Allow, matchAllow, type Policy, type RulePolicy } from '../../../src/access/policy.ts'
import { compilePolicy } from '../../../src/access/rules.ts'
import { identityOf } from '../../support/identity.ts'

const alice = identityOf({ groups: ['users', 'staff'] })
const rule = (changes: Partial<RulePolicy> = {}): RulePolicy => ({
  name: 'rule 1',
  host: 'app.example.com',
  access: 'required',
  ...changes,
})
const policyOf = (rules: readonly RulePolicy[], allow: Allow = [{ anyone: true }]) =>
  compilePolicy({ allow, rules, resources: [] })
const none = { emails: [], groups: [], providers: [], users: [] }

describe('openingsOf()', () => {
  test.each([
    ['everyone may', rule(), undefined, { kind: 'everyone' }],
    ['it is public', rule({ access: 'public' }), [], { kind: 'public' }],
    ['nobody is asked who it is', rule({ access: 'optional' }), [], { kind: 'public' }],
    [
      'it is known to a page that asks nobody',
      rule({ access: 'optional' }),
      [{ groups: ['staff'] }],
      { ...none, kind: 'conditions', groups: ['staff'] },
    ],
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

  test('asks nobody for a second factor where strangers come in too', () => {
    const optional = rule({ access: 'optional', demand: { factor: 2 } })
    expect(openingsOf(policyOf([optional]), alice)).toMatchObject([{ demand: undefined }])
  })

  const admins = [{ groups: ['admins'] }]
  test.each<[string, Partial<RulePolicy>, Partial<RulePolicy>, unknown]>([
    ['one for the same path', { path: '/a/', allow: admins }, { path: '/a/' }, undefined],
    ['one for the whole host', { allow: admins }, { path: '/a' }, undefined],
    ['one for a wildcard', { host: '*.example.com', allow: admins }, { path: '/a' }, undefined],
    ['one for a path above', { path: '/a/', allow: admins }, { path: '/a/b' }, undefined],
    ['one for all its methods', { methods: ['GET', 'PUT'] }, { methods: ['GET'] }, undefined],
    ['one for a method', { methods: ['GET'] }, { methods: ['GET', 'PUT'] }, ['PUT']],
    ['one for some methods', { methods: ['GET'] }, {}, 'all'],
    ['one for another path', { path: '/a/', allow: admins }, { path: '/b/' }, 'all'],
    ['one for a path below', { path: '/a/b/', allow: admins }, { path: '/a/' }, 'all'],
    ['one for another port', { host: 'app.example.com:8443' }, {}, 'all'],
    ['one for the usual port', {}, { host: 'app.example.com:*' }, 'all'],
  ])('shows of a rule what %s before it leaves', (_, earlier, later, left) => {
    const rules = [rule({ name: 'earlier', ...earlier }), rule({ name: 'later', ...later })]
    const found = openingsOf(policyOf(rules), alice).find((one) => one.rule === 'later')
    expect(found && (found.methods ?? 'all')).toEqual(left)
  })

  test('names no rule behind a resource for the whole host', () => {
    const url = 'https://app.example.com'
    const resources = [{ url, scopes: [], issuers: [], audiences: [], name: 'Tools' }]
    const policy = compilePolicy({ allow: [{ anyone: true }], rules: [rule()], resources })
    expect(openingsOf(policy, alice).map((opening) => opening.rule)).toEqual(['Tools'])
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
    expect(openingsOf(compilePolicy(policy), alice)).toMatchObject([
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
