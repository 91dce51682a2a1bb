// Runs an MCP client as its users start it, and brings the person when it shows an address to open.

import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

export type ClientRun = {
  /** All it has said so far, on both channels. */
  readonly output: () => string
  /** Writes a line to its standard input. */
  readonly tell: (line: string) => void
  /** Resolves with what `read` finds in the output; rejects when the program ended or nothing came in time. */
  readonly waitFor: <Found>(read: (output: string) => Found | undefined) => Promise<Found>
  /** Resolves with its exit code when it has ended by itself. */
  readonly ended: () => Promise<number>
  readonly stop: () => Promise<void>
}

export type ClientCommand = {
  readonly command: string
  readonly args: readonly string[]
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  /** The address to open, once the output shows one that has not been opened. */
  readonly findAddress: (output: string, opened: readonly string[]) => string | undefined
  readonly authorize: (address: string) => Promise<unknown>
  /** Milliseconds until it is given up; default 40 seconds. */
  readonly limit?: number
}

const defaultLimit = 40_000

/** Nobody clicks at once. */
const reaction = 300

const tables = ['/proc/net/tcp', '/proc/net/tcp6'].filter((path) => existsSync(path))

/** Whether anybody listens at a port, asked without connecting: some programs take that for the answer. */
function isListening(port: number): boolean {
  const local = new RegExp(`:${port.toString(16).toUpperCase().padStart(4, '0')} \\S+ 0A `)
  return tables.some((path) => local.test(readFileSync(path, 'utf8')))
}

/** Some programs show the address a moment before they listen for the answer: five seconds at most for that. */
async function untilListening(address: string): Promise<void> {
  const redirect = URL.parse(URL.parse(address)?.searchParams.get('redirect_uri') ?? '')
  const port = Number(redirect?.port)
  const isHere = /^(?:127\.0\.0\.1|localhost|\[::1\])$/.test(redirect?.hostname ?? '')
  if (!isHere || !port || tables.length === 0) return
  for (let turn = 0; turn < 100 && !isListening(port); turn += 1) await sleep(50)
}

const hasEnded = (child: ChildProcess): boolean =>
  child.exitCode !== null || child.signalCode !== null

/** Starts it. Whatever address it shows is opened by the person. */
export function runClient(client: ClientCommand): ClientRun {
  const { command, args, cwd, limit = defaultLimit } = client
  const env = { PATH: process.env['PATH'] ?? '', HOME: cwd, ...client.env }
  const child = spawn(command, args, { cwd, env, stdio: ['pipe', 'pipe', 'pipe'] })
  let said = ''
  let failure: unknown
  const opened: string[] = []
  const take = (chunk: unknown) => {
    said += String(chunk)
    const address = client.findAddress(said, opened)
    if (address === undefined) return
    opened.push(address)
    sleep(reaction)
      .then(() => untilListening(address))
      .then(() => client.authorize(address))
      .catch((fault) => {
        failure = fault
      })
  }
  child.stdout.on('data', take)
  child.stderr.on('data', take)
  child.on('error', (fault) => {
    failure = fault
  })
  const explain = (what: string) =>
    new Error(`"${args.join(' ')}" ${what}\n${said}`, { cause: failure })
  const until = async <Found>(read: () => Found | undefined): Promise<Found> => {
    const deadline = Date.now() + limit
    while (Date.now() < deadline) {
      const found = read()
      if (found !== undefined) return found
      if (failure !== undefined) throw explain(`went wrong: ${failure}`)
      await sleep(25)
    }
    throw explain('did not come to an end')
  }
  return {
    output: () => said,
    tell: (line) => void child.stdin.write(`${line}\n`),
    waitFor: (read) =>
      until(() => {
        const found = read(said)
        if (found === undefined && hasEnded(child)) throw explain(`ended with ${child.exitCode}`)
        return found
      }),
    ended: () => until(() => (hasEnded(child) ? (child.exitCode ?? -1) : undefined)),
    stop: async () => {
      if (hasEnded(child)) return
      const gone = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGTERM')
      const late = setTimeout(() => child.kill('SIGKILL'), 3000)
      await gone
      clearTimeout(late)
    },
  }
}

/** The JSON lines of an output, in order. */
export const jsonLines = (output: string): readonly unknown[] =>
  output.split('\n').flatMap((line) => {
    if (!line.startsWith('{')) return []
    try {
      return [JSON.parse(line)]
    } catch {
      // The end of it has not come yet.
      return []
    }
  })
