import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formActionOf } from '../../../src/protocol/form-action.ts'

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
