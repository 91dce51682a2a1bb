import { generateKeyPairSync } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type ClientMetadataRules,
  type ClientSource,
  narrowClientMetadata,
} from '../../../src/protocol/client-metadata.ts'
import { isSameRedirectUri } from '../../../src/protocol/redirect-uri.ts'
import { clientFixtures } from '../../support/client-fixture.ts'

const rules: ClientMetadataRules = {
  redirects: { hosts: undefined, privateUris: [] },
  clientNames: undefined,
  scopes: ['mcp:read', 'mcp:write', 'openid', 'email', 'offline_access'],
  idTokenAlgorithms: ['EdDSA', 'ES256'],
}
const device = 'urn:ietf:params:oauth:grant-type:device_code'
const loopback = 'http://localhost/callback'
const web = 'https://app.example.com/cb'

const narrow = (input: unknown, source: ClientSource = 'registration', with_ = rules) =>
  narrowClientMetadata(input, source, with_)

/** Narrowed with one good redirect. */
const take = (members: object, source: ClientSource = 'registration', with_ = rules) => {
  const result = narrow({ redirect_uris: [web], ...members }, source, with_)
  if (result.kind === 'refused') throw new Error(result.description)
  return result
}
const refusal = (members: object, source: ClientSource = 'registration', with_ = rules) => {
  const result = narrow({ redirect_uris: [web], ...members }, source, with_)
  return result.kind === 'refused' ? `${result.error}: ${result.description}` : 'narrowed'
}

const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const key = publicKey.export({ format: 'jwk' })

