// Is the metadata true, and is it found everywhere? RFC 8414, mcp.md AS-2 to AS-10, security.md R95, R114

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  type AuthorizationStage,
  issuer,
  startAuthorizationStage,
} from '../../support/authorization-stage.ts'

let stage: AuthorizationStage
beforeAll(async () => {
  stage = await startAuthorizationStage()
})
afterAll(() => stage.close())

const names = [
  '/.well-known/oauth-authorization-server',
  '/.well-known/openid-configuration',
  '/.well-known/oauth-authorization-server/mcp',
  '/.well-known/openid-configuration/mcp',
  '/mcp/.well-known/openid-configuration',
]

test.each(names)('GET %s says the same everywhere, to every origin (AS-4, R131)', async (name) => {
  const answer = await stage.request(name, { headers: { Origin: 'https://elsewhere.example' } })
  expect(answer.status).toBe(200)
  expect(answer.headers.get('access-control-allow-origin')).toBe('*')
  expect(answer.headers.get('access-control-allow-credentials')).toBeNull()
  expect(answer.headers.get('cache-control')).toBe('public, max-age=300')
  expect(answer.json).toEqual(JSON.parse(await stage.server.metadata()))
})

test('metadata() says what holds, and nothing else (AS-3 to AS-10)', async () => {
  const text = await stage.server.metadata()
  expect(text).not.toContain('null')
  expect(JSON.parse(text)).toMatchObject({
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    registration_endpoint: `${issuer}/register`,
    jwks_uri: `${issuer}/jwks`,
    response_types_supported: ['code'],
    response_modes_supported: ['query'],
    code_challenge_methods_supported: ['S256'],
    authorization_response_iss_parameter_supported: true,
    token_endpoint_auth_methods_supported: expect.arrayContaining(['none', 'client_secret_basic']),
    scopes_supported: expect.arrayContaining([
      'mcp:tools',
      'mcp:admin',
      'offline_access',
      'openid',
    ]),
    subject_types_supported: ['public'],
    backchannel_logout_supported: true,
    backchannel_logout_session_supported: false,
    id_token_signing_alg_values_supported: expect.arrayContaining(['RS256']),
    dpop_signing_alg_values_supported: expect.arrayContaining(['ES256']),
  })
})

describe('metadata() leaves out', () => {
  test('registration where nobody can register (R100)', async () => {
    const closed = await startAuthorizationStage({ registration: 'off' })
    expect(JSON.parse(await closed.server.metadata())).not.toHaveProperty('registration_endpoint')
    expect((await closed.register()).status).toBe(404)
    await closed.close()
  })

  test('client-id documents where they do not count, and names them where they do (AS-8)', async () => {
    const flag = 'client_id_metadata_document_supported'
    expect(JSON.parse(await stage.server.metadata())).not.toHaveProperty(flag)
    const open = await startAuthorizationStage({}, { clientDocuments: { find: async () => ({}) } })
    expect(JSON.parse(await open.server.metadata())).toMatchObject({ [flag]: true })
    await open.close()
  })
})

test('Every endpoint that the metadata names is there (R95)', async () => {
  const document: Record<string, unknown> = JSON.parse(await stage.server.metadata())
  const urls = Object.entries(document).filter(([name]) => /_(endpoint|uri)$/.test(name))
  expect(urls.length).toBeGreaterThan(9)
  for (const [, url] of urls) {
    const { pathname, origin } = new URL(String(url))
    expect(origin).toBe(issuer)
    expect(stage.server.owns(pathname)).toBe(true)
    expect((await stage.request(pathname)).status).not.toBe(404)
  }
})

test('GET /jwks publishes public members only (R114)', async () => {
  const answer = await stage.request('/jwks')
  expect(answer.headers.get('cache-control')).toBe('public, max-age=300')
  expect(answer.headers.get('access-control-allow-origin')).toBe('*')
  const keys = answer.json['keys']
  expect(keys).toEqual((await stage.server.publicKeys()).keys)
  for (const key of (await stage.server.publicKeys()).keys) {
    expect(key).toMatchObject({ use: 'sig', alg: expect.any(String), kid: expect.any(String) })
    for (const secret of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k'])
      expect(key).not.toHaveProperty(secret)
  }
  const algorithms = (await stage.server.publicKeys()).keys.map(({ alg }) => alg).sort()
  expect(algorithms).toEqual(['ES256', 'EdDSA', 'RS256'])
})

test.each([
  ['/authorize', true],
  ['/authorize/abc', true],
  ['/authorize/abc_D-1', true],
  ['/authorize/abc/def', false],
  ['/authorize/', false],
  ['/authorize/%41', false],
  ['/authorize/a.b', false],
  ['/device/abc', true],
  ['/device/', false],
  ['/device/auth/', false],
  ['/authorizer', false],
  ['/token', true],
  ['/token/', false],
  ['/register/abc', true],
  ['/register/', false],
  ['/session/end', true],
  ['/session', false],
  ['/interaction/abc', false],
  ['/.well-known/oauth-protected-resource', false],
  ['/login', false],
  ['/', false],
])('owns() judges %s: %s', (path, owned) => {
  expect(stage.server.owns(path)).toBe(owned)
})
