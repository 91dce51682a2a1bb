// Does the metadata promise only what is safe, in addresses that are ours? security.md R30, R63, R95, R143

import { request } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  type AuthorizationStage,
  issuer,
  startAuthorizationStage,
} from '../../support/authorization-stage.ts'
import { configuredClient } from '../../support/configured-client.ts'

let stage: AuthorizationStage
let said: Record<string, unknown>
beforeAll(async () => {
  stage = await startAuthorizationStage({ clients: [configuredClient('machine')] })
  said = JSON.parse(await stage.server.metadata())
})
afterAll(() => stage.close())

const listOf = (name: string): readonly unknown[] => {
  const value = said[name]
  return Array.isArray(value) ? value : []
}

describe('metadata() promises nothing weak (R63, R90, R143, GHSA-9h47-pqcx-hjr4)', () => {
  test('no "none", no shared secret, no "plain" among algorithms and methods', () => {
    const lists = Object.keys(said).filter((name) => /_alg_values_supported$/.test(name))
    expect(lists.length).toBeGreaterThan(2)
    for (const name of lists)
      for (const value of listOf(name)) expect(String(value)).not.toMatch(/^(none|HS\d+|RSA1_5)$/)
    expect(listOf('code_challenge_methods_supported')).toEqual(['S256'])
  })

  test('no password, implicit or first-party grant, and no other response', () => {
    expect(listOf('response_types_supported')).toEqual(['code'])
    expect(listOf('response_modes_supported')).toEqual(['query'])
    expect(listOf('grant_types_supported')).toEqual(expect.arrayContaining(['authorization_code']))
    for (const grant of listOf('grant_types_supported'))
      expect(String(grant)).not.toMatch(/password|implicit|jwt-bearer|ciba/)
    expect(said).not.toHaveProperty('authorization_challenge_endpoint')
  })

  test('no request by reference that is not our own', () => {
    expect(said['request_parameter_supported']).toBe(false)
    expect(said['request_uri_parameter_supported']).toBe(false)
  })

  test.each([
    ['password', { username: 'alice', password: 'x' }],
    ['implicit', {}],
    ['urn:ietf:params:oauth:grant-type:jwt-bearer', { assertion: 'x' }],
    ['urn:ietf:params:oauth:grant-type:token-exchange', { subject_token: 'x' }],
    ['urn:openid:params:grant-type:ciba', { auth_req_id: 'x' }],
    ['__proto__', {}],
    ['constructor', {}],
  ])('and does not do it either: the grant %s (R90)', async (grant_type, more) => {
    const id = String((await stage.register()).json['client_id'])
    const answer = await stage.post('/token', { grant_type, client_id: id, ...more })
    expect([answer.status, answer.json['error']]).toEqual([400, 'unsupported_grant_type'])
  })
})

/** What the listener in front would not let through reaches the engine here. */
const ask = (path: string, headers: Record<string, string>) =>
  new Promise<string>((resolve, reject) => {
    request(stage.base + path, { headers }, (response) => {
      let text = JSON.stringify(response.headers)
      response.on('data', (chunk) => {
        text += String(chunk)
      })
      response.on('end', () => resolve(text))
    })
      .on('error', reject)
      .end()
  })

describe('Addresses come from the configuration (R30, R95, CVE-2025-6514)', () => {
  const hostile: readonly (readonly [string, Record<string, string>])[] = [
    ['Host', { Host: 'evil.example' }],
    ['X-Forwarded-Host', { 'X-Forwarded-Host': 'evil.example' }],
    ['X-Forwarded-Proto', { 'X-Forwarded-Proto': 'evil.example' }],
    ['X-Forwarded-Prefix', { 'X-Forwarded-Prefix': '/evil.example' }],
    ['Forwarded', { Forwarded: 'host=evil.example;proto=evil.example' }],
    ['X-Original-URL', { 'X-Original-URL': '/evil.example', 'X-Rewrite-URL': '/evil.example' }],
  ]
  test.each(hostile)('whatever %s says', async (_name, headers) => {
    const id = String((await stage.register()).json['client_id'])
    for (const path of [
      '/.well-known/oauth-authorization-server',
      `/authorize?${stage.parameters(id)}`,
      `/authorize?${stage.parameters(id, { scope: 'bogus' })}`,
      '/authorize?client_id=nobody',
      '/device',
      '/session/end',
    ])
      expect(await ask(path, headers)).not.toContain('evil.example')
  })

  test('and are plain https addresses that no shell or browser reads otherwise', () => {
    const addresses = Object.entries(said).filter(([name]) =>
      /_(endpoint|uri)$|^issuer$/.test(name),
    )
    expect(addresses.length).toBeGreaterThan(9)
    for (const [, value] of addresses)
      expect(String(value)).toMatch(/^https:\/\/auth\.example\.com(\/[a-z/]+)?$/)
    expect(said['issuer']).toBe(issuer)
  })
})

test('A registration answers with addresses of ours alone (R30)', async () => {
  const { json } = await stage.register({
    client_name: 'Another',
    registration_client_uri: 'https://evil.example/',
  })
  expect(String(json['registration_client_uri'])).toBe(`${issuer}/register/${json['client_id']}`)
})
