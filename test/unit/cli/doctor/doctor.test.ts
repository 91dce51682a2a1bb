import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { hashOf } from '../../../../src/adapters/sealing.ts'
import { openStore } from '../../../../src/adapters/sql/open.ts'
import { type DoctorIo, doctor } from '../../../../src/cli/doctor/doctor.ts'
import type { Store } from '../../../../src/ports/store.ts'
import { findProbeId } from '../../../../src/protocol/probe-id.ts'
import { epochSeconds } from '../../../../src/protocol/time.ts'

const silent = () => {}
const log = { debug: silent, info: silent, warn: silent, error: silent, debugEnabled: false }
const now = epochSeconds(1_800_000_000)
const yaml = `public_url: http://auth.sep.test
development: true
local_accounts: true
cookie: { domain: sep.test }
allow: { anyone: true }
rules: [{ host: app.sep.test }]`
const developing = expect.stringMatching(/^warning: configuration: Development mode is on/)

// A proxy and a service behind it, in one: answers as Sallyport does and reports what it is told to.
const proxy = createServer(async (incoming, outgoing) => {
  const { url = '', headers } = incoming
  if (url.startsWith('/login') || url.startsWith('/auth/')) return outgoing.end('login')
  const id = findProbeId(headers['user-agent'])
  const target = `http://${headers.host}${url}`
  const forwarded = [
    ['x-forwarded-method', 'GET'],
    ['x-forwarded-proto', 'http'],
    ['x-forwarded-host', headers.host ?? ''],
    ['x-forwarded-uri', url],
  ] as const
  const report = { dialect: 'nginx', peer: '10.0.0.1', outcome: 'login', forwarded }
  const names = headers.cookie === undefined ? [] : ['cookie', 'x-forwarded-for']
  if (reports && id) await store.probes.report(hashOf(id), { ...report, names }, now)
  if (headers['sec-fetch-mode'] === undefined)
    return outgoing.writeHead(401, { 'WWW-Authenticate': 'Bearer' }).end()
  const login = `http://auth.sep.test/login?rd=${encodeURIComponent(target)}`
  return outgoing.writeHead(302, { Location: login }).end()
})

let store: Store
let reports = true
let made = 0
beforeAll(async () => {
  store = await openStore({ kind: 'memory' }, log)
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
})
afterAll(async () => {
  proxy.closeAllConnections()
  proxy.close()
  await store.close()
})

async function run(rest: readonly string[], own: Partial<DoctorIo> = {}, file = yaml) {
  const said: string[] = []
  let closed = 0
  const randomToken = () => String(++made).padStart(43, 'x')
  const code = await doctor(rest, {
    argv: [],
    env: {},
    readFile: () => ({ kind: 'text', text: file, mode: 0o600 }),
    now: () => now,
    print: (line) => said.push(line),
    printError: (line) => said.push(line),
    issuerPorts: () => ({
      fetch: async () => {
        throw new Error('nobody is to be asked')
      },
      now: () => now,
      nowMilliseconds: () => 0,
      randomToken,
    }),
    openStore: async () => ({
      ...store,
      close: async () => {
        closed += 1
      },
    }),
    probePorts: { now: () => now, randomToken, hashOf },
    ...own,
  })
  return { code, said, closed }
}

const connect = () => ['--connect', `127.0.0.1:${(proxy.address() as AddressInfo).port}`]

test('doctor() says what it has found, closes the store and leaves no probe behind', async () => {
  reports = true
  const { code, said, closed } = await run(connect())
  expect(said).toEqual([
    developing,
    'ok: configuration: it can be read',
    'ok: cookie: a login reaches app.sep.test',
    'ok: public URL: the login page answers at http://auth.sep.test/login',
    'ok: app.sep.test: the proxy asks rightly, in the dialect nginx',
    'ok: app.sep.test: page loads are sent to the login and come back',
    'ok: app.sep.test: WWW-Authenticate survives on 401',
    'ok: app.sep.test: forwarded headers of a client have no effect',
    'ok: public URL: nobody outside can ask for decisions',
    'not checked: identity headers behind the gate: give --echo and --as',
  ])
  expect([code, closed]).toEqual([0, 1])
  expect(await store.probes.purge(epochSeconds(now + 3600), 100)).toBe(0)
})

test('doctor() says what it could not look at when the service tells nothing', async () => {
  reports = false
  const { code, said } = await run(connect())
  expect(said).toContainEqual(
    expect.stringMatching(/^not checked: app\.sep\.test: what else the proxy asks/),
  )
  expect(code).toBe(0)
})

test('doctor() does without the database, and says so', async () => {
  const { code, said } = await run(connect(), { openStore: async () => 'because it is raining' })
  expect(said).toContain('not checked: what arrives at Sallyport, because it is raining')
  expect(said).toContain('ok: app.sep.test: page loads are sent to the login and come back')
  expect(code).toBe(0)
})

test('doctor() says 1 when the proxy is not there', async () => {
  const { code, said } = await run(['--connect', '127.0.0.1:1'])
  expect(said).toContainEqual(expect.stringMatching(/^wrong: public URL: .* cannot be reached/))
  expect(said).toContainEqual(expect.stringMatching(/^wrong: app\.sep\.test: cannot be reached/))
  expect(code).toBe(1)
})

test('doctor() leaves the proxy alone with --local', async () => {
  const openNone = async () => {
    throw new Error('no store is wanted')
  }
  const { code, said } = await run(['--local'], { openStore: openNone })
  expect(said).toEqual([
    developing,
    'ok: configuration: it can be read',
    'ok: cookie: a login reaches app.sep.test',
  ])
  expect(code).toBe(0)
})

test('doctor() names every problem of the configuration', async () => {
  const { code, said } = await run([], {}, `${yaml}\nport: none\ndecision_port: 0`)
  const unreadable = expect.stringMatching(/^wrong: configuration: Cannot read setting/)
  expect(said).toEqual([developing, unreadable, unreadable])
  expect(code).toBe(1)
})

test('doctor() explains itself', async () => {
  expect(await run(['--help'])).toMatchObject({ code: 0, said: [expect.stringMatching(/^Usage/)] })
  const refused = await run(['--nonsense'])
  expect(refused).toMatchObject({ code: 2, said: [expect.stringMatching(/nonsense[\s\S]*Usage/)] })
})
