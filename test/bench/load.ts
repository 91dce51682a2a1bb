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
  /** Sent one after the other as bearer tokens, from the first again after the last. */
  readonly tokens?: readonly string[]
  /** What every answer must be: a bench of refusals measures nothing. */
  readonly status: number
}

export type Round = {
  readonly perSecond: number
  /** CPU microseconds of the server for each request. */
  readonly cpuPerRequest: number
}

const quoted = (value: string) => JSON.stringify(value)

/** Counts answers with another status than wanted; wrk itself only knows "2xx or not". */
function script(load: Load, folder: string): string {
  const headers = Object.entries(load.headers).map(
    ([name, value]) => `wrk.headers[${quoted(name)}] = ${quoted(value)}`,
  )
  const rotation = `
local requests = {}
function init()
  local n = 0
  for token in io.lines(${quoted(join(folder, 'tokens'))}) do
    n = n + 1
    wrk.headers["Authorization"] = "Bearer " .. token
    requests[n] = wrk.format()
  end
end
local next = 0
function request()
  next = next + 1
  if next > #requests then next = 1 end
  return requests[next]
end`
  return `
${headers.join('\n')}
${load.tokens === undefined ? '' : rotation}
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

/** One round of load. Throws when any answer had another status than `load.status`. */
export async function applyLoad(server: Server, load: Load, seconds: number): Promise<Round> {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-bench-'))
  const file = join(folder, 'load.lua')
  writeFileSync(file, script(load, folder))
  if (load.tokens !== undefined) writeFileSync(join(folder, 'tokens'), load.tokens.join('\n'))
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
  return { perSecond: requests / (duration / 1e6), cpuPerRequest: used / requests }
}
