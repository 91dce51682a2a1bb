// Sallyport as its users start it: its own process, a configuration file, two listeners, a SQLite file.

import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { answers } from './answering.ts'
import type { Certificates } from './certificates.ts'
import { type RunningProcess, startProcess } from './running-process.ts'

const root = join(import.meta.dirname, '../../..')
export const nodeBinary = join(root, 'node_modules/.bin/node')
export const mainFile = join(root, 'src/main.ts')

/** Members of the configuration file. */
export type ConfigurationText = Readonly<Record<string, unknown>>

export type SallyportOptions = {
  readonly directory: string
  readonly publicPort: number
  readonly decisionPort: number
  readonly certificates: Certificates
  /** Everything of the file but ports and directories. */
  readonly configuration: ConfigurationText
}

export type Sallyport = {
  /** What all runs have said so far. */
  readonly output: () => string
  readonly file: string
  /** Writes the file anew, in one step, with these members replaced. */
  readonly reconfigure: (changes: ConfigurationText) => void
  readonly start: () => Promise<void>
  readonly stop: () => Promise<void>
  /** SIGKILL. */
  readonly kill: () => Promise<void>
  /** It accepts connections and never answers. */
  readonly pause: () => void
  readonly resume: () => void
}

/** Prepares an instance; `start` starts it and resolves when both listeners answer. */
export function createSallyport(options: SallyportOptions): Sallyport {
  const { directory, publicPort, decisionPort, certificates } = options
  mkdirSync(directory, { recursive: true })
  const file = join(directory, 'sallyport.yaml')
  const base = {
    ...options.configuration,
    listen: { host: '127.0.0.1' },
    port: publicPort,
    decision_port: decisionPort,
    data_dir: join(directory, 'data'),
  }
  const write = (changes: ConfigurationText) => {
    writeFileSync(`${file}.new`, stringify({ ...base, ...changes }))
    renameSync(`${file}.new`, file)
  }
  write({})
  let running: RunningProcess | undefined
  let earlier = ''
  const end = async (how: 'stop' | 'kill') => {
    await running?.[how]()
    earlier += running?.output() ?? ''
    running = undefined
  }
  return {
    file,
    output: () => earlier + (running?.output() ?? ''),
    reconfigure: write,
    start: async () => {
      running = await startProcess({
        command: nodeBinary,
        args: [mainFile, '--config', file],
        cwd: directory,
        env: { NODE_EXTRA_CA_CERTS: certificates.caFile },
        ready: async () => (await answers(publicPort)) && (await answers(decisionPort)),
      })
    },
    stop: () => end('stop'),
    kill: () => end('kill'),
    pause: () => running?.pause(),
    resume: () => running?.resume(),
  }
}
