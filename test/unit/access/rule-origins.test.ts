import { describe, expect, test } from 'vitest'
import type { Policy, RulePolicy } from '../../../src/access/policy.ts'
import { createRuleOrigins } from '../../../src/access/rule-origins.ts'
import { compilePolicy } from '../../../src/access/rules.ts'

const rule = (host: string, more: Partial<RulePolicy> = {}): RulePolicy => ({
  name: host,
  host,
  access: 'required',
  ...more,
})

const policyOf = (...rules: readonly RulePolicy[]): Policy => ({
  allow: [],
  rules,
  resources: [{ url: 'https://mcp.example.org', scopes: [], issuers: [], audiences: [] }],
})

const all = compilePolicy(
  policyOf(
    rule('app.example.com', { path: '/public/', access: 'public' }),
    rule('app.example.com'),
    rule('wiki.example.com', { access: 'optional' }),
    rule('open.example.com', { access: 'public' }),
    rule('git.example.com', { applicationAuthorization: true }),
    rule('port.example.com:8443'),
    rule('*.apps.example.com'),
  ),
)

describe('createRuleOrigins()', () => {
  const knows = createRuleOrigins(() => all, 'https')

  test.each([
    'https://app.example.com',
    'https://wiki.example.com',
    'https://port.example.com:8443',
    'https://one.apps.example.com',
  ])('knows %s', (origin) => {
    expect(knows(origin)).toBe(true)
  })

  test.each([
    ['a host without a rule', 'https://other.example.com'],
    ['a host of a resource', 'https://mcp.example.org'],
    ['a host that is open', 'https://open.example.com'],
    ['a host whose application has the header', 'https://git.example.com'],
    ['another port', 'https://app.example.com:8443'],
    ['the port that is none', 'https://port.example.com'],
    ['two labels of a wildcard', 'https://a.b.apps.example.com'],
    ['the pattern', 'https://*.apps.example.com'],
    ['another scheme', 'http://app.example.com'],
    ['a path', 'https://app.example.com/'],
    ['upper case', 'https://APP.example.com'],
    ['the default port', 'https://app.example.com:443'],
    ['a user', 'https://me@app.example.com'],
    ['no origin', 'app.example.com'],
    ['nothing', ''],
  ])('knows not %s', (_, origin) => {
    expect(knows(origin)).toBe(false)
  })

  test('follows the policy in force', () => {
    let current = all
    const follows = createRuleOrigins(() => current, 'https')
    expect(follows('https://app.example.com')).toBe(true)
    current = compilePolicy(policyOf(rule('new.example.com')))
    expect(follows('https://app.example.com')).toBe(false)
    expect(follows('https://new.example.com')).toBe(true)
  })
})
