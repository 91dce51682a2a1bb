// A git server as small as can be: git's own CGI program behind a listener, with no access control of its own.

import { execFileSync, spawn } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'

export type SeenRequest = {
  readonly method: string
  readonly url: string
  readonly user: string | undefined
  readonly authorization: string | undefined
}

export type GitServer = {
  readonly port: number
  /** What arrived, in order. */
  readonly seen: SeenRequest[]
  readonly close: () => Promise<void>
}

const program = () => join(String(execFileSync('git', ['--exec-path'])).trim(), 'git-http-backend')

/** RFC 3875: the head of a CGI answer, then its body. */
function answer(outgoing: ServerResponse, output: Buffer): void {
  const end = output.indexOf('\r\n\r\n')
  const lines = output.subarray(0, end).toString('latin1').split('\r\n')
  let status = 200
  for (const line of lines) {
    const [, name = '', value = ''] = /^([^:]+):\s*(.*)$/.exec(line) ?? []
    if (name.toLowerCase() === 'status') status = Number.parseInt(value, 10)
    else outgoing.setHeader(name, value)
  }
  outgoing.writeHead(status).end(output.subarray(end + 4))
}

function run(repositories: string, incoming: IncomingMessage, outgoing: ServerResponse): void {
  const { pathname, search } = new URL(incoming.url ?? '/', 'http://git')
  const { headers } = incoming
  const cgi = spawn(program(), {
    env: {
      PATH: process.env['PATH'],
      GIT_PROJECT_ROOT: repositories,
      GIT_HTTP_EXPORT_ALL: '1',
      PATH_INFO: pathname.replace(/^\/git/, ''),
      QUERY_STRING: search.slice(1),
      REQUEST_METHOD: incoming.method ?? '',
      CONTENT_TYPE: headers['content-type'] ?? '',
      HTTP_CONTENT_ENCODING: headers['content-encoding'] ?? '',
      // Without a user the program refuses every push.
      REMOTE_USER: String(headers['x-forwarded-user'] ?? ''),
      REMOTE_ADDR: '127.0.0.1',
    },
  })
  const output: Buffer[] = []
  cgi.stdout.on('data', (chunk: Buffer) => output.push(chunk))
  cgi.on('close', () => answer(outgoing, Buffer.concat(output)))
  incoming.pipe(cgi.stdin)
}

/** Serves the repositories of a folder below `/git/`; answers `{}` everywhere else. */
export async function startGitServer(directory: string): Promise<GitServer> {
  const repositories = join(directory, 'repositories')
  mkdirSync(repositories)
  execFileSync('git', ['init', '-q', '--bare', join(repositories, 'project.git')])
  execFileSync('git', [
    '-C',
    join(repositories, 'project.git'),
    'config',
    'http.receivepack',
    'true',
  ])
  const seen: SeenRequest[] = []
  const server = createServer((incoming, outgoing) => {
    const { method = '', url = '', headers } = incoming
    const user = headers['x-forwarded-user']
    seen.push({ method, url, user: user?.toString(), authorization: headers.authorization })
    if (url.startsWith('/git/')) return run(repositories, incoming, outgoing)
    incoming.resume()
    outgoing.writeHead(200, { 'Content-Type': 'application/json' }).end('{}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    seen,
    close: async () => {
      server.closeAllConnections()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}
