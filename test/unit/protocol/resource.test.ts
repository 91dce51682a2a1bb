import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  matchAudience,
  parseResource,
  protectedResourceMetadataUrl,
} from '../../../src/protocol/resource.ts'

describe('parseResource()', () => {
  test.each([
    ['https://mcp.example.com', 'https://mcp.example.com'],
    ['https://mcp.example.com/', 'https://mcp.example.com'],
    ['HTTPS://MCP.Example.COM/Path', 'https://mcp.example.com/Path'],
    ['https://mcp.example.com:443/mcp', 'https://mcp.example.com/mcp'],
    ['http://mcp.example.com:80', 'http://mcp.example.com'],
    ['https://mcp.example.com:8443/', 'https://mcp.example.com:8443'],
    ['https://mcp.example.com/mcp', 'https://mcp.example.com/mcp'],
    ['https://mcp.example.com/mcp/', 'https://mcp.example.com/mcp/'],
    ['https://mcp.example.com//', 'https://mcp.example.com//'],
    ['https://mcp.example.com/a%2Fb', 'https://mcp.example.com/a%2Fb'],
    ['https://mcp.example.com/?tenant=1', 'https://mcp.example.com/?tenant=1'],
    ['https://[2001:DB8::1]:443/mcp', 'https://[2001:db8::1]/mcp'],
    ['https://*.example.com/mcp', 'https://*.example.com/mcp'],
  ])('of %s is %s (RFC 8707 §2, RS-4, Q9)', (text, expected) => {
    expect(parseResource(text)).toBe(expected)
  })

  test.each([
    '',
    'api',
    'account',
    'mcp.example.com',
    '//mcp.example.com/mcp',
    'https:mcp.example.com',
    'https:/mcp.example.com',
    'https:\\\\mcp.example.com',
    'urn:sallyport:resource',
    'ftp://mcp.example.com',
    'https://mcp.example.com/mcp#part',
    'https://mcp.example.com#',
    'https://user@mcp.example.com/mcp',
    'https://user:pass@mcp.example.com/mcp',
    'https://@mcp.example.com/mcp',
    'https://mcp.example.com/a b',
    ' https://mcp.example.com',
    'https://mcp.example.com\n',
    'https://mcp.exa\tmple.com',
    'https://mcp.example.com/a\\b',
    'https://mcp.example.com/a/../b',
    'https://mcp.example.com/a/%2e%2e/b',
    'https://mcp.example.com/ä',
    'https://mcp.%65xample.com/',
    'https://0x7f.1/',
    'https://mcp.example.com:port/',
    'https://mcp.example.com:99999/',
    `https://mcp.example.com/${'a'.repeat(2048)}`,
  ])('refuses %j', (text) => {
    expect(parseResource(text)).toBeUndefined()
  })

  test('is stable: the canonical form of a canonical form is itself', () => {
    fc.assert(
      fc.property(fc.webUrl({ withQueryParameters: true }), (url) => {
        const canonical = parseResource(url)
        if (canonical !== undefined) expect(parseResource(canonical)).toBe(canonical)
      }),
    )
  })

  test('never throws', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.boolean(), (text, prefixed) => {
        parseResource(prefixed ? `https://h${text}` : text)
      }),
    )
  })
})

describe('matchAudience()', () => {
  const accepted = ['https://mcp.example.com/mcp', 'https://root.example.com', '1234-client']
  test.each([
    [['https://mcp.example.com/mcp'], true],
    [['https://MCP.example.com:443/mcp'], true],
    [['https://root.example.com/'], true],
    [['account', 'https://mcp.example.com/mcp'], true],
    [['1234-client'], true],
    [[], false],
    [['account'], false],
    [['1234-CLIENT'], false],
    [['1234-client2'], false],
    [['https://mcp.example.com'], false],
    [['https://mcp.example.com/'], false],
    [['https://mcp.example.com/mcp/'], false],
    [['https://mcp.example.com/mcp/tools'], false],
    [['https://mcp.example.com/mcp2'], false],
    [['https://mcp.example.com.evil.example/mcp'], false],
    [['https://mcp.example.com@evil.example/mcp'], false],
    [['http://mcp.example.com/mcp'], false],
    [['https://mcp.example.com/mcp#'], false],
    [[''], false],
  ])('of %j is %s (AP2, RI7, R93)', (audience, expected) => {
    expect(matchAudience(audience, accepted)).toBe(expected)
  })

  test('accepts nothing when nothing is accepted', () => {
    expect(matchAudience(['https://mcp.example.com/mcp', ''], [])).toBe(false)
  })
})

describe('protectedResourceMetadataUrl()', () => {
  test.each([
    ['https://h.example', 'https://h.example/.well-known/oauth-protected-resource'],
    [
      'https://h.example:8443/mcp',
      'https://h.example:8443/.well-known/oauth-protected-resource/mcp',
    ],
    ['https://h.example/a/b/', 'https://h.example/.well-known/oauth-protected-resource/a/b/'],
    ['https://h.example/a?x=1', 'https://h.example/.well-known/oauth-protected-resource/a?x=1'],
  ])('of %s is %s (RFC 9728 §3.1)', (text, expected) => {
    const resource = parseResource(text)
    if (resource === undefined) throw new Error('refused')
    expect(protectedResourceMetadataUrl(resource)).toBe(expected)
  })
})
