// Personal tokens at the decision endpoint: as Bearer and as password, on rules and on resources.

import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { compilePolicy } from '../../../src/access/rules.ts'
import { createDecisionEndpoint } from '../../../src/http/decision-endpoint.ts'
import { createDecisionServer, decisionListener } from '../../../src/http/listeners.ts'
import type { OwnedToken } from '../../../src/ports/personal-tokens.ts'
import { formatPersonalToken } from '../../../src/protocol/personal-token.ts'
import { epochSeconds, seconds } from '../../../src/protocol/time.ts'
import { identityOf } from '../../support/identity.ts'
import { sendRaw } from '../../support/raw-request.ts'

const now = epochSeconds(1_800_000_000)
const issuer = 'https://auth.example.com'
const value = formatPersonalToken(Buffer.alloc(32, 1).toString('base64url'))
const owned: OwnedToken = {
  token: {
    id: 'one',
    name: 'git',
    account: 'account',
    madeBy: 'owner',
    bounds: {
      hosts: ['git.example.com', 'own.example.com', 'mcp.example.com'],
      path: undefined,
      methods: ['GET'],
      scopes: ['mcp:tools'],
    },
    createdAt: now,
    expiresAt: epochSeconds(now + 100),
    lastUsedAt: undefined,
  },
  identity: identityOf({ scopes: ['mcp:tools'] }),
  ownerSeenAt: now,
}
const lines: unknown[] = []
let enabled = true

const endpoint = () => {
  const policy = compilePolicy({
    allow: [{ anyone: true }],
    rules: [
      { name: 'git', host: 'git.example.com', access: 'required' },
      { name: 'own', host: 'own.example.com', access: 'required', applicationAuthorization: true },
    ],
    resources: [
      {
        url: 'https://mcp.example.com/mcp',
        scopes: ['mcp:tools'],
        issuers: [issuer],
        audiences: [],
      },
    ],
  })
  const note = (event: string, fields: unknown) => void lines.push([event, fields])
  return createDecisionEndpoint(
    {
      dialect: 'traefik',
      protectedPath: '/sse',
      sessionCookie: '__Secure-s',
      reach: () => ({ kind: 'login' }),
      publicUrl: issuer,
      realm: 'sallyport',
      identityHeaders: [
        { name: 'X-Forwarded-User', value: 'user' },
        { name: 'X-Forwarded-Scopes', value: 'scopes' },
      ],
      https: true,
      budgetMilliseconds: 100,
      newNonce: () => 'nonce',
      refusalPage: () => '',
    },
    {
      policy: () => policy,
      authentication: {
        sessions: { find: () => undefined },
        tokens: { verify: () => ({ kind: 'rejected', reason: 'malformed' }) },
        hashOf: (text) => `hash of ${text}`,
        idle: seconds(0),
        sessionSeen: () => {},
        get personalTokens() {
          return enabled ? ports : undefined
        },
      },
      isTrustedPeer: () => true,
      clientAddress: () => '192.0.2.7',
      now: () => now,
      log: { debug: note, info: note, warn: note, error: note, debugEnabled: true },
      newDecisionId: () => 'decision',
    },
  )
}

const ports = {
  find: (hash: string) => (hash === `hash of ${value}` ? owned : undefined),
  seen: () => {},
  maxLifetime: seconds(0),
  ownerAbsence: seconds(0),
  acceptsProvider: () => true,
  ownIssuer: issuer,
}

let server: Server
beforeAll(async () => {
  server = createDecisionServer(decisionListener(endpoint()), 'port')
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
})
afterAll(() => server.close())

const ask = (url: string, headers: readonly string[] = [], method = 'GET') => {
  const { host, pathname } = new URL(url)
  return sendRaw({ port: (server.address() as AddressInfo).port }, [
    'GET /auth HTTP/1.1',
    'Host: decision',
    `X-Forwarded-Method: ${method}`,
    'X-Forwarded-Proto: https',
    `X-Forwarded-Host: ${host}`,
    `X-Forwarded-Uri: ${pathname}`,
    ...headers,
  ])
}

