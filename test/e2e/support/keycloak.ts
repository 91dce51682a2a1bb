// A real Keycloak with the realm that is shipped: its own process, a free loopback port, a database that goes with it.

import { randomBytes } from 'node:crypto'
import { copyFileSync, mkdirSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { javaArguments, type KeycloakPath, provideKeycloak } from './keycloak-distribution.ts'
import { type RunningProcess, startProcess } from './running-process.ts'

export type KeycloakOptions = {
  readonly directory: string
  readonly port: number
  /** What the realm file wants filled in. */
  readonly variables: Readonly<Record<string, string>>
}

export type Keycloak = {
  readonly issuer: (path?: KeycloakPath) => string
  /** Starts it, or starts it again on the same data, below this path. */
  readonly start: (path?: KeycloakPath) => Promise<void>
  readonly stop: () => Promise<void>
  /** What the running one has said so far, requests included. */
  readonly output: () => string
  /** Calls the admin API below the realm; answers the body. Throws for anything but 2xx. */
  readonly admin: (method: string, path: string, body?: unknown) => Promise<unknown>
}

const realm = 'sallyport'
const realmFile = join(import.meta.dirname, '../../../deploy/keycloak/sallyport-realm.json')
const tokenAnswer = z.object({ access_token: z.string() })

// Initializing the database takes most of it.
const startLimit = 240_000

/** The built server by links, with data of its own: nothing is written to what other runs use. */
function layHome(home: string, path: KeycloakPath): void {
  mkdirSync(join(home, 'data/import'), { recursive: true })
  copyFileSync(realmFile, join(home, 'data/import/sallyport-realm.json'))
  const server = provideKeycloak(path)
  for (const name of ['lib', 'conf', 'providers', 'themes', 'version.txt']) {
    rmSync(join(home, name), { force: true })
    symlinkSync(join(server, name), join(home, name))
  }
}

async function answerOf(response: Response): Promise<unknown> {
  const text = await response.text()
  if (!response.ok) throw new Error(`${response.status} from ${response.url}: ${text}`)
  return text === '' ? undefined : JSON.parse(text)
}

/** Prepares one; `start` starts it and resolves when it answers. */
export function createKeycloak({ directory, port, variables }: KeycloakOptions): Keycloak {
  const password = randomBytes(16).toString('hex')
  const origin = `http://127.0.0.1:${port}`
  let running: RunningProcess | undefined
  let base = origin
  const issuer = (path: KeycloakPath = '') => `${origin}${path}/realms/${realm}`

  async function adminToken(): Promise<string> {
    const form = { client_id: 'admin-cli', grant_type: 'password', username: 'admin', password }
    const response = await fetch(`${base}/realms/master/protocol/openid-connect/token`, {
      method: 'POST',
      body: new URLSearchParams(form),
    })
    return tokenAnswer.parse(await answerOf(response)).access_token
  }

  return {
    issuer,
    output: () => running?.output() ?? '',
    start: async (path = '') => {
      layHome(directory, path)
      base = `${origin}${path}`
      const command = ['start', '--optimized', '--import-realm', '--http-enabled=true']
      const listen = ['--http-host=127.0.0.1', `--http-port=${port}`, '--hostname-strict=false']
      running = await startProcess({
        command: 'java',
        args: javaArguments(directory, [...command, ...listen, '--http-access-log-enabled=true']),
        cwd: directory,
        env: {
          ...variables,
          KC_BOOTSTRAP_ADMIN_USERNAME: 'admin',
          KC_BOOTSTRAP_ADMIN_PASSWORD: password,
        },
        limit: startLimit,
        ready: async () =>
          fetch(issuer(path)).then(
            (response) => response.ok,
            () => false,
          ),
      })
    },
    stop: async () => {
      await running?.stop()
      running = undefined
    },
    admin: async (method, path, body) => {
      const headers = {
        Authorization: `Bearer ${await adminToken()}`,
        'Content-Type': 'application/json',
      }
      const url = `${base}/admin/realms/${realm}${path}`
      const init = body === undefined ? {} : { body: JSON.stringify(body) }
      return answerOf(await fetch(url, { method, headers, ...init }))
    },
  }
}
