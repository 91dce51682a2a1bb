import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { knownNativeRedirects } from '../../../src/protocol/known-native-redirects.ts'
import {
  describeRedirectUri,
  isSameRedirectUri,
  judgeRedirectUri,
  type RedirectUriRules,
  redirectUriFaults,
} from '../../../src/protocol/redirect-uri.ts'

const open: RedirectUriRules = { hosts: undefined, privateUris: [] }
const reasonOf = (uri: string, rules = open) => {
  const judged = judgeRedirectUri(uri, rules)
  return judged.kind === 'refused' ? judged.reason : judged.kind
}

describe('judgeRedirectUri()', () => {
  test.each([
    ['https://claude.ai/api/mcp/auth_callback', 'web', 'claude.ai', undefined],
    ['https://app.example.com:8443/cb?tenant=a&x=%20', 'web', 'app.example.com', 8443],
    ['https://app.example.com', 'web', 'app.example.com', undefined],
    ['https://app.example.com?x=1', 'web', 'app.example.com', undefined],
    ['https://App.example.com:443/cb', 'web', 'app.example.com', undefined],
    ['https://xn--bcher-kva.example/cb', 'web', 'xn--bcher-kva.example', undefined],
    ['https://localhost:3000/cb', 'web', 'localhost', 3000],
    ['http://localhost/callback', 'loopback', 'localhost', undefined],
    ['http://localhost:8787/callback', 'loopback', 'localhost', 8787],
    ['http://127.0.0.1:33418', 'loopback', '127.0.0.1', 33418],
    ['http://127.0.0.1/', 'loopback', '127.0.0.1', undefined],
    ['http://[::1]:6276/oauth/callback', 'loopback', '[::1]', 6276],
  ])('takes %s (R60, AS-16)', (uri, kind, host, port) => {
    const scheme = uri.slice(0, uri.indexOf(':'))
    const target = { kind, host, port, scheme }
    expect(judgeRedirectUri(uri, open)).toEqual({ kind: 'registrable', target })
  })

  test.each([...knownNativeRedirects])('takes the listed %s (R60, mcp.md 6.4)', (uri) => {
    expect(judgeRedirectUri(uri, open)).toMatchObject({
      kind: 'registrable',
      target: { kind: 'private', scheme: uri.slice(0, uri.indexOf(':')) },
    })
  })

  test.each([
    ['', 'not-absolute', 'R60'],
    ['/callback', 'not-absolute', 'R60'],
    ['//evil.example/cb', 'not-absolute', 'R60'],
    ['app.example.com/cb', 'not-absolute', 'R60'],
    [`https://a.example/${'a'.repeat(2000)}`, 'too-long', 'R60'],
    ['https://a.example/cb#', 'fragment', 'RFC 6749 §3.1.2'],
    ['https://a.example/cb#x', 'fragment', 'RFC 6749 §3.1.2'],
    ['http://127.0.0.1/cb#x', 'fragment', 'RFC 6749 §3.1.2'],
    ['https://known.example@evil.example/cb', 'user-info', 'CVE-2023-6291'],
    ['https://user:pass@a.example/cb', 'user-info', 'GHSA-9h33-g3ww-mqff'],
    ['http://127.0.0.1@evil.example/cb', 'user-info', 'security.md 2.2'],
    ['http://localhost:80@evil.example/', 'user-info', 'CVE-2023-6291'],
    ['cursor://x@anysphere.cursor-mcp/oauth/callback', 'user-info', 'R60'],
    ['https://*.example.com/cb', 'wildcard', 'CVE-2024-8883'],
    ['https://a.example/*', 'wildcard', 'CVE-2024-8883'],
    ['http://localhost:*/callback', 'wildcard', 'CVE-2024-8883'],
    ['https://a.example\\@evil.example/', 'illegal-character', 'R60'],
    ['https://a.example/c b', 'illegal-character', 'R60'],
    ['https://a.example/cb\n', 'illegal-character', 'R60'],
    [' https://a.example/cb', 'illegal-character', 'R60'],
    ['https://a.example/\u0000', 'illegal-character', 'R60'],
    ['https://аpple.example/cb', 'illegal-character', 'R60'],
    ['https://a.example/ü', 'illegal-character', 'R60'],
    ['https://a.example/"><script>', 'illegal-character', 'R60'],
    ['https://a.example/%', 'bad-encoding', 'R60'],
    ['https://a.example/%zz', 'bad-encoding', 'R60'],
    ['https://a.example/%252e%252e/x', 'bad-encoding', 'CVE-2022-3782'],
    ['https://a.example/cb?x=%2523', 'bad-encoding', 'CVE-2022-3782'],
    ['https://a.example/cb/../admin', 'ambiguous-path', 'CVE-2024-1132'],
    ['https://a.example/cb/%2e%2E/admin', 'ambiguous-path', 'CVE-2024-1132'],
    ['https://a.example/./cb', 'ambiguous-path', 'CVE-2024-1132'],
    ['https://a.example/cb/..;/admin', 'ambiguous-path', 'security.md 2.2'],
    ['https://a.example/cb/.%2e%3bx/admin', 'ambiguous-path', 'security.md 2.2'],
    ['https://a.example/cb%2f..', 'ambiguous-path', 'CVE-2022-3782'],
    ['https://a.example/cb%5Cx', 'ambiguous-path', 'R60'],
    ['https://a.example/cb%0d%0aSet-Cookie:x', 'ambiguous-path', 'R60'],
    ['https://a.example/cb%00', 'ambiguous-path', 'R60'],
    ['javascript:alert(1)', 'forbidden-scheme', 'GHSA-86j7-9j95-vpqj'],
    ['JavaScript:alert(1)', 'forbidden-scheme', 'GHSA-86j7-9j95-vpqj'],
    ['javascript://app.example/%0aalert(1)', 'forbidden-scheme', 'CVE-2026-67333'],
    ['data:text/html,x', 'forbidden-scheme', 'R60'],
    ['file:///etc/passwd', 'forbidden-scheme', 'R60'],
    ['vbscript:x', 'forbidden-scheme', 'R60'],
    ['blob:https://a.example/x', 'forbidden-scheme', 'R60'],
    ['about:blank', 'forbidden-scheme', 'R60'],
    ['https://a.example/cb?code=1', 'reserved-parameter', 'CVE-2026-9689'],
    ['https://a.example/cb?a=1&state=1', 'reserved-parameter', 'CVE-2026-9689'],
    ['https://a.example/cb?a=1;iss=x', 'reserved-parameter', 'CVE-2026-9689'],
    ['https://a.example/cb?%65rror=x', 'reserved-parameter', 'CVE-2026-9689'],
    ['https://a.example/cb?response', 'reserved-parameter', 'CVE-2026-9689'],
    ['cursor://anysphere.cursor-mcp/oauth/callback?code=x', 'reserved-parameter', 'CVE-2026-9689'],
    ['http://app.example.com/cb', 'plain-http', 'AS-16'],
    ['http://localhost.evil.example/cb', 'plain-http', 'R62'],
    ['http://127.0.0.2/cb', 'plain-http', 'R62'],
    ['http://LOCALHOST/cb', 'plain-http', 'R62'],
    ['http://0.0.0.0/cb', 'plain-http', 'R62'],
    ['http://127.1/cb', 'bad-host', 'R62'],
    ['http://0x7f000001/cb', 'bad-host', 'R62'],
    ['http://2130706433/cb', 'bad-host', 'R62'],
    ['http://localhost./cb', 'bad-host', 'R62'],
    ['http://[0:0:0:0:0:0:0:1]/cb', 'bad-host', 'R62'],
    ['http://[::ffff:127.0.0.1]/cb', 'bad-host', 'R62'],
    ['https://', 'bad-host', 'R60'],
    ['https:///cb', 'bad-host', 'R60'],
    ['https:a.example/cb', 'bad-host', 'R60'],
    ['https://a.example:99999/cb', 'bad-host', 'R60'],
    ['https://a.example:/cb', 'bad-host', 'R60'],
    ['https://a%2eexample/cb', 'bad-host', 'R60'],
    ['cursor://anysphere.cursor-mcp/oauth/callback/', 'unknown-private-scheme', 'R60'],
    ['cursor://evil.app/oauth/callback', 'unknown-private-scheme', 'R60'],
    ['Cursor://anysphere.cursor-mcp/oauth/callback', 'unknown-private-scheme', 'R60'],
    ['com.example.app:/cb', 'unknown-private-scheme', 'R60'],
    ['myapp://callback', 'unknown-private-scheme', 'R60'],
    ['ftp://a.example/cb', 'unknown-private-scheme', 'R60'],
  ])('refuses %j as %s (%s)', (uri, reason) => {
    expect(reasonOf(uri)).toBe(reason)
    expect(redirectUriFaults).toHaveProperty(reason)
  })

  test('takes a private-use URI when the configuration has exactly it (R60)', () => {
    const rules = { hosts: undefined, privateUris: ['com.example.app:/cb', 'javascript:x'] }
    expect(judgeRedirectUri('com.example.app:/cb', rules)).toEqual({
      kind: 'registrable',
      target: { kind: 'private', host: undefined, port: undefined, scheme: 'com.example.app' },
    })
    expect(reasonOf('com.example.app:/cb2', rules)).toBe('unknown-private-scheme')
    expect(reasonOf('javascript:x', rules)).toBe('forbidden-scheme')
  })

  test('holds https to the listed hosts when there is a list, loopback and known apps not (R8)', () => {
    const rules = { hosts: ['claude.ai'], privateUris: [] }
    expect(reasonOf('https://claude.ai/cb', rules)).toBe('registrable')
    expect(reasonOf('https://evil.claude.ai/cb', rules)).toBe('host-not-allowed')
    expect(reasonOf('https://claude.ai.evil.example/cb', rules)).toBe('host-not-allowed')
    expect(reasonOf('http://localhost:1/cb', rules)).toBe('registrable')
    expect(reasonOf('cursor://anysphere.cursor-mcp/oauth/callback', rules)).toBe('registrable')
  })

  test('takes only what a browser reads the same way, whatever the text (R60)', () => {
    const piece = fc.constantFrom(
      ...[
        'https://',
        'http://',
        'cursor:',
        '//',
        '/',
        '\\',
        '@',
        '#',
        '?',
        ':',
        '.',
        ';',
        '&',
        '=',
      ],
      ...['%2f', '%2e', '%25', '%0a', '*', '..', ' ', 'localhost', '127.0.0.1', '[::1]', ':80'],
      ...['a.example', 'evil.example', 'code', 'x', '。'],
    )
    const text = fc.oneof(
      fc.array(piece, { maxLength: 9 }).map((parts) => parts.join('')),
      fc.string({ maxLength: 40 }).map((tail) => `https://a.example/${tail}`),
    )
    fc.assert(
      fc.property(text, (uri) => {
        const judged = judgeRedirectUri(uri, open)
        if (judged.kind === 'refused') return
        const url = new URL(uri)
        expect([url.username, url.password, url.hash]).toEqual(['', '', ''])
        expect(judged.target).toEqual(describeRedirectUri(uri))
        expect(['code', 'state', 'iss', 'error'].some((name) => url.searchParams.has(name))).toBe(
          false,
        )
        if (url.protocol === 'http:')
          expect(['localhost', '127.0.0.1', '[::1]']).toContain(url.hostname)
      }),
      { numRuns: 2000 },
    )
  })

  test('answers quickly when the text is long and hostile (R121)', () => {
    for (const unit of ['%2e', '/..', 'a=;', '&', ':', '.;']) {
      const uri = `https://a.example/${unit.repeat(600)}`
      const endless = unit.repeat(30_000)
      // The fastest of several: another program may have the machine meanwhile.
      const times = Array.from({ length: 5 }, () => {
        const started = performance.now()
        judgeRedirectUri(uri, open)
        judgeRedirectUri(endless, open)
        return performance.now() - started
      })
      expect(Math.min(...times)).toBeLessThan(20)
    }
  })
})

