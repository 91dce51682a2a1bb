import { createHash, randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import { hashOf } from '../../src/adapters/sealing.ts'
import { type DatabaseChoice, openStore } from '../../src/adapters/sql/open.ts'
import { secret } from '../../src/protocol/secret.ts'
import { epochSeconds, later, seconds } from '../../src/protocol/time.ts'
import { silentLog } from '../contract/silent-log.ts'
import { identityOf } from '../support/identity.ts'
import { newDirectory } from '../support/program.ts'
import { answers } from './support/answering.ts'
import { ask, type Said } from './support/form-client.ts'
import { freePorts } from './support/loopback.ts'
import { type Postgres, startPostgres } from './support/postgres.ts'
import { type RunningProcess, startProcess } from './support/running-process.ts'
import { mainFile, nodeBinary } from './support/sallyport.ts'

// Limits count by client and by address: enough of both that no race is lost to them.
const clientCount = 50
const races = 100
const batch = 20
const racersPerProcess = 5

const resource = 'http://mcp.localhost/mcp'
const redirectUri = 'https://client.example.org/callback'
const verifier = randomBytes(32).toString('base64url')
const challenge = createHash('sha256').update(verifier).digest('base64url')
const clientOf = (at: number) => `client-${at % clientCount}`

type Pair = {
  readonly ports: readonly [number, number]
  readonly publicHost: string
  readonly cookie: string
  readonly kill: (which: 0 | 1) => Promise<void>
  readonly start: (which: 0 | 1) => Promise<void>
  readonly stop: () => Promise<void>
}

/** Where both processes keep their state; the folder is the pair's own. */
type Place = (folder: string) => Promise<DatabaseChoice>

/** Two processes of one installation on one database, and a browser that is signed in at both. */
async function startPair(place: Place, retry: number): Promise<Pair> {
  const directory = newDirectory()
  const database = await place(directory.path)
  const [one = 0, two = 0] = await freePorts(2)
  const ports = [one, two] as const
  const publicHost = `localhost:${one}`
  const configuration = {
    development: true,
    public_url: `http://${publicHost}`,
    listen: { host: '127.0.0.1' },
    proxy: { dialect: 'traefik' },
    local_accounts: true,
    allow: { anyone: true },
    resources: [{ url: resource, scopes: ['mcp:tools'] }],
    authorization_server: {
      secret: randomBytes(32).toString('base64url'),
      refresh_retry: `${retry}s`,
      clients: Array.from({ length: clientCount }, (_, at) => ({
        id: clientOf(at),
        redirect_uris: [redirectUri],
        grant_types: ['authorization_code', 'refresh_token'],
        trusted: true,
      })),
    },
    ...(database.kind === 'postgres'
      ? { database_url: database.url.reveal() }
      : { data_dir: join(directory.path, 'data') }),
  }
  const store = await openStore(database, silentLog)
  const cookie = randomBytes(32).toString('base64url')
  const now = epochSeconds(Date.now() / 1000)
  await store.sessions.open({
    idHash: hashOf(cookie),
    identity: identityOf(),
    createdAt: now,
    lastSeenAt: now,
    expiresAt: later(now, seconds(3600)),
    providerSession: undefined,
    sealedIdToken: undefined,
  })
  await store.close()
  const running: (RunningProcess | undefined)[] = [undefined, undefined]
  const start = async (which: 0 | 1) => {
    const file = join(directory.path, `${which}.yaml`)
    writeFileSync(file, stringify({ ...configuration, port: ports[which] }), { mode: 0o600 })
    running[which] = await startProcess({
      command: nodeBinary,
      args: [mainFile, '--config', file],
      cwd: directory.path,
      ready: () => answers(ports[which]),
    })
  }
  await start(0)
  await start(1)
  return {
    ports,
    publicHost,
    cookie: `sallyport=${cookie}`,
    start,
    kill: async (which) => {
      await running[which]?.kill()
      running[which] = undefined
    },
    stop: async () => {
      await Promise.all(running.map((process) => process?.stop()))
      directory.remove()
    },
  }
}

let asked = 0
const nextAddress = () => {
  asked += 1
  return `10.${(asked >> 16) & 255}.${(asked >> 8) & 255}.${asked & 255}`
}

async function authorize(pair: Pair, client: string): Promise<string> {
  const query = new URLSearchParams({
    client_id: client,
    response_type: 'code',
    redirect_uri: redirectUri,
    code_challenge: challenge,
    code_challenge_method: 'S256',
    resource,
    scope: 'mcp:tools',
  })
  const { status, location, body } = await ask(pair.ports[0], {
    path: `/authorize?${query}`,
    host: pair.publicHost,
    headers: { Cookie: pair.cookie, 'X-Forwarded-For': nextAddress() },
  })
  const code = location?.searchParams.get('code')
  if (!code) throw new Error(`No code: ${status} ${location ?? body}`)
  return code
}

const post = (pair: Pair, which: 0 | 1, form: Record<string, string>) =>
  ask(pair.ports[which], {
    path: '/token',
    host: pair.publicHost,
    headers: { 'X-Forwarded-For': nextAddress() },
    form,
  })

const redeem = (pair: Pair, which: 0 | 1, client: string, code: string) =>
  post(pair, which, {
    grant_type: 'authorization_code',
    client_id: client,
    code,
    redirect_uri: redirectUri,
    code_verifier: verifier,
  })

const refresh = (pair: Pair, which: 0 | 1, client: string, token: string) =>
  post(pair, which, { grant_type: 'refresh_token', client_id: client, refresh_token: token })

/** The same question, several times from each process, all at once. */
const race = (attempt: (which: 0 | 1) => Promise<Said>): Promise<Said[]> =>
  Promise.all(
    Array.from({ length: 2 * racersPerProcess }, (_, at) => attempt(at % 2 === 0 ? 0 : 1)),
  )

/** All races, some at a time: a second use is answered late, so one after the other would take minutes. */
async function inBatches(run: (at: number) => Promise<void>): Promise<void> {
  for (let at = 0; at < races; at += batch) {
    await Promise.all(Array.from({ length: batch }, (_, more) => run(at + more)))
  }
}

const isRefused = ({ status, json }: Said) => status === 400 && json['error'] === 'invalid_grant'
const winnersOf = (said: readonly Said[]) => said.filter((one) => !isRefused(one))

async function firstToken(pair: Pair, at: number): Promise<string> {
  const code = await authorize(pair, clientOf(at))
  const { status, body, json } = await redeem(pair, 0, clientOf(at), code)
  if (status !== 200) throw new Error(`No token: ${status} ${body}`)
  return String(json['refresh_token'])
}

let postgres: Postgres
beforeAll(async () => {
  postgres = await startPostgres()
})
afterAll(() => postgres?.remove())

const places: readonly (readonly [string, Place])[] = [
  ['SQLite', async (folder) => ({ kind: 'sqlite', file: join(folder, 'data', 'sallyport.db') })],
  ['PostgreSQL', async () => ({ kind: 'postgres', url: secret(await postgres.newDatabase()) })],
]

describe.each(places)('two processes on one %s database', (_name, place) => {
  let strict: Pair
  beforeAll(async () => {
    strict = await startPair(place, 0)
  })
  afterAll(() => strict?.stop())

  it('give one answer to a thousand raced redemptions of a hundred codes (R79, GHSA-7w99-5wm4-3g79)', async () => {
    await inBatches(async (at) => {
      const client = clientOf(at)
      const code = await authorize(strict, client)
      const said = await race((which) => redeem(strict, which, client, code))
      expect(winnersOf(said).map(({ status }) => status)).toEqual([200])
    })
  })

  it('give one answer to a thousand raced uses of a hundred refresh tokens (R81, CVE-2026-53517)', async () => {
    await inBatches(async (at) => {
      const client = clientOf(at)
      const token = await firstToken(strict, at)
      const said = await race((which) => refresh(strict, which, client, token))
      expect(winnersOf(said).map(({ status }) => status)).toEqual([200])
    })
  })

  it('give racers of one refresh token the same successor within the retry window (R82)', async () => {
    const lenient = await startPair(place, 10)
    try {
      for (let at = 0; at < 10; at++) {
        const client = clientOf(at)
        const token = await firstToken(lenient, at)
        const said = await race((which) => refresh(lenient, which, client, token))
        expect(said.map(({ status }) => status)).toEqual(said.map(() => 200))
        expect(new Set(said.map(({ json }) => json['refresh_token'])).size).toBe(1)
      }
    } finally {
      await lenient.stop()
    }
  })

  it('lose nothing that was acknowledged, and bring nothing back, when one is killed (R83, R134, CVE-2026-9802)', async () => {
    const used: { client: string; code: string; token: string }[] = []
    const open: { client: string; code: string }[] = []
    for (let at = 0; at < 5; at++) {
      const client = clientOf(at)
      const code = await authorize(strict, client)
      const { json } = await redeem(strict, 1, client, code)
      used.push({ client, code, token: String(json['refresh_token']) })
      open.push({ client, code: await authorize(strict, client) })
    }
    // In the middle of its work: what it answered counts, what it did not may be asked again.
    const rotating = used.map(({ client, token }) => refresh(strict, 1, client, token))
    const first = await Promise.race(rotating)
    await strict.kill(1)
    const rotated = await Promise.all(rotating)
    expect(first.status).toBe(200)
    await strict.start(1)
    for (const [at, { client, token }] of used.entries()) {
      const answer = rotated[at]
      if (answer?.status === 200) {
        const successor = String(answer.json['refresh_token'])
        expect(await refresh(strict, 0, client, successor)).toMatchObject({ status: 200 })
      }
      // Used up, whether or not anybody heard of it; and a reuse ends the family.
      if (answer?.status === 200) {
        expect(await refresh(strict, 1, client, token)).toSatisfy(isRefused)
      }
    }
    for (const { client, code } of used) {
      expect(await redeem(strict, 1, client, code)).toSatisfy(isRefused)
    }
    for (const { client, code } of open) {
      expect(await redeem(strict, 1, client, code)).toMatchObject({ status: 200 })
      expect(await redeem(strict, 0, client, code)).toSatisfy(isRefused)
    }
  })
})
