import { describe, expect, test } from 'vitest'
import type { Policy, ResourcePolicy, RulePolicy } from '../../../src/access/policy.ts'
import { compilePolicy } from '../../../src/access/rules.ts'
import { parseForwardedRequest } from '../../../src/protocol/forwarded-request.ts'

const rule = (name: string, host: string, more: Partial<RulePolicy> = {}): RulePolicy => ({
  name,
  host,
  access: 'required',
  ...more,
})
const resource = (url: string): ResourcePolicy => ({ url, scopes: [], issuers: [], audiences: [] })

const policy: Policy = {
  allow: [],
  rules: [
    rule('status', 'status.example.com', { path: '/public/', access: 'public' }),
    rule('exact', 'status.example.com', { path: '/ping', access: 'public' }),
    rule('reads', 'status.example.com', { path: '/data/', methods: ['GET', 'HEAD'] }),
    rule('status-rest', 'status.example.com'),
    rule('open', 'open.example.com', { access: 'public' }),
    rule('maybe', 'maybe.example.com', { access: 'optional' }),
    rule('odd-port', 'odd.example.com:8443'),
    rule('any-port', 'any.example.com:*'),
    rule('café', 'words.example.com', { path: '/caf%C3%A9/' }),
    rule('deep', 'deep.example.com', { path: '/a/b/' }),
    rule('deep-a', 'deep.example.com', { path: '/a/' }),
    rule('wildcard', '*.example.com'),
    rule('never', 'late.example.com'),
    rule('mcp-host', 'mcp.example.com'),
  ],
  resources: [
    resource('https://mcp.example.com/mcp'),
    resource('https://mcp.example.com/mcp/special'),
    resource('https://whole.example.net'),
    resource('https://*.tools.example'),
  ],
}
const compiled = compilePolicy(policy)

function match(url: string, method = 'GET'): string {
  const [, proto = '', host = '', target = ''] = /^(\w+):\/\/([^/]*)(.*)$/.exec(url) ?? []
  const parsed = parseForwardedRequest({ method, proto, host, target })
  if (parsed.kind === 'refused') return parsed.reason
  const result = compiled.match(parsed.request)
  return result.kind === 'route' ? result.route.name : result.kind
}

