import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { compilePolicy } from '../../../src/access/rules.ts'
import { createDecisionEndpoint } from '../../../src/http/decision-endpoint.ts'
import { readProbeId } from '../../../src/http/doctor-probe.ts'
import { decisionListener } from '../../../src/http/listeners.ts'
import type { ProbeAnswer, ProbeReport } from '../../../src/ports/probe.ts'
import { formatProbeAgent } from '../../../src/protocol/probe-id.ts'
import { epochSeconds, seconds } from '../../../src/protocol/time.ts'
import { sendRaw } from '../../support/raw-request.ts'

const id = 'p'.repeat(43)
const marked = `User-Agent: ${formatProbeAgent(id)}`

const reports: [string, ProbeReport][] = []
let wanted: ProbeAnswer | undefined
let trusted = true
let fault: Error | undefined

const silent = () => {}
const decision = createDecisionEndpoint(
  {
    dialect: 'traefik',
    protectedPath: '/sse',
    sessionCookie: '__Secure-s',
    reach: () => ({ kind: 'login' }),
    publicUrl: 'https://auth.example.com',
    realm: 'sallyport',
    identityHeaders: [],
    https: true,
    budgetMilliseconds: 100,
    newNonce: () => 'nonce',
    refusalPage: () => '',
  },
  {
    policy: () =>
      compilePolicy({
        allow: [{ anyone: true }],
        rules: [
          { name: 'open', host: 'app.example.com', path: '/open', access: 'public' },
          { name: 'app', host: 'app.example.com', access: 'required' },
        ],
        resources: [
          {
            url: 'https://mcp.example.com/mcp',
            scopes: ['mcp:tools'],
            issuers: ['https://sso.example.com'],
            audiences: [],
          },
        ],
      }),
    authentication: {
      sessions: { find: () => undefined },
      tokens: { verify: () => ({ kind: 'rejected', reason: 'bad-signature' }) },
      hashOf: (value) => value,
      idle: seconds(0),
      sessionSeen: silent,
    },
    isTrustedPeer: () => trusted,
    clientAddress: () => '203.0.113.7',
    now: () => epochSeconds(1),
    log: { debug: silent, info: silent, warn: silent, error: silent, debugEnabled: false },
    newDecisionId: () => 'decision',
    reportProbe: async (probe, report) => {
      reports.push([probe, report])
      if (fault) throw fault
      return wanted
    },
  },
)

const server = createServer(decisionListener(decision))
beforeEach(async () => {
  reports.length = 0
  wanted = 'usual'
  trusted = true
  fault = undefined
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
})
afterEach(() => new Promise((resolve) => server.close(resolve)))

function ask(host: string, target: string, headers: readonly string[]) {
  const port = (server.address() as AddressInfo).port
  return sendRaw({ port }, [
    'GET /auth/nginx HTTP/1.1',
    'Host: 127.0.0.1',
    'Connection: close',
    'X-Forwarded-Method: GET',
    'X-Forwarded-Proto: https',
    `X-Forwarded-Host: ${host}`,
    `X-Forwarded-Uri: ${target}`,
    ...headers,
  ])
}

describe('a probe at the decision endpoint', () => {
  test('is reported with names, and values of forwarded headers, but no credential', async () => {
    const secrets = ['Cookie: __Secure-s=secret-one', 'X-Empty:', 'X-Own: secret-two']
    const answer = await ask('app.example.com', '/x', [marked, ...secrets])
    expect(answer.status).toBe(401)
    const [[probe, report] = []] = reports
    expect(probe).toBe(id)
    expect(report).toMatchObject({ dialect: 'nginx', peer: '127.0.0.1', outcome: 'challenge' })
    expect(report?.names).toEqual(expect.arrayContaining(['cookie', 'x-own', 'x-forwarded-uri']))
    expect(report?.names).not.toContain('x-empty')
    expect(report?.forwarded).toContainEqual(['x-forwarded-uri', '/x'])
    expect(JSON.stringify(report)).not.toContain('secret')
  })

  test('is refused as without it, also when a step-up is wanted and on every kind of refusal', async () => {
    wanted = 'step-up'
    for (const [host, status] of [
      ['app.example.com', 401],
      ['other.example.com', 403],
    ] as const) {
      expect((await ask(host, '/', [marked])).status).toBe(status)
    }
    expect(reports.map(([, { outcome }]) => outcome)).toEqual(['challenge', 'no-rule'])
  })

  test('gets the challenge for a scope from a resource, when it wants that', async () => {
    wanted = 'step-up'
    const answer = await ask('mcp.example.com', '/mcp', [marked])
    expect(answer.status).toBe(403)
    expect(answer.headers['www-authenticate']).toEqual([
      expect.stringMatching(/^Bearer .*error="insufficient_scope".*scope="mcp:tools"/),
    ])
    wanted = undefined
    expect((await ask('mcp.example.com', '/mcp', [marked])).status).toBe(401)
  })

  test('says which peer is not trusted', async () => {
    trusted = false
    expect((await ask('app.example.com', '/', [marked])).status).toBe(403)
    expect(reports[0]?.[1]).toMatchObject({ outcome: 'untrusted-peer', peer: '127.0.0.1' })
  })

  test('is closed when the report cannot be written (R14)', async () => {
    fault = new Error('down')
    expect((await ask('app.example.com', '/', [marked])).status).toBe(503)
  })

  test('is not looked for where a request is allowed, or has no mark', async () => {
    expect((await ask('app.example.com', '/open', [marked])).status).toBe(200)
    expect((await ask('app.example.com', '/', ['User-Agent: curl/8'])).status).toBe(401)
    expect(reports).toEqual([])
  })
})

test.each([
  [['User-Agent', `sallyport-doctor/${id}`], id],
  [['Host', 'a', 'USER-AGENT', `sallyport-doctor/${id}`], id],
  [['User-Agent', `sallyport-doctor/${id}x`], undefined],
  [['User-Agent', `sallyport-doctor/${'!'.repeat(43)}`], undefined],
  [['X-User-Agnt', `sallyport-doctor/${id}`], undefined],
  [[], undefined],
])('readProbeId() reads %j', (raw, expected) => {
  expect(readProbeId(raw)).toBe(expected)
})
