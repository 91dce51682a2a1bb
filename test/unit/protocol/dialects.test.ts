import { describe, expect, test } from 'vitest'
import { type Dialect, proxyDialects, readDialect } from '../../../src/protocol/dialects.ts'
import { readHeaders } from '../../../src/protocol/raw-headers.ts'

const forwarded = [
  ...['X-Forwarded-Method', 'POST'],
  ...['X-Forwarded-Proto', 'https'],
  ...['X-Forwarded-Host', 'app.example.com'],
  ...['X-Forwarded-Uri', '/a?b=c'],
]
const parts = { method: 'POST', proto: 'https', host: 'app.example.com', target: '/a?b=c' }

const read = (dialect: Dialect, headers: readonly string[], url = '/auth', method = 'GET') =>
  readDialect[dialect]({ method, url, headers: readHeaders(headers) })
const reason = (dialect: Dialect, headers: readonly string[], url?: string, method?: string) => {
  const reading = read(dialect, headers, url, method)
  return reading.kind === 'refused' ? reading.reason : reading.kind
}
const without = (name: string) => {
  const at = forwarded.indexOf(name)
  return [...forwarded.slice(0, at), ...forwarded.slice(at + 2)]
}

describe('readDialect', () => {
  test.each<Dialect>(['traefik', 'nginx', 'caddy', 'haproxy'])(
    '%s reads the forwarded headers and nothing of its own URL',
    (dialect) => {
      expect(read(dialect, forwarded, '/auth?x=/admin')).toEqual({ kind: 'parts', parts })
    },
  )

  test.each<Dialect>(['traefik', 'nginx', 'caddy', 'haproxy'])(
    '%s refuses a missing, empty or repeated forwarding header (R5, CVE-2024-45410, CVE-2025-48865)',
    (dialect) => {
      for (let at = 0; at < forwarded.length; at += 2) {
        const name = forwarded[at] ?? ''
        expect(reason(dialect, without(name))).toBe('missing-forwarding-header')
        expect(reason(dialect, [...without(name), name, ''])).toBe('missing-forwarding-header')
        expect(reason(dialect, [...forwarded, name, 'x'])).toBe('repeated-forwarding-header')
      }
    },
  )

  test.each<Dialect>(['traefik', 'nginx', 'caddy', 'haproxy'])(
    '%s refuses two descriptions of one request (R5)',
    (dialect) => {
      expect(reason(dialect, [...forwarded, 'X-Original-URL', 'https://a/'])).toBe('two-dialects')
      expect(reason(dialect, [...forwarded, 'X-Original-Method', 'GET'])).toBe('two-dialects')
    },
  )

  test.each<Dialect>(['nginx', 'caddy', 'haproxy'])(
    '%s refuses a sub-request that its proxy never sends (rule 14)',
    (dialect) => {
      expect(reason(dialect, forwarded, '/auth', 'POST')).toBe('wrong-decision-method')
      expect(reason(dialect, forwarded, '/auth', 'HEAD')).toBe('parts')
    },
  )

  test('traefik takes any method of the sub-request, for preserveRequestMethod', () => {
    expect(reason('traefik', forwarded, '/auth', 'DELETE')).toBe('parts')
  })

  const original = ['X-Original-URL', 'https://app.example.com/a?b', 'X-Original-Method', 'GET']

  test('ingress-nginx reads its own pair only', () => {
    expect(read('ingress-nginx', [...original, 'X-Forwarded-Host', 'evil.example'])).toEqual({
      kind: 'parts',
      parts: { method: 'GET', proto: 'https', host: 'app.example.com', target: '/a?b' },
    })
  })

  test.each<[string, readonly string[], string]>([
    ['a client-supplied URI', [...original, 'X-Forwarded-Uri', '/'], 'two-dialects'],
    ['no method', original.slice(0, 2), 'missing-forwarding-header'],
    ['two URLs', [...original, ...original], 'repeated-forwarding-header'],
    ['a relative URL', ['X-Original-URL', '/a', 'X-Original-Method', 'GET'], 'bad-original-url'],
    ['no path', ['X-Original-URL', 'https://a', 'X-Original-Method', 'GET'], 'bad-original-url'],
    [
      'another scheme',
      ['X-Original-URL', 'ftp://a/', 'X-Original-Method', 'GET'],
      'bad-original-url',
    ],
    ['only forwarded headers', without('X-Forwarded-Uri'), 'two-dialects'],
  ])('ingress-nginx refuses %s', (_, headers, expected) => {
    expect(reason('ingress-nginx', headers)).toBe(expected)
  })

  const envoy = ['Host', 'app.example.com', 'X-Forwarded-Proto', 'https']

  test('envoy reads method, host and what follows the prefix', () => {
    expect(read('envoy', envoy, '/auth/envoy/a/../b?c', 'DELETE')).toEqual({
      kind: 'parts',
      parts: { method: 'DELETE', proto: 'https', host: 'app.example.com', target: '/a/../b?c' },
    })
  })

  test('envoy reads forwarded headers when the path is constant (path_override)', () => {
    expect(read('envoy', ['Host', 'x', ...forwarded], '/auth/envoy?q', 'DELETE')).toEqual({
      kind: 'parts',
      parts,
    })
  })

  test.each(
    proxyDialects.flatMap((dialect) =>
      ['/auth', '/auth?x=/admin', '/sse', '/_ws_tunnel'].map((url) => ({ dialect, url })),
    ),
  )('$dialect reads a complete question at $url', ({ dialect, url }) => {
    const asked = dialect === 'ingress-nginx' ? original : forwarded
    expect(reason(dialect, asked, url)).toBe('parts')
  })

  test.each<[string, readonly string[], string, string]>([
    [
      'a forwarded URI next to a prefixed path',
      [...envoy, 'X-Forwarded-Uri', '/'],
      '/auth/envoy/a',
      'two-dialects',
    ],
    ['two hosts', [...envoy, 'Host', 'x'], '/auth/envoy/a', 'repeated-forwarding-header'],
    ['no scheme', envoy.slice(0, 2), '/auth/envoy/a', 'missing-forwarding-header'],
    ['a constant path without the headers', envoy, '/auth/envoy', 'missing-forwarding-header'],
    ['a path beside the prefix', envoy, '/auth/envoys', 'missing-forwarding-header'],
  ])('envoy refuses %s', (_, headers, url, expected) => {
    expect(reason('envoy', headers, url)).toBe(expected)
  })

  test('direct judges the request itself and refuses any forwarding header', () => {
    expect(read('direct', ['Host', 'localhost:11000'], '/auth')).toEqual({
      kind: 'parts',
      parts: { method: 'GET', proto: 'http', host: 'localhost:11000', target: '/auth' },
    })
    for (const name of ['X-Forwarded-Uri', 'X-Forwarded-Host', 'X-Original-URL']) {
      expect(reason('direct', ['Host', 'localhost', name, 'x'])).toBe('two-dialects')
    }
  })
})
