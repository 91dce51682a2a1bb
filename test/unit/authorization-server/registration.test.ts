import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { addressKey } from '../../../src/adapters/counter.ts'
import { createRegistrationLimits } from '../../../src/adapters/endpoint-limits.ts'
import { hashOf } from '../../../src/adapters/sealing.ts'
import { openStore } from '../../../src/adapters/sql/open.ts'
import { keptSecret } from '../../../src/authorization-server/client-secret.ts'
import { issueInitialAccessToken } from '../../../src/authorization-server/initial-access-token.ts'
import {
  type Admission,
  createRegistrationControl,
  type RegistrationParts,
  type RegistrationRequest,
} from '../../../src/authorization-server/registration.ts'
import type { LogFields } from '../../../src/ports/runtime.ts'
import type { Store } from '../../../src/ports/store.ts'
import { epochSeconds, seconds } from '../../../src/protocol/time.ts'
import { silentLog } from '../../contract/silent-log.ts'

const address = '203.0.113.7'
let time = 1_700_000_000
const now = () => epochSeconds(time)
let store: Store
let lines: { readonly event: string; readonly fields: LogFields }[]
beforeEach(async () => {
  time = 1_700_000_000
  lines = []
  store = await openStore({ kind: 'memory' }, silentLog)
})
afterEach(() => store.close())

const make = (more: Partial<RegistrationParts> = {}) =>
  createRegistrationControl({
    mode: 'open',
    rules: {
      redirects: { hosts: undefined, privateUris: [] },
      clientNames: undefined,
      scopes: ['tools:read'],
      idTokenAlgorithms: ['EdDSA'],
    },
    store: store.authorization,
    limits: createRegistrationLimits(),
    originOf: addressKey,
    hashOf,
    now,
    log: { ...silentLog, info: (event, fields = {}) => lines.push({ event, fields }) },
    ...more,
  })

const editor = {
  client_name: 'Editor',
  redirect_uris: ['http://localhost:33418/callback'],
  token_endpoint_auth_method: 'none',
}
const ask = (more: Partial<RegistrationRequest> = {}): RegistrationRequest => ({
  metadata: editor,
  isUpdate: false,
  clientAddress: address,
  accessToken: undefined,
  ...more,
})

let registered = 0
/** Answers as the library does: stores the client and its registration access token. */
async function register(admission: Admission) {
  if (admission.kind !== 'admitted') throw new Error(`not admitted but ${admission.kind}`)
  const client_id = `client-${++registered}`
  const registration_access_token = `access-${registered}`
  const metadata = JSON.stringify({ ...admission.metadata, client_id })
  await store.authorization.clients.add(
    { clientId: client_id, kind: 'dynamic', metadata, createdAt: now(), lastUsedAt: undefined },
    10_000,
  )
  await store.authorization.artifacts.save(
    {
      kind: 'RegistrationAccessToken',
      idHash: hashOf(registration_access_token),
      payload: '{}',
      grantId: undefined,
      clientId: client_id,
      account: undefined,
      uidHash: undefined,
      userCodeHash: undefined,
      expiresAt: undefined,
    },
    now(),
  )
  const body = { client_id, client_id_issued_at: time, registration_access_token }
  await admission.answered({ status: 201, body })
  return { ...body, metadata: admission.metadata }
}
const another = (path: string) =>
  ask({ metadata: { ...editor, redirect_uris: [`https://app.example/${path}`] } })

