// The measurements: each starts what it compares, lets them run in turns, and stops them again.

import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { BenchIssuer } from './issuer.ts'
import type { Load } from './load.ts'
import { type Gates, latencyAt, startNginx } from './nginx.ts'
import { freePort, hasProgram, type Server, startServer } from './processes.ts'
import { apiHeaders, bearer, browserHeaders, cookieOf } from './requests.ts'
import { type Duel, duel, type Pace } from './rounds.ts'
import { fillSessions, resource, startSallyport } from './sallyport.ts'
import { median, pairwise } from './statistics.ts'

/** More than the service remembers, so that each is as good as never seen when its turn comes again. */
const manyTokens = 24_000
const rate = 2_000
/** CPU microseconds of bare Hono where the goals were set: 72,000 requests a second on one core (performance.md 1). */
const referenceCpu = 1e6 / 72_000

export type Bench = {
  /** The built file. */
  readonly built: string
  readonly issuer: BenchIssuer
  readonly pace: Pace
  /** An empty folder for whatever is written. */
  readonly work: string
  /** What runs now; whoever ends the bench early stops these. */
  readonly running: Set<Server>
}

export type Figure = {
  /** One for each round. */
  readonly values: readonly number[]
  /** The ratio as CPU time says it: steadier than throughput when the machine has other work too. */
  readonly byCpu?: number
}

/** By goal id. */
export type Figures = ReadonlyMap<string, Figure>

async function keep(bench: Bench, starting: Promise<Server>): Promise<Server> {
  const server = await starting
  bench.running.add(server)
  return server
}

async function stop(bench: Bench, ...servers: readonly Server[]): Promise<void> {
  for (const server of servers) {
    bench.running.delete(server)
    await server.stop()
  }
}

async function bareHono(bench: Bench, ...more: readonly string[]): Promise<Server> {
  const port = await freePort()
  const script = join(import.meta.dirname, 'bare-hono.ts')
  const command = [process.execPath, script, String(port), ...more]
  return keep(bench, startServer({ command, port, path: '/' }))
}

let folders = 0
function dataFolder({ work }: Bench): string {
  folders += 1
  const folder = join(work, `data-${folders}`)
  mkdirSync(folder, { mode: 0o700 })
  return folder
}

async function sallyport(
  bench: Bench,
  rules: number,
  sessions: number,
): Promise<{ server: Server; cookies: readonly string[] }> {
  const folder = dataFolder(bench)
  const cookies = sessions > 0 ? await fillSessions(folder, sessions) : []
  const { issuer } = bench.issuer
  const server = await keep(bench, startSallyport(bench.built, { folder, rules, issuer }))
  return { server, cookies }
}

const asked = (headers: Load['headers'], status = 200): Load => ({
  path: '/auth/traefik',
  headers,
  status,
})

const between = (
  { measured, reference }: Duel,
  of: 'perSecond' | 'cpuPerRequest',
  combine: (one: number, other: number) => number,
): readonly number[] =>
  pairwise(
    measured.map((round) => round[of]),
    reference.map((round) => round[of]),
    combine,
  )

const throughput = (result: Duel): Figure => ({
  values: between(result, 'perSecond', (one, other) => one / other),
  byCpu: median(between(result, 'cpuPerRequest', (one, other) => other / one)),
})

async function measureTokens(bench: Bench): Promise<Figures> {
  const [token = ''] = await bench.issuer.tokens(resource, 1)
  const { server } = await sallyport(bench, 10, 0)
  const bare = await bareHono(bench)
  const load = asked({ ...apiHeaders, Authorization: bearer(token) })
  const result = await duel({ server, load }, { server: bare, load }, bench.pace)
  await stop(bench, server, bare)
  const cpu = between(result, 'cpuPerRequest', (one, other) => one - other)
  const scaled = between(result, 'cpuPerRequest', (one, other) => (one / other - 1) * referenceCpu)
  return new Map([
    ['G1', throughput(result)],
    ['G5', { values: cpu }],
    ['G5 scaled', { values: scaled }],
  ])
}

async function measureCookie(bench: Bench): Promise<Figures> {
  const { server, cookies } = await sallyport(bench, 10, 100)
  const bare = await bareHono(bench)
  const load = asked({ ...browserHeaders, Cookie: cookieOf(cookies[0] ?? '') })
  const result = await duel({ server, load }, { server: bare, load }, bench.pace)
  await stop(bench, server, bare)
  return new Map([['G2', throughput(result)]])
}

async function measureRefusal(bench: Bench): Promise<Figures> {
  const { server } = await sallyport(bench, 10, 0)
  const bare = await bareHono(bench)
  const reference = { server: bare, load: asked(apiHeaders) }
  const result = await duel({ server, load: asked(apiHeaders, 401) }, reference, bench.pace)
  await stop(bench, server, bare)
  return new Map([['G3', throughput(result)]])
}

