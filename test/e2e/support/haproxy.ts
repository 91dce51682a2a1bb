// A real HAProxy that runs the files of `deploy/haproxy/` as a user copies them.

import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { answers } from './answering.ts'
import { startProcess } from './running-process.ts'
import { copyShipped, type Replacement } from './shipped-files.ts'
import type { Backends, RunningEdge, StartEdge } from './stage.ts'

const path = `${process.env['PATH']}:/usr/sbin:/usr/local/sbin`

/** Version of the installed HAProxy. Throws, saying what to do, when there is none. */
export function haproxyVersion(): string {
  try {
    const env = { PATH: path }
    const said = execFileSync('haproxy', ['-v'], { encoding: 'utf8', env })
    return `HAProxy ${/version ([\d.]+)/.exec(said)?.[1]}`
  } catch {
    throw new Error('The end-to-end tests need HAProxy 2.6 or newer: apt-get install haproxy')
  }
}

const replacements = (
  backends: Backends,
  directory: string,
  certificate: string,
): readonly Replacement[] => [
  ['127.0.0.1:11001', `127.0.0.1:${backends.decisionPort}`],
  ['127.0.0.1:11000', `127.0.0.1:${backends.publicPort}`],
  ['127.0.0.1:8080', `127.0.0.1:${backends.appPort}`],
  ['127.0.0.1:8000', `127.0.0.1:${backends.mcpPort}`],
  ['bind :80\n', `bind 127.0.0.1:${backends.plainPort}\n`],
  ['bind :443 ', `bind 127.0.0.1:${backends.edgePort} `],
  ['/etc/haproxy/certs/example.com.pem', certificate],
  ['/etc/haproxy/sallyport.lua', join(directory, 'sallyport.lua')],
  ['-m str app.example.com', '-m str app.sep.test api.sep.test'],
  ['git.example.com', 'api.sep.test'],
  ['example.com', 'sep.test'],
]

async function start(
  directory: string,
  backends: Backends,
  own: readonly Replacement[],
): Promise<RunningEdge> {
  haproxyVersion()
  const copy = join(directory, 'haproxy')
  // HAProxy wants certificate and key in one file.
  const { certificateFile, keyFile } = backends.certificates
  const certificate = join(directory, 'both.pem')
  const both = [certificateFile, keyFile].map((file) => readFileSync(file, 'utf8'))
  writeFileSync(certificate, both.join(''), { mode: 0o600 })
  copyShipped('deploy/haproxy', copy, [...own, ...replacements(backends, copy, certificate)])
  const running = await startProcess({
    command: 'haproxy',
    args: ['-db', '-f', join(copy, 'haproxy.cfg')],
    env: { PATH: path },
    ready: () => answers(backends.edgePort),
  })
  return { logs: running.output, stop: running.stop }
}

/**
 * HAProxy on the shipped files with more of them changed.
 *
 * @param own made before names and ports are replaced; each must occur
 */
export const startHaproxyWith =
  (own: readonly Replacement[]): StartEdge =>
  (directory, backends) =>
    start(directory, backends, own)

/** HAProxy on the shipped files, in the foreground. */
export const startHaproxy: StartEdge = startHaproxyWith([])
