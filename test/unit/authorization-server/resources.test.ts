// Which resource is meant? RFC 8707, mcp.md AS-30 to AS-34, security.md R91

import { describe, expect, test } from 'vitest'
import {
  canonicalResource,
  findResource,
  resourceForNone,
  scopesOf,
} from '../../../src/authorization-server/resources.ts'
import type { IssuedResource } from '../../../src/ports/authorization-server.ts'

const resourceAt = (url: string): IssuedResource => ({
  url,
  audience: undefined,
  name: undefined,
  scopes: [],
  scopesSupported: [],
  dpopRequired: false,
})
const settings = (...urls: readonly string[]) => ({
  resources: urls.map(resourceAt),
  defaultResource: undefined,
})

const one = settings('https://a.example.com/mcp')
const two = settings('https://a.example.com/mcp', 'https://a.example.com/other')
const root = settings('https://a.example.com', 'https://a.example.com/mcp')
const wild = settings('https://*.example.com/mcp')

describe('canonicalResource()', () => {
  test.each([
    ['the same text', 'https://a.example.com/mcp', one, 'https://a.example.com/mcp'],
    ['another case of the host', 'https://A.EXAMPLE.com/mcp', one, 'https://a.example.com/mcp'],
    ['the default port', 'https://a.example.com:443/mcp', one, 'https://a.example.com/mcp'],
    ['the origin of the only one there', 'https://a.example.com', one, 'https://a.example.com/mcp'],
    ['that origin with a slash', 'https://a.example.com/', one, 'https://a.example.com/mcp'],
    ['the origin that is one itself', 'https://a.example.com/', root, 'https://a.example.com'],
    ['one label of a wildcard', 'https://b.example.com/mcp', wild, 'https://b.example.com/mcp'],
  ])('takes %s', (_name, text, from, expected) => {
    expect(canonicalResource(text, from)).toBe(expected)
  })

  test.each([
    ['another path', 'https://a.example.com/mc', one],
    ['a path below', 'https://a.example.com/mcp/x', one],
    ['a slash more', 'https://a.example.com/mcp/', one],
    ['another case of the path', 'https://a.example.com/MCP', one],
    ['another scheme', 'http://a.example.com/mcp', one],
    ['another port', 'https://a.example.com:8443/mcp', one],
    ['another host', 'https://b.example.com/mcp', one],
    ['the origin of two', 'https://a.example.com', two],
    ['two labels of a wildcard', 'https://c.b.example.com/mcp', wild],
    ['no label of a wildcard', 'https://example.com/mcp', wild],
    ['a fragment', 'https://a.example.com/mcp#x', one],
    ['a user name', 'https://u@a.example.com/mcp', one],
    ['what is no URL', 'mcp', one],
  ])('knows nothing of %s', (_name, text, from) => {
    expect(canonicalResource(text, from)).toBeUndefined()
  })
})

describe('findResource() for our own command line', () => {
  const from = { ...root, knowsOrigin: (origin: string) => origin === 'https://app.example.com' }
  const find = (text: string, clientId: string | undefined) => findResource(text, from, clientId)

  test('finds an origin with rules, without scopes', () => {
    expect(find('https://app.example.com', 'sallyport-cli')).toEqual(
      resourceAt('https://app.example.com'),
    )
  })

  test('finds neither other origins nor resources', () => {
    expect(find('https://b.example.com', 'sallyport-cli')).toBeUndefined()
    expect(find('https://a.example.com', 'sallyport-cli')).toBeUndefined()
    expect(find('https://a.example.com/mcp', 'sallyport-cli')).toBeUndefined()
  })

  test('finds no origin for other clients, nor when it is off', () => {
    expect(find('https://app.example.com', 'tool')).toBeUndefined()
    expect(find('https://app.example.com', undefined)).toBeUndefined()
    expect(findResource('https://app.example.com', root, 'sallyport-cli')).toBeUndefined()
  })
})

test('findResource() finds what canonicalResource() gives', () => {
  expect(findResource('https://b.example.com/mcp', wild, 'tool')).toBe(wild.resources[0])
  expect(findResource('https://a.example.com/mcp', two, 'tool')).toBe(two.resources[0])
  expect(findResource(['https://a.example.com/mcp'], two, 'tool')).toBeUndefined()
})

test('resourceForNone() is the configured default, or the only one, or nobody knows (AS-32)', () => {
  expect(resourceForNone({ ...two, defaultResource: 'https://a.example.com/other' })).toBe(
    'https://a.example.com/other',
  )
  expect(resourceForNone(one)).toBe('https://a.example.com/mcp')
  expect(resourceForNone(two)).toBeUndefined()
})

test('scopesOf() names each scope once', () => {
  const resource = { ...resourceAt('https://a'), scopes: ['a'], scopesSupported: ['a', 'b'] }
  expect(scopesOf(resource)).toEqual(['a', 'b'])
})
