import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { randomToken } from '../../../src/adapters/random.ts'
import { hashOf } from '../../../src/adapters/sealing.ts'
import { openStore } from '../../../src/adapters/sql/open.ts'
import { hashOfSecret } from '../../../src/authorization-server/client-secret.ts'
import { findInitialAccessToken } from '../../../src/authorization-server/initial-access-token.ts'
import { isManualClient } from '../../../src/authorization-server/manual-client.ts'
import { type ClientsParts, clients } from '../../../src/cli/clients.ts'
import type { Store } from '../../../src/ports/store.ts'
import { epochSeconds, seconds } from '../../../src/protocol/time.ts'
import { client, granted } from '../../contract/authorization-samples.ts'
import { silentLog } from '../../contract/silent-log.ts'

const now = epochSeconds(1_700_000_000)

let store: Store
beforeEach(async () => {
  store = await openStore({ kind: 'memory' }, silentLog)
})
afterEach(() => store.close())

const settings: NonNullable<ClientsParts['settings']> = {
  issuer: 'https://auth.example',
  resources: [],
  defaultResource: undefined,
  registration: 'token',
  redirectHosts: ['listed.example'],
  clientNames: ['Listed'],
  privateRedirectUris: [],
  clientDocuments: { enabled: true, hosts: undefined, allowLoopback: false },
  clients: [
    {
      id: 'wiki',
      name: 'Wiki',
      secret: 'never shown',
      jwks: undefined,
      authMethod: 'client_secret_basic',
      redirectUris: ['https://wiki.example/cb', 'https://wiki.example/other'],
      postLogoutRedirectUris: [],
      backchannelLogoutUri: undefined,
      grantTypes: ['authorization_code'],
      scopes: undefined,
      trusted: true,
      dpopRequired: false,
    },
  ],
  accessTokenLifetime: seconds(600),
  refreshIdle: seconds(86_400),
  refreshLifetime: seconds(864_000),
  refreshRetry: seconds(10),
  rememberConsent: seconds(0),
  scopeDescriptions: {},
  fapi: false,
}

async function run(args: string, more: Partial<ClientsParts> = {}) {
  const [printed, errors]: [string[], string[]] = [[], []]
  const code = await clients(
    args.split(' ').map((arg) => arg.replaceAll('_', ' ')),
    {
      store,
      settings,
      randomToken,
      hashOf,
      print: (line) => printed.push(line),
      printError: (line) => errors.push(line),
      now: () => now,
      ...more,
    },
  )
  return { code, printed: printed.join('\n'), errors: errors.join('\n') }
}

const stored = () => store.authorization.clients.list()

describe('clients add', () => {
  test('adds a client with a secret, which is shown once and kept as a hash (R130)', async () => {
    const { code, printed } = await run(
      'add My_app --redirect-uri https://a.example/cb --redirect-uri http://localhost:1/cb',
    )
    const [, id = '', secret = ''] =
      /^Client id: (.+)\nClient secret: (.{43})$/m.exec(printed) ?? []
    expect(code).toBe(0)
    const [record] = await stored()
    expect(record).toMatchObject({ clientId: id, kind: 'manual', createdAt: now })
    expect(isManualClient(id)).toBe(true)
    expect(record?.metadata).not.toContain(secret)
    expect(JSON.parse(record?.metadata ?? '')).toMatchObject({
      client_id: id,
      client_name: 'My app',
      client_secret: hashOfSecret(secret, hashOf),
      redirect_uris: ['https://a.example/cb', 'http://localhost:1/cb'],
      grant_types: ['authorization_code', 'refresh_token'],
      token_endpoint_auth_method: 'client_secret_basic',
    })
  })

  test('adds a client without secret, also with a scheme that is not listed', async () => {
    const { code, printed } = await run('add Tool --public --redirect-uri com.example.tool:/cb')
    expect([code, printed.includes('secret')]).toEqual([0, false])
    expect(JSON.parse((await stored())[0]?.metadata ?? '')).toMatchObject({
      redirect_uris: ['com.example.tool:/cb'],
      token_endpoint_auth_method: 'none',
    })
  })

  test('adds a client that acts for itself', async () => {
    expect((await run('add Robot --machine')).printed).toContain('Client secret: ')
    expect(JSON.parse((await stored())[0]?.metadata ?? '')).toMatchObject({
      grant_types: ['client_credentials'],
      redirect_uris: [],
      response_types: [],
    })
  })
})

