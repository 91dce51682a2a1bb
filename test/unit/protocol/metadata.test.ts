import { describe, expect, test } from 'vitest'
import { protectedResourceMetadata } from '../../../src/protocol/metadata.ts'

const written = (value: unknown) => JSON.parse(JSON.stringify(value))

describe('protectedResourceMetadata()', () => {
  test('has what clients need and nothing more when little is configured (RFC 9728 §2, D1-D4)', () => {
    const document = protectedResourceMetadata('https://mcp.example.com/mcp', {
      issuers: ['https://sso.example.com/realms/home', 'https://two.example.com/'],
      scopes: ['mcp:tools', 'offline_access'],
    })
    expect(written(document)).toEqual({
      resource: 'https://mcp.example.com/mcp',
      authorization_servers: ['https://sso.example.com/realms/home', 'https://two.example.com/'],
      scopes_supported: ['mcp:tools'],
      bearer_methods_supported: ['header'],
      dpop_signing_alg_values_supported: ['ES256', 'EdDSA', 'Ed25519'],
    })
  })

  test('has every optional member that is configured (D5-D7, D9)', () => {
    const document = protectedResourceMetadata('https://mcp.example.com', {
      issuers: ['https://sso.example.com'],
      scopes: ['mcp:tools'],
      scopesSupported: ['mcp:tools', 'mcp:admin', 'offline_access'],
      dpopRequired: true,
      name: 'Tools',
      documentation: 'https://docs.example.com',
      policyUri: 'https://docs.example.com/policy',
      termsUri: 'https://docs.example.com/terms',
    })
    expect(written(document)).toEqual({
      resource: 'https://mcp.example.com',
      authorization_servers: ['https://sso.example.com'],
      scopes_supported: ['mcp:tools', 'mcp:admin'],
      bearer_methods_supported: ['header'],
      dpop_signing_alg_values_supported: ['ES256', 'EdDSA', 'Ed25519'],
      dpop_bound_access_tokens_required: true,
      resource_name: 'Tools',
      resource_documentation: 'https://docs.example.com',
      resource_policy_uri: 'https://docs.example.com/policy',
      resource_tos_uri: 'https://docs.example.com/terms',
    })
  })

  test.each([[[]], [['offline_access']]])(
    'leaves an empty list out when the scopes are %j (RFC 9728 §3.2, RS-10)',
    (scopes) => {
      const document = protectedResourceMetadata('https://h.example', { issuers: [], scopes })
      expect(written(document)).toEqual({
        resource: 'https://h.example',
        bearer_methods_supported: ['header'],
        dpop_signing_alg_values_supported: ['ES256', 'EdDSA', 'Ed25519'],
      })
    },
  )
})
