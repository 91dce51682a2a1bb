import { describe, expect, test } from 'vitest'
import { fileWith, problemsOf, settingsOf, warningsOf } from '../../support/load-configuration.ts'

const rules = (...list: string[]) => ({
  yaml: fileWith(`cookie: { domain: example.com }\nrules: [${list.join(', ')}]`),
})

describe('order of rules', () => {
  test.each([
    ['the same host', '{ host: a.example.com }', '{ host: a.example.com, path: /x }'],
    ['a wildcard before a host', '{ host: "*.example.com" }', '{ host: a.example.com }'],
    ['the same wildcard', '{ host: "*.example.com" }', '{ host: "*.example.com", access: public }'],
    ['every port', '{ host: "a.example.com:*" }', '{ host: "a.example.com:8443" }'],
    ['a prefix', '{ host: a.example.com, path: /x/ }', '{ host: a.example.com, path: /x/y }'],
    [
      'a prefix and itself',
      '{ host: a.example.com, path: /x/ }',
      '{ host: a.example.com, path: /x }',
    ],
    ['the root', '{ host: a.example.com, path: / }', '{ host: a.example.com }'],
    ['the same path', '{ host: a.example.com, path: /x }', '{ host: a.example.com, path: /x }'],
    [
      'more methods',
      '{ host: a.example.com, methods: [GET, POST] }',
      '{ host: a.example.com, methods: [GET] }',
    ],
    ['another case', '{ host: A.example.com }', '{ host: a.Example.com }'],
    ['the default port', '{ host: a.example.com }', '{ host: "a.example.com:443" }'],
  ])('loadSettings() refuses a rule that %s hides', (_, first, second) => {
    expect(problemsOf(rules(first, second))).toEqual([
      'Setting "rules[1]" can never match: "rules[0]" answers all its requests; put it first',
    ])
  })

  test.each([
    ['{ host: a.example.com }', '{ host: "*.example.com" }'],
    ['{ host: "*.example.com" }', '{ host: example.com }'],
    ['{ host: "*.example.com" }', '{ host: a.b.example.com }'],
    ['{ host: a.example.com }', '{ host: "a.example.com:*" }'],
    ['{ host: a.example.com, path: /x }', '{ host: a.example.com, path: /x/ }'],
    ['{ host: a.example.com, path: /x/ }', '{ host: a.example.com, path: /xy }'],
    ['{ host: a.example.com, methods: [GET] }', '{ host: a.example.com }'],
    ['{ host: a.example.com, methods: [GET] }', '{ host: a.example.com, methods: [GET, HEAD] }'],
  ])('loadSettings() accepts %s before %s', (first, second) => {
    expect(problemsOf(rules(first, second))).toEqual([])
  })

  const resource = 'resources: [{ url: URL, issuers: https://sso.example.com }]'

  test('loadSettings() refuses a rule that a resource hides', () => {
    const given = rules('{ host: mcp.example.com, path: /mcp/tools }')
    const yaml = (url: string) => `${given.yaml}\n${resource.replace('URL', url)}`
    expect(problemsOf({ yaml: yaml('https://mcp.example.com/mcp') })).toEqual([
      'Setting "rules[0]" can never match: "resources[0]" answers all its requests',
    ])
    expect(problemsOf({ yaml: yaml('https://mcp.example.com/mcp/other') })).toEqual([])
    expect(problemsOf({ yaml: yaml('https://mcp.example.com:8443/mcp') })).toEqual([])
  })
})

