// Is a token for one resource, and for the one that the person agreed to? RFC 8707, security.md R91, R92

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  type AuthorizationStage,
  redirectUri,
  resource,
  startAuthorizationStage,
} from '../../support/authorization-stage.ts'
import { configuredClient, secretOf } from '../../support/configured-client.ts'

const other = 'https://other.example.com/mcp'
const advisories = 'CVE-2026-67332, GHSA-p2fr-6hmx-4528'
const machine = { client_id: 'machine', client_secret: secretOf('machine') }

let stage: AuthorizationStage
let clientId: string

beforeAll(async () => {
  const plain = {
    audience: undefined,
    name: undefined,
    scopes: ['mcp:tools'],
    scopesSupported: ['mcp:tools'],
    dpopRequired: false,
  }
  stage = await startAuthorizationStage({
    resources: [
      { ...plain, url: resource },
      { ...plain, url: other },
    ],
    clients: [configuredClient('machine', { redirectUris: [redirectUri] })],
  })
  clientId = String((await stage.register()).json['client_id'])
})
afterAll(() => stage.close())

const audienceOf = (token: unknown): unknown =>
  JSON.parse(Buffer.from(String(token).split('.')[1] ?? '', 'base64url').toString()).aud
const invalidTarget = { status: 400, json: { error: 'invalid_target' } }

// Wrong in the same way wherever it is said.
const strangers: readonly (readonly [string, string])[] = [
  ['that nobody configured', 'https://nobody.example.com/'],
  ['on another path', `${resource}/more`],
  ['with a slash behind the path', `${resource}/`],
  ['with a query', `${resource}?a=b`],
  ['with a fragment', `${resource}#a`],
  ['with a user name', 'https://a@mcp.example.com/mcp'],
  ['with another port', 'https://mcp.example.com:8443/mcp'],
  ['in plain http', 'http://mcp.example.com/mcp'],
  ['whose path is in capitals', 'https://mcp.example.com/MCP'],
  ['by a way up', 'https://mcp.example.com/x/../mcp'],
  ['that only begins like one', 'https://mcp.example.com.evil.example/mcp'],
  ['that is no URL', 'mcp'],
  ['that is no https URL', 'urn:example:mcp'],
  ['that is two', `${resource} ${other}`],
]

describe('GET /authorize refuses a resource (R91)', () => {
  test.each(strangers)('%s', async (_name, asked) => {
    const query = stage.parameters(clientId, { resource: asked })
    const { location } = await stage.browser().get(`/authorize?${query}`)
    expect(location?.href.startsWith(redirectUri)).toBe(true)
    expect(location?.searchParams.get('error')).toBe('invalid_target')
  })

  test.each([other, resource])('that comes beside another: %s', async (second) => {
    const query = stage.parameters(clientId)
    query.append('resource', second)
    const answer = await stage.browser().get(`/authorize?${query}`)
    expect([answer.status, answer.location]).toEqual([400, undefined])
  })

  test('that is missing, when there are several', async () => {
    const query = stage.parameters(clientId, { resource: undefined })
    const { location } = await stage.browser().get(`/authorize?${query}`)
    expect(location?.searchParams.get('error')).toBe('invalid_target')
  })
})

describe(`POST /token refuses a resource (R91, ${advisories})`, () => {
  const all: readonly (readonly [string, string])[] = [
    ['that exists and was not granted', other],
    ...strangers,
  ]
  test.each(all)('%s with a code, and spends nothing', async (_name, asked) => {
    const code = await stage.obtainCode(clientId)
    expect(await stage.redeem(clientId, code, { resource: asked })).toMatchObject(invalidTarget)
    const answer = await stage.redeem(clientId, code, { resource })
    expect(audienceOf(answer.json['access_token'])).toBe(resource)
  })

  test.each(all)('%s with a refresh token, and spends nothing', async (_name, asked) => {
    const { json } = await stage.redeem(clientId, await stage.obtainCode(clientId))
    const form = {
      grant_type: 'refresh_token',
      client_id: clientId,
      refresh_token: String(json['refresh_token']),
    }
    expect(await stage.post('/token', { ...form, resource: asked })).toMatchObject(invalidTarget)
    const answer = await stage.post('/token', { ...form, resource })
    expect(audienceOf(answer.json['access_token'])).toBe(resource)
  })

  test.each(strangers)('%s from a machine', async (_name, asked) => {
    const form = { grant_type: 'client_credentials', ...machine, resource: asked }
    expect(await stage.post('/token', form)).toMatchObject(invalidTarget)
  })

  test('that is missing from a machine, when there are several', async () => {
    const form = { grant_type: 'client_credentials', ...machine }
    expect(await stage.post('/token', form)).toMatchObject(invalidTarget)
  })

  test('that comes beside another, and spends nothing', async () => {
    const code = await stage.obtainCode(clientId)
    const form = new URLSearchParams({
      grant_type: 'authorization_code',
      client_id: clientId,
      code,
      resource,
    })
    form.append('resource', other)
    const answer = await stage.request('/token', {
      method: 'POST',
      body: form.toString(),
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    })
    expect(answer).toMatchObject(invalidTarget)
    expect((await stage.redeem(clientId, code)).status).toBe(200)
  })
})

test('POST /token names one audience, whichever way the token came (R92)', async () => {
  const { json } = await stage.redeem(clientId, await stage.obtainCode(clientId))
  const refreshed = await stage.post('/token', {
    grant_type: 'refresh_token',
    client_id: clientId,
    refresh_token: String(json['refresh_token']),
  })
  const own = await stage.post('/token', {
    grant_type: 'client_credentials',
    ...machine,
    resource: other,
  })
  const tokens = [json, refreshed.json, own.json].map((one) => one['access_token'])
  expect(tokens.map(audienceOf)).toEqual([resource, resource, other])
})
