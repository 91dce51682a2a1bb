// Who may say that they are a client? RFC 6749 §2.3, RFC 7523, security.md R85, R87, R102

import { createHmac, randomUUID } from 'node:crypto'
import { exportJWK, type GenerateKeyPairResult, generateKeyPair, SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  type AuthorizationStage,
  issuer,
  redirectUri,
  resource,
  startAuthorizationStage,
} from '../../support/authorization-stage.ts'
import { configuredClient, secretOf } from '../../support/configured-client.ts'

type Form = Record<string, string>

let stage: AuthorizationStage
let clientId: string
let key: GenerateKeyPairResult

const grant = { grant_type: 'client_credentials', resource }
const basic = (id: string, secret: string): Form => ({
  Authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`,
})
const start = async (own: Parameters<typeof startAuthorizationStage>[1] = {}) =>
  startAuthorizationStage(
    {
      clients: [
        configuredClient('poster'),
        configuredClient('basic', { authMethod: 'client_secret_basic' }),
        configuredClient('signer', {
          authMethod: 'private_key_jwt',
          secret: undefined,
          jwks: { keys: [{ ...(await exportJWK(key.publicKey)), alg: 'ES256', kid: 'one' }] },
        }),
        configuredClient('app', {
          redirectUris: [redirectUri],
          grantTypes: ['authorization_code', 'refresh_token'],
        }),
      ],
    },
    own,
  )

beforeAll(async () => {
  key = await generateKeyPair('ES256')
  stage = await start()
  clientId = String((await stage.register()).json['client_id'])
})
afterAll(() => stage.close())

const post = (fields: Form, headers: Form = {}) => stage.post('/token', fields, headers)
const poster = { client_id: 'poster', client_secret: secretOf('poster') }
const outcome = ({ status, json }: Awaited<ReturnType<typeof post>>) => [status, json['error']]

describe('POST /token takes the method that is registered and no other (R85)', () => {
  test('in the form, in the header', async () => {
    expect(await post({ ...grant, ...poster })).toMatchObject({ status: 200 })
    expect(await post(grant, basic('basic', secretOf('basic')))).toMatchObject({ status: 200 })
  })

  test.each<[string, () => [Form, Form]]>([
    ['no secret', () => [{ client_id: 'poster' }, {}]],
    ['an empty secret', () => [{ client_id: 'poster', client_secret: '' }, {}]],
    ['another secret', () => [{ ...poster, client_secret: secretOf('basic') }, {}]],
    ['the beginning of the secret', () => [{ ...poster, client_secret: 'the-secret' }, {}]],
    ['the secret in capitals', () => [{ ...poster, client_secret: 'THE-SECRET-OF-POSTER' }, {}]],
    ['what is stored of the secret', () => [{ ...poster, client_secret: 'sha256:x' }, {}]],
    ['the header where the form is registered', () => [{}, basic('poster', secretOf('poster'))]],
    [
      'the form where the header is registered',
      () => [{ client_id: 'basic', client_secret: secretOf('basic') }, {}],
    ],
    ['a secret where a key is registered', () => [{ ...poster, client_id: 'signer' }, {}]],
    ['the id alone where a key is registered', () => [{ client_id: 'signer' }, {}]],
  ])('not %s', async (_name, given) => {
    const [form, headers] = given()
    expect(outcome(await post({ ...grant, ...form }, headers))).toEqual([401, 'invalid_client'])
  })

  test.each<[string, () => [Form, Form]]>([
    ['header and form', () => [poster, basic('poster', secretOf('poster'))]],
    ['header and form of two clients', () => [poster, basic('basic', secretOf('basic'))]],
    ['two ids', () => [{ client_id: 'poster' }, basic('basic', secretOf('basic'))]],
    [
      'a secret and an assertion',
      () => [{ ...poster, client_assertion: 'x.y.z', client_assertion_type: 'jwt' }, {}],
    ],
  ])('not two at once: %s', async (_name, given) => {
    const [form, headers] = given()
    const { status, json } = await post({ ...grant, ...form }, headers)
    expect([status, json['error']]).toEqual([400, 'invalid_request'])
    expect(json).not.toHaveProperty('access_token')
  })

  test.each(['Basic', 'Basic ', 'Basic !', 'Basic Og==', 'Bearer x', 'Digest x', 'Basic Zm9v'])(
    'not the header "%s"',
    async (Authorization) => {
      const { status, json } = await post(grant, { Authorization })
      expect([400, 401]).toContain(status)
      expect(json).not.toHaveProperty('access_token')
    },
  )

  test('not in the address, and never echoes it', async () => {
    const query = new URLSearchParams({ ...poster, ...grant })
    const answer = await stage.post(`/token?${query}`, grant)
    expect(answer.status).toBe(400)
    expect(answer.text + JSON.stringify(stage.lines)).not.toContain(secretOf('poster'))
  })

  test('a public client with a secret is refused, in the form and in the header', async () => {
    const form = { grant_type: 'authorization_code', code: 'x', code_verifier: 'x'.repeat(43) }
    const posted = await post({ ...form, client_id: clientId, client_secret: 'guess' })
    expect(outcome(posted)).toEqual([401, 'invalid_client'])
    expect(outcome(await post(form, basic(clientId, 'guess')))).toEqual([401, 'invalid_client'])
  })

  test('says Basic when Basic failed, and nothing else about why', async () => {
    const [wrong, unknown] = [
      await post(grant, basic('basic', 'wrong')),
      await post(grant, basic('nobody', 'wrong')),
    ]
    for (const { headers } of [wrong, unknown])
      expect(headers.get('www-authenticate')).toMatch(/^Basic /)
    expect(unknown.json).toEqual(wrong.json)
  })

  test.each(['/revoke', '/introspect'])('at %s too', async (path) => {
    const wrong = { ...poster, client_secret: 'wrong' }
    expect(outcome(await stage.post(path, { token: 'x', ...wrong }))).toEqual([
      401,
      'invalid_client',
    ])
    const both = await stage.post(path, { token: 'x', ...poster }, basic('basic', 'x'))
    expect(both.status).toBe(400)
    expect((await stage.post(path, { token: 'x', ...poster })).status).toBe(200)
  })
})

describe('POST /token with a client assertion (R87, RFC 7523 §3)', () => {
  type Parts = { claims?: Record<string, unknown>; header?: Record<string, unknown> }
  const now = () => Math.floor(Date.now() / 1000)
  const claimsOf = (claims: Parts['claims'] = {}) => ({
    ...{ iss: 'signer', sub: 'signer', aud: issuer, iat: now(), exp: now() + 60 },
    ...{ jti: randomUUID(), ...claims },
  })
  const sign = ({ claims, header }: Parts = {}, by = key.privateKey) =>
    new SignJWT(claimsOf(claims)).setProtectedHeader({ alg: 'ES256', ...header }).sign(by)
  const send = (assertion: string, more: Form = {}, at = stage) =>
    at.post('/token', {
      ...grant,
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: assertion,
      ...more,
    })
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const unsigned = (alg: string) => `${encode({ alg })}.${encode(claimsOf())}`
  const publicText = async () => JSON.stringify(await exportJWK(key.publicKey))

  test('takes one that is for us', async () => {
    expect((await send(await sign())).status).toBe(200)
  })

  test.each<[string, () => unknown]>([
    ['the token endpoint', () => `${issuer}/token`],
    ['the issuer beside others', () => [issuer, 'https://other.example']],
    ['the issuer twice', () => [issuer, issuer]],
    ['the token endpoint in an array', () => [`${issuer}/token`]],
    ['the issuer with a slash', () => `${issuer}/`],
    ['the issuer in capitals', () => issuer.toUpperCase()],
    ['another server that begins alike', () => `${issuer}.evil.example`],
    ['nothing', () => undefined],
    ['an empty list', () => []],
    ['the issuer in a list in a list', () => [[issuer]]],
  ])('refuses %s as audience (CVE-2025-27370, CVE-2025-27371)', async (_name, audience) => {
    const assertion = await sign({ claims: { aud: audience() } })
    expect(outcome(await send(assertion))).toEqual([401, 'invalid_client'])
  })

  test.each<[string, () => Promise<string>]>([
    ['no signature', async () => `${unsigned('none')}.`],
    ['no signature, spelt otherwise', async () => `${unsigned('NoNe')}.`],
    [
      'an HMAC with its public key',
      async () => {
        const text = unsigned('HS256')
        const mac = createHmac('sha256', await publicText()).update(text)
        return `${text}.${mac.digest('base64url')}`
      },
    ],
    ['the key of somebody else', async () => sign({}, (await generateKeyPair('ES256')).privateKey)],
    [
      'a key that it brings along',
      async () => {
        const own = await generateKeyPair('ES256')
        return sign({ header: { jwk: await exportJWK(own.publicKey) } }, own.privateKey)
      },
    ],
    ['a key id that nobody knows', () => sign({ header: { kid: 'two' } })],
    ['another issuer', () => sign({ claims: { iss: 'poster' } })],
    ['another subject', () => sign({ claims: { sub: 'poster' } })],
    ['an end in the past', () => sign({ claims: { exp: now() - 60 } })],
    ['an end six minutes away', () => sign({ claims: { exp: now() + 360 } })],
    ['no end', () => sign({ claims: { exp: undefined } })],
    ['a start in the future', () => sign({ claims: { nbf: now() + 120 } })],
    ['no id', () => sign({ claims: { jti: undefined } })],
  ])('refuses %s', async (_name, make) => {
    expect(outcome(await send(await make()))).toEqual([401, 'invalid_client'])
  })

  test('takes it once, whichever server it comes to (GHSA-3p3g-vpw6-4w66)', async () => {
    const other = await start({ store: stage.store.authorization })
    const assertion = await sign()
    const answers = await Promise.all([
      send(assertion),
      send(assertion, {}, other),
      send(assertion),
      send(assertion, {}, other),
    ])
    await other.close()
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 401, 401, 401])
  })

  test('refuses another type of assertion, or none', async () => {
    for (const client_assertion_type of ['', 'urn:x', 'jwt-bearer'])
      expect((await send(await sign(), { client_assertion_type })).status).not.toBe(200)
  })

  test('refuses an assertion for another client than is named', async () => {
    const { json, status } = await send(await sign(), { client_id: 'poster' })
    expect([status >= 400, json['access_token']]).toEqual([true, undefined])
  })
})

describe('client_credentials (R102)', () => {
  test.each([
    ['a public client', () => ({ client_id: clientId })],
    ['an app of people', () => ({ client_id: 'app', client_secret: secretOf('app') })],
  ])('are not for %s', async (_name, who) => {
    expect(outcome(await post({ ...grant, ...who() }))).toEqual([400, 'unauthorized_client'])
  })

  test('are not for who registers with them, secret or not (CVE-2026-41427)', async () => {
    const alone = await stage.register({
      grant_types: ['client_credentials'],
      token_endpoint_auth_method: 'client_secret_post',
    })
    expect(outcome(alone)).toEqual([400, 'invalid_client_metadata'])
    const { json } = await stage.register({
      redirect_uris: ['https://client.example.com/cb'],
      grant_types: ['authorization_code', 'client_credentials'],
      token_endpoint_auth_method: 'client_secret_post',
    })
    expect(json['grant_types']).toEqual(['authorization_code'])
    const who = {
      client_id: String(json['client_id']),
      client_secret: String(json['client_secret']),
    }
    expect(outcome(await post({ ...grant, ...who }))).toEqual([400, 'unauthorized_client'])
  })

  test('give no more scopes than the client may have (R69, CVE-2024-52287)', async () => {
    const limited = await startAuthorizationStage({
      clients: [configuredClient('limited', { scopes: ['mcp:tools'] })],
    })
    const who = { client_id: 'limited', client_secret: secretOf('limited') }
    const both = await limited.post('/token', { ...grant, ...who, scope: 'mcp:tools mcp:admin' })
    expect(both.json['scope']).toBe('mcp:tools')
    const more = await limited.post('/token', { ...grant, ...who, scope: 'mcp:admin' })
    expect(outcome(more)).toEqual([400, 'invalid_scope'])
    await limited.close()
  })
})