const git = 'https://git.example.com/repo.git/info/refs'
const mcp = 'https://mcp.example.com/mcp'
const bearer = `Authorization: Bearer ${value}`
const basic = (password: string) =>
  `Authorization: Basic ${Buffer.from(`anybody:${password}`).toString('base64')}`
const agent = 'User-Agent: git/2.43.0'

describe('the decision endpoint with a personal token', () => {
  test.each([
    ['Bearer', git, bearer],
    ['password', git, basic(value)],
    ['Bearer at a resource', mcp, bearer],
    ['password at a resource', mcp, basic(value)],
  ])('answers 200 with its owner to one shown as %s', async (_, url, header) => {
    const answer = await ask(url, [header])
    expect([answer.status, answer.headers['x-forwarded-user']]).toEqual([
      200,
      ['alice@example.com'],
    ])
    expect(answer.headers['x-forwarded-scopes']).toEqual(['mcp:tools'])
  })

  test('refuses it outside of its limits with the same words as a token nobody has (H4)', async () => {
    const bad = await ask(git, [`Authorization: Bearer ${value.slice(0, -1)}_`])
    const another = formatPersonalToken(Buffer.alloc(32, 2).toString('base64url'))
    const unknown = await ask(git, [`Authorization: Bearer ${another}`])
    const outside = await ask(git, [bearer], 'POST')
    expect([bad.status, unknown.status, outside.status]).toEqual([401, 401, 401])
    expect(new Set([bad.body, unknown.body, outside.body])).toHaveLength(1)
    expect(
      new Set([bad, unknown, outside].map((one) => `${one.headers['www-authenticate']}`)),
    ).toEqual(new Set(['Bearer realm="sallyport", error="invalid_token"']))
  })

  test('says in the log why, and never the value (R116)', async () => {
    lines.length = 0
    await ask(git, [bearer], 'POST')
    await ask(git, [basic(value)], 'POST')
    const text = JSON.stringify(lines)
    expect(text).toContain('personal-token-for-another-method')
    expect(text).not.toContain(value.slice(14))
    expect(text).not.toContain(basic(value).slice('Authorization: Basic '.length))
  })

  test('is not read where the header belongs to the application', async () => {
    const answer = await ask('https://own.example.com/', [bearer])
    expect([answer.status, answer.headers['x-forwarded-user']]).toEqual([401, undefined])
  })

  test('refuses all of them when they are switched off', async () => {
    enabled = false
    expect((await ask(git, [bearer])).status).toBe(401)
    expect((await ask(git, [agent])).headers['www-authenticate']).toEqual([
      'Bearer realm="sallyport"',
    ])
    enabled = true
    expect((await ask(git, [bearer])).status).toBe(200)
  })
})

describe('the challenge for git and docker', () => {
  test('asks for name and password at a rule', async () => {
    for (const name of ['git/2.43.0', 'docker/27.3.1 go/go1.22.7']) {
      const answer = await ask(git, [`User-Agent: ${name}`])
      expect([answer.status, answer.headers['www-authenticate']]).toEqual([
        401,
        ['Basic realm="sallyport"'],
      ])
    }
  })

  test('asks again after a password that is wrong', async () => {
    const answer = await ask(git, [basic('sallyport_pat_wrong')])
    expect([answer.status, answer.headers['www-authenticate']]).toEqual([
      401,
      ['Basic realm="sallyport"'],
    ])
  })

  test('never asks at a resource, where metadata has to be found (RS-5)', async () => {
    const answer = await ask(mcp, [agent])
    expect(answer.headers['www-authenticate']?.[0]).toMatch(/^Bearer .*resource_metadata=/)
  })

  test('never asks a browser, which would open a window of its own', async () => {
    const browser = ['User-Agent: Mozilla/5.0 git/2.43.0', 'Accept: application/json']
    const answer = await ask(git, browser)
    expect(answer.headers['www-authenticate']).toEqual(['Bearer realm="sallyport"'])
  })
})
