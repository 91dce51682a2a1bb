import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  type ClientDocumentParts,
  createClientDocuments,
  judgeBy,
} from '../../../src/adapters/client-documents.ts'
import type { ClientDocument, ClientDocumentStore } from '../../../src/ports/authorization-store.ts'
import type { LogFields } from '../../../src/ports/runtime.ts'
import { narrowClientMetadata } from '../../../src/protocol/client-metadata.ts'
import { epochSeconds } from '../../../src/protocol/time.ts'
import { silentLog } from '../../contract/silent-log.ts'
import {
  type DocumentHost,
  documentAnswer,
  startDocumentHost,
} from '../../support/client-document-host.ts'

const floor = 40

function memoryStore(): ClientDocumentStore & { readonly kept: Map<string, ClientDocument> } {
  const kept = new Map<string, ClientDocument>()
  return {
    kept,
    find: async (clientId) => kept.get(clientId),
    save: async (document) => void kept.set(document.clientId, document),
  }
}

let host: DocumentHost
beforeAll(async () => {
  host = await startDocumentHost()
})
afterAll(() => host.close())

let time = 1_700_000_000
let store = memoryStore()
let reasons: LogFields[] = []
beforeEach(() => {
  time = 1_700_000_000
  store = memoryStore()
  reasons = []
  host.asked.length = 0
})

const id = (path = '/app.json', name = host.host) => `https://${name}${path}`
const documentOf = (clientId: string, more: Readonly<Record<string, unknown>> = {}) => ({
  client_id: clientId,
  client_name: 'App',
  redirect_uris: ['https://client.example/cb'],
  ...more,
})

const publicUrls = { hosts: undefined, allowLoopback: false }
const metadataRules = {
  redirects: { hosts: undefined, privateUris: [] },
  clientNames: undefined,
  scopes: ['tools:read'],
  idTokenAlgorithms: ['EdDSA'],
}

/** Our host has no port that may be used otherwise; here only what is fetched counts. */
const judge: ClientDocumentParts['judge'] = (clientId) => ({
  kind: 'allowed',
  read: (text) => {
    const document: unknown = JSON.parse(text)
    const isOurs =
      typeof document === 'object' &&
      document !== null &&
      'client_id' in document &&
      document.client_id === clientId
    return isOurs
      ? narrowClientMetadata(document, 'document', metadataRules)
      : { kind: 'refused', error: 'invalid_client_metadata', description: 'another client_id' }
  },
})

const base = (): ClientDocumentParts => ({
  store,
  judge,
  allowLoopback: true,
  now: () => epochSeconds(time),
  log: { ...silentLog, info: (_, fields = {}) => reasons.push(fields) },
  resolve: async () => ['127.0.0.1'],
  floorMs: floor,
})
const make = (more: Partial<ClientDocumentParts> = {}) =>
  createClientDocuments({ ...base(), ...more })

const refusal = 'The client-id metadata document cannot be used'
/** What a refused `find` says, how long it took, and what the log knows. */
async function refused(finding: Promise<unknown>) {
  const began = performance.now()
  const message = await finding.then(
    () => 'nothing was refused',
    (fault: unknown) => (fault instanceof Error ? fault.message : ''),
  )
  return { message, took: performance.now() - began, reason: String(reasons.at(-1)?.['reason']) }
}

