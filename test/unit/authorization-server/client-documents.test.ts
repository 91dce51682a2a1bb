// Does a client whose id is the address of its document get tokens, and what becomes of it when that changes?

import { randomUUID } from 'node:crypto'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createClientDocuments } from '../../../src/adapters/client-documents.ts'
import { clientRulesOf } from '../../../src/authorization-server/client-rules.ts'
import type { ClientDocument, ClientDocumentStore } from '../../../src/ports/authorization-store.ts'
import { narrowClientMetadata } from '../../../src/protocol/client-metadata.ts'
import { epochSeconds } from '../../../src/protocol/time.ts'
import { silentLog } from '../../contract/silent-log.ts'
import {
  type AuthorizationStage,
  issuer,
  redirectUri,
  startAuthorizationStage,
  testSettings,
} from '../../support/authorization-stage.ts'
import {
  type DocumentHost,
  documentAnswer,
  startDocumentHost,
} from '../../support/client-document-host.ts'

let host: DocumentHost
let stage: AuthorizationStage
let time = 0
beforeAll(async () => {
  host = await startDocumentHost()
})
afterAll(() => host.close())

/** One store for the nodes of a test. */
function createStore(): ClientDocumentStore {
  const kept = new Map<string, ClientDocument>()
  return {
    find: async (clientId) => kept.get(clientId),
    save: async (document) => void kept.set(document.clientId, document),
  }
}

const createNode = (store: ClientDocumentStore) =>
  createClientDocuments({
    store,
    judge: (clientId) => ({
      kind: 'allowed',
      read: (text) => {
        const document: unknown = JSON.parse(text)
        return JSON.stringify(document).includes(JSON.stringify(clientId))
          ? narrowClientMetadata(document, 'document', clientRulesOf(testSettings))
          : { kind: 'refused', error: 'invalid_client_metadata', description: 'another' }
      },
    }),
    allowLoopback: true,
    now: () => epochSeconds(time),
    log: silentLog,
    resolve: async () => ['127.0.0.1'],
    floorMs: 10,
  })

const idOf = () => `https://${host.host}/app.json`
const documentOf = (more: Readonly<Record<string, unknown>> = {}) => ({
  client_id: idOf(),
  client_name: 'App',
  redirect_uris: [redirectUri],
  grant_types: ['authorization_code', 'refresh_token'],
  ...more,
})

beforeEach(async () => {
  time = 1_700_000_000
  host.asked.length = 0
  host.answer = documentAnswer(documentOf())
  const store = createStore()
  // Each request is answered by a process that has seen nothing of the others.
  const clientDocuments = {
    find: (clientId: string, isStart: boolean) => createNode(store).find(clientId, isStart),
  }
  stage = await startAuthorizationStage({}, { clientDocuments })
})
afterEach(() => stage.close())

describe('a client-id document', () => {
  test('makes its client known: authorization, token, refresh (AS-44, AS-46)', async () => {
    const code = await stage.obtainCode(idOf())
    const { json } = await stage.redeem(idOf(), code)
    expect(json['token_type']).toBe('Bearer')
    const refreshed = await stage.post('/token', {
      grant_type: 'refresh_token',
      client_id: idOf(),
      refresh_token: String(json['refresh_token']),
    })
    expect(refreshed.json['token_type']).toBe('Bearer')
    expect(host.asked).toHaveLength(1)
  })

  test('is used as it was at the start when it changes before the token (R107)', async () => {
    const code = await stage.obtainCode(idOf())
    time += 1_000_000
    host.answer = documentAnswer(
      documentOf({
        redirect_uris: ['https://evil.example/cb'],
        token_endpoint_auth_method: 'private_key_jwt',
        jwks: { keys: [{ kty: 'OKP', crv: 'Ed25519', x: 'A'.repeat(43) }] },
      }),
    )
    expect((await stage.redeem(idOf(), code)).json['token_type']).toBe('Bearer')
    expect(host.asked).toHaveLength(1)
  })

  test('counts as it is now at the next start', async () => {
    await stage.obtainCode(idOf())
    time += 1_000_000
    host.answer = documentAnswer(documentOf({ redirect_uris: ['https://other.example/cb'] }))
    const answer = await stage.request(`/authorize?${stage.parameters(idOf())}`)
    expect([answer.status, answer.location]).toEqual([400, undefined])
  })

  test('is refused with a page and no redirect when its redirects are others (AS-46, R59)', async () => {
    const redirect_uri = 'https://evil.example/cb'
    const answer = await stage.request(`/authorize?${stage.parameters(idOf(), { redirect_uri })}`)
    expect([answer.status, answer.location]).toEqual([400, undefined])
  })

  test('that cannot be had sounds alike whatever the cause (R108)', async () => {
    const causes: readonly DocumentHost['answer'][] = [
      (request) => void request.socket.destroy(),
      (_, response) => response.writeHead(404).end(),
      (_, response) => response.writeHead(302, { Location: 'http://169.254.169.254/' }).end(),
      documentAnswer('no JSON'),
      documentAnswer(documentOf({ client_id: 'https://other.example/app.json' })),
      documentAnswer(documentOf({ redirect_uris: ['javascript:alert(1)'] })),
    ]
    const said = new Set<string>()
    for (const [index, answer] of causes.entries()) {
      host.answer = answer
      const clientId = `https://${host.host}/${index}`
      const { status, text } = await stage.request(`/authorize?${stage.parameters(clientId)}`)
      said.add(`${status} ${text}`)
    }
    expect([...said]).toHaveLength(1)
    expect([...said][0]).toContain('400')
    expect(new Set(host.asked).size).toBe(causes.length)
  })

  test('is not fetched at the token endpoint, and the client is not told to give up (R107, AS-41)', async () => {
    const { status, json } = await stage.redeem(idOf(), 'code')
    expect([status, json['error']]).toEqual([503, 'temporarily_unavailable'])
    expect(host.asked).toEqual([])
  })
})

