// Does every code need the verifier of who asked for it? RFC 7636, security.md R63

import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  type AuthorizationStage,
  challenge,
  redirectUri,
  startAuthorizationStage,
  verifier,
} from '../../support/authorization-stage.ts'
import { configuredClient, secretOf } from '../../support/configured-client.ts'

let stage: AuthorizationStage
const clients = new Map<string, { readonly id: string; readonly more: Record<string, string> }>()

const interactive = {
  redirectUris: [redirectUri],
  grantTypes: ['authorization_code', 'refresh_token'],
}

beforeAll(async () => {
  stage = await startAuthorizationStage({
    clients: [
      configuredClient('with-secret', interactive),
      configuredClient('trusted', { ...interactive, trusted: true }),
    ],
  })
  const { json } = await stage.register()
  clients.set('a public client', { id: String(json['client_id']), more: {} })
  for (const [name, id] of [
    ['a confidential client', 'with-secret'],
    ["a client of the operator's", 'trusted'],
  ] as const)
    clients.set(name, { id, more: { client_secret: secretOf(id) } })
})
afterAll(() => stage.close())

const clientOf = (name: string) => clients.get(name) ?? { id: '', more: {} }
const everyone = ['a public client', 'a confidential client', "a client of the operator's"]

type Changes = Record<string, string | undefined>
const faults: readonly (readonly [string, Changes])[] = [
  ['nothing of it', { code_challenge: undefined, code_challenge_method: undefined }],
  ['a method alone', { code_challenge: undefined }],
  ['an empty challenge', { code_challenge: '' }],
  ['no method', { code_challenge_method: undefined }],
  ['the method plain', { code_challenge: verifier, code_challenge_method: 'plain' }],
  ['another spelling of the method', { code_challenge_method: 's256' }],
  ['a method that nobody knows', { code_challenge_method: 'S512' }],
  ['42 characters', { code_challenge: challenge.slice(1) }],
  ['129 characters', { code_challenge: 'x'.repeat(129) }],
  ['characters that Base64 has', { code_challenge: `${'a'.repeat(41)}+/` }],
]

const advisories = 'CVE-2025-4144, GHSA-qgp8-v765-qxx9, CVE-2023-48228, CVE-2024-22258'
describe.each(everyone)(`GET /authorize gives %s no code (R63, ${advisories}) for`, (who) => {
  test.each(faults)('%s', async (_name, changes) => {
    const { id } = clientOf(who)
    const { location } = await stage.browser().get(`/authorize?${stage.parameters(id, changes)}`)
    expect(location?.href.startsWith(redirectUri)).toBe(true)
    expect(location?.searchParams.get('error')).toBe('invalid_request')
    expect(location?.searchParams.has('code')).toBe(false)
  })

  test('nothing of it, in a request that was pushed', async () => {
    const { id, more } = clientOf(who)
    const changes = { code_challenge: undefined, code_challenge_method: undefined }
    const form = { ...Object.fromEntries(stage.parameters(id, changes)), ...more }
    const answer = await stage.post('/request', form)
    expect([answer.status, answer.json['error']]).toEqual([400, 'invalid_request'])
  })
})

describe.each(everyone)(`POST /token gives %s nothing (R63, ${advisories}) for`, (who) => {
  const plain = { code_verifier: challenge, code_challenge_method: 'plain' }
  test.each<[string, Record<string, string>, string]>([
    ['no verifier', { code_verifier: '' }, 'invalid_grant'],
    ['the challenge', { code_verifier: challenge }, 'invalid_grant'],
    ['the challenge and "plain"', plain, 'invalid_grant'],
    ['another verifier', { code_verifier: `${verifier}x` }, 'invalid_grant'],
    ['a verifier of 42 characters', { code_verifier: 'x'.repeat(42) }, 'invalid_request'],
    ['a verifier of 129 characters', { code_verifier: 'x'.repeat(129) }, 'invalid_request'],
  ])('%s, and the code stays good', async (_name, changes, error) => {
    const { id, more } = clientOf(who)
    const code = await obtain(id)
    const answer = await stage.redeem(id, code, { ...more, ...changes })
    expect([answer.status, answer.json['error']]).toEqual([400, error])
    expect((await stage.redeem(id, code, more)).status).toBe(200)
  })

  test('a short verifier, though its hash is the challenge (RFC 7636 §4.1)', async () => {
    const { id, more } = clientOf(who)
    const short = 'x'.repeat(20)
    const ofShort = createHash('sha256').update(short).digest('base64url')
    const code = await obtain(id, { code_challenge: ofShort })
    const answer = await stage.redeem(id, code, { ...more, code_verifier: short })
    expect([answer.status, answer.json['error']]).toEqual([400, 'invalid_request'])
  })
})

/** With or without a question, as the client has it. */
async function obtain(id: string, changes: Changes = {}): Promise<string> {
  if (id !== 'trusted') return stage.obtainCode(id, changes)
  const { location } = await stage.browser().get(`/authorize?${stage.parameters(id, changes)}`)
  return location?.searchParams.get('code') ?? ''
}
