import { expect, test } from 'vitest'
import type { Asked } from '../../../../src/cli/doctor/ask.ts'
import { checkAuthorizationServer } from '../../../../src/cli/doctor/check-authorization-server.ts'
import { checkProxy } from '../../../../src/cli/doctor/check-proxy.ts'
import { formatFinding } from '../../../../src/cli/doctor/finding.ts'
import { epochSeconds } from '../../../../src/protocol/time.ts'
import { settingsOf } from '../../../support/load-configuration.ts'

const issuer = 'https://auth.example.com'
const base = `public_url: ${issuer}
local_accounts: true
allow: { anyone: true }`
const withServer = settingsOf({
  yaml: `${base}\nresources: [{ url: 'https://mcp.example.com/mcp', scopes: ['mcp:tools'] }]`,
})
const without = settingsOf({ yaml: `${base}\nrules: [{ host: app.example.com }]` })

const answer = (status: number, value: unknown): Asked => ({
  kind: 'answer',
  status,
  headers: {},
  body: typeof value === 'string' ? value : JSON.stringify(value),
})
const fault: Asked = { kind: 'fault', reason: 'ENOTFOUND' }

const metadataUrl = `${issuer}/.well-known/oauth-authorization-server`
const keysUrl = `${issuer}/jwks`
const resourceUrl = 'https://mcp.example.com/.well-known/oauth-protected-resource/mcp'
const document = { issuer, jwks_uri: keysUrl }
const key = { kty: 'OKP', crv: 'Ed25519', use: 'sig' }
type Answers = Readonly<Record<string, Asked>>
const good: Answers = {
  [metadataUrl]: answer(200, document),
  [keysUrl]: answer(200, { keys: [key, key] }),
}

async function check(own: Answers, settings = withServer) {
  const asked: string[] = []
  const ask = async (url: URL) => {
    asked.push(url.href)
    return { ...good, ...own }[url.href] ?? fault
  }
  const lines = (await checkAuthorizationServer(settings, ask)).map(formatFinding)
  return { asked, lines }
}

test('checkAuthorizationServer() finds nothing wrong with a server that answers', async () => {
  expect(await check({})).toEqual({
    asked: [metadataUrl, keysUrl],
    lines: [
      'ok: authorization server: clients find its metadata',
      'ok: authorization server: 2 keys for signatures',
    ],
  })
})

test('checkAuthorizationServer() asks nothing when there is no server of ours', async () => {
  expect(await check({}, without)).toEqual({ asked: [], lines: [] })
})

const metadata = (asked: Asked): Answers => ({ [metadataUrl]: asked })
const keys = (asked: Asked): Answers => ({ [keysUrl]: asked })

test.each<[string, Answers, RegExp]>([
  ['nobody there', metadata(fault), /metadata at \S+ cannot be reached: ENOTFOUND/],
  ['a gate before it', metadata(answer(302, '')), /metadata .* behind the gate \(302\)/],
  ['a gate for programs', metadata(answer(401, '')), /metadata .* behind the gate \(401\)/],
  ['another service', metadata(answer(404, '')), /metadata .* answered with 404/],
  ['a page', metadata(answer(200, '<html>')), /names the issuer undefined/],
  [
    'another issuer',
    metadata(answer(200, { ...document, issuer: `${issuer}/` })),
    /names the issuer "https:\/\/auth\.example\.com\/", expected https:\/\/auth\.example\.com:/,
  ],
  ['no keys', metadata(answer(200, { issuer })), /names the keys undefined/],
  [
    'the keys of another',
    metadata(answer(200, { issuer, jwks_uri: 'https://evil.example/jwks' })),
    /names the keys "https:\/\/evil\.example\/jwks"/,
  ],
  ['keys that are not there', keys(answer(502, '')), /keys at \S+ is answered with 502/],
  ['keys behind the gate', keys(answer(403, '')), /keys .* behind the gate \(403\)/],
  ['keys that are none', keys(answer(200, { keys: [] })), /no public key for signatures/],
  ['keys that are a page', keys(answer(200, '<html>')), /no list "keys"/],
])('checkAuthorizationServer() names %s', async (_, own, text) => {
  const { lines } = await check(own)
  expect(lines.at(-1)).toMatch(/^wrong: authorization server: /)
  expect(lines.at(-1)).toMatch(text)
})

test('checkProxy() asks for the server, and for the metadata of its resources with the right issuer', async () => {
  const resource = { resource: 'https://mcp.example.com/mcp' }
  const run = async (authorization_servers: readonly string[]) => {
    const prm = answer(200, { ...resource, authorization_servers })
    const answers: Answers = { ...good, [resourceUrl]: prm }
    const findings = await checkProxy(withServer, {
      ask: async (url) => answers[url.href] ?? answer(401, ''),
      store: undefined,
      now: () => epochSeconds(1_800_000_000),
      randomToken: () => 'r'.repeat(43),
      hashOf: (value) => value,
    })
    return findings.map(formatFinding)
  }
  const lines = await run([issuer])
  expect(lines).toContain('ok: authorization server: clients find its metadata')
  expect(lines).toContain('ok: resource https://mcp.example.com/mcp: clients find its metadata')
  expect(await run(['https://old.example.com'])).toContainEqual(
    expect.stringMatching(/^wrong: resource .* does not name the issuer https:\/\/auth\.example/),
  )
})
