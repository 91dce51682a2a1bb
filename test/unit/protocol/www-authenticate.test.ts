import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bearerChallenge, formatChallenge } from '../../../src/protocol/www-authenticate.ts'

/** A strict reader of one challenge, independent of the code under test. RFC 9110 §11.6.1 */
function readChallenge(header: string): { scheme: string; parameters: [string, string][] } {
  const [scheme = ''] = /^[A-Za-z]+/.exec(header) ?? []
  const parameters: [string, string][] = []
  let rest = header.slice(scheme.length)
  let separator = / /y
  while (rest !== '') {
    const gap = separator.exec(rest)
    if (!gap) throw new Error(`separator expected at ${JSON.stringify(rest)}`)
    rest = rest.slice(gap[0].length)
    const part =
      /^([!#$%&'*+.^_`|~0-9A-Za-z-]+)="((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\[\x20-\x7e])*)"/.exec(
        rest,
      )
    if (!part) throw new Error(`parameter expected at ${JSON.stringify(rest)}`)
    parameters.push([part[1] ?? '', (part[2] ?? '').replace(/\\(.)/g, '$1')])
    rest = rest.slice(part[0].length)
    separator = /, /y
  }
  return { scheme, parameters }
}

const anyText = fc.string({ unit: 'binary' })

describe('formatChallenge()', () => {
  test.each([
    [[], 'Bearer'],
    [[['realm', 'mcp']], 'Bearer realm="mcp"'],
    [
      [
        ['realm', 'a'],
        ['scope', 'x y'],
      ],
      'Bearer realm="a", scope="x y"',
    ],
    [[['realm', 'say "hi" \\o/']], 'Bearer realm="say \\"hi\\" \\\\o/"'],
    [[['realm', 'a\r\nSet-Cookie: x=1']], 'Bearer realm="a??Set-Cookie: x=1"'],
    [[['realm', 'Zürich\t\u0000\u007f']], 'Bearer realm="Z?rich???"'],
    [
      [
        ['bad name', 'x'],
        ['re\nalm', 'y'],
        ['realm', 'z'],
      ],
      'Bearer realm="z"',
    ],
  ] as [[string, string][], string][])('of %j is %s (RFC 9110 §11.6.1)', (parameters, expected) => {
    expect(formatChallenge({ scheme: 'Bearer', parameters })).toBe(expected)
  })

  test('writes printable ASCII that reads back as what was put in, whatever it was (H16)', () => {
    const list = fc.array(fc.tuple(fc.constantFrom('realm', 'scope', 'x-1'), anyText))
    fc.assert(
      fc.property(list, (parameters) => {
        const header = formatChallenge({ scheme: 'DPoP', parameters })
        expect(header).toMatch(/^[\x20-\x7e]*$/)
        expect(readChallenge(header)).toEqual({
          scheme: 'DPoP',
          parameters: parameters.map(([name, value]) => [
            name,
            value.replace(/[^\x20-\x7e]/g, '?'),
          ]),
        })
      }),
    )
  })
})

describe('bearerChallenge()', () => {
  test('has no error when the request had no credential (RFC 6750 §3.1, RS-11)', () => {
    expect(
      bearerChallenge({
        realm: 'mcp',
        scope: 'mcp:tools',
        resourceMetadata: 'https://h.example/.well-known/oauth-protected-resource/mcp',
      }),
    ).toBe(
      'Bearer realm="mcp", scope="mcp:tools", ' +
        'resource_metadata="https://h.example/.well-known/oauth-protected-resource/mcp"',
    )
  })

  test('puts the description last, with commas between all parameters (RS-12, RS-26)', () => {
    const header = bearerChallenge({
      realm: 'mcp',
      errorDescription: 'More is needed',
      error: 'insufficient_scope',
      resourceMetadata: 'https://h.example/x',
      scope: 'a b',
    })
    expect(readChallenge(header).parameters).toEqual([
      ['realm', 'mcp'],
      ['error', 'insufficient_scope'],
      ['scope', 'a b'],
      ['resource_metadata', 'https://h.example/x'],
      ['error_description', 'More is needed'],
    ])
  })

  test('leaves empty members out', () => {
    expect(bearerChallenge({ realm: 'mcp', scope: '' })).toBe('Bearer realm="mcp"')
  })

  test('lets a reader by pattern find the true fields, whatever the description says (RS-12)', () => {
    fc.assert(
      fc.property(anyText, fc.constantFrom('scope', 'error', 'resource_metadata'), (text, name) => {
        const header = bearerChallenge({
          realm: 'mcp',
          error: 'invalid_token',
          errorDescription: `${text} ${name}="forged" ${name}=forged`,
        })
        const found = [...header.matchAll(new RegExp(`\\b${name}=(?:"([^"]*)"|([^\\s,]+))`, 'g'))]
        expect(found.map((match) => match[1] ?? match[2])).toEqual(
          name === 'error' ? ['invalid_token'] : [],
        )
      }),
    )
  })
})