describe('find()', () => {
  test('fetches the document under its name and gives what the rules make of it (AS-45)', async () => {
    host.answer = documentAnswer(documentOf(id()))
    const { client_id: _, ...told } = documentOf(id())
    expect(await make().find(id(), true)).toEqual({
      ...told,
      application_type: 'web',
      grant_types: ['authorization_code'],
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
    })
    expect(host.asked).toEqual([`${host.host}/app.json`])
  })

  test.each([
    'application/json; charset=utf-8',
    'application/oauth-client+json',
    'Application/JSON',
  ])('takes a document of the type %s (AS-48)', async (type) => {
    host.answer = documentAnswer(documentOf(id()), { 'Content-Type': type })
    expect(await make().find(id(), true)).toMatchObject({ client_name: 'App' })
  })

  test.each([
    ['http', 'http://client.example/app.json'],
    ['no path', 'https://client.example/'],
    ['no path and no slash', 'https://client.example'],
    ['a user name', 'https://user@client.example/app.json'],
    ['a fragment', 'https://client.example/app.json#x'],
    ['dot segments', 'https://client.example/a/../app.json'],
    ['hidden dot segments', 'https://client.example/a/%2e%2E/app.json'],
    ['capitals in the host', 'https://Client.example/app.json'],
    ['the usual port, spelt out', 'https://client.example:443/app.json'],
    ['another port', 'https://client.example:8443/app.json'],
    ['a backslash', 'https://client.example\\app.json'],
    ['a space', 'https://client.example/app .json'],
    ['more than 512 bytes', `https://client.example/${'a'.repeat(500)}`],
    ['a dotted address', 'https://127.0.0.1/app.json'],
    ['a public address', 'https://8.8.8.8/app.json'],
    ['a decimal address', 'https://2130706433/app.json'],
    ['an octal address', 'https://0177.0.0.1/app.json'],
    ['a hexadecimal address', 'https://0x7f000001/app.json'],
    ['a short address', 'https://127.1/app.json'],
    ['an IPv6 address', 'https://[::1]/app.json'],
    ['a mapped address', 'https://[::ffff:127.0.0.1]/app.json'],
    ['a translated address', 'https://[64:ff9b::7f00:1]/app.json'],
    ['full-width digits', 'https://１２７.0.0.1/app.json'],
    ['no URL', 'client'],
  ])('refuses an id with %s without asking for it (R105)', async (_, clientId) => {
    const looked: string[] = []
    const resolve = async (name: string) => [looked.push(name) ? '127.0.0.1' : '']
    const documents = make({
      judge: judgeBy(publicUrls, metadataRules),
      allowLoopback: false,
      resolve,
    })
    expect((await refused(documents.find(clientId, true))).message).toBe(refusal)
    expect([looked, host.asked]).toEqual([[], []])
  })

  test('refuses a host that is not listed, also when a document of it is stored (AS-50)', async () => {
    const clientId = 'https://client.example/app.json'
    const document = JSON.stringify(documentOf(clientId))
    const fetchedAt = epochSeconds(time)
    await store.save({ clientId, document, fetchedAt, freshUntil: fetchedAt }, 1)
    const finding = (hosts: readonly string[] | undefined) =>
      make({ judge: judgeBy({ hosts, allowLoopback: false }, metadataRules) }).find(clientId, false)
    expect(await finding(['client.example'])).toMatchObject({ client_name: 'App' })
    expect(await refused(finding(['other.example']))).toMatchObject({
      message: refusal,
      reason: 'host-not-allowed',
    })
  })

  test.each<[string, Readonly<Record<string, unknown>>, string]>([
    [
      'a method with a secret (AS-48)',
      { token_endpoint_auth_method: 'client_secret_basic' },
      'auth',
    ],
    ['a secret (AS-48)', { client_secret: 'everyone reads it' }, 'client_secret'],
    ['no redirect (AS-46)', { redirect_uris: undefined }, 'redirect_uris'],
    ['no name (AS-46)', { client_name: undefined }, 'client_name'],
    ['a script as redirect (R60)', { redirect_uris: ['javascript:alert(1)'] }, 'redirect_uris'],
    ['the id of another client (AS-46)', { client_id: 'https://other.example/a' }, 'client_id'],
  ])('judges by the rules of registration: refuses %s', async (_, more, reason) => {
    const local = id('/app.json', host.host.replace('client.example', 'localhost'))
    host.answer = documentAnswer(documentOf(local, more))
    const documents = make({
      judge: judgeBy({ hosts: undefined, allowLoopback: true }, metadataRules),
    })
    const answer = await refused(documents.find(local, true))
    expect(answer.message).toBe(refusal)
    expect(answer.reason).toContain(reason)
  })

  test('takes over nothing that the rules do not name, "__proto__" neither (R101)', async () => {
    const local = id('/app.json', host.host.replace('client.example', 'localhost'))
    const text = JSON.stringify(documentOf(local, { trusted: true, jwks_uri: 'https://a.example' }))
    host.answer = documentAnswer(text.replace('{', '{"__proto__":{"trusted":true},'))
    const documents = make({
      judge: judgeBy({ hosts: undefined, allowLoopback: true }, metadataRules),
    })
    const metadata = await documents.find(local, true)
    expect(Object.keys(metadata).sort()).toEqual([
      ...['application_type', 'client_name', 'grant_types', 'redirect_uris', 'response_types'],
      'token_endpoint_auth_method',
    ])
    expect('trusted' in metadata).toBe(false)
  })

  test.each([
    [['127.0.0.1']],
    [['10.0.0.7']],
    [['::1']],
    [['::ffff:127.0.0.1']],
    [['64:ff9b::7f00:1']],
    [['169.254.169.254']],
    [['fd00:ec2::254']],
    [['8.8.8.8', '127.0.0.1']],
  ])('does not connect when the name leads to %j (R106)', async (addresses) => {
    host.answer = documentAnswer(documentOf(id()))
    const documents = make({ allowLoopback: false, resolve: async () => addresses })
    const { message, reason, took } = await refused(documents.find(id(), true))
    expect([message, reason]).toEqual([refusal, 'Host is not on the public internet'])
    expect(took).toBeGreaterThanOrEqual(floor - 2)
    expect(host.asked).toEqual([])
  })

  test('asks for the address once and connects to that answer when the name is rebound (R106)', async () => {
    host.answer = documentAnswer(documentOf(id()))
    const answers = [['127.0.0.1'], ['10.0.0.7'], ['10.0.0.7']]
    let looked = 0
    const resolve = async () => answers[looked++] ?? []
    expect(await make({ resolve }).find(id(), true)).toMatchObject({ client_name: 'App' })
    expect(looked).toBe(1)
  })

  test.each<[string, () => DocumentHost['answer'], RegExp]>([
    [
      'a redirect, which is not followed',
      () => (_, response) => response.writeHead(302, { Location: id('/other.json') }).end(),
      /status 302/,
    ],
    ['another status', () => (_, response) => response.writeHead(203).end(), /status 203/],
    [
      'another type',
      () => documentAnswer(documentOf(id()), { 'Content-Type': 'text/html' }),
      /not JSON/,
    ],
    [
      'a type that only looks like JSON',
      () => documentAnswer(documentOf(id()), { 'Content-Type': 'application/jsonp' }),
      /not JSON/,
    ],
    ['no type', () => (_, response) => response.end(JSON.stringify(documentOf(id()))), /not JSON/],
    ['no JSON', () => documentAnswer('{'), /JSON/],
    [
      'bytes that are no text',
      () => documentAnswer(Buffer.from('"\xff"', 'latin1').toString('latin1')),
      /./,
    ],
    ['more than 5 KiB', () => documentAnswer(documentOf(id(), { x: 'a'.repeat(5200) })), /5120/],
    [
      'more than 5 KiB in chunks without a length',
      () => (_, response) => {
        response.writeHead(200, { 'Content-Type': 'application/json' })
        for (let chunk = 0; chunk < 6; chunk++) response.write(' '.repeat(1024))
        response.end('{}')
      },
      /5120/,
    ],
    [
      'compressed content',
      () => documentAnswer('{}', { 'Content-Encoding': 'gzip' }),
      /compressed/,
    ],
    ['a broken connection', () => (request) => void request.socket.destroy(), /./],
    ['another client_id (AS-46)', () => documentAnswer(documentOf(id('/other.json'))), /another/],
    [
      'a client_id that differs by a slash',
      () => documentAnswer(documentOf(`${id()}/`)),
      /another/,
    ],
  ])('refuses %s, in the same words and after the same time (R108)', async (_, answer, why) => {
    host.answer = answer()
    const { message, took, reason } = await refused(make().find(id(), true))
    expect(message).toBe(refusal)
    expect(reason).toMatch(why)
    expect(took).toBeGreaterThanOrEqual(floor - 2)
    expect(host.asked).toHaveLength(1)
    expect(store.kept.size).toBe(0)
  })

  test.each<[string, DocumentHost['answer']]>([
    ['nothing comes', () => {}],
    ['the end does not come', (_, response) => void response.writeHead(200).write('{')],
  ])('gives up when %s within the time of a fetch (R105)', async (_, answer) => {
    host.answer = answer
    const { message, took, reason } = await refused(make({ timeoutMs: 60 }).find(id(), true))
    expect([message, reason]).toEqual([refusal, 'Answer took too long'])
    expect(took).toBeLessThan(2500)
  })

  test('tells a quick failure when the slowest would be told (R108)', async () => {
    const parts: Partial<ClientDocumentParts> = { resolve: async () => [], timeoutMs: 120 }
    const { floorMs: _, ...others } = { ...base(), ...parts }
    const { took } = await refused(createClientDocuments(others).find(id(), true))
    expect(took).toBeGreaterThanOrEqual(118)
  })

  test('refuses a closed port and a name without address like anything else (R108)', async () => {
    const closed = 'client.example:1'
    const deaf = await refused(make().find(id('/a', closed), true))
    const unknown = await refused(make({ resolve: async () => [] }).find(id(), true))
    expect([deaf.message, unknown.message]).toEqual([refusal, refusal])
    for (const { took } of [deaf, unknown]) expect(took).toBeGreaterThanOrEqual(floor - 2)
  })

  test('refuses a certificate of another name (R105)', async () => {
    const name = host.host.replace('client', 'other')
    host.answer = documentAnswer(documentOf(id('/app.json', name)))
    const { message, reason } = await refused(make().find(id('/app.json', name), true))
    expect([message, host.asked]).toEqual([refusal, []])
    expect(reason).toMatch(/altnames/)
  })

  test('uses what is stored until it is no longer fresh, on every node (R107)', async () => {
    host.answer = documentAnswer(documentOf(id()), { 'Cache-Control': 'max-age=600' })
    await make().find(id(), true)
    time += 599
    await make().find(id(), true)
    expect(host.asked).toHaveLength(1)
    time += 1
    await make().find(id(), true)
    expect(host.asked).toHaveLength(2)
  })

  test('uses the document of the start in later steps though it has changed and is stale (R107)', async () => {
    host.answer = documentAnswer(documentOf(id()))
    await make().find(id(), true)
    host.answer = documentAnswer(documentOf(id(), { redirect_uris: ['https://evil.example/'] }))
    time += 1_000_000
    expect(await make().find(id(), false)).toMatchObject({
      redirect_uris: ['https://client.example/cb'],
    })
    expect(host.asked).toHaveLength(1)
    expect(await make().find(id(), true)).toMatchObject({
      redirect_uris: ['https://evil.example/'],
    })
  })

  test('fetches nothing in a later step when nothing is stored (R107)', async () => {
    host.answer = documentAnswer(documentOf(id()))
    expect((await refused(make().find(id(), false))).message).toBe(refusal)
    expect(host.asked).toEqual([])
  })

  test('keeps what was stored when the new document cannot be used', async () => {
    host.answer = documentAnswer(documentOf(id()))
    await make().find(id(), true)
    time += 1000
    host.answer = documentAnswer('nothing')
    expect((await refused(make().find(id(), true))).message).toBe(refusal)
    expect(await make().find(id(), false)).toMatchObject({ client_name: 'App' })
  })

  test('judges a stored document by the rules of today', async () => {
    host.answer = documentAnswer(documentOf(id()))
    await make().find(id(), true)
    const redirects = { hosts: ['other.example'], privateUris: [] }
    const read = (text: string) =>
      narrowClientMetadata(JSON.parse(text), 'document', { ...metadataRules, redirects })
    const stricter = make({ judge: () => ({ kind: 'allowed', read }) })
    expect((await refused(stricter.find(id(), false))).reason).toContain('redirect_uris')
  })

  test('fetches once when many ask at the same time (R107)', async () => {
    host.answer = documentAnswer(documentOf(id()))
    const documents = make()
    await Promise.all(Array.from({ length: 30 }, () => documents.find(id(), true)))
    expect(host.asked).toHaveLength(1)
  })

  test('fetches at most eight documents at the same time, and the ninth later (R107)', async () => {
    let open = 0
    let most = 0
    const eightHaveCome = Promise.withResolvers<void>()
    host.answer = async (request, response) => {
      open += 1
      most = Math.max(most, open)
      if (open === 8) eightHaveCome.resolve()
      await eightHaveCome.promise
      // A ninth that is under way has time to come.
      await sleep(50)
      open -= 1
      documentAnswer(documentOf(id(request.url)))(request, response)
    }
    const documents = make()
    const paths = Array.from({ length: 12 }, (_, index) => `/app-${index}`)
    const found = await Promise.allSettled(paths.map((path) => documents.find(id(path), true)))
    expect(found.filter(({ status }) => status === 'fulfilled')).toHaveLength(8)
    expect(most).toBe(8)
    expect(await documents.find(id('/app-11'), true)).toMatchObject({ client_name: 'App' })
  })

  test.each<[string, number, boolean]>([
    ['uses', 86_399, true],
    ['does not use', 86_400, false],
  ])(
    '%s what is stored for %i seconds while eight documents hang (R107)',
    async (_name, age, used) => {
      host.answer = documentAnswer(documentOf(id()))
      const documents = make()
      await documents.find(id(), true)
      time += age
      const eightHaveCome = Promise.withResolvers<void>()
      const released = Promise.withResolvers<void>()
      host.answer = async (_request, response) => {
        if (host.asked.length === 9) eightHaveCome.resolve()
        await released.promise
        response.end()
      }
      const hanging = Array.from({ length: 8 }, (_, at) => documents.find(id(`/hangs-${at}`), true))
      await eightHaveCome.promise
      const found = await documents.find(id(), true).catch(() => undefined)
      released.resolve()
      await Promise.allSettled(hanging)
      expect(found?.['client_name']).toBe(used ? 'App' : undefined)
    },
  )

  test('asks again only half a minute after a failure (R107)', async () => {
    host.answer = documentAnswer('nothing')
    const documents = make()
    await refused(documents.find(id(), true))
    host.answer = documentAnswer(documentOf(id()))
    time += 29
    expect((await refused(documents.find(id(), true))).message).toBe(refusal)
    expect(host.asked).toHaveLength(1)
    time += 1
    expect(await documents.find(id(), true)).toMatchObject({ client_name: 'App' })
  })
})
