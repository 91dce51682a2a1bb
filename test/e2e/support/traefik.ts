// A real Traefik, when there is one, that runs the files of `traefik/` as a user copies them.

import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { statusOf } from './http-message.ts'
import { type EdgeAddress, send } from './raw-client.ts'
import { startProcess } from './running-process.ts'
import { copyShipped, type Replacement } from './shipped-files.ts'
import type { Backends, RunningEdge, StartEdge } from './stage.ts'

const binary = process.env['TRAEFIK_BIN'] ?? 'traefik'

/** Version of the Traefik on the path or in TRAEFIK_BIN; undefined when there is none. */
export function findTraefikVersion(): string | undefined {
  try {
    const said = execFileSync(binary, ['version'], { encoding: 'utf8' })
    return /^Version:\s*(\S+)/m.exec(said)?.[1] ?? 'of an unknown version'
  } catch (error) {
    // Whoever names one wants it run.
    if (process.env['TRAEFIK_BIN'] !== undefined) throw error
    return undefined
  }
}

const replacements = (
  backends: Backends,
  directory: string,
  pingPort: number,
): readonly Replacement[] => [
  ['http://sallyport:11001', `http://127.0.0.1:${backends.decisionPort}`],
  ['http://sallyport:11000', `http://127.0.0.1:${backends.publicPort}`],
  ['http://app:8080', `http://127.0.0.1:${backends.appPort}`],
  ['http://mcp:8000', `http://127.0.0.1:${backends.mcpPort}`],
  ['address: ":80"', `address: "127.0.0.1:${backends.plainPort}"`],
  ['address: ":443"', `address: "127.0.0.1:${backends.edgePort}"`],
  ['127.0.0.1:8082', `127.0.0.1:${pingPort}`],
  ['tls:\n        certResolver: letsencrypt', 'tls: {}'],
  ['/acme/acme.json', join(directory, 'acme.json')],
  ['directory: /etc/traefik/dynamic', `directory: ${join(directory, 'dynamic')}`],
  ['rule: Host(`app.example.com`)', 'rule: Host(`app.sep.test`) || Host(`api.sep.test`)'],
  ['example.com', 'sep.test'],
]

const refuses = (edge: EdgeAddress): Promise<boolean> =>
  send(edge, { host: 'app.sep.test' }).then(
    (answer) => statusOf(answer) === 401,
    () => false,
  )

async function start(
  directory: string,
  backends: Backends,
  more: readonly string[],
): Promise<RunningEdge> {
  const dynamic = join(directory, 'dynamic')
  mkdirSync(dynamic)
  const copy = join(directory, 'traefik')
  copyShipped('traefik', copy, replacements(backends, directory, backends.plainPort + 1))
  for (const name of ['dynamic.yml', 'app.yml', 'mcp.yml', ...more]) {
    execFileSync('cp', [join(copy, name), join(dynamic, name)])
  }
  const { certificateFile, keyFile } = backends.certificates
  const certificate = { certFile: certificateFile, keyFile }
  writeFileSync(
    join(dynamic, 'certificates.yml'),
    JSON.stringify({
      tls: {
        certificates: [certificate],
        stores: { default: { defaultCertificate: certificate } },
      },
    }),
  )
  const running = await startProcess({
    command: binary,
    args: [`--configFile=${join(copy, 'traefik.yml')}`],
    env: { NO_PROXY: '127.0.0.1' },
    // The port is open before the routers and the certificate are there.
    ready: () => refuses({ port: backends.edgePort, ca: backends.certificates.ca }),
  })
  return { logs: running.output, stop: running.stop }
}

/** Traefik on the shipped files, in the foreground, with certificates of the test's own authority, and more of them. */
export const startTraefikWith =
  (more: readonly string[]): StartEdge =>
  (directory, backends) =>
    start(directory, backends, more)

/** Traefik on the shipped files. */
export const startTraefik: StartEdge = startTraefikWith([])
