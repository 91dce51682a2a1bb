import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type AllowedReturns, parseReturnUrl } from '../../../src/protocol/return-url.ts'

const hosts = new Set([
  'https app.example.com',
  'https app.example.com:8443',
  'https xn--bcher-kva.example.com',
  'http app.test:8080',
  'https auth.example.com',
  'https [::1]:8443',
])
const allowed: AllowedReturns = {
  isAllowedOrigin: (scheme, host) => hosts.has(`${scheme} ${host}`),
  publicOrigin: 'https://auth.example.com',
  development: false,
}

describe('parseReturnUrl()', () => {
  test.each([
    ['https://app.example.com/', 'https://app.example.com/'],
    ['https://app.example.com', 'https://app.example.com/'],
    ['https://app.example.com:8443/x', 'https://app.example.com:8443/x'],
    ['https://xn--bcher-kva.example.com/', 'https://xn--bcher-kva.example.com/'],
    ['https://[::1]:8443/x', 'https://[::1]:8443/x'],
    [
      'https://app.example.com/a%20b/%C3%BC?q=a+b%20c',
      'https://app.example.com/a%20b/%C3%BC?q=a+b%20c',
    ],
    ['https://app.example.com/?a=1&a=2&b', 'https://app.example.com/?a=1&a=2&b'],
    [
      'https://app.example.com/?re={job=~"a\\.b|c"}',
      'https://app.example.com/?re={job=~"a\\.b|c"}',
    ],
    ['https://app.example.com/?text=line%0Aline', 'https://app.example.com/?text=line%0Aline'],
    ['https://app.example.com/?to=//evil.example', 'https://app.example.com/?to=//evil.example'],
    ['https://app.example.com//double', 'https://app.example.com//double'],
    ['/', 'https://auth.example.com/'],
    ['/a/b?c=%zz', 'https://auth.example.com/a/b?c=%zz'],
  ])('accepts %j', (text, value) => {
    expect(parseReturnUrl(text, allowed)).toMatchObject({ kind: 'return-url', value })
  })

  test.each([
    ['', 'illegal-character', 'R27'],
    ['evil.example', 'not-a-url', 'R27'],
    ['//evil.example', 'path-not-allowed', 'CVE-2020-5233, CVE-2024-21497'],
    ['///evil.example', 'path-not-allowed', 'CVE-2020-5233'],
    ['/\\evil.example', 'path-not-allowed', 'CVE-2026-83589'],
    ['/\\/evil.example', 'path-not-allowed', 'CVE-2020-4037'],
    ['\\\\evil.example', 'not-a-url', 'CVE-2020-4037'],
    ['/\t/evil.example', 'illegal-character', 'CVE-2026-83589'],
    ['/ /evil.example', 'illegal-character', 'CVE-2021-21291'],
    ['/%09/evil.example', 'path-not-allowed', 'CVE-2020-11053'],
    ['/%0a/evil.example', 'path-not-allowed', 'CVE-2020-4037'],
    ['/%0D%0ALocation:x', 'path-not-allowed', 'CVE-2020-11053'],
    ['/%5cevil.example', 'path-not-allowed', 'CVE-2020-4037'],
    ['/%2f/evil.example', 'path-not-allowed', 'CVE-2020-4037'],
    ['/%2F%2Fevil.example', 'path-not-allowed', 'CVE-2020-4037'],
    ['/\r\nSet-Cookie: a=b', 'illegal-character', 'R27'],
    ['https://app.example.com/\r\nSet-Cookie:a=b', 'illegal-character', 'R27'],
    ['https://app.example.com.evil.example/', 'origin-not-allowed', 'GHSA-4mf2-f3wh-gvf2'],
    ['https://evilapp.example.com/', 'origin-not-allowed', 'R28'],
    ['https://app.example.comevil.example/', 'origin-not-allowed', 'vouch-proxy PR #335'],
    ['https://app.example.com@evil.example/', 'authority-not-canonical', 'R27'],
    ['https://evil.example@app.example.com/', 'authority-not-canonical', 'R27'],
    ['https://user:pass@app.example.com/', 'authority-not-canonical', 'R27'],
    ['https://evil.example\\@app.example.com/', 'path-not-allowed', 'CVE-2020-5233'],
    ['https://app.example.com\\.evil.example/', 'path-not-allowed', 'CVE-2020-5233'],
    ['https://evil.example#@app.example.com/', 'illegal-character', 'CVE-2026-41059'],
    ['https://app.example.com/#@evil.example', 'illegal-character', 'CVE-2026-41059'],
    ['https://app.example.com?@evil.example/', 'path-not-allowed', 'R27'],
    ['https:evil.example', 'not-a-url', 'R27'],
    ['https:app.example.com/', 'not-a-url', 'R27'],
    ['https:/app.example.com/', 'not-a-url', 'R27'],
    ['https:///app.example.com/', 'not-a-url', 'R27'],
    ['https:\\\\app.example.com/', 'not-a-url', 'R27'],
    [' https://app.example.com/', 'illegal-character', 'R27'],
    ['https://app.example.com/ x', 'illegal-character', 'R27'],
    ['https://app。example。com/', 'illegal-character', 'R27'],
    ['https://ａpp.example.com/', 'illegal-character', 'R27'],
    ['https://app.example.com⁄@evil.example/', 'illegal-character', 'R27'],
    ['https://evil.example%2f@app.example.com/', 'authority-not-canonical', 'R27'],
    ['https://evil.example%2eapp.example.com/', 'authority-not-canonical', 'R27'],
    ['https://app.example.com%00.evil.example/', 'authority-not-canonical', 'R27'],
    ['https://APP.example.com/', 'authority-not-canonical', 'R6'],
    ['https://app.example.com./', 'authority-not-canonical', 'R6'],
    ['https://app.example.com:443/', 'authority-not-canonical', 'R6'],
    ['https://app.example.com:0443/', 'authority-not-canonical', 'R6'],
    ['https://app.example.com:9999/', 'origin-not-allowed', 'R27'],
    ['https://app.example.com:/', 'authority-not-canonical', 'R6'],
    ['HTTPS://app.example.com/', 'not-a-url', 'R27'],
    ['http://app.test:8080/', 'scheme-not-allowed', 'R28'],
    ['javascript:alert(1)', 'not-a-url', 'R27'],
    ['javascript://app.example.com/%0aalert(1)', 'not-a-url', 'R27'],
    ['data:text/html,x', 'not-a-url', 'R27'],
    ['ftp://app.example.com/', 'not-a-url', 'R27'],
    [`https://app.example.com/${'a'.repeat(2048)}`, 'too-long', 'R27'],
  ])('refuses %j as %s (%s)', (text, reason) => {
    expect(parseReturnUrl(text, allowed)).toEqual({ kind: 'refused', reason })
  })

  test('accepts plain http when in development (R28)', () => {
    expect(parseReturnUrl('http://app.test:8080/x', { ...allowed, development: true })).toEqual({
      kind: 'return-url',
      value: 'http://app.test:8080/x',
      origin: 'http://app.test:8080',
    })
  })

  test('refuses a short form of an address when the host list would take it (R27)', () => {
    const any = { ...allowed, isAllowedOrigin: () => true }
    expect(parseReturnUrl('https://0x7f.1/', any)).toEqual({ kind: 'refused', reason: 'not-a-url' })
  })

  test('gives back every byte of any query when the host is allowed (R29)', () => {
    const query = fc
      .array(fc.integer({ min: 0x21, max: 0x7e }), { maxLength: 300 })
      .map((codes) => String.fromCharCode(...codes).replaceAll('#', ''))
    fc.assert(
      fc.property(query, (text) => {
        const url = `https://app.example.com/p?${text}`
        expect(parseReturnUrl(url, allowed)).toMatchObject({ kind: 'return-url', value: url })
      }),
    )
  })

  test('leads nowhere but to an allowed origin whatever the text (R27)', () => {
    const piece = fc.constantFrom(
      ...[
        'https://',
        'http://',
        '//',
        '/',
        '\\',
        '@',
        '#',
        '?',
        ':',
        '.',
        '%2f',
        '%5c',
        '%09',
        '\t',
      ],
      ...['app.example.com', 'evil.example', 'auth.example.com', ':443', ':8443', 'a', '。'],
    )
    const text = fc.oneof(
      fc.array(piece, { maxLength: 8 }).map((parts) => parts.join('')),
      fc.string({ maxLength: 60 }),
    )
    fc.assert(
      fc.property(text, (input) => {
        const result = parseReturnUrl(input, allowed)
        if (result.kind === 'refused') return
        const url = new URL(result.value, 'https://base.invalid/')
        const name = url.port === '' ? url.hostname : `${url.hostname}:${url.port}`
        expect(hosts).toContain(`${url.protocol.slice(0, -1)} ${name}`)
        expect(result.origin).toBe(url.origin)
      }),
      { numRuns: 2000 },
    )
  })
})
