// A real Caddy that runs the files of `deploy/caddy/` as a user copies them.

import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { answers } from './answering.ts'
import { startProcess } from './running-process.ts'
import { copyShipped, type Replacement } from './shipped-files.ts'
import type { Backends, RunningEdge, StartEdge } from './stage.ts'

/** Version of the installed Caddy. Throws, saying what to do, when there is none. */
export function caddyVersion(): string {
  try {
    return `Caddy ${execFileSync('caddy', ['version'], { encoding: 'utf8' }).trim().split(' ')[0]}`
  } catch {
    throw new Error('The end-to-end tests need Caddy 2.6.2 or newer: apt-get install caddy')
  }
}

const replacements = (backends: Backends): readonly Replacement[] => [
  ['127.0.0.1:11001', `127.0.0.1:${backends.decisionPort}`],
  ['127.0.0.1:11000', `127.0.0.1:${backends.publicPort}`],
  ['127.0.0.1:8080', `127.0.0.1:${backends.appPort}`],
  ['127.0.0.1:8000', `127.0.0.1:${backends.mcpPort}`],
  ['http_port 80\n', `http_port ${backends.plainPort}\n`],
  // Nothing but loopback, and no second Caddy on the port of its administration.
  ['https_port 443\n', `https_port ${backends.edgePort}\n\tdefault_bind 127.0.0.1\n\tadmin off\n`],
  [
    '# Caddy gets one by itself. One of your own: tls /etc/caddy/example.com.pem /etc/caddy/example.com.key',
    `tls ${backends.certificates.certificateFile} ${backends.certificates.keyFile}`,
  ],
  ['app.example.com {', 'app.sep.test, api.sep.test {'],
  ['git.example.com', 'api.sep.test'],
  ['example\\.com', 'sep\\.test'],
  ['example.com', 'sep.test'],
]

async function start(
  directory: string,
  backends: Backends,
  own: readonly Replacement[],
): Promise<RunningEdge> {
  caddyVersion()
  const copy = join(directory, 'caddy')
  copyShipped('deploy/caddy', copy, [...own, ...replacements(backends)])
  const running = await startProcess({
    command: 'caddy',
    args: ['run', '--config', join(copy, 'Caddyfile'), '--adapter', 'caddyfile'],
    env: { XDG_DATA_HOME: directory, XDG_CONFIG_HOME: directory },
    ready: () => answers(backends.edgePort),
  })
  return { logs: running.output, stop: running.stop }
}

/**
 * Caddy on the shipped files with more of them changed.
 *
 * @param own made before names and ports are replaced; each must occur
 */
export const startCaddyWith =
  (own: readonly Replacement[]): StartEdge =>
  (directory, backends) =>
    start(directory, backends, own)

/** Caddy on the shipped files, in the foreground. */
export const startCaddy: StartEdge = startCaddyWith([])