describe('rule members', () => {
  test('loadSettings() reads every member of a rule', () => {
    const given = rules(
      `{ name: API, host: "Api.Example.com:8443", path: /v1/, methods: [GET, HEAD], access: optional,
        allow: { groups: devs }, origins: [https://app.example.com, "https://b.example.com/"],
        allow_preflight: true, app_authorization: true }`,
    )
    expect(settingsOf(given).policy.rules).toEqual([
      {
        name: 'API',
        host: 'api.example.com:8443',
        path: '/v1/',
        methods: ['GET', 'HEAD'],
        access: 'optional',
        allow: [{ groups: ['devs'] }],
        origins: ['https://app.example.com', 'https://b.example.com'],
        allowPreflight: true,
        applicationAuthorization: true,
      },
    ])
  })

  test.each([
    ['{ host: "" }', 'rules[0].host'],
    ['{ host: "*" }', 'rules[0].host'],
    ['{ host: "a.*.example.com" }', 'rules[0].host'],
    ['{ host: "*example.com" }', 'rules[0].host'],
    ['{ host: "a.example.com:99999" }', 'rules[0].host'],
    ['{ host: "a.example.com/x" }', 'rules[0].host'],
    ['{ host: "https://a.example.com" }', 'rules[0].host'],
    ['{ host: "u@a.example.com" }', 'rules[0].host'],
    ['{ host: "a b.example.com" }', 'rules[0].host'],
    ['{ path: / }', 'rules[0].host'],
    ['{ host: a.example.com, path: "/a/%2e%2e/b" }', 'rules[0].path'],
    ['{ host: a.example.com, path: "/a%2fb" }', 'rules[0].path'],
    ['{ host: a.example.com, path: "/a;b" }', 'rules[0].path'],
    ['{ host: a.example.com, path: "//a" }', 'rules[0].path'],
    ['{ host: a.example.com, path: "^/a" }', 'rules[0].path'],
    ['{ host: a.example.com, methods: [get] }', 'rules[0].methods[0]'],
    ['{ host: a.example.com, methods: [] }', 'rules[0].methods'],
    ['{ host: a.example.com, access: open }', 'rules[0].access'],
    ['{ host: a.example.com, origins: [app.example.com] }', 'rules[0].origins[0]'],
    ['{ host: a.example.com, origins: ["*"] }', 'rules[0].origins[0]'],
    ['{ host: a.example.com, origins: ["https://a.example.com/x"] }', 'rules[0].origins[0]'],
    ['{ host: a.example.com, allow_preflight: 1 }', 'rules[0].allow_preflight'],
    ['{ host: a.example.com, access: public, allow: { anyone: true } }', 'rules[0].allow'],
  ])('loadSettings() refuses the rule %s', (rule, setting) => {
    expect(problemsOf(rules(rule))).toEqual([expect.stringContaining(`"${setting}"`)])
  })

  test('loadSettings() writes names of other scripts in ASCII (R6)', () => {
    const host = settingsOf({
      yaml: fileWith('rules: [{ host: "*.bücher.example", access: public }]'),
    }).policy.rules[0]?.host
    expect(host).toBe('*.xn--bcher-kva.example')
  })
})

describe('allow', () => {
  const allowed = (allow: string, more = 'local_accounts: true') => ({
    yaml: `public_url: https://auth.example.com\n${more}\nallow: ${allow}`,
  })

  test.each([
    [
      '{ emails: [Me@Example.com, "@A.example", "@*.b.example"] }',
      [{ emails: ['me@example.com', '@a.example', '@*.b.example'] }],
    ],
    [
      '[{ groups: [a], providers: [local] }, { users: [x] }]',
      [{ groups: ['a'], providers: ['local'] }, { users: ['x'] }],
    ],
    ['{ emails: me@example.com }', [{ emails: ['me@example.com'] }]],
    ['{ anyone: true }', [{ anyone: true }]],
    ['[{ groups: [a] }, { clients: [ci] }]', [{ groups: ['a'] }, { clients: ['ci'] }]],
    ['[]', []],
  ])('loadSettings() reads %s', (written, allow) => {
    expect(settingsOf(allowed(written)).policy.allow).toEqual(allow)
  })

  test.each([
    ['{}', '"allow": expected at least one of'],
    ['{ anyone: false }', '"allow.anyone": expected true'],
    ['{ anyone: true, groups: [a] }', 'either anyone: true or a list'],
    ['{ emails: [] }', '"allow.emails": expected at least one address'],
    ['{ emails: [example.com] }', '"allow.emails[0]": expected me@example.com'],
    ['{ emails: ["@com"] }', '"allow.emails[0]"'],
    ['{ emails: ["*@example.com"] }', undefined],
    ['{ emails: ["a@b@example.com"] }', '"allow.emails[0]"'],
    ['{ emails: ["a@*.example.com"] }', '"allow.emails[0]"'],
    ['{ emails: ["\\u212a@example.com"] }', '"allow.emails[0]"'],
    ['everyone', '"allow": expected emails, groups'],
    ['{ groups: [5] }', '"allow.groups[0]"'],
    ['{ providers: [google] }', 'names an unknown provider "google"'],
    ['[{ groups: [a] }, {}]', '"allow[1]"'],
  ])('loadSettings() judges the list %s (R45-R48)', (written, problem) => {
    const found = problemsOf(allowed(written))
    expect(found).toEqual(problem === undefined ? [] : [expect.stringContaining(problem)])
  })

  test('loadSettings() refuses local names when there are no local accounts', () => {
    expect(problemsOf(allowed('{ providers: [local] }', ''))).toEqual([
      'Setting "allow" names an unknown provider "local"; local_accounts is off',
    ])
    expect(problemsOf(allowed('{ users: [me] }', ''))).toEqual([
      'Setting "allow" names users of local accounts, but local_accounts is off',
    ])
  })

  test('loadSettings() looks at the lists of rules and resources too', () => {
    const given = {
      yaml: fileWith(
        'rules: [{ host: auth.example.com, allow: { providers: [lokal] } }]\nresources: [{ url: https://m.example.com, issuers: https://sso.example.com, allow: { providers: [x] } }]',
      ),
    }
    expect(problemsOf(given)).toEqual([
      'Setting "rules[0].allow" names an unknown provider "lokal"; did you mean "local"?',
      'Setting "resources[0].allow" names an unknown provider "x"',
    ])
  })

  test('loadSettings() warns that nobody may sign in when it is not set (R48)', () => {
    const yaml =
      'public_url: https://auth.example.com\nlocal_accounts: true\nrules: [{ host: auth.example.com }]'
    expect(settingsOf({ yaml }).policy.allow).toEqual([])
    expect(warningsOf({ yaml })).toEqual([expect.stringContaining('Nobody may sign in')])
  })
})

