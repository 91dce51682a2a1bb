import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type ClientDocumentUrl,
  type ClientDocumentUrlRules,
  clientDocumentLimit,
  parseClientDocumentUrl,
  readClientDocument,
} from '../../../src/protocol/client-document.ts'
import type { ClientMetadataRules } from '../../../src/protocol/client-metadata.ts'
import { clientFixtures } from '../../support/client-fixture.ts'

const anyHost: ClientDocumentUrlRules = { hosts: undefined, allowLoopback: false }
const rules: ClientMetadataRules = {
  redirects: { hosts: undefined, privateUris: [] },
  clientNames: undefined,
  scopes: ['mcp:read'],
  idTokenAlgorithms: ['EdDSA'],
}
const documents = clientFixtures.filter(({ kind }) => kind === 'document')

const urlOf = (text: string): ClientDocumentUrl => {
  const result = parseClientDocumentUrl(text, anyHost)
  if (result.kind !== 'document-url') throw new Error(`${text}: ${result.kind}`)
  return result.url
}

describe('parseClientDocumentUrl()', () => {
  test.each(documents.map(({ document }) => document.client_id ?? ''))('takes %s (AS-45)', (id) => {
    const { host } = new URL(id)
    expect(parseClientDocumentUrl(id, anyHost)).toEqual({ kind: 'document-url', url: id, host })
  })

  test.each([['abc'], [''], ['client:https'], ['urn:uuid:x'], ['javascript:x']])(
    'leaves %j to the registered clients',
    (id) => {
      expect(parseClientDocumentUrl(id, anyHost)).toEqual({ kind: 'other' })
    },
  )

  test.each([
    ['http://a.example/c.json', 'not-https'],
    ['HTTPS://a.example/c.json', 'not-canonical'],
    ['https://A.example/c.json', 'not-canonical'],
    ['https://a.example:443/c.json', 'not-canonical'],
    ['https://a.example:8443/c.json', 'port-not-allowed'],
    ['https://a.example:22/c.json', 'port-not-allowed'],
    ['https://a.example', 'no-path'],
    ['https://a.example/', 'no-path'],
    ['https://a.example/?x', 'no-path'],
    ['https://a.example/c.json#x', 'fragment'],
    ['https://a.example/c.json#', 'fragment'],
    ['https://user@a.example/c.json', 'user-info'],
    ['https://user:pass@a.example/c.json', 'user-info'],
    ['https://@a.example/c.json', 'user-info'],
    ['https://claude.ai@evil.example/c.json', 'user-info'],
    ['https://a.example/x/../c.json', 'not-canonical'],
    ['https://a.example/./c.json', 'not-canonical'],
    ['https://a.example/x/%2e%2e/c.json', 'not-canonical'],
    ['https://a.example/x/.%2E/c.json', 'not-canonical'],
    ['https://a.example/x%2f..%2fc.json', 'ambiguous-path'],
    ['https://a.example/%252e%252e/c.json', 'ambiguous-path'],
    ['https://a.example/c%5c.json', 'ambiguous-path'],
    ['https://a.example/c%00.json', 'ambiguous-path'],
    ['https://a.example\\c.json', 'not-canonical'],
    ['https://a.example/c json', 'not-canonical'],
    ['https://a.example/c.json\n', 'not-canonical'],
    ['https://bücher.example/c.json', 'not-canonical'],
    ['https:a.example/c.json', 'not-canonical'],
    ['https:///c.json', 'no-path'],
    ['https:///a.example/c.json', 'not-canonical'],
    ['https://..a.example/c.json', 'not-canonical'],
    ['https://a.example./c.json', 'not-canonical'],
    ['https://127.0.0.1/c.json', 'address-as-host'],
    ['https://169.254.169.254/latest/meta-data', 'address-as-host'],
    ['https://2130706433/c.json', 'not-canonical'],
    ['https://0x7f.1/c.json', 'not-canonical'],
    ['https://8.8.8.8/c.json', 'address-as-host'],
    ['https://[::1]/c.json', 'address-as-host'],
    ['https://[2606:4700::1111]/c.json', 'address-as-host'],
    ['https://localhost/c.json', 'local-host'],
    ['https://intranet/c.json', 'local-host'],
    ['https://x.localhost/c.json', 'local-host'],
    ['https://printer.local/c.json', 'local-host'],
    ['https://metadata.google.internal/c.json', 'local-host'],
    [`https://a.example/${'a'.repeat(500)}`, 'too-long'],
  ])('refuses %j as %s (R105, AS-48)', (id, reason) => {
    expect(parseClientDocumentUrl(id, anyHost)).toEqual({ kind: 'refused', reason })
  })

  test('holds documents to the listed hosts (AS-50)', () => {
    const listed = { hosts: ['claude.ai'], allowLoopback: false }
    const kindOf = (id: string) => parseClientDocumentUrl(id, listed).kind
    expect(kindOf('https://claude.ai/c.json')).toBe('document-url')
    expect(kindOf('https://x.claude.ai/c.json')).toBe('refused')
    expect(kindOf('https://claude.ai.evil.example/c.json')).toBe('refused')
  })

  test.each([
    ['http://localhost:3000/c.json', 'document-url'],
    ['http://127.0.0.1:3000/c.json', 'document-url'],
    ['https://[::1]/c.json', 'document-url'],
    ['http://127.0.0.2/c.json', 'refused'],
    ['http://a.example/c.json', 'refused'],
    ['http://localhost/', 'refused'],
  ])('answers %s with %s in development', (id, kind) => {
    const loopback = { hosts: undefined, allowLoopback: true }
    expect(parseClientDocumentUrl(id, loopback).kind).toBe(kind)
  })

  test('takes nothing but canonical https addresses with a path, whatever the text (R105)', () => {
    const piece = fc.constantFrom(
      ...['https://', 'http://', 'a.example', '127.0.0.1', '[::1]', 'localhost', '/', 'c.json'],
      ...['..', '.', '%2e', '%2f', '@', ':', '443', '#', '?', '\\', ' ', 'A'],
    )
    const text = fc.array(piece, { maxLength: 8 }).map((parts) => parts.join(''))
    fc.assert(
      fc.property(text, (id) => {
        const result = parseClientDocumentUrl(id, anyHost)
        if (result.kind !== 'document-url') return
        const url = new URL(id)
        expect(url.href).toBe(id)
        expect([url.protocol, url.port, url.username, url.hash]).toEqual(['https:', '', '', ''])
        expect(url.pathname.length).toBeGreaterThan(1)
        expect(url.hostname).toMatch(/^[a-z0-9]+(?:\.[a-z0-9]+)+$/)
      }),
      { numRuns: 2000 },
    )
  })
})

