// The stage for MCP clients: nginx with the shipped files, Sallyport as authorization server, a small MCP server,
// and clients that get nothing but its URL.

import { cpSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type ConnectProxy, startConnectProxy } from './connect-proxy.ts'
import { freePorts, scratchDirectory } from './loopback.ts'
import { type ClientCommand, type ClientRun, jsonLines, runClient } from './mcp-client.ts'
import { provideNpmClients, providePython } from './mcp-installation.ts'
import { startNginx } from './nginx.ts'
import { type Answers, createPerson, type Person } from './person.ts'
import { type RunningProcess, startProcess } from './running-process.ts'
import { type ConfigurationText, nodeBinary } from './sallyport.ts'
import { type Stage, startStage } from './stage.ts'

const host = 'https://mcp.sep.test'
export const mcpUrls = {
  /** Revision 2026-07-28, and stateless for those before. */
  stateless: `${host}/mcp`,
  sessions: `${host}/sessions`,
  /** HTTP with server-sent events, as before 2025-03-26. */
  events: `${host}/sse`,
} as const

export type McpStage = {
  readonly stage: Stage
  readonly proxy: ConnectProxy
  /** Where the MCP server listens, for those who go past the gate. */
  readonly serverPort: number
  readonly person: Person
  /** Another person, with a browser of their own. */
  readonly newPerson: (answers: Answers) => Person
  /** Starts a driver of `test/e2e/mcp/clients`; `person` unless another one is at hand. */
  readonly drive: (file: string, args: readonly string[], by?: Person) => ClientRun
  /** Starts a program of the installed npm packages. */
  readonly runPackage: (options: {
    readonly file: string
    readonly args: readonly string[]
    readonly env?: Readonly<Record<string, string>>
    readonly findAddress: ClientCommand['findAddress']
    readonly limit?: number
  }) => ClientRun
  readonly stop: () => Promise<void>
}

/** What the people of these tests answer: the provider's login, then our pages. */
export const agreeing: Answers = [{ login: 'alice' }, { decision: 'allow' }]

/** The resources of the stage, whose tokens need these scopes. */
export const mcpResources = (scopes: readonly string[] = ['mcp:tools']) =>
  Object.values(mcpUrls).map((url) => ({
    url,
    scopes: [...scopes],
    scopes_supported: ['mcp:tools', 'mcp:admin'],
  }))

/** The folder in which the programs find their packages. */
export function prepareFolder(directory: string): string {
  const folder = join(directory, 'mcp')
  cpSync(join(import.meta.dirname, '../mcp'), folder, { recursive: true })
  symlinkSync(provideNpmClients(), join(folder, 'node_modules'))
  return folder
}

const startServer = (folder: string, port: number): Promise<RunningProcess> =>
  startProcess({
    command: nodeBinary,
    args: [join(folder, 'server/server.mjs')],
    env: {
      PORT: String(port),
      ALLOWED_HOSTS: `${new URL(host).host},localhost:${port},127.0.0.1:${port}`,
    },
    ready: (output) => output.includes('listening'),
  })

type Cleanup = () => Promise<void>

async function assemble(changes: ConfigurationText, cleanups: Cleanup[]): Promise<McpStage> {
  const { path: directory, remove } = scratchDirectory('mcp')
  cleanups.unshift(async () => remove())
  const folder = prepareFolder(directory)
  const [serverPort = 0] = await freePorts(1)
  const server = await startServer(folder, serverPort)
  cleanups.unshift(server.stop)
  const stage = await startStage(
    (at, backends) => startNginx(at, { ...backends, mcpPort: serverPort }),
    { resources: mcpResources(), ...changes },
  )
  cleanups.unshift(stage.stop)
  const proxy = await startConnectProxy(stage.edge.port)
  cleanups.unshift(proxy.close)
  const newPerson = (answers: Answers) => createPerson(stage.visitor(), answers)
  const person = newPerson(agreeing)
  const caFile = join(folder, 'ca.pem')
  writeFileSync(caFile, stage.edge.ca)
  const env = { ...proxy.env, NODE_EXTRA_CA_CERTS: caFile, SSL_CERT_FILE: caFile }
  const run = (command: Omit<ClientCommand, 'cwd' | 'env'>, own = {}) => {
    const started = runClient({ ...command, cwd: folder, env: { ...env, ...own } })
    cleanups.unshift(started.stop)
    return started
  }
  return {
    stage,
    proxy,
    serverPort,
    person,
    newPerson,
    drive: (file, args, { authorize } = person) => {
      const command = file.endsWith('.py') ? providePython() : nodeBinary
      const program = [join(folder, 'clients', file), ...args]
      return run({ command, args: program, findAddress: nextAddress, authorize })
    },
    runPackage: ({ file, args, env: own, ...more }) => {
      const program = [join(folder, 'node_modules', file), ...args]
      const { authorize } = person
      return run({ command: nodeBinary, args: program, authorize, ...more }, own)
    },
    stop: () => cleanUp(cleanups),
  }
}

async function cleanUp(cleanups: readonly Cleanup[]): Promise<void> {
  for (const cleanup of cleanups) await cleanup()
}

/** @param changes members of Sallyport's configuration that differ */
export async function startMcpStage(changes: ConfigurationText = {}): Promise<McpStage> {
  const cleanups: Cleanup[] = []
  try {
    return await assemble(changes, cleanups)
  } catch (error) {
    await cleanUp(cleanups)
    throw error
  }
}

/** What a driver asks the person to open. */
function nextAddress(output: string, opened: readonly string[]): string | undefined {
  const addresses = jsonLines(output).flatMap((line) => {
    const { authorize } = { ...Object(line) }
    return typeof authorize === 'string' ? [authorize] : []
  })
  return addresses.find((address) => !opened.includes(address))
}
