// `npm run bench`: how far is the decision endpoint from the least that a server has to do?
// `--quick` for short rounds, `--only G1,G2` for a part of the goals.

import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { bundle } from '../build.ts'
import { goals } from './goals.ts'
import { type BenchIssuer, startIssuer } from './issuer.ts'
import type { Load } from './load.ts'
import { latencyAt, startNginx } from './nginx.ts'
import { freePort, hasProgram, type Server, startServer } from './processes.ts'
import { apiHeaders, bearer, browserHeaders, cookieOf } from './requests.ts'
import { type Duel, duel, type Pace } from './rounds.ts'
import { fillSessions, resource, startSallyport } from './sallyport.ts'
import { type Goal, judge, median, pairwise } from './statistics.ts'

const { values: options } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, only: { type: 'string' } },
})
const wanted = options.only?.split(',')
const pace: Pace = options.quick ? { rounds: 3, seconds: 1 } : { rounds: 7, seconds: 2 }
/** More than the service remembers, so that each is as good as never seen when its turn comes again. */
const manyTokens = 24_000
const rate = 2_000

const work = mkdtempSync(join(tmpdir(), 'sallyport-bench-'))
const running = new Set<Server>()

type Figures = ReadonlyMap<string, readonly number[]>

async function keep(starting: Promise<Server>): Promise<Server> {
  const server = await starting
  running.add(server)
  return server
}

async function stop(...servers: readonly Server[]): Promise<void> {
  for (const server of servers) {
    running.delete(server)
    await server.stop()
  }
}

async function bareHono(...more: readonly string[]): Promise<Server> {
  const port = await freePort()
  const script = join(import.meta.dirname, 'bare-hono.ts')
  const command = [process.execPath, script, String(port), ...more]
  return keep(startServer({ command, port, path: '/' }))
}

let folders = 0
async function sallyport(
  bench: Bench,
  rules: number,
  sessions: number,
): Promise<{ server: Server; cookies: readonly string[] }> {
  folders += 1
  const folder = join(work, `data-${folders}`)
  mkdirSync(folder, { mode: 0o700 })
  const cookies = sessions > 0 ? await fillSessions(folder, sessions) : []
  const { issuer } = bench.issuer
  const server = await keep(startSallyport(bench.built, { folder, rules, issuer }))
  return { server, cookies }
}

type Bench = { readonly built: string; readonly issuer: BenchIssuer }

const asked = (headers: Load['headers'], status = 200): Load => ({
  path: '/auth/traefik',
  headers,
  status,
})

const throughput = ({ measured, reference }: Duel): readonly number[] =>
  pairwise(
    measured.map((round) => round.perSecond),
    reference.map((round) => round.perSecond),
    (one, other) => one / other,
  )

async function measureTokens(bench: Bench): Promise<Figures> {
  const [token = ''] = await bench.issuer.tokens(resource, 1)
  const { server } = await sallyport(bench, 10, 0)
  const bare = await bareHono()
  const load = asked({ ...apiHeaders, Authorization: bearer(token) })
  const result = await duel({ server, load }, { server: bare, load }, pace)
  await stop(server, bare)
  const cpu = pairwise(
    result.measured.map((round) => round.cpuPerRequest),
    result.reference.map((round) => round.cpuPerRequest),
    (one, other) => one - other,
  )
  return new Map([
    ['G1', throughput(result)],
    ['G5', cpu],
  ])
}

async function measureCookie(bench: Bench): Promise<Figures> {
  const { server, cookies } = await sallyport(bench, 10, 100)
  const bare = await bareHono()
  const load = asked({ ...browserHeaders, Cookie: cookieOf(cookies[0] ?? '') })
  const result = await duel({ server, load }, { server: bare, load }, pace)
  await stop(server, bare)
  return new Map([['G2', throughput(result)]])
}

async function measureRefusal(bench: Bench): Promise<Figures> {
  const { server } = await sallyport(bench, 10, 0)
  const bare = await bareHono()
  const reference = { server: bare, load: asked(apiHeaders) }
  const result = await duel({ server, load: asked(apiHeaders, 401) }, reference, pace)
  await stop(server, bare)
  return new Map([['G3', throughput(result)]])
}

async function measureUncached(bench: Bench): Promise<Figures> {
  const values = (await bench.issuer.tokens(resource, manyTokens)).map(bearer)
  const { server } = await sallyport(bench, 10, 0)
  const jose = await bareHono(bench.issuer.issuer)
  const load = { ...asked(apiHeaders), rotating: { name: 'Authorization', values } }
  const result = await duel({ server, load }, { server: jose, load }, pace)
  await stop(server, jose)
  return new Map([['G4', throughput(result)]])
}

