// sallyport health: does a running Sallyport answer? For container engines, whose images have no other client.

import { Agent as HttpAgent, get as httpGet } from 'node:http'
import { Agent as HttpsAgent, get as httpsGet } from 'node:https'
import { parseArgs } from 'node:util'
import { findListen, type LoadInput } from '../config/load.ts'
import { reasonOf } from './fault-reason.ts'

export type HealthIo = LoadInput & {
  readonly print: (line: string) => void
  readonly printError: (line: string) => void
  /** Status of a GET; rejects when there is no answer. */
  readonly ask: (url: URL) => Promise<number>
}

export const healthUsage = `Usage: sallyport health [--ready] [--url ORIGIN]

Asks the configured port on this machine, or ORIGIN such as https://auth.example.com, for /health: is the
process alive? With --ready for /ready: can it reach its database and decide?`

const options = {
  ready: { type: 'boolean' },
  url: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const

const patienceMilliseconds = 3000

/**
 * Status of a GET within three seconds. Follows no redirect and asks no proxy of the environment: what
 * answers has to be the service itself.
 */
export function askHealth(url: URL): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  const signal = AbortSignal.timeout(patienceMilliseconds)
  const call =
    url.protocol === 'https:'
      ? httpsGet(url, { agent: new HttpsAgent(), signal })
      : httpGet(url, { agent: new HttpAgent(), signal })
  call.on('error', (fault) =>
    reject(signal.aborted ? new Error('it takes longer than three seconds') : fault),
  )
  call.on('response', (answer) => {
    resolve(answer.statusCode ?? 0)
    call.destroy()
  })
  return promise
}

/** The listener as this machine reaches it. */
function originOf({ host, port }: ReturnType<typeof findListen>): string {
  if (host === '::' || host === '0.0.0.0') return `http://127.0.0.1:${port}`
  return host.includes(':') ? `http://[${host}]:${port}` : `http://${host}:${port}`
}

/** An origin without a path, because the two pages are never below one. */
function parseOrigin(text: string): string | undefined {
  const url = URL.parse(text)
  const isOrigin = url !== null && /^https?:$/.test(url.protocol) && url.href === `${url.origin}/`
  return isOrigin ? url.origin : undefined
}

function readArguments(rest: readonly string[]) {
  try {
    return parseArgs({ args: [...rest], options, allowPositionals: false, strict: true }).values
  } catch (fault) {
    return { problem: fault instanceof Error ? fault.message : String(fault) }
  }
}

/**
 * Prints one line: what answered, or why not. What is wrong with the configuration does not count here.
 *
 * @returns exit code: 0 healthy, 1 not, 2 when the command line makes no sense
 */
export async function health(rest: readonly string[], io: HealthIo): Promise<number> {
  const given = readArguments(rest)
  const fail = (problem: string): number => {
    io.printError(`${problem}\n\n${healthUsage}`)
    return 2
  }
  if ('problem' in given) return fail(given.problem)
  if (given.help === true) {
    io.print(healthUsage)
    return 0
  }
  const origin = given.url === undefined ? originOf(findListen(io)) : parseOrigin(given.url)
  if (origin === undefined)
    return fail(`Cannot read --url: expected an origin such as http://127.0.0.1:11000`)
  const url = new URL(given.ready === true ? '/ready' : '/health', origin)
  try {
    const status = await io.ask(url)
    if (status === 200) io.print(`${url.href} answers 200`)
    else io.printError(`Not healthy: ${url.href} answers ${status}`)
    return status === 200 ? 0 : 1
  } catch (fault) {
    io.printError(`Not healthy: ${url.href} does not answer: ${reasonOf(fault)}`)
    return 1
  }
}
