// A real nginx that runs the files of `nginx/` as a user copies them; only names, ports and paths are replaced.

import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { answers } from './answering.ts'
import { startProcess } from './running-process.ts'
import { copyShipped, type Replacement } from './shipped-files.ts'
import type { Backends, RunningEdge, StartEdge } from './stage.ts'

/** Version of the installed nginx. Throws, saying what to do, when there is none. */
export function nginxVersion(): string {
  try {
    const output = execFileSync('sh', [
      '-c',
      'PATH="$PATH:/usr/sbin:/usr/local/sbin"; nginx -v 2>&1',
    ])
    return `nginx ${String(output).trim().split('/').at(-1)}`
  } catch {
    throw new Error('The end-to-end tests need nginx 1.22 or newer: apt-get install nginx')
  }
}

const replacements = (backends: Backends): readonly Replacement[] => [
  ['127.0.0.1:11001', `127.0.0.1:${backends.decisionPort}`],
  ['127.0.0.1:11000', `127.0.0.1:${backends.publicPort}`],
  ['127.0.0.1:8080', `127.0.0.1:${backends.appPort}`],
  ['127.0.0.1:8000', `127.0.0.1:${backends.mcpPort}`],
  ['listen 443 ', `listen 127.0.0.1:${backends.edgePort} `],
  ['listen 80;', `listen 127.0.0.1:${backends.plainPort};`],
  ['/etc/nginx/certs/example.com.pem', backends.certificates.certificateFile],
  ['/etc/nginx/certs/example.com.key', backends.certificates.keyFile],
  ['server_name app.example.com;', 'server_name app.sep.test api.sep.test;'],
  ['# git.example.com 0;', 'api.sep.test 0;'],
  ['example.com', 'sep.test'],
]

const main = (directory: string): string => `
daemon off;
worker_processes 1;
pid ${directory}/nginx.pid;
error_log ${directory}/error.log info;
events { worker_connections 512; }
http {
  access_log ${directory}/access.log combined;
  client_body_temp_path ${directory}/body;
  proxy_temp_path ${directory}/proxy;
  fastcgi_temp_path ${directory}/fastcgi;
  uwsgi_temp_path ${directory}/uwsgi;
  scgi_temp_path ${directory}/scgi;
  include sallyport/example.conf;
}
`

/** Copies the shipped files, fills them in and starts nginx on them in the foreground. */
async function start(
  directory: string,
  backends: Backends,
  own: readonly Replacement[],
): Promise<RunningEdge> {
  nginxVersion()
  copyShipped('nginx', join(directory, 'sallyport'), [...own, ...replacements(backends)])
  writeFileSync(join(directory, 'nginx.conf'), main(directory))
  const running = await startProcess({
    command: 'nginx',
    args: [
      '-p',
      directory,
      '-c',
      join(directory, 'nginx.conf'),
      '-e',
      join(directory, 'error.log'),
    ],
    env: { PATH: `${process.env['PATH']}:/usr/sbin:/usr/local/sbin` },
    ready: () => answers(backends.edgePort),
  })
  const log = (name: string) => readFileSync(join(directory, name), 'utf8')
  return {
    logs: () => running.output() + log('access.log') + log('error.log'),
    stop: running.stop,
  }
}

/**
 * nginx on the shipped files with more of them changed, as their README says how.
 *
 * @param own made before names and ports are replaced; each must occur
 */
export const startNginxWith =
  (own: readonly Replacement[]): StartEdge =>
  (directory, backends) =>
    start(directory, backends, own)

/** nginx on the shipped files. */
export const startNginx: StartEdge = startNginxWith([])
