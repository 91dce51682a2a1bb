// Closed-loop load: wrk on its own core, a fixed number of keep-alive connections, one request after the other.

import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { loadCore, type Server } from './processes.ts'

const run = promisify(execFile)

export const connections = 48

export type Load = {
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  /** A header that differs from request to request: one value after the other, from the first again after the last. */
  readonly rotating?: { readonly name: string; readonly values: readonly string[] }
  /** What every answer must be: a bench of refusals measures nothing. */
  readonly status: number
}

export type Round = {
  readonly perSecond: number
  /** CPU microseconds of the server for each request. */
  readonly cpuPerRequest: number
}

const quoted = (value: string) => JSON.stringify(value)

const rotation = (name: string, file: string, start: number) => `
local requests = {}
function init()
  for value in io.lines(${quoted(file)}) do
    wrk.headers[${quoted(name)}] = value
    table.insert(requests, wrk.format())
  end
end
local next = ${start}
function request()
  next = next % #requests + 1
  return requests[next]
end`

/** Counts answers with another status than wanted; wrk itself only knows "2xx or not". */
function script(load: Load, valuesFile: string, start: number): string {
  const headers = Object.entries(load.headers).map(
    ([name, value]) => `wrk.headers[${quoted(name)}] = ${quoted(value)}`,
  )
  return `
${headers.join('\n')}
${load.rotating === undefined ? '' : rotation(load.rotating.name, valuesFile, start)}
local threads = {}
function setup(thread) table.insert(threads, thread) end
other = 0
function response(status) if status ~= ${load.status} then other = other + 1 end end
function done(summary, latency)
  local wrong = 0
  for _, thread in ipairs(threads) do wrong = wrong + thread:get("other") end
  local errors = summary.errors
  io.write(string.format("result %d %d %d\\n", summary.requests, summary.duration,
    wrong + errors.connect + errors.read + errors.write + errors.timeout))
end`
}

/** Where the next round of a server goes on in its rotation: the same first values again would be known ones. */
const continueAt = new WeakMap<Server, number>()

/** One round of load. Throws when any answer had another status than `load.status`. */
export async function applyLoad(server: Server, load: Load, seconds: number): Promise<Round> {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-bench-'))
  const file = join(folder, 'load.lua')
  const valuesFile = join(folder, 'values')
  const start = continueAt.get(server) ?? 0
  writeFileSync(file, script(load, valuesFile, start))
  if (load.rotating !== undefined) writeFileSync(valuesFile, load.rotating.values.join('\n'))
  const before = server.cpu()
  const url = `http://127.0.0.1:${server.port}${load.path}`
  const options = ['-t1', `-c${connections}`, `-d${seconds}s`, '-s', file, url]
  const { stdout } = await run('taskset', ['-c', loadCore, 'wrk', ...options])
  const used = server.cpu() - before
  rmSync(folder, { recursive: true })
  const [, requests, duration, wrong] = (/result (\d+) (\d+) (\d+)/.exec(stdout) ?? []).map(Number)
  if (!requests || !duration || wrong !== 0) {
    throw new Error(`${load.path}: ${wrong ?? 'all'} answers were not ${load.status}:\n${stdout}`)
  }
  continueAt.set(server, (start + requests) % (load.rotating?.values.length ?? 1))
  return { perSecond: requests / (duration / 1e6), cpuPerRequest: used / requests }
}