describe('clients', () => {
  test.each([
    ['', 'The command is missing'],
    ['ad', 'no command "ad"'],
    ['toString', 'no command "toString"'],
    ['list x', 'Expected nothing after "clients list"'],
    ['list --uses 1', '"clients list" has no option "--uses"'],
    ['add', 'The name of the client is missing'],
    ['add a b --machine', 'Expected one name'],
    ['add App', 'at least one "--redirect-uri"'],
    ['add App --machine --public', 'has no redirect'],
    ['add App --machine --redirect-uri https://a.example/', 'has no redirect'],
    ['add App --redirect-uri javascript:alert(1)', 'redirect_uris'],
    ['add App --redirect-uri http://a.example/cb', 'redirect_uris'],
    ['add App --redirect-uri https://a.example/cb --redirect-uri https://a.example/#x', 'redirect'],
    ['add App\u202e --redirect-uri https://a.example/', 'Expected a name'],
    [`add ${'x'.repeat(81)} --redirect-uri https://a.example/`, 'Expected a name'],
    ['remove', 'The id of the client is missing'],
    ['remove a b', 'Expected one id'],
    ['token x', 'Expected nothing after "clients token"'],
    ['token --uses 0', 'from 1 to 100'],
    ['token --uses 101', 'from 1 to 100'],
    ['token --uses many', 'from 1 to 100'],
    ['token --expires 1s', 'expected 1m to 366d'],
    ['token --expires 367d', 'expected 1m to 366d'],
    ['token --expires soon', 'expected 1m to 366d'],
  ])('refuses the arguments %j with code 2 and shows the usage', async (args, reason) => {
    const { code, errors, printed } = await run(args)
    expect({ code, printed }).toEqual({ code: 2, printed: '' })
    expect(errors).toContain(reason)
    expect(errors).toContain('Usage:')
    expect(await stored()).toEqual([])
  })

  test.each(['add App --machine', 'token'])(
    'refuses %j with code 1 when no resource has us as its issuer',
    async (args) => {
      const { code, errors } = await run(args, { settings: undefined })
      expect([code, errors]).toEqual([
        1,
        'No resource of the configuration has Sallyport as its issuer, and no clients are listed',
      ])
    },
  )

  test('shows the usage when it is asked for', async () => {
    expect(await run('--help')).toMatchObject({ code: 0, errors: '' })
    expect((await run('--help')).printed).toContain('sallyport clients token')
  })
})

describe('clients list', () => {
  test('says so when there are none', async () => {
    expect((await run('list', { settings: undefined })).printed).toBe('There are no clients.')
    expect((await run('list --json', { settings: undefined })).printed).toBe('[]')
  })

  test('lists those of the configuration and the stored ones, never a secret', async () => {
    const metadata = {
      client_name: 'Edi\u001btor',
      client_secret: 'sha256:hash',
      redirect_uris: ['http://127.0.0.1:33418/cb', 'cursor://anysphere/cb'],
    }
    await store.authorization.clients.add(
      client({ clientId: 'c1', metadata: JSON.stringify(metadata), createdAt: now }),
      10,
    )
    await store.authorization.clients.touch('c1', epochSeconds(now + 86_400))
    const { printed } = await run('list')
    expect(printed.split('\n').map((line) => line.trimEnd())).toEqual([
      'ID    NAME    KIND        REDIRECTS          CREATED     LAST USED',
      'wiki  Wiki    configured  wiki.example       -           -',
      'c1    Editor  dynamic     127.0.0.1,cursor:  2023-11-14  2023-11-15',
    ])
    const json = (await run('list --json')).printed
    expect(JSON.parse(json)).toMatchObject([
      { id: 'wiki', kind: 'configured' },
      { id: 'c1', name: 'Editor', createdAt: '2023-11-14T22:13:20.000Z' },
    ])
    expect(printed + json).not.toMatch(/never shown|sha256|secret/)
  })
})

describe('clients remove', () => {
  test('removes the client and what was issued to it', async () => {
    await store.authorization.clients.add(client({ clientId: 'c1' }), 10)
    const { grantId } = await granted(store, { clientId: 'c1', account: 'mia' })
    expect(grantId).not.toBe('')
    const removed = await run('remove c1')
    expect(removed).toEqual({
      code: 0,
      printed: 'Removed the client; 1 grant was ended.',
      errors: '',
    })
    expect(await stored()).toEqual([])
    expect(await store.authorization.artifacts.listGrants('mia', epochSeconds(1000))).toEqual([])
  })

  test('ends what was allowed to a client that is known by its document', async () => {
    await granted(store, { clientId: 'https://app.example/c.json', account: 'mia' })
    const { code, printed } = await run('remove https://app.example/c.json')
    expect([code, printed]).toEqual([
      0,
      'The client is known by its document, which may be used again; 1 grant was ended.',
    ])
  })

  test.each([
    ['nobody', 'There is no client "nobody"'],
    ['wiki', 'This client is in the configuration: remove it there'],
  ])('refuses %s with code 1', async (id, errors) => {
    expect(await run(`remove ${id}`)).toEqual({ code: 1, printed: '', errors })
  })
})

describe('clients token', () => {
  const find = (value: string, at: number) =>
    findInitialAccessToken(
      { artifacts: store.authorization.artifacts, hashOf },
      value,
      epochSeconds(at),
    )

  test('makes a token of 256 bits that may be used as often and as long as it says', async () => {
    const { code, printed } = await run('token --uses 2 --expires 12h')
    const [, value = ''] = /^Initial access token: ([\w-]{43})$/m.exec(printed) ?? []
    expect(code).toBe(0)
    expect(printed).toContain('Good for 2 registrations until 2023-11-15T10:13:20.000Z.')
    const token = await find(value, now)
    expect([await token?.spend(), await token?.spend(), await token?.spend()]).toEqual([
      'spent',
      'spent',
      'used-up',
    ])
    expect(await find(value, now)).toBeUndefined()
  })

  test('makes a token for one registration within a week when nothing is said', async () => {
    const { printed } = await run('token')
    const value = /token: (\S+)/.exec(printed)?.[1] ?? ''
    expect(printed).toContain('Good for 1 registration until 2023-11-21T22:13:20.000Z.')
    expect(await find(value, now + 604_799)).toBeDefined()
    expect(await find(value, now + 604_800)).toBeUndefined()
  })

  test.each(['off', 'open'] as const)('refuses when registration is %s', async (registration) => {
    const { code, errors, printed } = await run('token', {
      settings: { ...settings, registration },
    })
    expect([code, printed]).toEqual([1, ''])
    expect(errors).toContain(`"registration" is "${registration}"`)
  })
})
