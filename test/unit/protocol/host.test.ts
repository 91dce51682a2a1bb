import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseHost } from '../../../src/protocol/host.ts'

describe('parseHost()', () => {
  test.each([
    ['app.example.com', 'app.example.com'],
    ['APP.Example.COM', 'app.example.com'],
    ['app.example.com.', 'app.example.com'],
    ['app.example.com:443', 'app.example.com'],
    ['app.example.com.:443', 'app.example.com'],
    ['app.example.com:8443', 'app.example.com:8443'],
    ['app.example.com:80', 'app.example.com:80'],
    ['localhost', 'localhost'],
    ['192.0.2.1:8080', '192.0.2.1:8080'],
    ['[2001:DB8::1]:8443', '[2001:db8::1]:8443'],
    ['[::1]', '[::1]'],
    ['my_app.example.com', 'my_app.example.com'],
  ])('brings %s to %s (R6, CVE-2026-48794)', (text, expected) => {
    expect(parseHost(text, 'https')?.value).toBe(expected)
  })

  test.each([
    '',
    '.',
    '..',
    'a..b',
    '.example.com',
    'app.example.com..',
    'user@app.example.com',
    'app.example.com/x',
    'app example.com',
    'app.example.com:',
    'app.example.com:0',
    'app.example.com:65536',
    'app.example.com:443:443',
    'app.example.com:+443',
    'app.example.com:4 43',
    'app.example.com,evil.example',
    'ápp.example.com',
    'app.example.com\u0000',
    '-app.example.com',
    '[::1',
    '::1',
    'a'.repeat(64),
    `${'a.'.repeat(127)}abc`,
  ])('refuses %j (R6)', (text) => {
    expect(parseHost(text, 'https')).toBeUndefined()
  })

  test('is idempotent and holds only host characters, whatever the input', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const host = parseHost(text, 'https')
        if (host === undefined) return
        expect(host.value).toMatch(/^[a-z0-9._:[\]-]+$/)
        expect(parseHost(host.value, 'https')).toEqual(host)
      }),
    )
  })
})
