// Servers as processes of their own on one core, and what the kernel says they used.

import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

export type Server = {
  readonly port: number
  /** CPU time so far, in microseconds; the kernel counts in steps of 10 ms. */
  readonly cpu: () => number
  /** Resident memory in MiB. */
  readonly memory: () => number
  readonly stop: () => Promise<void>
}

/** The core that servers run on; the load generator has the other one. */
export const serverCore = '0'
export const loadCore = '1'

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (typeof address !== 'object' || address === null) throw new Error('No port is free')
  return address.port
}

async function untilAnswers(port: number, path: string, child: ChildProcess): Promise<void> {
  const deadline = performance.now() + 15_000
  while (performance.now() < deadline) {
    if (child.exitCode !== null) throw new Error(`Server ended with code ${child.exitCode}`)
    try {
      await fetch(`http://127.0.0.1:${port}${path}`, { redirect: 'manual' })
      return
    } catch {
      await sleep(3)
    }
  }
  throw new Error(`Nothing answers on port ${port}`)
}

function usedBy(pid: number): number {
  // The second field is the program's name and may hold spaces and brackets: count behind it.
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * 10_000
}

function residentOf(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? Number.NaN) / 1024
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), 12_000)
  await gone
  clearTimeout(timer)
}

export type ServerStart = {
  readonly command: readonly string[]
  readonly port: number
  /** Asked until there is an answer, whatever its status. */
  readonly path: string
  readonly env?: Readonly<Record<string, string>>
}

/** Starts a server on its core and waits for its first answer. Its errors go to ours, its output nowhere. */
export async function startServer(start: ServerStart): Promise<Server> {
  const child = spawn('taskset', ['-c', serverCore, ...start.command], {
    env: { PATH: process.env['PATH'], NODE_ENV: 'production', ...start.env },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  // taskset replaces itself with the command, so its id is the server's.
  const pid = child.pid ?? 0
  await untilAnswers(start.port, start.path, child)
  return {
    port: start.port,
    cpu: () => usedBy(pid),
    memory: () => residentOf(pid),
    stop: () => ended(child),
  }
}

/** Whether a program is on the path. */
export function hasProgram(name: string): boolean {
  try {
    execFileSync('sh', ['-c', `command -v ${name}`], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
