import http, { createServer } from 'node:http'
import { createServer as createSocketServer, type Server } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { askHealth, health, healthUsage } from '../../../src/cli/health.ts'
import type { Environment } from '../../../src/config/variables.ts'
import { epochSeconds } from '../../../src/protocol/time.ts'

type Case = {
  readonly rest?: readonly string[]
  readonly env?: Environment
  readonly yaml?: string
  readonly status?: number | Error
}

async function ask({ rest = [], env = {}, yaml, status = 200 }: Case) {
  const said: string[] = []
  const asked: string[] = []
  const code = await health(rest, {
    argv: [],
    env,
    readFile: () =>
      yaml === undefined ? { kind: 'missing' } : { kind: 'text', text: yaml, mode: 0o600 },
    now: () => epochSeconds(1_800_000_000),
    print: (line) => said.push(line),
    printError: (line) => said.push(line),
    ask: async (url) => {
      asked.push(url.href)
      if (typeof status !== 'number') throw status
      return status
    },
  })
  return { code, said, asked }
}

let servers: Server[] = []
afterEach(() => {
  for (const server of servers) server.close()
  servers = []
})

async function originOf(server: Server): Promise<URL> {
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('No port')
  return new URL(`http://127.0.0.1:${address.port}/health`)
}

test.each<[Case, string]>([
  [{}, 'http://127.0.0.1:11000/health'],
  [{ rest: ['--ready'] }, 'http://127.0.0.1:11000/ready'],
  [{ env: { SALLYPORT_CONTAINER: 'true' } }, 'http://127.0.0.1:11000/health'],
  [{ env: { PORT: '8085' } }, 'http://127.0.0.1:8085/health'],
  [{ env: { SALLYPORT_LISTEN_HOST: '0.0.0.0' } }, 'http://127.0.0.1:11000/health'],
  [{ yaml: 'port: 8086\ndecision_port: 8087' }, 'http://127.0.0.1:8086/health'],
  [{ yaml: 'listen: { host: "::1", port: 8086 }' }, 'http://[::1]:8086/health'],
  [{ yaml: 'listen: { host: 192.0.2.1 }' }, 'http://192.0.2.1:11000/health'],
  [{ rest: ['--url', 'https://auth.example.com'] }, 'https://auth.example.com/health'],
  [{ rest: ['--url=http://[::1]:8088/', '--ready'] }, 'http://[::1]:8088/ready'],
])('health() asks where the configuration says when given %j', async (given, url) => {
  expect(await ask(given)).toEqual({ code: 0, said: [`${url} answers 200`], asked: [url] })
})

test('health() asks although something else in the configuration is wrong', async () => {
  const { asked } = await ask({ yaml: 'port: 8086\nnonsense: 1\npublic_url: ftp://x\nrules: 7' })
  expect(asked).toEqual(['http://127.0.0.1:8086/health'])
})

test.each<[number | Error, string]>([
  [503, 'Not healthy: http://127.0.0.1:11000/ready answers 503'],
  [302, 'Not healthy: http://127.0.0.1:11000/ready answers 302'],
  [new Error('refused'), 'Not healthy: http://127.0.0.1:11000/ready does not answer: refused'],
  [
    new AggregateError([new Error('one'), new Error('two')], 'both'),
    'Not healthy: http://127.0.0.1:11000/ready does not answer: one; two',
  ],
])('health() exits with 1 and one line when the answer is %s', async (status, line) => {
  expect(await ask({ rest: ['--ready'], status })).toMatchObject({ code: 1, said: [line] })
})

test.each([
  [['--nonsense']],
  [['there']],
  [['--url', 'auth.example.com']],
  [['--url', 'ftp://auth.example.com']],
  [['--url', 'https://auth.example.com/_auth']],
])('health() refuses the arguments %j with code 2 and asks nobody', async (rest) => {
  const { code, said, asked } = await ask({ rest })
  expect(code).toBe(2)
  expect(said.join('\n')).toContain(healthUsage)
  expect(asked).toEqual([])
})

test('health() shows its usage when it is asked for', async () => {
  expect(await ask({ rest: ['--help'] })).toEqual({ code: 0, said: [healthUsage], asked: [] })
})

test('askHealth() answers the status, redirects included', async () => {
  const server = createServer((_, answer) => answer.writeHead(302, { Location: '/' }).end())
  expect(await askHealth(await originOf(server))).toBe(302)
})

test('askHealth() rejects when nothing listens', async () => {
  const server = createServer()
  const url = await originOf(server)
  await new Promise((resolve) => server.close(resolve))
  await expect(askHealth(url)).rejects.toThrow('ECONNREFUSED')
})

test('askHealth() rejects when nothing is said for three seconds', async () => {
  const silent = createSocketServer((socket) => socket.on('error', () => undefined))
  const url = await originOf(silent)
  const begun = Date.now()
  await expect(askHealth(url)).rejects.toThrow('it takes longer than three seconds')
  expect(Date.now() - begun).toBeLessThan(15_000)
})

test('askHealth() asks the service itself although the process is told to use a proxy', async () => {
  const url = await originOf(createServer((_, answer) => answer.writeHead(200).end()))
  const before = http.globalAgent
  http.globalAgent = new http.Agent({ proxyEnv: { HTTP_PROXY: 'http://127.0.0.1:1' } })
  try {
    await expect(new Promise((_, reject) => http.get(url).on('error', reject))).rejects.toThrow()
    expect(await askHealth(url)).toBe(200)
  } finally {
    http.globalAgent = before
  }
})
