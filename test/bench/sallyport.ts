// Sallyport as the bench runs it: the built file, a configuration of its own, and sessions in its store.

import { createHash, randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { openStore } from '../../src/adapters/sql/open.ts'
import type { Hash } from '../../src/ports/store.ts'
import { epochSeconds, later, seconds } from '../../src/protocol/time.ts'
import { silentLog } from '../contract/silent-log.ts'
import { freePort, type Server, startServer } from './processes.ts'

export const appHost = 'app.bench.test'
export const resourceHost = 'mcp.bench.test'
export const resource = `http://${resourceHost}/mcp`
export const cookieName = 'sallyport'

export type SallyportOptions = {
  /** Empty folder for configuration and data. */
  readonly folder: string
  readonly rules: number
  /** An issuer on loopback, which needs development mode; undefined: without it, and without resources. */
  readonly issuer: string | undefined
}

/** Rules for hosts of their own; the one that counts is the last. */
function rulesOf(count: number): readonly object[] {
  const others = Array.from({ length: count - 1 }, (_, at) => ({
    host: `host-${at}.bench.test`,
    path: `/part-${at % 7}/`,
    allow: { groups: [`group-${at}`] },
  }))
  return [...others, { host: appHost }]
}

/** Starts the built file with a private decision port. Sessions have to be in the store before. */
export async function startSallyport(built: string, options: SallyportOptions): Promise<Server> {
  const [port, decisionPort] = [await freePort(), await freePort()]
  const { issuer } = options
  const configuration = {
    development: issuer !== undefined,
    public_url: issuer === undefined ? 'https://auth.bench.test' : `http://localhost:${port}`,
    listen: { host: '127.0.0.1', port },
    decision_port: decisionPort,
    proxy: { dialect: 'traefik' },
    data_dir: options.folder,
    local_accounts: true,
    allow: { anyone: true },
    rules: rulesOf(options.rules),
    resources:
      issuer === undefined ? [] : [{ url: resource, scopes: ['mcp:tools'], issuers: [issuer] }],
  }
  const file = join(options.folder, 'sallyport.yaml')
  // JSON is YAML.
  writeFileSync(file, JSON.stringify(configuration), { mode: 0o600 })
  return startServer({
    command: [process.execPath, built, '--config', file],
    port: decisionPort,
    path: '/auth/traefik',
  })
}

/** Fills the store with live sessions and answers their cookie values. */
export async function fillSessions(folder: string, count: number): Promise<readonly string[]> {
  const file = join(folder, 'sallyport.db')
  const cookies = Array.from({ length: count }, () => randomBytes(32).toString('base64url'))
  const hashes = cookies.map(
    (value) => createHash('sha256').update(value).digest('base64url') as Hash,
  )
  const store = await openStore({ kind: 'sqlite', file }, silentLog)
  const now = epochSeconds(Date.now() / 1000)
  const [first] = hashes
  if (first === undefined) throw new Error('At least one session is wanted')
  await store.sessions.open({
    idHash: first,
    identity: {
      provider: 'local',
      issuer: 'urn:sallyport:local',
      subject: 'bench',
      email: 'alice@example.com',
      emailDomain: 'example.com',
      unverifiedEmail: undefined,
      name: 'Alice Example',
      preferredUsername: 'alice',
      groups: ['staff', 'admins'],
      scopes: [],
    },
    createdAt: now,
    lastSeenAt: now,
    expiresAt: later(now, seconds(12 * 3600)),
    providerSession: undefined,
    sealedIdToken: undefined,
  })
  await store.close()
  multiply(file, first, hashes.slice(1))
  return cookies
}

// One commit for each session would take a hundred times as long, and all rows but the first differ in the key only.
function multiply(file: string, first: Hash, others: readonly Hash[]): void {
  const database = new Database(file)
  const columns = database
    .prepare<[], { name: string }>("select name from pragma_table_info('sessions')")
    .all()
    .map(({ name }) => (name === 'id_hash' ? '?' : `"${name}"`))
  const copy = database.prepare(
    `insert into sessions select ${columns} from sessions where id_hash = ?`,
  )
  database.transaction(() => {
    for (const hash of others) copy.run(hash, first)
  })()
  database.close()
}