describe('narrowClientMetadata()', () => {
  test.each(clientFixtures)(
    'takes $name as it is sent (AS-55, AS-56, mcp.md 6.2-6.4)',
    (client) => {
      const result = narrow(client.document, client.kind)
      if (result.kind === 'refused') expect.fail(result.description)
      const { metadata } = result
      expect(metadata.client_name).toBe(client.document.client_name)
      expect(metadata.redirect_uris).toEqual(client.document.redirect_uris)
      const grants = client.document.grant_types.filter((grant) => grant !== device)
      expect(metadata.grant_types).toEqual(grants)
      expect(metadata.response_types).toEqual(['code'])
      for (const uri of client.requested)
        expect(metadata.redirect_uris.some((one) => isSameRedirectUri(one, uri))).toBe(true)
      expect(metadata).not.toHaveProperty('jwks_uri')
      expect(Object.values(metadata)).not.toContain('')
      expect(Object.values(metadata)).not.toContain(null)
    },
  )

  test('says what is registered when VS Code registers (AS-55)', () => {
    const client = clientFixtures.find(({ name }) => name === 'vscode-registration')
    expect(client?.document.grant_types).toContain(device)
    expect(narrow(client?.document)).toEqual({
      kind: 'narrowed',
      metadata: { ...client?.document, grant_types: ['authorization_code', 'refresh_token'] },
      dropped: ['grant_types'],
    })
  })

  test('keeps the https and loopback redirects of Cursor when its scheme is not accepted (AS-56)', () => {
    const uris = ['cursor://other/callback', web, 'http://localhost:8787/callback']
    const result = take({ redirect_uris: uris })
    expect(result.metadata.redirect_uris).toEqual(uris.slice(1))
    expect(result.dropped).toEqual(['redirect_uris[0]: unknown-private-scheme'])
  })

  test('narrows the scopes that mcp-remote guesses to the known ones (AS-28)', () => {
    const result = take({ scope: 'openid email profile' })
    expect(result.metadata.scope).toBe('openid email')
    expect(result.dropped).toEqual(['scope'])
  })

  test.each([[''], ['   '], ['unknown'], [null]])(
    'names no scope when it is %j (AS-27, AS-55)',
    (scope) => {
      expect(take({ scope }).metadata).not.toHaveProperty('scope')
    },
  )

  test('lets a chat client in whose keys would have to be fetched when it also does without (R104)', () => {
    const client = clientFixtures.find(({ name }) => name === 'chatgpt-document')
    const result = narrow(client?.document, 'document')
    expect(result).toMatchObject({
      kind: 'narrowed',
      metadata: { token_endpoint_auth_method: 'none' },
      dropped: expect.arrayContaining(['jwks_uri', 'token_endpoint_auth_method']),
    })
  })

  test.each<[string[], string | undefined, string, string]>([
    [[loopback], undefined, 'native', 'AS-57'],
    [['cursor://anysphere.cursor-mcp/oauth/callback', web], undefined, 'native', 'AS-57'],
    [[web], undefined, 'web', 'AS-57'],
    [[web, loopback], undefined, 'native', 'AS-57'],
    [[web, loopback], 'web', 'web', 'AS-57'],
    [[web], 'native', 'native', 'AS-57'],
    [[web], 'mobile', 'web', 'AS-57'],
    [['cursor://anysphere.cursor-mcp/oauth/callback'], 'web', 'native', 'AS-57'],
    [['https://localhost:3000/cb'], 'native', 'web', 'AS-57'],
  ])('makes redirects %j of application_type %j a %s client (%s)', (uris, asked, type) => {
    const members = { redirect_uris: uris, ...(asked && { application_type: asked }) }
    expect(take(members).metadata).toMatchObject({ application_type: type, redirect_uris: uris })
  })

  test.each<[string, object, ClientSource, string]>([
    ['RFC 7591 §2', {}, 'registration', 'client_secret_basic'],
    ['RFC 8252 §8.4', { redirect_uris: [loopback] }, 'registration', 'none'],
    ['RFC 8252 §8.4', { application_type: 'native' }, 'registration', 'none'],
    ['AS-48', {}, 'document', 'none'],
    ['RFC 7591 §2', { redirect_uris: [loopback] }, 'manual', 'client_secret_basic'],
    ['R85', { token_endpoint_auth_method: 'none' }, 'registration', 'none'],
    [
      'R85',
      { token_endpoint_auth_method: 'client_secret_post' },
      'registration',
      'client_secret_post',
    ],
    [
      'R85',
      { redirect_uris: [loopback], token_endpoint_auth_method: 'client_secret_basic' },
      'registration',
      'client_secret_basic',
    ],
    [
      'AS-51',
      { token_endpoint_auth_method: 'private_key_jwt', jwks: { keys: [key] } },
      'document',
      'private_key_jwt',
    ],
  ])('chooses the auth method (%s) for %j of a %s: %s', (_rule, members, source, method) => {
    const result = take({ client_name: 'App', ...members }, source)
    expect(result.metadata.token_endpoint_auth_method).toBe(method)
  })

  test('drops grants that strangers may not have, and keeps them for the operator (R102)', () => {
    const grant_types = ['authorization_code', 'implicit', 'password', 'client_credentials', device]
    expect(take({ grant_types })).toMatchObject({
      metadata: { grant_types: ['authorization_code'] },
      dropped: ['grant_types'],
    })
    expect(take({ grant_types }, 'manual').metadata.grant_types).toEqual([
      ...['authorization_code', 'client_credentials', device],
    ])
  })

  test('takes a device without redirects and a machine without people (RFC 8628, R102)', () => {
    const bare = { redirect_uris: undefined }
    expect(take({ ...bare, grant_types: [device] }, 'manual').metadata).toMatchObject({
      redirect_uris: [],
      response_types: [],
    })
    expect(refusal({ ...bare, grant_types: [device] })).toContain('grant_types')
    const machine = { ...bare, grant_types: ['client_credentials'] }
    expect(take(machine, 'manual').metadata.response_types).toEqual([])
    expect(refusal({ ...machine, token_endpoint_auth_method: 'none' }, 'manual')).toContain(
      'expected one with credentials',
    )
  })

  test('replaces response types that we do not have (RFC 7591 §2.1, R64)', () => {
    expect(take({ response_types: ['token', 'id_token'] }).metadata.response_types).toEqual([
      'code',
    ])
  })

  test('drops what is never fetched or never set by a client (R101, R104)', () => {
    const hostile = JSON.parse(`{
      "redirect_uris": ["${web}"], "client_name": "App",
      "__proto__": { "scope": "mcp:write", "trusted": true }, "constructor": { "prototype": {} },
      "client_id": "admin", "client_secret": "mine", "client_id_issued_at": 1, "trusted": true,
      "jwks_uri": "http://169.254.169.254/", "sector_identifier_uri": "http://10.0.0.1/",
      "software_statement": "${'a'.repeat(3000)}", "require_auth_time": true,
      "initiate_login_uri": "https://a.example/", "subject_type": "pairwise",
      "registration_client_uri": "https://a.example/",
      "post_logout_redirect_uris": ["https://a.example/"],
      "backchannel_logout_uri": "https://a.example/"
    }`)
    const result = narrow(hostile)
    expect(result).toEqual({
      kind: 'narrowed',
      metadata: {
        redirect_uris: [web],
        grant_types: ['authorization_code'],
        response_types: ['code'],
        application_type: 'web',
        client_name: 'App',
        token_endpoint_auth_method: 'client_secret_basic',
      },
      dropped: expect.arrayContaining(['__proto__', 'constructor', 'client_id', 'trusted']),
    })
    expect({}).not.toHaveProperty('trusted')
  })

  test('reads no member by inheritance (R101)', () => {
    const input: unknown = Object.create({ redirect_uris: [web], scope: 'mcp:write' })
    expect(narrow(input)).toMatchObject({ kind: 'refused', error: 'invalid_redirect_uri' })
  })

  test.each([
    ['javascript:alert(1)'],
    ['data:image/svg+xml,x'],
    ['ftp://a.example/x'],
    ['https://claude.ai@evil.example/logo.png'],
    ['https://a.example/ x'],
    ['//a.example/x'],
    ['https://bücher.example/'],
    ['https://'],
  ])('keeps no %j as an address to show (R76, R104)', (logo_uri) => {
    const result = take({ logo_uri, tos_uri: 'http://a.example/tos' })
    expect(result.metadata).toMatchObject({ tos_uri: 'http://a.example/tos' })
    expect(result.metadata).not.toHaveProperty('logo_uri')
    expect(result.dropped).toEqual(['logo_uri'])
  })

  test.each([
    ['Claude', 'Claude'],
    ['\u202egrobelgooG\u202c', 'grobelgooG'],
    ['A\u0000\u0007\u001b[31mB\nC', 'A[31mBC'],
    ['Goo\u200bgle\u3164', 'Google'],
    ['  Zażółć 日本 🚪  ', 'Zażółć 日本 🚪'],
    ['x'.repeat(200), 'x'.repeat(80)],
  ])('shows the name %j as %j (R76)', (client_name, shown) => {
    expect(take({ client_name }).metadata.client_name).toBe(shown)
  })

  test.each([['\u202e'], ['   '], ['']])(
    'has no name when it is %j (R76, AS-10)',
    (client_name) => {
      expect(take({ client_name }).metadata).not.toHaveProperty('client_name')
      expect(refusal({ client_name }, 'document')).toContain('client_name: expected a name')
    },
  )

  test('holds registrations, and only them, to the listed names (R8)', () => {
    const listed = { ...rules, clientNames: ['Claude', 'Cursor'] }
    expect(refusal({ client_name: 'cursor' }, 'registration', listed)).toBe('narrowed')
    expect(refusal({ client_name: 'Cursor\u200b' }, 'registration', listed)).toBe('narrowed')
    expect(refusal({ client_name: 'Cursor 2' }, 'registration', listed)).toContain('client_name')
    expect(refusal({}, 'registration', listed)).toContain('client_name')
    expect(refusal({ client_name: 'Other' }, 'document', listed)).toBe('narrowed')
  })

  test('holds redirects to the listed hosts (R8)', () => {
    const listed = { ...rules, redirects: { hosts: ['claude.ai'], privateUris: [] } }
    expect(refusal({}, 'registration', listed)).toContain('host that is not allowed')
    expect(refusal({ redirect_uris: [loopback] }, 'registration', listed)).toBe('narrowed')
  })

  test('takes the rest of what OpenID clients and DPoP clients say (RFC 9449 §5.2)', () => {
    const members = {
      dpop_bound_access_tokens: true,
      id_token_signed_response_alg: 'ES256',
      software_id: 'a',
      software_version: '1.0',
    }
    expect(take(members).metadata).toMatchObject(members)
    expect(take({ dpop_bound_access_tokens: false }).metadata).not.toHaveProperty(
      'dpop_bound_access_tokens',
    )
    expect(take({ id_token_signed_response_alg: 'none' })).toMatchObject({
      metadata: expect.not.objectContaining({ id_token_signed_response_alg: 'none' }),
      dropped: ['id_token_signed_response_alg'],
    })
  })

  test('takes logout addresses from the operator only (RFC: OpenID Back-Channel Logout §2.2)', () => {
    const members = {
      post_logout_redirect_uris: [web],
      backchannel_logout_uri: 'https://app.example.com/logout',
    }
    expect(take(members, 'manual').metadata).toMatchObject(members)
    // Logout tokens name no session.
    const session = { backchannel_logout_session_required: true }
    expect(take({ ...members, ...session }, 'manual')).toMatchObject({
      metadata: expect.not.objectContaining(session),
      dropped: Object.keys(session),
    })
    for (const name of Object.keys(members)) {
      expect(take(members).metadata).not.toHaveProperty(name)
      expect(take({ client_name: 'x', ...members }, 'document').metadata).not.toHaveProperty(name)
    }
    expect(refusal({ backchannel_logout_uri: 'http://a.example/' }, 'manual')).toContain('https')
    expect(refusal({ post_logout_redirect_uris: ['javascript:x'] }, 'manual')).toContain(
      'post_logout_redirect_uris[0] has a scheme',
    )
  })

  test.each<[string, object, string]>([
    ['no redirect', { redirect_uris: undefined }, 'redirect_uris: expected at least one'],
    ['an empty list', { redirect_uris: [] }, 'redirect_uris: expected at least one'],
    ['a text', { redirect_uris: web }, 'redirect_uris: expected a list'],
    ['a number in the list', { redirect_uris: [web, 1] }, 'redirect_uris: expected a list'],
    [
      'eleven',
      { redirect_uris: Array(11).fill(web) },
      'redirect_uris: expected a list of at most 10',
    ],
    ['a long one', { redirect_uris: [`${web}${'a'.repeat(2000)}`] }, 'at most 2000 characters'],
    ['only bad ones', { redirect_uris: ['javascript:x', `${web}#x`] }, '[1] has a fragment'],
    ['plain http', { redirect_uris: ['http://a.example/cb'] }, 'expected https'],
  ])('refuses %s as invalid_redirect_uri (R60, R103)', (_what, members, words) => {
    expect(refusal(members)).toContain('invalid_redirect_uri: ')
    expect(refusal(members)).toContain(words)
  })

  test.each<[string, object, string]>([
    ['R103', { client_name: 'a'.repeat(257) }, 'client_name: expected a text of at most 256'],
    ['R103', { client_name: { en: 'x' } }, 'client_name: expected a text'],
    [
      'R103',
      { client_uri: `https://a.example/${'a'.repeat(2000)}` },
      'client_uri: expected a text',
    ],
    ['R103', { grant_types: Array(11).fill('x') }, 'grant_types: expected a list of at most 10'],
    ['R103', { grant_types: 'authorization_code' }, 'grant_types: expected a list'],
    ['R103', { scope: ['mcp:read'] }, 'scope: expected a text'],
    ['R103', { dpop_bound_access_tokens: 'true' }, 'expected true or false'],
    ['R102', { grant_types: ['client_credentials'] }, 'grant_types: expected authorization_code'],
    ['R102', { grant_types: ['refresh_token'] }, 'grant_types: expected authorization_code'],
    ['R85', { token_endpoint_auth_method: 'client_secret_jwt' }, 'token_endpoint_auth_method'],
    ['R85', { token_endpoint_auth_method: 'tls_client_auth' }, 'token_endpoint_auth_method'],
    ['R104', { token_endpoint_auth_method: 'private_key_jwt' }, 'jwks_uri is not fetched'],
    ['R104', { jwks: { keys: Array(6).fill(key) } }, 'jwks: expected at most 5 public keys'],
    ['R104', { jwks: { keys: [privateKey.export({ format: 'jwk' })] } }, 'without private parts'],
    ['R104', { jwks: { keys: [{ kty: 'oct', k: 'AAAA' }] } }, 'jwks'],
    ['R104', { jwks: 'https://a.example/' }, 'jwks'],
    ['R120', { x: { x: { x: { x: { x: {} } } } } }, 'nested at most 5 deep'],
    ['R120', { x: Array(101).fill(0) }, 'at most 100 members'],
  ])('refuses as invalid_client_metadata (%s): %j', (_rule, members, words) => {
    expect(refusal(members)).toContain('invalid_client_metadata: ')
    expect(refusal(members)).toContain(words)
  })

  test.each([[null], [undefined], ['{}'], [[]], [1]])('refuses %j, which is no object', (input) => {
    expect(narrow(input)).toMatchObject({ kind: 'refused', error: 'invalid_client_metadata' })
  })

  test.each<[string, object]>([
    ['AS-48', { token_endpoint_auth_method: 'client_secret_basic' }],
    [
      'AS-48',
      {
        token_endpoint_auth_method: 'client_secret_post',
        token_endpoint_auth_methods_supported: ['none'],
      },
    ],
  ])('refuses a document with a shared-secret method (%s)', (_rule, members) => {
    expect(refusal({ client_name: 'x', ...members }, 'document')).toContain(
      'expected none or private',
    )
  })

  test('keeps of a key what verifies and leaves certificates and addresses behind (R104, R111)', () => {
    const jwks = { keys: [{ ...key, kid: 'a', use: 'sig', x5u: 'http://10.0.0.1/', x5c: ['x'] }] }
    expect(take({ jwks }).metadata.jwks).toEqual({ keys: [{ ...key, kid: 'a', use: 'sig' }] })
  })

  const member = fc.constantFrom(
    ...['redirect_uris', 'client_name', 'scope', 'jwks', 'grant_types', '__proto__', 'logo_uri'],
    ...['token_endpoint_auth_method', 'application_type', 'response_types', 'client_uri'],
  )
  const value = fc.oneof(
    fc.jsonValue({ maxDepth: 3 }),
    fc.constantFrom('none', 'web', web, loopback, 'ftp://x/', '\u202e', ''),
    fc.array(fc.constantFrom(web, loopback, 'authorization_code', 'javascript:x', ''), {
      maxLength: 12,
    }),
  )
  const source = fc.constantFrom<ClientSource>('registration', 'document', 'manual')

  test('emits no null, no empty text and nothing unjudged, whatever comes (AS-10, R101)', () => {
    const input = fc.array(fc.tuple(member, value), { maxLength: 8 }).map((entries) => {
      const text = entries.map(([name, one]) => `${JSON.stringify(name)}:${JSON.stringify(one)}`)
      return JSON.parse(`{"redirect_uris":["${web}"]${text.map((one) => `,${one}`).join('')}}`)
    })
    fc.assert(
      fc.property(input, source, (document, from) => {
        const result = narrow(document, from)
        if (result.kind === 'refused') {
          expect(result.description).toMatch(/^[ !#-[\]-~]+$/)
          return
        }
        const values = Object.values(result.metadata).flat()
        for (const one of values) expect([null, undefined, '', 'javascript:x']).not.toContain(one)
        expect(narrow(result.metadata, 'manual')).toMatchObject({ metadata: result.metadata })
      }),
      { numRuns: 1000 },
    )
  })
})
