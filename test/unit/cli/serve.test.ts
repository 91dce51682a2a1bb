import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Service, startService } from '../../../src/cli/serve.ts'
import type { LogFields } from '../../../src/ports/runtime.ts'
import { freePort } from '../../support/free-port.ts'
import { load, settingsOf } from '../../support/load-configuration.ts'
import { newDirectory } from '../../support/program.ts'
import { type RawAnswer, sendRaw } from '../../support/raw-request.ts'

type Start = { readonly nodeVersion?: string; readonly trusted?: string }

/** A provider that takes its time and then knows nothing. */
let provider: Server
let asked: number
let slowness: number
let directory: ReturnType<typeof newDirectory>
let service: Service | undefined
let port: number
let lines: [string, LogFields | undefined][]

beforeEach(async () => {
  asked = 0
  slowness = 0
  lines = []
  directory = newDirectory()
  provider = createServer((_, response) => {
    asked += 1
    setTimeout(() => response.writeHead(500).end(), slowness)
  }).listen(0, '127.0.0.1')
  await once(provider, 'listening')
})
afterEach(async () => {
  await service?.stop()
  service = undefined
  provider.closeAllConnections()
  provider.close()
  directory.remove()
})

async function start({ nodeVersion, trusted = '127.0.0.1' }: Start = {}) {
  port = await freePort()
  const issuer = `http://127.0.0.1:${(provider.address() as AddressInfo).port}`
  const yaml = `public_url: http://localhost:${port}
development: true
listen: { host: 127.0.0.1 }
port: ${port}
data_dir: ${directory.path}
proxy: { dialect: direct, trusted: [${trusted}] }
local_accounts: true
allow: { anyone: true }
rules: [{ host: localhost:${port} }]
providers: [{ id: slow, issuer: "${issuer}", client_id: c, client_secret: a-secret-of-32-characters-or-more }]
`
  const note = (event: string, fields?: LogFields) => void lines.push([event, fields])
  service = await startService({
    settings: settingsOf({ yaml }),
    file: undefined,
    reload: () => load({ yaml }),
    log: { debug: note, info: note, warn: note, error: note, debugEnabled: false },
    ...(nodeVersion === undefined ? {} : { nodeVersion }),
  })
}

const get = (path: string, headers: readonly string[] = []) =>
  sendRaw({ port }, [`GET ${path} HTTP/1.1`, `Host: localhost:${port}`, ...headers])

describe('startService()', () => {
  test.each([
    ['24.7.0', true],
    ['24.14.1', false],
  ])('warns of Node %s: %s (R117)', async (version, warns) => {
    await start({ nodeVersion: version })
    expect(lines.some(([event]) => event === 'node.outdated')).toBe(warns)
  })

  test('decides for trusted peers only, and believes no others about addresses (R2, R3)', async () => {
    await start({ trusted: '192.0.2.1' })
    const answer = await get('/auth', ['X-Forwarded-For: 192.0.2.7'])
    expect(answer.status).toBe(403)
    await get('/login', ['X-Forwarded-For: 192.0.2.7'])
    expect(lines).toContainEqual([
      'decision.refused',
      expect.objectContaining({ reason: 'untrusted-peer' }),
    ])
    expect(lines).toContainEqual(['request', expect.objectContaining({ client: '127.0.0.1' })])
  })

  test('lets one address begin 20 logins a minute, and others go on (R123)', async () => {
    await start()
    const begin = (address: string) => get('/login/slow', [`X-Forwarded-For: 9.9.9.9, ${address}`])
    const answers: RawAnswer[] = []
    for (let attempt = 0; attempt < 21; attempt += 1) answers.push(await begin('192.0.2.1'))
    expect(answers.slice(0, 20).map(({ status }) => status)).toEqual(Array(20).fill(503))
    expect(answers[20]?.status).toBe(429)
    expect(Number(answers[20]?.headers['retry-after']?.[0])).toBeGreaterThan(0)
    expect((await begin('192.0.2.2')).status).toBe(503)
  })

  test('finishes what is under way when it stops, and takes nothing new (R139)', async () => {
    await start()
    slowness = 700
    const before = asked
    const late = get('/login/slow')
    await expect.poll(() => asked, { timeout: 10_000 }).toBeGreaterThan(before)
    const stopped = service?.stop()
    await expect(get('/health')).rejects.toThrow('ECONNREFUSED')
    expect((await late).status).toBe(503)
    await stopped
    await expect(service?.store.ping()).rejects.toThrow()
    service = undefined
  })

  test('keeps deciding while a provider does not answer (R136)', async () => {
    await start()
    slowness = 4_000
    const late = get('/login/slow')
    const began = performance.now()
    expect((await get('/auth')).status).toBe(401)
    expect(performance.now() - began).toBeLessThan(3_500)
    expect((await late).status).toBe(503)
  })

  test('says nothing of users, versions and settings to whoever asks how it is (R132)', async () => {
    await start()
    for (const path of ['/health', '/ready']) {
      const answer = await get(path)
      expect([answer.status, answer.body]).toEqual([200, '{"status":"ok"}'])
      expect(Object.keys(answer.headers).sort()).toEqual([
        'cache-control',
        'connection',
        'content-length',
        'content-type',
        'date',
        'x-content-type-options',
      ])
    }
  })
})