describe('admit() in mode open', () => {
  test('admits the narrowed metadata and nothing else (R101, AS-55)', async () => {
    const hostile = JSON.parse(
      JSON.stringify({
        ...editor,
        scope: 'tools:read admin',
        grant_types: ['authorization_code', 'client_credentials', 'implicit'],
        client_id: 'mine',
        client_secret: 'mine',
        jwks_uri: 'http://169.254.169.254/',
        registration_access_token: 'mine',
        backchannel_logout_uri: 'https://10.0.0.1/',
      }).replace('{', '{"__proto__":{"trusted":true},'),
    )
    const admission = await make().admit(ask({ metadata: hostile }))
    expect(admission).toMatchObject({ kind: 'admitted' })
    expect(admission.kind === 'admitted' && admission.metadata).toEqual({
      ...editor,
      grant_types: ['authorization_code'],
      response_types: ['code'],
      application_type: 'native',
      scope: 'tools:read',
    })
  })

  test.each([
    ['no metadata', null, 'invalid_client_metadata'],
    ['a list', [], 'invalid_client_metadata'],
    ['no redirect', { client_name: 'Editor' }, 'invalid_redirect_uri'],
    [
      'a script as redirect',
      { ...editor, redirect_uris: ['javascript:alert(1)'] },
      'invalid_redirect_uri',
    ],
  ])('refuses %s and says so in the log (R127)', async (_, metadata, error) => {
    const admission = await make().admit(ask({ metadata }))
    expect(admission).toMatchObject({ kind: 'refused', status: 400, error })
    expect(lines).toMatchObject([{ event: 'client.refused', fields: { address } }])
    expect(String(lines[0]?.fields['reason'])).toContain(error)
  })

  test('writes one line for each registration: who, where from, where to (R127)', async () => {
    const metadata = {
      ...editor,
      client_name: 'Edi\u202etor\u001b[31m',
      redirect_uris: ['https://app.example/a', 'https://app.example/b', 'http://127.0.0.1/cb'],
    }
    const { client_id } = await register(await make().admit(ask({ metadata })))
    expect(lines).toEqual([
      {
        event: 'client.registered',
        fields: {
          client: client_id,
          name: 'Editor[31m',
          redirect_hosts: ['app.example', '127.0.0.1'],
          address,
        },
      },
    ])
  })

  test('refuses the eleventh registration of an hour by one address (R103)', async () => {
    const control = make()
    for (let count = 0; count < 10; count++)
      await register(await control.admit(another(`${count}`)))
    expect(await control.admit(another('last'))).toMatchObject({
      kind: 'refused',
      status: 429,
      retryAfter: 3600,
    })
    expect(lines.at(-1)).toMatchObject({ event: 'client.refused', fields: { reason: 'too-many' } })
    expect(await control.admit({ ...another('last'), clientAddress: '192.0.2.1' })).toMatchObject({
      kind: 'admitted',
    })
  })

  test('counts neither what it refuses nor what the library refuses', async () => {
    const control = make()
    for (let count = 0; count < 30; count++) {
      await control.admit(ask({ metadata: {} }))
      const admission = await control.admit(another('x'))
      if (admission.kind !== 'admitted') throw new Error('expected to be admitted')
      await admission.answered({ status: 400, body: { error: 'invalid_client_metadata' } })
    }
    expect(lines.at(-1)?.fields['reason']).toBe('invalid_client_metadata')
    await register(await control.admit(another('x')))
  })
})

describe('admit() when a client registers again', () => {
  test('gives the same client, whatever its port, and ends the leave to manage it', async () => {
    const control = make()
    const first = await register(await control.admit(ask()))
    const metadata = { ...editor, redirect_uris: ['http://localhost:50000/callback'] }
    expect(await control.admit(ask({ metadata }))).toEqual({
      kind: 'known',
      body: {
        client_id: first.client_id,
        client_id_issued_at: first.client_id_issued_at,
        ...first.metadata,
        redirect_uris: ['http://localhost:50000/callback'],
      },
    })
    expect(lines.at(-1)).toMatchObject({
      event: 'client.registered_again',
      fields: { client: first.client_id },
    })
    const token = hashOf(first.registration_access_token)
    expect(
      await store.authorization.artifacts.find('RegistrationAccessToken', token),
    ).toBeUndefined()
  })

  test('counts it once, so that reconnecting never runs into the limit', async () => {
    const control = make()
    await register(await control.admit(ask()))
    for (let count = 0; count < 50; count++) expect((await control.admit(ask())).kind).toBe('known')
  })

  test.each<[string, Partial<RegistrationRequest>]>([
    ['another address', { clientAddress: '192.0.2.1' }],
    ['another path', { metadata: { ...editor, redirect_uris: ['http://localhost:1/other'] } }],
    [
      'another loopback name',
      { metadata: { ...editor, redirect_uris: ['http://127.0.0.1:1/callback'] } },
    ],
    ['another name', { metadata: { ...editor, client_name: 'Other' } }],
  ])('registers anew from or with %s', async (_, more) => {
    const control = make()
    await register(await control.admit(ask()))
    expect((await control.admit(ask(more))).kind).toBe('admitted')
  })

  test('registers anew when the client has a secret', async () => {
    const control = make()
    const metadata = {
      ...editor,
      redirect_uris: ['https://app.example/cb'],
      token_endpoint_auth_method: 'client_secret_basic',
    }
    await register(await control.admit(ask({ metadata })))
    expect((await control.admit(ask({ metadata }))).kind).toBe('admitted')
  })

  test('registers anew after an hour, and when the client is gone or was changed', async () => {
    const control = make()
    await register(await control.admit(ask()))
    time += 3600
    const second = await register(await control.admit(ask()))
    await store.authorization.clients.remove(second.client_id)
    const third = await register(await control.admit(ask()))
    const changed = JSON.stringify({ ...third.metadata, redirect_uris: ['https://evil.example/'] })
    await store.authorization.clients.replaceMetadata(third.client_id, changed)
    expect((await control.admit(ask())).kind).toBe('admitted')
  })
})

