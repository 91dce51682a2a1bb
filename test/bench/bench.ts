// `npm run bench`: how far is the decision endpoint from the least that a server has to do?
// `--quick` for short rounds, `--only G1,G2` for a part of the goals.

import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { bundle } from '../build.ts'
import { goals } from './goals.ts'
import { startIssuer } from './issuer.ts'
import { type Figure, measurements } from './measurements.ts'
import { hasProgram, type Server } from './processes.ts'
import type { Pace } from './rounds.ts'
import { type Goal, judge, median } from './statistics.ts'

const { values: options } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, only: { type: 'string' } },
})
const wanted = options.only?.split(',')
const pace: Pace = options.quick ? { rounds: 3, seconds: 1 } : { rounds: 7, seconds: 2 }

const work = mkdtempSync(join(tmpdir(), 'sallyport-bench-'))
const running = new Set<Server>()

const shown = (value: number) => value.toFixed(Math.abs(value) >= 10 ? 1 : 2)

function line(goal: Goal, { values, byCpu }: Figure): readonly string[] {
  const unit = goal.unit === 'ratio' ? '' : ` ${goal.unit}`
  const middle = median(values)
  const range = `${shown(Math.min(...values))} - ${shown(Math.max(...values))}`
  const verdict = judge(goal, middle)
  return [
    goal.id,
    goal.work,
    `${goal.floor}${unit}`,
    `${goal.goal}${unit}`,
    shown(middle),
    range,
    byCpu === undefined ? '' : shown(byCpu),
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
  const issuer = await startIssuer()
  const bench = { built: join(built, 'sallyport.mjs'), issuer, pace, work, running }
  const figures = new Map<string, Figure>()
  for (const [ids, measure] of measurements) {
    if (wanted !== undefined && !ids.some((id) => wanted.includes(id))) continue
    console.error(`Measuring ${ids.join(', ')} ...`)
    for (const [id, values] of await measure(bench)) figures.set(id, values)
  }
  issuer.close()
  const rows = goals.flatMap((goal) => {
    const figure = figures.get(goal.id)
    return figure === undefined ? [] : [line(goal, figure)]
  })
  print([['Goal', 'Work', 'Floor', 'Goal', 'Median', 'Range', 'By CPU', 'Verdict'], ...rows])
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
  for (const server of running) await server.stop()
  rmSync(work, { recursive: true, force: true })
}
