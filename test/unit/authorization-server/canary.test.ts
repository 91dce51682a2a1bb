// Does any secret of a run turn up in the log or in the database? security.md R126, R127, R130; mcp.md AP8

import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openStore } from '../../../src/adapters/sql/open.ts'
import type { Store } from '../../../src/ports/store.ts'
import { silentLog } from '../../contract/silent-log.ts'
import {
  type AuthorizationStage,
  redirectUri,
  resource,
  startAuthorizationStage,
  verifier,
  visitorOf,
} from '../../support/authorization-stage.ts'
import { configuredClient, secretOf } from '../../support/configured-client.ts'

const secrets = new Map<string, string>()
let folder: string
let store: Store
let stage: AuthorizationStage
let clientId: string

const keep = (name: string, value: unknown): string => {
  const text = String(value)
  if (text.length < 20) throw new Error(`No secret: ${name} is ${text}`)
  secrets.set(name, text)
  return text
}

/** Everything that a client, a person and a thief do, with each secret noted. */
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-canary-'))
  store = await openStore({ kind: 'sqlite', file: join(folder, 'sallyport.db') }, silentLog)
  stage = await startAuthorizationStage(
    { clients: [configuredClient('machine')] },
    { store: store.authorization },
  )
  const registered = await stage.register({
    redirect_uris: ['https://client.example.com/callback'],
    token_endpoint_auth_method: 'client_secret_post',
  })
  keep('client secret', registered.json['client_secret'])
  keep('registration access token', registered.json['registration_access_token'])
  clientId = String((await stage.register()).json['client_id'])

  const visit = stage.browser()
  const state = keep('state', 'a-state-that-only-the-client-knows')
  const query = stage.parameters(clientId, { state, scope: 'mcp:tools offline_access' })
  const { location } = await visit.get(`/authorize?${query}`)
  const resume = await stage.decide(visit, location?.pathname ?? '')
  for (const [name, value] of visit.cookies) keep(`cookie ${name}`, value)
  const ended = await visit.get(new URL(resume ?? '').pathname)
  const code = keep('code', ended.location?.searchParams.get('code'))
  keep('verifier', verifier)

  const first = (await stage.redeem(clientId, code)).json
  const refreshed = keep('refresh token', first['refresh_token'])
  const access = keep('access token', first['access_token'])
  const form = { grant_type: 'refresh_token', client_id: clientId }
  const second = (await stage.post('/token', { ...form, refresh_token: refreshed })).json
  keep('second refresh token', second['refresh_token'])
  keep('second access token', second['access_token'])

  const machine = { client_id: 'machine', client_secret: keep('secret', secretOf('machine')) }
  const own = await stage.post('/token', { grant_type: 'client_credentials', resource, ...machine })
  keep('token of a machine', own.json['access_token'])
  await stage.post('/introspect', { token: access, ...machine })
  await stage.post('/token', { ...form, refresh_token: refreshed, client_id: 'machine' })
  await stage.post('/token', {
    ...form,
    client_secret: keep('guess', 'x-guessed-secret-of-a-thief'),
  })
  const pending = await stage.obtainCode(clientId)
  keep('code that nobody redeemed', pending)
  await stage.post('/token', {
    ...machine,
    grant_type: keep('grant', 'canary-grant-type-of-a-thief'),
  })
  await stage.request(
    `/authorize?client_id=x&code=${keep('query', 'canary-in-a-query-of-a-thief')}`,
  )
  await stage.redeem(clientId, code)
})
afterAll(async () => {
  await stage.close()
  await store.close()
  rmSync(folder, { recursive: true })
})

const files = () => readdirSync(folder, { recursive: true, withFileTypes: true })

test('No line of the log holds a secret of the run, at any level (R126)', () => {
  const text = JSON.stringify(stage.lines)
  expect(stage.lines.length).toBeGreaterThan(8)
  for (const [name, value] of secrets)
    if (name !== 'grant') expect([name, text.includes(value)]).toEqual([name, false])
})

test('No row of the database holds a secret of the run (R130, AP8)', () => {
  const bytes = files()
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'))
    .join('\n')
  // The rows are there: what is no secret is found.
  expect(bytes).toContain(clientId)
  expect(bytes).toContain(redirectUri)
  for (const [name, value] of secrets)
    if (!allowedAtRest.has(name)) expect([name, bytes.includes(value)]).toEqual([name, false])
})

/** While somebody decides, the request is kept as it came: nothing in it opens anything alone. */
const allowedAtRest: ReadonlySet<string> = new Set(['state'])

describe('The log says who did what, and how it ended (R127)', () => {
  test.each<[string, Record<string, unknown>]>([
    ['client.registered', {}],
    ['consent.given', { account: visitorOf().account, resource, scopes: ['mcp:tools'] }],
    ['authorization.granted', { account: visitorOf().account }],
    ['token.issued', { grant: 'authorization_code' }],
    ['token.issued', { grant: 'refresh_token' }],
    ['token.issued', { client: 'machine', grant: 'client_credentials', resource }],
    ['token.refused', { grant: 'refresh_token' }],
    ['token.refused', { grant: 'authorization_code', error: 'invalid_grant' }],
    ['grant.ended', {}],
    ['authorization.refused', {}],
  ])('%s %o', (event, fields) => {
    const found = stage.lines.filter((line) => line.event === event).map((line) => line.fields)
    expect(found).toContainEqual(expect.objectContaining(fields))
  })
})