describe('reach of the cookie', () => {
  const reach = (cookie: string, rule: string) => ({
    yaml: fileWith(`cookie: ${cookie}\nrules: [${rule}]`),
  })

  test.each([
    '{ host: app.other.com }',
    '{ host: "*.other.com" }',
    '{ host: com }',
    '{ host: "app.other.com:8443" }',
  ])('loadSettings() refuses the required rule %s outside the cookie domain', (rule) => {
    expect(problemsOf(reach('{ domain: example.com }', rule))).toEqual([
      expect.stringContaining('is outside cookie.domain "example.com"'),
    ])
  })

  test.each([
    '{ host: app.example.com }',
    '{ host: example.com }',
    '{ host: "*.example.com" }',
    '{ host: "*.b.example.com:8443" }',
    '{ host: auth.example.com }',
    '{ host: app.other.com, access: public }',
    '{ host: app.other.com, access: optional }',
  ])('loadSettings() accepts the rule %s within the cookie domain', (rule) => {
    expect(problemsOf(reach('{ domain: example.com }', rule))).toEqual([])
  })

  test('loadSettings() warns when a host never gets the cookie', () => {
    expect(warningsOf(reach('{}', '{ host: app.example.com }'))).toEqual([
      expect.stringContaining('never gets the session cookie'),
    ])
    expect(warningsOf(reach('{}', '{ host: auth.example.com }'))).toEqual([])
  })
})

test('loadSettings() refuses rules that ask for a login nobody can do', () => {
  const yaml =
    'public_url: https://auth.example.com\nallow: { anyone: true }\nrules: [{ host: auth.example.com }]'
  expect(problemsOf({ yaml })).toEqual([expect.stringContaining('nobody can log in')])
})

test('loadSettings() warns when every request is denied', () => {
  expect(warningsOf({ yaml: fileWith('') })).toEqual([
    'Neither "rules" nor "resources" is set: every request is denied',
  ])
})

describe('identity_headers', () => {
  const headers = (value: string) => ({ yaml: fileWith(`identity_headers: ${value}`) })

  test.each([
    [
      '{ X-User: email, X-Who: subject }',
      [
        { name: 'X-User', value: 'email' },
        { name: 'X-Who', value: 'subject' },
      ],
    ],
    ['[{ name: X-User, value: user }]', [{ name: 'X-User', value: 'user' }]],
    ['[]', []],
  ])('loadSettings() reads %s', (value, expected) => {
    expect(settingsOf(headers(value)).identityHeaders).toEqual(expected)
  })

  test('loadSettings() adds Remote-* on request', () => {
    const names = settingsOf(headers('remote')).identityHeaders.map(({ name }) => name)
    expect(names).toEqual(
      expect.arrayContaining([
        'X-Forwarded-User',
        'Remote-User',
        'Remote-Email',
        'Remote-Groups',
        'Remote-Name',
      ]),
    )
  })

  test.each([
    '{ Set-Cookie: user }',
    '{ location: user }',
    '{ WWW-Authenticate: user }',
    '{ Content-Length: user }',
    '{ X-Forwarded-Host: user }',
    '{ Authorization: user }',
    '{ X_User: user }',
    '{ "X-User\\r\\nA": user }',
    '{ X-User: password }',
    '[{ name: X-A, value: user }, { name: x-a, value: email }]',
    '[{ name: X-A, value: user, extra: 1 }]',
    'nonsense',
  ])('loadSettings() refuses %s', (value) => {
    expect(problemsOf(headers(value))).toEqual([expect.stringContaining('identity_headers')])
  })
})

describe('hosts of rules', () => {
  const rulesOn = (host: string) => ({
    yaml: fileWith(`rules: [{ host: ${JSON.stringify(host)} }]`),
  })

  test.each([
    ['[::1]', '[::1]'],
    ['[::1]:8443', '[::1]:8443'],
    ['[2001:DB8::1]:*', '[2001:db8::1]:*'],
    ['[::ffff:192.0.2.7]', '[::ffff:c000:207]'],
  ])('loadSettings() reads %s', (written, host) => {
    expect(settingsOf(rulesOn(written)).policy.rules[0]?.host).toBe(host)
  })

  test.each([
    '[::1]/admin',
    '[::1]@evil.example',
    '[::1]?a',
    '[::1]#a',
    '[::1]\\\\a',
    '[app.example.com]',
    '[]',
    '[::1',
  ])('loadSettings() refuses %s, of which a part would be dropped', (written) => {
    expect(problemsOf(rulesOn(written))).toEqual([
      expect.stringContaining('"rules[0].host": expected a host such as'),
    ])
  })
})
