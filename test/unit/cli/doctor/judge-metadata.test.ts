import { expect, test } from 'vitest'
import type { ResourcePolicy } from '../../../../src/access/policy.ts'
import { judgeMetadata, metadataUrlOf } from '../../../../src/cli/doctor/judge-metadata.ts'

const resource: ResourcePolicy = {
  url: 'https://mcp.example.com/mcp',
  scopes: [],
  issuers: [],
  audiences: [],
}
const url = new URL('https://mcp.example.com/.well-known/oauth-protected-resource/mcp')

test('metadataUrlOf() inserts the well-known path, and knows none for a wildcard (RFC 9728 §3.1)', () => {
  expect(metadataUrlOf(resource)?.href).toBe(url.href)
  expect(metadataUrlOf({ ...resource, url: 'https://*.example.com/mcp' })).toBeUndefined()
})

const answer = (status: number, body: string) =>
  ({ kind: 'answer', status, headers: {}, body }) as const

test.each([
  [answer(200, JSON.stringify({ resource: resource.url })), 'ok', /find its metadata/],
  [answer(200, JSON.stringify({ resource: 'https://mcp.example.com' })), 'wrong', /Host header/],
  [answer(200, '<html>'), 'wrong', /undefined/],
  [answer(401, ''), 'wrong', /behind the gate \(401\)/],
  [answer(403, ''), 'wrong', /behind the gate \(403\)/],
  [answer(302, ''), 'wrong', /behind the gate \(302\)/],
  [answer(404, ''), 'wrong', /answered with 404/],
  [{ kind: 'fault', reason: 'ENOTFOUND' } as const, 'wrong', /cannot be reached: ENOTFOUND/],
])('judgeMetadata() judges %j as %s', (asked, grade, text) => {
  expect(judgeMetadata(resource, url, asked)).toEqual({ grade, text: expect.stringMatching(text) })
})

test.each([
  ['its issuers', ['https://auth.example.com', 'https://sso.example.com'], 'ok'],
  ['one of them', ['https://sso.example.com'], 'wrong'],
  ['none', undefined, 'wrong'],
  ['no list', 'https://auth.example.com', 'wrong'],
  ['a longer name', ['https://auth.example.com/', 'https://sso.example.com'], 'wrong'],
])(
  'judgeMetadata() wants the document to name the issuers: %s (RFC 9728 §2)',
  (_, servers, grade) => {
    const issuers = ['https://auth.example.com', 'https://sso.example.com']
    const body = JSON.stringify({ resource: resource.url, authorization_servers: servers })
    const judged = judgeMetadata({ ...resource, issuers }, url, answer(200, body))
    expect(judged.grade).toBe(grade)
    if (grade === 'wrong') expect(judged.text).toMatch(/issuer https:\/\/auth\.example\.com/)
  },
)
