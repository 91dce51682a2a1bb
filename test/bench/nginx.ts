// The same nginx asks either of two services before it answers: what does the question cost a client?

import { execFile } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { freePort, loadCore, type Server, startServer } from './processes.ts'

const run = promisify(execFile)

const gate = (name: string, port: number) => `
  upstream ${name} { server 127.0.0.1:${port}; keepalive 64; }`

const server = (name: string, port: number) => `
  server {
    listen 127.0.0.1:${port};
    keepalive_requests 1000000;
    location / { auth_request /ask; empty_gif; }
    location = /ask {
      internal;
      proxy_pass http://${name}/auth/nginx;
      proxy_http_version 1.1;
      proxy_pass_request_body off;
      proxy_set_header Connection "";
      proxy_set_header Content-Length "";
      proxy_set_header X-Forwarded-Method $request_method;
      proxy_set_header X-Forwarded-Proto $scheme;
      proxy_set_header X-Forwarded-Host $host;
      proxy_set_header X-Forwarded-Uri $request_uri;
      proxy_set_header X-Forwarded-For $remote_addr;
    }
  }`

export type Gates = {
  readonly measuredPort: number
  readonly referencePort: number
  readonly nginx: Server
}

/** nginx on the servers' core, one worker, keep-alive on both sides. */
export async function startNginx(
  folder: string,
  measured: number,
  reference: number,
): Promise<Gates> {
  const [measuredPort, referencePort] = [await freePort(), await freePort()]
  mkdirSync(join(folder, 'nginx'), { recursive: true })
  const scratch = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${join(folder, 'nginx', name)};`,
  )
  const configuration = `
daemon off;
master_process off;
pid ${join(folder, 'nginx', 'pid')};
error_log stderr error;
events { worker_connections 1024; }
http {
  access_log off;
  keepalive_requests 1000000;
  ${scratch.join('\n  ')}
  ${gate('measured', measured)}
  ${gate('reference', reference)}
  ${server('measured', measuredPort)}
  ${server('reference', referencePort)}
}`
  const file = join(folder, 'nginx', 'nginx.conf')
  writeFileSync(file, configuration)
  const nginx = await startServer({
    command: ['nginx', '-e', 'stderr', '-c', file],
    port: measuredPort,
    path: '/',
  })
  return { measuredPort, referencePort, nginx }
}

export type Latency = { readonly p50: number; readonly p99: number }

/** Requests at random moments of a fixed rate; microseconds. Throws when any answer was not 200. */
export async function latencyAt(
  port: number,
  headers: Readonly<Record<string, string>>,
  rate: number,
  seconds: number,
): Promise<Latency> {
  const script = join(import.meta.dirname, 'open-loop.ts')
  const options = [String(port), '/mcp', String(rate), String(seconds), JSON.stringify(headers)]
  const command = ['-c', loadCore, process.execPath, script, ...options]
  const { stdout } = await run('taskset', command)
  const { p50, p99 } = JSON.parse(stdout)
  return { p50: Number(p50), p99: Number(p99) }
}
