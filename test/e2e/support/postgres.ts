// A PostgreSQL cluster of our own for a test file: made in a temporary folder, ended by process id.

import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'
import { freePort } from '../../support/free-port.ts'

export type Postgres = {
  /** The address of a new, empty database. */
  readonly newDatabase: () => Promise<string>
  /** Ends the server at once, as a crash would: connections are cut. */
  readonly crash: () => Promise<void>
  /** Starts it again on the same data and port. */
  readonly start: () => Promise<void>
  /** Ends the server and removes its data. */
  readonly remove: () => Promise<void>
}

const debianFolder = '/usr/lib/postgresql'

/** The folder of `initdb` and `postgres`. Throws when PostgreSQL is not installed: a failure, not a skip. */
function findBinaries(): string {
  const versions = existsSync(debianFolder) ? readdirSync(debianFolder) : []
  const debian = versions
    .sort((one, other) => Number(other) - Number(one))
    .map((version) => join(debianFolder, version, 'bin'))
  const folders = [...debian, ...(process.env['PATH'] ?? '').split(':')]
  const found = folders.find((folder) => existsSync(join(folder, 'initdb')))
  if (found === undefined) {
    throw new Error('PostgreSQL is not installed; these tests need it: apt-get install postgresql')
  }
  return found
}

/** PostgreSQL refuses to run as root: its own user then, made by Debian's package, or else nobody. */
function unprivileged(): { readonly uid: number; readonly gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined
  const idOf = (option: string, user: string) =>
    Number(execFileSync('id', [option, user], { stdio: ['ignore', 'pipe', 'ignore'] }))
  for (const user of ['postgres', 'nobody']) {
    try {
      return { uid: idOf('-u', user), gid: idOf('-g', user) }
    } catch {
      // No such user: the next one.
    }
  }
  throw new Error('PostgreSQL does not run as root and there is no user "postgres" or "nobody"')
}

async function command(address: string, text: string): Promise<void> {
  const client = new Client({ connectionString: address })
  // The server may cut the connection between the attempts to reach it.
  client.on('error', () => {})
  await client.connect()
  try {
    await client.query(text)
  } finally {
    await client.end()
  }
}

async function untilReady(server: ChildProcess, address: string): Promise<void> {
  for (let attempt = 0; attempt < 600; attempt++) {
    if (server.exitCode !== null) throw new Error(`PostgreSQL ended with code ${server.exitCode}`)
    try {
      return await command(address, 'select 1')
    } catch {
      await sleep(100)
    }
  }
  throw new Error('PostgreSQL did not get ready within a minute')
}

async function end(server: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return
  const ended = once(server, 'exit')
  server.kill(signal)
  await ended
}

/** Makes and starts a cluster on a free loopback port, with a random password. */
export async function startPostgres(): Promise<Postgres> {
  const binaries = findBinaries()
  const user = unprivileged()
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-pg-'))
  const password = randomBytes(16).toString('hex')
  const passwordFile = join(folder, 'password')
  writeFileSync(passwordFile, password, { mode: 0o600 })
  if (user) for (const path of [folder, passwordFile]) chownSync(path, user.uid, user.gid)
  const data = join(folder, 'data')
  const options = ['-D', data, '-U', 'tester', '-A', 'scram-sha-256', '-E', 'UTF8', '--no-locale']
  execFileSync(join(binaries, 'initdb'), [...options, '--no-sync', `--pwfile=${passwordFile}`], {
    ...user,
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
  })

  const port = await freePort()
  const addressOf = (database: string) =>
    `postgres://tester:${password}@127.0.0.1:${port}/${database}`
  let server: ChildProcess

  const start = async () => {
    const settings = [`port=${port}`, 'listen_addresses=127.0.0.1', `unix_socket_directories=`]
    const flags = settings.flatMap((setting) => ['-c', setting])
    server = spawn(join(binaries, 'postgres'), ['-D', data, ...flags], {
      ...user,
      cwd: folder,
      stdio: 'ignore',
    })
    await untilReady(server, addressOf('postgres'))
  }
  await start()

  let databases = 0
  return {
    newDatabase: async () => {
      const name = `test_${++databases}`
      await command(addressOf('postgres'), `create database ${name}`)
      return addressOf(name)
    },
    crash: () => end(server, 'SIGQUIT'),
    start,
    remove: async () => {
      await end(server, 'SIGINT')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