describe('admit() in mode token', () => {
  const value = 'a'.repeat(43)
  const issue = (uses: number) =>
    issueInitialAccessToken(
      { artifacts: store.authorization.artifacts, hashOf },
      { value, uses, lifetime: seconds(600) },
      now(),
    )
  const isStored = async () =>
    (await store.authorization.artifacts.find('InitialAccessToken', hashOf(value))) !== undefined

  test('lets a token be used as often as it says, then it is gone (R100)', async () => {
    await issue(2)
    const control = make({ mode: 'token' })
    for (let use = 0; use < 2; use++)
      await register(await control.admit({ ...another(`${use}`), accessToken: value }))
    expect(await isStored()).toBe(true)
    expect((await control.admit({ ...another('3'), accessToken: value })).kind).toBe('admitted')
    expect(await isStored()).toBe(false)
  })

  test('lets no more through when many come at the same time', async () => {
    await issue(3)
    const counted: string[] = []
    const limits = {
      count: async (from: string) => void counted.push(from),
      takeBack: async () => void counted.pop(),
    }
    const nodes = [make({ mode: 'token', limits }), make({ mode: 'token', limits })]
    await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        nodes[index % 2]?.admit({ ...another(`${index}`), accessToken: value }),
      ),
    )
    expect(counted).toHaveLength(3)
  })

  test.each([
    ['no token', undefined],
    ['an unknown token', 'unknown'],
  ])('counts nothing with %s: the library refuses it', async (_, accessToken) => {
    const counted: string[] = []
    const limits = {
      count: async (from: string) => void counted.push(from),
      takeBack: async () => {},
    }
    await make({ mode: 'token', limits }).admit(ask({ accessToken }))
    expect(counted).toEqual([])
  })

  test('counts nothing with a token that has expired', async () => {
    await issue(1)
    time += 600
    await make({ mode: 'token' }).admit(ask({ accessToken: value }))
    time -= 600
    await make({ mode: 'token' }).admit(ask({ accessToken: value }))
    expect(await isStored()).toBe(true)
  })

  test('never gives out the client of another, whatever is registered', async () => {
    await issue(5)
    const control = make({ mode: 'token' })
    await register(await control.admit(ask({ accessToken: value })))
    expect((await control.admit(ask())).kind).toBe('admitted')
  })
})

test('admit() answers 404 in mode off (R100)', async () => {
  expect(await make({ mode: 'off' }).admit(ask())).toMatchObject({ kind: 'refused', status: 404 })
})

describe('admit() of an update', () => {
  const update = (more: Readonly<Record<string, unknown>>) =>
    make().admit(ask({ isUpdate: true, metadata: { ...editor, client_id: 'c1', ...more } }))
  beforeEach(async () => {
    const metadata = JSON.stringify({ client_secret: keptSecret('right', hashOf) })
    await store.authorization.clients.add(
      { clientId: 'c1', kind: 'dynamic', metadata, createdAt: now(), lastUsedAt: undefined },
      10,
    )
  })

  test('narrows it as a registration and keeps the id for the library to compare (RFC 7592 §2.2)', async () => {
    const admission = await update({ scope: 'admin tools:read', jwks_uri: 'https://a.example' })
    expect(admission).toMatchObject({
      kind: 'admitted',
      metadata: { client_id: 'c1', scope: 'tools:read' },
    })
    expect(admission.kind === 'admitted' && 'jwks_uri' in admission.metadata).toBe(false)
    expect(await update({ redirect_uris: ['javascript:alert(1)'] })).toMatchObject({ status: 400 })
  })

  test.each([
    ['the right secret', 'right', keptSecret('right', hashOf)],
    ['a wrong secret', 'wrong', ''],
    ['the stored hash itself', keptSecret('right', hashOf), ''],
  ])('hands on what the library compares with for %s', async (_, secret, expected) => {
    expect(await update({ client_secret: secret })).toMatchObject({
      metadata: { client_secret: expected },
    })
  })

  test('writes a line of the outcome and needs no leave', async () => {
    const admission = await update({})
    if (admission.kind !== 'admitted') throw new Error('expected to be admitted')
    await admission.answered({ status: 200, body: {} })
    await admission.answered({ status: 401, body: { error: 'invalid_token' } })
    expect(lines.map(({ event, fields }) => [event, fields['client'], fields['reason']])).toEqual([
      ['client.updated', 'c1', undefined],
      ['client.refused', 'c1', 'invalid_token'],
    ])
  })
})