describe('isSameRedirectUri()', () => {
  test.each([
    ['https://a.example/cb', 'https://a.example/cb', 'AS-14'],
    ['http://localhost/callback', 'http://localhost:3118/callback', 'AS-15, mcp.md 6.2'],
    ['http://127.0.0.1/callback', 'http://127.0.0.1:51675/callback', 'RFC 8252 §7.3'],
    ['http://127.0.0.1:33418/', 'http://127.0.0.1:40000/', 'RFC 8252 §7.3'],
    ['http://[::1]:1/cb?x=1', 'http://[::1]:65535/cb?x=1', 'RFC 8252 §7.3'],
    ['http://127.0.0.1:33418', 'http://127.0.0.1:33418/', 'mcp.md 6.4'],
    ['http://127.0.0.1:33418/', 'http://127.0.0.1:33418', 'mcp.md 6.4'],
    ['http://localhost/', 'http://localhost:5000', 'mcp.md 6.4'],
    ['http://localhost?x=1', 'http://localhost:9/?x=1', 'mcp.md 6.4'],
    [
      'cursor://anysphere.cursor-mcp/oauth/callback',
      'cursor://anysphere.cursor-mcp/oauth/callback',
      'R60',
    ],
  ])('takes %s for %s (%s)', (registered, requested) => {
    expect(isSameRedirectUri(registered, requested)).toBe(true)
  })

  test.each([
    ['https://a.example/cb', 'https://a.example/cb/', 'AS-14'],
    ['https://a.example/cb', 'https://A.example/cb', 'CVE-2020-15234'],
    ['https://a.example/cb', 'https://a.example/CB', 'CVE-2020-15234'],
    ['https://a.example/cb', 'https://a.example/cb?x=1', 'AS-14'],
    ['https://a.example', 'https://a.example/', 'AS-14'],
    ['https://a.example/cb', 'https://a.example:8443/cb', 'R62'],
    ['https://localhost/cb', 'https://localhost:8443/cb', 'R62'],
    ['https://127.0.0.1/cb', 'http://127.0.0.1/cb', 'R62'],
    ['http://localhost/cb', 'http://127.0.0.1/cb', 'R62'],
    ['http://127.0.0.1/cb', 'http://localhost:1/cb', 'R62'],
    ['http://127.0.0.1/cb', 'http://[::1]:1/cb', 'R62'],
    ['http://localhost/cb', 'http://LOCALHOST:1/cb', 'R62'],
    ['http://localhost/cb', 'http://localhost.:1/cb', 'R62'],
    ['http://127.0.0.1/cb', 'http://127.0.0.2:1/cb', 'R62'],
    ['http://127.0.0.1/cb', 'http://127.1:1/cb', 'R62'],
    ['http://localhost/cb', 'http://localhost:1/cb2', 'CVE-2020-15233'],
    ['http://localhost/cb', 'http://localhost:1/cb?x=1', 'CVE-2020-15233'],
    ['http://localhost/cb', 'http://localhost:1/cb#x', 'R62'],
    ['http://localhost/cb', 'http://localhost:1/cb/../cb', 'R62'],
    ['http://localhost/', 'http://localhost:1//', 'mcp.md 6.4'],
    ['http://localhost/cb', 'http://localhost:1@evil.example/cb', 'CVE-2020-15233'],
    ['http://localhost/cb', 'http://localhost.evil.example/cb', 'CVE-2020-15233'],
    ['http://localhost/cb', 'http://localhost:0/cb', 'R62'],
    ['http://localhost/cb', 'http://localhost:080/cb', 'R62'],
    ['http://localhost/cb', 'http://localhost:65536/cb', 'R62'],
    ['http://localhost/cb', 'http://localhost:/cb', 'R62'],
    ['http://localhost/cb', 'HTTP://localhost:1/cb', 'R62'],
    ['http://localhost/cb', 'http://localhost:1/cb\n', 'R62'],
    ['warp://mcp/oauth2callback', 'warp://mcp:1/oauth2callback', 'R60'],
  ])('does not take %s for %s (%s)', (registered, requested) => {
    expect(isSameRedirectUri(registered, requested)).toBe(false)
  })

  test('lets nothing but the port differ, whatever is asked for (R62)', () => {
    const uri = fc
      .tuple(
        fc.constantFrom('http://', 'https://', 'cursor://'),
        fc.constantFrom('localhost', '127.0.0.1', '[::1]', 'a.example'),
        fc.constantFrom('', ':1', ':8080', ':65535'),
        fc.constantFrom('', '/', '/cb', '/cb?x=1', '?x=1'),
      )
      .map((parts) => parts.join(''))
    fc.assert(
      fc.property(uri, uri, (registered, requested) => {
        if (!isSameRedirectUri(registered, requested) || registered === requested) return
        const [mine, theirs] = [new URL(registered), new URL(requested)]
        expect(mine.protocol).toBe('http:')
        expect(['localhost', '127.0.0.1', '[::1]']).toContain(mine.hostname)
        theirs.port = mine.port
        expect(theirs.href).toBe(mine.href)
      }),
      { numRuns: 1000 },
    )
  })
})

describe('describeRedirectUri()', () => {
  test.each([
    ['https://claude.ai/cb', { kind: 'web', host: 'claude.ai', port: undefined, scheme: 'https' }],
    ['http://[::1]:99/', { kind: 'loopback', host: '[::1]', port: 99, scheme: 'http' }],
    ['http://localhost/', { kind: 'loopback', host: 'localhost', port: undefined, scheme: 'http' }],
    [
      'cursor://anysphere.cursor-mcp/oauth/callback',
      { kind: 'private', host: 'anysphere.cursor-mcp', port: undefined, scheme: 'cursor' },
    ],
    ['nonsense', undefined],
  ])('says where %s leads (R72)', (uri, target) => {
    expect(describeRedirectUri(uri)).toEqual(target)
  })
})
