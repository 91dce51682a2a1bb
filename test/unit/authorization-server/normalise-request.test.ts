// What does the front make of a request before the library reads it?

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { endpointAt } from '../../../src/authorization-server/endpoints.ts'
import {
  normaliseBasic,
  normaliseFields,
  parseJsonObject,
} from '../../../src/authorization-server/normalise-request.ts'
import { resource, testSettings } from '../../support/authorization-stage.ts'

const normalise = (text: string, path = '/authorize') => {
  const endpoint = endpointAt(path)
  if (endpoint === undefined) throw new Error(`No endpoint at ${path}`)
  const result = normaliseFields(text, endpoint, testSettings)
  return result.kind === 'fields' ? Object.fromEntries(result.fields) : result
}

describe('normaliseFields()', () => {
  const kept: readonly (readonly [string, string, string, Record<string, string>])[] = [
    [
      'leaves out fields without a value (RFC 6749 §3.1)',
      'a=1&scope=&state=',
      '/authorize',
      { a: '1' },
    ],
    ['puts one space between scopes', 'scope=a++b%20%20c+', '/authorize', { scope: 'a b c' }],
    [
      'writes the resource as it is configured (AS-31)',
      'resource=HTTPS://MCP.example.com/mcp',
      '/token',
      { resource },
    ],
    [
      'takes the origin for its only resource (AS-33)',
      'resource=https://mcp.example.com/',
      '/token',
      { resource },
    ],
    [
      'leaves an unknown resource to be refused',
      'resource=https://x.example/',
      '/token',
      { resource: 'https://x.example/' },
    ],
    [
      'drops what means nothing without openid',
      'nonce=n&scope=mcp:tools',
      '/authorize',
      { scope: 'mcp:tools' },
    ],
    [
      'keeps a nonce with openid',
      'nonce=n&scope=openid',
      '/authorize',
      { nonce: 'n', scope: 'openid' },
    ],
    ['keeps a nonce at other endpoints', 'nonce=n', '/token', { nonce: 'n' }],
    ['takes away what only we may say', 'narrowed_scope=x&a=1', '/authorize', { a: '1' }],
  ]
  test.each(kept)('%s', (_name, text, path, expected) => {
    expect(normalise(text, path)).toEqual(expected)
  })

  const refused: readonly (readonly [string, string, string, string])[] = [
    ['a field twice (R66)', 'a=1&a=1', '/token', 'invalid_request'],
    [
      'a field twice, once without a value (R66)',
      'client_id=&client_id=x',
      '/authorize',
      'invalid_request',
    ],
    ['a NUL character in a value', 'client_id=a%00b', '/authorize', 'invalid_request'],
    ['a NUL character in a name', 'a%00b=c', '/token', 'invalid_request'],
    ['two resources (AS-34)', 'resource=a&resource=b', '/token', 'invalid_target'],
    [
      'too many fields (R120)',
      Array.from({ length: 65 }, (_, at) => `f${at}`).join('&'),
      '/token',
      'invalid_request',
    ],
    [
      'another response mode (R64)',
      'response_mode=fragment',
      '/authorize',
      'unsupported_response_mode',
    ],
    [
      'another response mode that is pushed (R64)',
      'response_mode=form_post',
      '/request',
      'unsupported_response_mode',
    ],
    ['a long state (R67)', `state=${'x'.repeat(1025)}`, '/authorize', 'invalid_request'],
  ]
  test.each(refused)('refuses %s', (_name, text, path, error) => {
    expect(normalise(text, path)).toMatchObject({ kind: 'refused', status: 400, error })
  })

  test('is total', () => {
    fc.assert(fc.property(fc.string(), (text) => void normalise(text)))
  })
})

describe('normaliseBasic()', () => {
  const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`
  const read = (header: string) =>
    Buffer.from(header.slice(6), 'base64').toString().split(':').map(decodeURIComponent)

  test.each([
    ['plain credentials', 'id:secret', ['id', 'secret']],
    ['encoded ones', 'id:a%2Bb', ['id', 'a+b']],
    ['raw ones with a lone percent sign (AS-42)', 'id:100%', ['id', '100%']],
    ['a secret with a colon', 'id:a%3Ab', ['id', 'a:b']],
  ])('keeps %s', (_name, text, expected) => {
    expect(read(normaliseBasic(basic(text)))).toEqual(expected)
  })

  test.each(['Bearer abc', 'Basic', 'Basic !!!', basic('no-colon')])(
    'leaves %j alone',
    (header) => {
      expect(normaliseBasic(header)).toBe(header)
    },
  )
})

describe('parseJsonObject()', () => {
  const nested = (depth: number): string => (depth === 0 ? '1' : `{"a":${nested(depth - 1)}}`)

  test.each([
    ['text that is no JSON', '{'],
    ['an array', '[]'],
    ['null', 'null'],
    ['a string', '"x"'],
    ['more than 100 members (R120)', JSON.stringify({ a: Array(100).fill(0) })],
    ['more than five levels (R120)', nested(7)],
  ])('refuses %s', (_name, text) => {
    expect(parseJsonObject(text)).toMatchObject({
      kind: 'refused',
      status: 400,
      error: 'invalid_client_metadata',
    })
  })

  test('makes no prototype of "__proto__" (R101)', () => {
    const parsed = parseJsonObject('{"__proto__":{"admin":true},"a":1}')
    if (parsed.kind !== 'object') throw new Error('refused')
    expect(Reflect.get(parsed.value, 'admin')).toBeUndefined()
    expect(parsed.value['a']).toBe(1)
  })
})