async function measureNginx(bench: Bench): Promise<Figures> {
  if (!hasProgram('nginx')) {
    console.error('G6 is left out: it needs nginx')
    return new Map()
  }
  const [token = ''] = await bench.issuer.tokens(resource, 1)
  const { server } = await sallyport(bench, 10, 0)
  const bare = await bareHono()
  const gates = await startNginx(work, server.port, bare.port)
  running.add(gates.nginx)
  const headers = { ...apiHeaders, Host: 'mcp.bench.test', Authorization: bearer(token) }
  const seconds = pace.seconds * 2
  const added = { p50: [] as number[], p99: [] as number[] }
  for (let round = -1; round < pace.rounds; round += 1) {
    const one = await latencyAt(gates.measuredPort, headers, rate, seconds)
    const other = await latencyAt(gates.referencePort, headers, rate, seconds)
    if (round < 0) continue
    added.p50.push(one.p50 - other.p50)
    added.p99.push((one.p99 - other.p99) / 1000)
  }
  await stop(gates.nginx, server, bare)
  return new Map([
    ['G6 p50', added.p50],
    ['G6 p99', added.p99],
  ])
}

async function measureRules(bench: Bench): Promise<Figures> {
  const many = await sallyport(bench, 1_000, 1)
  const few = await sallyport(bench, 10, 1)
  const load = (cookie = '') => asked({ ...browserHeaders, Cookie: cookieOf(cookie) })
  const result = await duel(
    { server: many.server, load: load(many.cookies[0]) },
    { server: few.server, load: load(few.cookies[0]) },
    pace,
  )
  await stop(many.server, few.server)
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
    pace,
  )
  await stop(many.server, few.server)
  return new Map([['G8', throughput(result)]])
}

async function measureStart(bench: Bench): Promise<Figures> {
  const memory: number[] = []
  const start: number[] = []
  // The first start fills the compile cache and is not counted: an image ships it filled.
  for (let round = -1; round < pace.rounds; round += 1) {
    const before = performance.now()
    const { server } = await sallyport(bench, 10, 0)
    const took = (performance.now() - before) / 1000
    await sleep(pace.seconds * 500)
    if (round >= 0) {
      start.push(took)
      memory.push(server.memory())
    }
    await stop(server)
  }
  return new Map([
    ['G10', memory],
    ['G11', start],
  ])
}

const measurements: readonly [readonly string[], (bench: Bench) => Promise<Figures>][] = [
  [['G1', 'G5'], measureTokens],
  [['G2'], measureCookie],
  [['G3'], measureRefusal],
  [['G4'], measureUncached],
  [['G6'], measureNginx],
  [['G7'], measureRules],
  [['G8'], measureSessions],
  [['G10', 'G11'], measureStart],
]

const shown = (value: number) => value.toFixed(Math.abs(value) >= 10 ? 1 : 2)

function line(goal: Goal, figures: readonly number[]): readonly string[] {
  const unit = goal.unit === 'ratio' ? '' : ` ${goal.unit}`
  const middle = median(figures)
  const range = `${shown(Math.min(...figures))} - ${shown(Math.max(...figures))}`
  const verdict = judge(goal, middle)
  return [
    goal.id,
    goal.work,
    `${goal.floor}${unit}`,
    `${goal.goal}${unit}`,
    shown(middle),
    range,
    verdict,
  ]
}

function print(rows: readonly (readonly string[])[]): void {
  const widths = rows[0]?.map((_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0))) ?? []
  for (const row of rows) {
    console.log(
      row
        .map((cell, at) => cell.padEnd(widths[at] ?? 0))
        .join('  ')
        .trimEnd(),
    )
  }
}

async function measureAll(): Promise<void> {
  const built = join(work, 'dist')
  await bundle(built)
  // The built file finds its one package beside it, as in an image, and nothing else.
  const binding = join(import.meta.dirname, '../../node_modules/better-sqlite3')
  mkdirSync(join(work, 'node_modules'))
  symlinkSync(binding, join(work, 'node_modules/better-sqlite3'))
  const bench = { built: join(built, 'sallyport.mjs'), issuer: await startIssuer() }
  const figures = new Map<string, readonly number[]>()
  for (const [ids, measure] of measurements) {
    if (wanted !== undefined && !ids.some((id) => wanted.includes(id))) continue
    console.error(`Measuring ${ids.join(', ')} ...`)
    for (const [id, values] of await measure(bench)) figures.set(id, values)
  }
  bench.issuer.close()
  const rows = goals.flatMap((goal) => {
    const values = figures.get(goal.id)
    return values === undefined ? [] : [line(goal, values)]
  })
  print([['Goal', 'Work', 'Floor', 'Goal', 'Median', 'Range', 'Verdict'], ...rows])
  console.log(
    `\n${pace.rounds} pairs of rounds of ${pace.seconds} s, 48 connections, server on one core, load on the other.`,
  )
}

const missing = ['wrk', 'taskset'].filter((name) => !hasProgram(name))
if (missing.length > 0) {
  console.error(
    `The bench needs ${missing.join(' and ')}. On Debian: apt-get install wrk util-linux`,
  )
  process.exit(2)
}
try {
  await measureAll()
} finally {
  await stop(...running)
  rmSync(work, { recursive: true, force: true })
}