describe('readClientDocument()', () => {
  const url = urlOf('https://app.example.com/client.json')
  const good = {
    client_id: url,
    client_name: 'App',
    redirect_uris: ['http://localhost/callback'],
  }
  const read = (members: object) =>
    readClientDocument(url, JSON.stringify({ ...good, ...members }), rules)

  test.each(documents)('reads $name (AS-46)', ({ document }) => {
    const id = urlOf(document.client_id ?? '')
    expect(readClientDocument(id, JSON.stringify(document), rules)).toMatchObject({
      kind: 'narrowed',
      metadata: { client_name: document.client_name, redirect_uris: document.redirect_uris },
    })
  })

  test('makes a document that says little a public client with a code flow (AS-48)', () => {
    expect(read({})).toEqual({
      kind: 'narrowed',
      metadata: {
        redirect_uris: ['http://localhost/callback'],
        grant_types: ['authorization_code'],
        response_types: ['code'],
        application_type: 'native',
        client_name: 'App',
        token_endpoint_auth_method: 'none',
      },
      dropped: [],
    })
  })

  test.each<[string, object, string]>([
    ['AS-46', { client_id: 'https://app.example.com/client.json?' }, 'client_id'],
    ['AS-46', { client_id: 'https://APP.example.com/client.json' }, 'client_id'],
    ['AS-46', { client_id: undefined }, 'client_id'],
    ['AS-46', { client_id: [url] }, 'client_id'],
    ['AS-46', { client_name: undefined }, 'client_name'],
    ['AS-46', { redirect_uris: undefined }, 'redirect_uris'],
    ['AS-46', { redirect_uris: [] }, 'redirect_uris'],
    ['AS-48', { client_secret: 'x' }, 'client_secret'],
    ['AS-48', { client_secret: '' }, 'client_secret'],
    ['AS-48', { client_secret_expires_at: 0 }, 'client_secret'],
    ['AS-48', { token_endpoint_auth_method: 'client_secret_basic' }, 'token_endpoint_auth_method'],
    ['AS-48', { token_endpoint_auth_method: 'client_secret_jwt' }, 'token_endpoint_auth_method'],
    ['R105', { padding: 'a'.repeat(clientDocumentLimit) }, 'at most 5120 bytes'],
  ])('refuses (%s) %j', (_rule, members, word) => {
    const result = read(members)
    expect(result).toMatchObject({ kind: 'refused', description: expect.stringContaining(word) })
  })

  test.each([[''], ['<html>'], ['[]'], ['null'], ['"x"'], ['{"client_id":']])(
    'refuses %j, which is no JSON object (AS-46)',
    (text) => {
      expect(readClientDocument(url, text, rules)).toMatchObject({
        kind: 'refused',
        description: 'Client document: expected a JSON object',
      })
    },
  )

  test('takes no client_id by inheritance (R101)', () => {
    const { client_id, ...rest } = good
    const text = `{"__proto__":${JSON.stringify({ client_id })},${JSON.stringify(rest).slice(1)}`
    expect(readClientDocument(url, text, rules).kind).toBe('refused')
  })
})
