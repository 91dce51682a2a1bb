// Does a client whose id is the address of its document get tokens, and what becomes of it when that changes?

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createClientDocuments } from '../../../src/adapters/client-documents.ts'
import { clientRulesOf } from '../../../src/authorization-server/client-rules.ts'
import type { ClientDocument, ClientDocumentStore } from '../../../src/ports/authorization-store.ts'
import { narrowClientMetadata } from '../../../src/protocol/client-metadata.ts'
import { epochSeconds } from '../../../src/protocol/time.ts'
import { silentLog } from '../../contract/silent-log.ts'
import {
  type AuthorizationStage,
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