async function measureUncached(bench: Bench): Promise<Figures> {
  const values = (await bench.issuer.tokens(resource, manyTokens)).map(bearer)
  const { server } = await sallyport(bench, 10, 0)
  const jose = await bareHono(bench, bench.issuer.issuer)
  const load = { ...asked(apiHeaders), rotating: { name: 'Authorization', values } }
  const result = await duel({ server, load }, { server: jose, load }, bench.pace)
  await stop(bench, server, jose)
  return new Map([['G4', throughput(result)]])
}

/** What Sallyport adds to what bare Hono takes, p50 in microseconds and p99 in milliseconds, one for each round. */
async function addedLatency(
  { pace }: Bench,
  gates: Gates,
  headers: Load['headers'],
  perSecond: number,
): Promise<{ readonly p50: readonly number[]; readonly p99: readonly number[] }> {
  const seconds = pace.seconds * 2
  const added = { p50: [] as number[], p99: [] as number[] }
  for (let round = -1; round < pace.rounds; round += 1) {
    const one = await latencyAt(gates.measuredPort, headers, perSecond, seconds)
    const other = await latencyAt(gates.referencePort, headers, perSecond, seconds)
    if (round < 0) continue
    added.p50.push(one.p50 - other.p50)
    added.p99.push((one.p99 - other.p99) / 1000)
  }
  return added
}

async function measureNginx(bench: Bench): Promise<Figures> {
  if (!hasProgram('nginx')) {
    console.error('G6 is left out: it needs nginx')
    return new Map()
  }
  const [token = ''] = await bench.issuer.tokens(resource, 1)
  const { server } = await sallyport(bench, 10, 0)
  const bare = await bareHono(bench)
  const gates = await startNginx(bench.work, server.port, bare.port)
  bench.running.add(gates.nginx)
  const headers = { ...apiHeaders, Host: 'mcp.bench.test', Authorization: bearer(token) }
  const added = await addedLatency(bench, gates, headers, rate)
  const alone = asked({ ...apiHeaders, Authorization: bearer(token) })
  const pace = { rounds: 3, seconds: bench.pace.seconds }
  const { reference } = await duel({ server, load: alone }, { server: bare, load: alone }, pace)
  // How much faster the machine is on which the goals were set.
  const faster = median(reference.map((round) => round.cpuPerRequest)) / referenceCpu
  const scaled = await addedLatency(bench, gates, headers, rate / faster)
  await stop(bench, gates.nginx, server, bare)
  return new Map([
    ['G6 p50', { values: added.p50 }],
    ['G6 p99', { values: added.p99 }],
    ['G6 p50 scaled', { values: scaled.p50.map((value) => value / faster) }],
    ['G6 p99 scaled', { values: scaled.p99.map((value) => value / faster) }],
  ])
}

async function measureRules(bench: Bench): Promise<Figures> {
  const many = await sallyport(bench, 1_000, 1)
  const few = await sallyport(bench, 10, 1)
  const load = (cookie = '') => asked({ ...browserHeaders, Cookie: cookieOf(cookie) })
  const result = await duel(
    { server: many.server, load: load(many.cookies[0]) },
    { server: few.server, load: load(few.cookies[0]) },
    bench.pace,
  )
  await stop(bench, many.server, few.server)
  return new Map([['G7', throughput(result)]])
}

async function measureSessions(bench: Bench): Promise<Figures> {
  const requests = 20_000
  const many = await sallyport(bench, 10, 100_000)
  const few = await sallyport(bench, 10, 100)
  const load = (cookies: readonly string[]): Load => {
    const step = Math.max(1, Math.floor(cookies.length / requests))
    const values = Array.from({ length: requests }, (_, at) =>
      cookieOf(cookies[(at * step) % cookies.length] ?? ''),
    )
    return { ...asked(browserHeaders), rotating: { name: 'Cookie', values } }
  }
  const result = await duel(
    { server: many.server, load: load(many.cookies) },
    { server: few.server, load: load(few.cookies) },
    bench.pace,
  )
  await stop(bench, many.server, few.server)
  return new Map([['G8', throughput(result)]])
}

async function measureStart(bench: Bench): Promise<Figures> {
  const memory: number[] = []
  const start: number[] = []
  // The first start fills the compile cache and is not counted: an image ships it filled.
  for (let round = -1; round < bench.pace.rounds; round += 1) {
    const folder = dataFolder(bench)
    const before = performance.now()
    const server = await keep(
      bench,
      startSallyport(bench.built, { folder, rules: 10, issuer: undefined }),
    )
    const took = (performance.now() - before) / 1000
    await sleep(bench.pace.seconds * 500)
    if (round >= 0) {
      start.push(took)
      memory.push(server.memory())
    }
    await stop(bench, server)
  }
  return new Map([
    ['G10', { values: memory }],
    ['G11', { values: start }],
  ])
}

/** Which goals each is for. */
export const measurements: readonly [readonly string[], (bench: Bench) => Promise<Figures>][] = [
  [['G1', 'G5'], measureTokens],
  [['G2'], measureCookie],
  [['G3'], measureRefusal],
  [['G4'], measureUncached],
  [['G6'], measureNginx],
  [['G7'], measureRules],
  [['G8'], measureSessions],
  [['G10', 'G11'], measureStart],
]