describe('a client whose keys are at jwks_uri, as those of ChatGPT (R85, R104)', () => {
  const type = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
  const assert = async (clientId: string) => {
    const { privateKey } = await generateKeyPair('ES256')
    return new SignJWT({ sub: clientId, iss: clientId, aud: issuer, jti: randomUUID() })
      .setProtectedHeader({ alg: 'ES256', kid: 'one' })
      .setIssuedAt()
      .setExpirationTime('1m')
      .sign(privateKey)
  }
  const sign = async (clientId = idOf()) => ({
    client_assertion: await assert(clientId),
    client_assertion_type: type,
  })
  const both = {
    token_endpoint_auth_method: 'private_key_jwt',
    token_endpoint_auth_methods_supported: ['private_key_jwt', 'none'],
    token_endpoint_auth_signing_alg: 'ES256',
    jwks_uri: 'https://keys.example.com/jwks.json',
  }
  const refused = { status: 401, json: { error: 'invalid_client' } }
  const begin = async (more: Readonly<Record<string, unknown>> = both) => {
    host.answer = documentAnswer(documentOf(more))
    return stage.obtainCode(idOf())
  }

  test('is public, whatever assertion it sends, and nothing is fetched for it', async () => {
    const first = await stage.redeem(idOf(), await begin(), await sign())
    expect(first.json['token_type']).toBe('Bearer')
    const token = String(first.json['refresh_token'])
    // Without a client_id beside the assertion, as RFC 7521 §4.2 allows.
    const form = { grant_type: 'refresh_token', refresh_token: token }
    const second = await stage.post('/token', { ...form, ...(await sign()) })
    expect(second.json['token_type']).toBe('Bearer')
    const revoked = { token: String(second.json['refresh_token']), ...(await sign()) }
    expect(await stage.post('/revoke', revoked)).toMatchObject({ status: 200 })
    expect(host.asked).toHaveLength(1)
  })

  test('gets no further with it than without: the verifier of the code counts', async () => {
    const code_verifier = 'x'.repeat(43)
    const answer = await stage.redeem(idOf(), await begin(), { ...(await sign()), code_verifier })
    expect([answer.status, answer.json['error']]).toEqual([400, 'invalid_grant'])
  })

  const wrong: readonly (readonly [string, () => Promise<Record<string, string>>])[] = [
    ['is about another client', () => sign('https://other.example/app.json')],
    ['is none', async () => ({ client_assertion: 'x', client_assertion_type: type })],
    ['has no type', async () => ({ client_assertion: await assert(idOf()) })],
    ['has another type', async () => ({ ...(await sign()), client_assertion_type: 'saml' })],
    ['comes with a secret', async () => ({ ...(await sign()), client_secret: 'guess' })],
  ]
  test.each(wrong)('is refused with an assertion that %s', async (_, fields) => {
    const { status, json } = await stage.redeem(idOf(), await begin(), await fields())
    expect([status, json['access_token']]).toEqual([expect.toSatisfy((is) => is >= 400), undefined])
  })

  test('is refused with Basic credentials besides', async () => {
    const Authorization = `Basic ${Buffer.from(`${encodeURIComponent(idOf())}:x`).toString('base64')}`
    const answer = await stage.redeem(idOf(), await begin(), await sign(), { Authorization })
    expect([answer.status, answer.json['error']]).toEqual([400, 'invalid_request'])
  })

  test('with keys in its document has to sign with one of them', async () => {
    const { publicKey } = await generateKeyPair('ES256', { extractable: true })
    const jwks = { keys: [await exportJWK(publicKey)] }
    const code = await begin({ ...both, jwks_uri: undefined, jwks })
    expect(await stage.redeem(idOf(), code, await sign())).toMatchObject(refused)
  })

  test('that registered was told to use none, and is refused with an assertion', async () => {
    const id = String((await stage.register()).json['client_id'])
    const answer = await stage.redeem(id, await stage.obtainCode(id), await sign(id))
    expect(answer).toMatchObject(refused)
  })
})
