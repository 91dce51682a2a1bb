// Starts a program, keeps what it says, and ends it by its own process id.

import { type ChildProcess, spawn } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { compileCache } from '../../support/compile-cache.ts'

export type RunningProcess = {
  readonly pid: number
  /** Standard output and standard error so far. */
  readonly output: () => string
  /** SIGTERM, then SIGKILL after five seconds. Resolves when it is gone; may be called again. */
  readonly stop: () => Promise<void>
  /** SIGKILL: no chance to say goodbye. */
  readonly kill: () => Promise<void>
  /** SIGSTOP: it keeps its connections and says nothing. */
  readonly pause: () => void
  readonly resume: () => void
}

export type ProcessOptions = {
  readonly command: string
  readonly args: readonly string[]
  readonly cwd?: string
  /** Added to what the test itself has. */
  readonly env?: Readonly<Record<string, string>>
  /** Asked every 50 ms; the process has started when it answers true. */
  readonly ready: (output: string) => boolean | Promise<boolean>
  /** Milliseconds it may take until then; default 20 seconds. */
  readonly limit?: number
}

const startLimit = 20_000

function environment(own: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const inherited = ['PATH', 'HOME', 'TMPDIR', 'LANG']
  const kept = inherited.flatMap((name) => {
    const value = process.env[name]
    return value === undefined ? [] : [[name, value] as const]
  })
  return { ...Object.fromEntries(kept), ...compileCache, ...own }
}

const hasEnded = (child: ChildProcess): boolean =>
  child.exitCode !== null || child.signalCode !== null

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (hasEnded(child)) return
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  child.kill(signal)
  const late = setTimeout(() => child.kill('SIGKILL'), 5000)
  await gone
  clearTimeout(late)
}

/**
 * Starts a program with a small environment of its own: no setting of the developer's shell leaks in.
 * Rejects, with everything it said, when it ends or is not ready within its limit.
 */
export async function startProcess(options: ProcessOptions): Promise<RunningProcess> {
  const child = spawn(options.command, options.args, {
    cwd: options.cwd,
    env: environment(options.env ?? {}),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  let failure: Error | undefined
  child.on('error', (error) => {
    failure = error
  })
  child.stdout.on('data', (chunk) => {
    said += String(chunk)
  })
  child.stderr.on('data', (chunk) => {
    said += String(chunk)
  })
  const running: RunningProcess = {
    pid: child.pid ?? 0,
    output: () => said,
    stop: () => end(child, 'SIGTERM'),
    kill: () => end(child, 'SIGKILL'),
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
  }
  const deadline = Date.now() + (options.limit ?? startLimit)
  while (failure === undefined && !hasEnded(child) && Date.now() < deadline) {
    if (await options.ready(said)) return running
    await sleep(50)
  }
  if (child.pid !== undefined) await running.kill()
  const reason = failure?.message ?? (hasEnded(child) ? 'it ended' : 'it did not become ready')
  throw new Error(`Cannot start "${options.command} ${options.args.join(' ')}": ${reason}\n${said}`)
}
