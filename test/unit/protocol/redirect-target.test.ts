import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { describeRedirect, formActionOf } from '../../../src/protocol/redirect-target.ts'

describe('describeRedirect()', () => {
  test.each([
    ['https://claude.ai/api/mcp/auth_callback', 'site', 'claude.ai'],
    ['https://claude.ai:8443/cb', 'site', 'claude.ai:8443'],
    ['http://127.0.0.1:33418/cb', 'loopback', '127.0.0.1:33418'],
    ['http://[::1]:33418/cb', 'loopback', '[::1]:33418'],
    ['http://localhost/cb', 'loopback', 'localhost'],
    ['http://localhost.evil.example/cb', 'site', 'localhost.evil.example'],
    ['https://xn--pypal-4ve.com/cb', 'site', 'xn--pypal-4ve.com'],
    ['https://pаypal.com/cb', 'site', 'xn--pypal-4ve.com'],
    ['cursor://anysphere.cursor-mcp/oauth', 'application', 'cursor://anysphere.cursor-mcp'],
    ['com.example.app:/cb', 'application', 'com.example.app:'],
  ])('calls %s a %s at %s (R72, AS-23)', (uri, kind, text) => {
    expect(describeRedirect(uri)).toEqual({ kind, text })
  })
})

describe('formActionOf()', () => {
  test.each<[string, readonly string[]]>([
    ['https://claude.ai/api/mcp/auth_callback?x=1', ['https://claude.ai']],
    ['https://claude.ai:8443/cb', ['https://claude.ai:8443']],
    ['http://127.0.0.1:33418/cb', ['http://127.0.0.1:33418']],
    ['http://[::1]:33418/cb', ['http:']],
    ['cursor://anysphere.cursor-mcp/oauth', ['cursor:']],
    ['https://a;sandbox/cb', []],
    ['https://a,b/cb', []],
    ["https://a'self'/cb", []],
    ['no address', []],
  ])('lets a form end at %s with %j (R129)', (uri, sources) => {
    expect(formActionOf(uri)).toEqual(sources)
  })

  test('adds nothing that ends a directive or a policy, whatever the address (R129)', () => {
    const scheme = fc.constantFrom('https://', 'http://', 'cursor://', 'a:', '')
    fc.assert(
      fc.property(scheme, fc.string({ unit: 'binary' }), (start, rest) => {
        for (const source of formActionOf(start + rest)) expect(source).toMatch(/^[\w.:/+-]+$/)
      }),
    )
  })
})