describe('compilePolicy().match()', () => {
  test.each([
    ['https://status.example.com/public/x', 'status'],
    ['https://status.example.com/public', 'status'],
    ['https://status.example.com/public/', 'status'],
    ['https://status.example.com/publicity', 'status-rest'],
    ['https://status.example.com/PUBLIC/x', 'status-rest'],
    ['https://status.example.com/%70ublic/x', 'status'],
    ['https://status.example.com/x?/public/', 'status-rest'],
    ['https://STATUS.example.com./public/x', 'status'],
    ['https://status.example.com:443/public/x', 'status'],
    ['https://status.example.com/ping', 'exact'],
    ['https://status.example.com/ping/', 'status-rest'],
    ['https://status.example.com/data/x', 'reads'],
    ['https://status.example.com/', 'status-rest'],
    ['https://other.example.com/', 'wildcard'],
    ['https://late.example.com/', 'wildcard'],
    ['https://a.b.example.com/', 'none'],
    ['https://example.com/', 'none'],
    ['https://unknown.example/', 'none'],
    ['https://evilexample.com/', 'none'],
    ['https://odd.example.com:8443/', 'odd-port'],
    ['https://odd.example.com/', 'wildcard'],
    ['https://odd.example.com:8444/', 'none'],
    ['https://any.example.com:1234/', 'any-port'],
    ['https://any.example.com/', 'any-port'],
    ['https://words.example.com/caf%c3%a9/x', 'café'],
    ['https://deep.example.com/a/b/c', 'deep'],
    ['https://deep.example.com/a/c', 'deep-a'],
    ['https://mcp.example.com/mcp', 'https://mcp.example.com/mcp'],
    ['https://mcp.example.com/mcp/x', 'https://mcp.example.com/mcp'],
    ['https://mcp.example.com/mcp/special/x', 'https://mcp.example.com/mcp/special'],
    ['https://mcp.example.com/mcpx', 'wildcard'],
    ['https://whole.example.net/any/thing', 'https://whole.example.net'],
    ['https://one.tools.example/x', 'https://*.tools.example'],
    ['https://a.one.tools.example/x', 'none'],
  ])('matches %s with %s', (url, expected) => {
    expect(match(url)).toBe(expected)
  })

  const pairs: readonly [string, string, string, string][] = [
    ['https://a.example.com/mcp', 'https://*.example.com/mcp', '/mcp', 'https://a.example.com/mcp'],
    [
      'https://a-long-label.example.com',
      'https://*.example.com/mcp',
      '/mcp/x',
      'https://*.example.com/mcp',
    ],
    [
      'https://a.example.com/m%63p',
      'https://*.example.com/mcp',
      '/mcp',
      'https://a.example.com/m%63p',
    ],
    ['https://a.example.com', 'https://*.example.com', '/x', 'https://a.example.com'],
    [
      'https://a.example.com/mcp',
      'https://*.example.com/mcp/deep',
      '/mcp/deep/x',
      'https://*.example.com/mcp/deep',
    ],
  ]
  test.each(
    pairs.flatMap(([one, other, path, expected]) => [
      { first: one, second: other, path, expected },
      { first: other, second: one, path, expected },
    ]),
  )(
    'lets $expected decide on $path for $first and $second',
    ({ first, second, path, expected }) => {
      const both = compilePolicy({ allow: [], rules: [], resources: [first, second].map(resource) })
      const named = [first, second].find((url) => !url.includes('*')) ?? ''
      const { host } = new URL(named)
      const parsed = parseForwardedRequest({ method: 'GET', proto: 'https', host, target: path })
      const found = parsed.kind === 'request' ? both.match(parsed.request) : undefined
      expect(found).toMatchObject({ route: { name: expected } })
    },
  )

  test('goes on to the next rule when the method does not fit (R8)', () => {
    expect(match('https://status.example.com/data/x', 'POST')).toBe('status-rest')
    expect(match('https://status.example.com/data/x', 'get')).toBe('unknown-method')
    expect(match('https://status.example.com/data/x', 'TRACE')).toBe('unknown-method')
  })

  test.each([
    'https://status.example.com/public%2f..%2fadmin',
    'https://status.example.com/public;/x',
    'https://status.example.com//public/x',
    'https://status.example.com/x%2fy',
  ])('says ambiguous for %s where rules look at paths (R7, CVE-2026-0976)', (url) => {
    expect(match(url)).toBe('ambiguous-path')
  })

  test('keeps such a path off a public rule for a whole host (R7)', () => {
    expect(match('https://open.example.com/a')).toBe('open')
    expect(match('https://open.example.com/a%2fb')).toBe('ambiguous-path')
  })

  test('keeps such a path off an optional rule for a whole host (R7)', () => {
    expect(match('https://maybe.example.com/a')).toBe('maybe')
    expect(match('https://maybe.example.com/a%2f..%2fadmin')).toBe('ambiguous-path')
  })

  test('takes such a path where no rule of the host looks at paths and a credential is required', () => {
    expect(match('https://other.example.com/group%2fproject')).toBe('wildcard')
  })

  test('denies everything when there is no rule', () => {
    const none = compilePolicy({ allow: [{ anyone: true }], rules: [], resources: [] })
    const parsed = parseForwardedRequest({ method: 'GET', proto: 'https', host: 'a', target: '/' })
    expect(parsed.kind === 'request' && none.match(parsed.request)).toEqual({ kind: 'none' })
  })
})

describe('compilePolicy().knowsHost()', () => {
  test.each<[string, number | undefined, boolean]>([
    ['status.example.com', undefined, true],
    ['other.example.com', undefined, true],
    ['a.b.example.com', undefined, false],
    ['evil.example', undefined, false],
    ['odd.example.com', 8443, true],
    ['odd.example.com', 8444, false],
    ['any.example.com', 9, true],
    ['other.example.com', 8443, false],
  ])('%s port %s: %s', (hostname, port, expected) => {
    expect(compiled.knowsHost(hostname, port)).toBe(expected)
  })
})
