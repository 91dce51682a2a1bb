// The program as a whole: what it says, what it refuses, how it ends.

import { once } from 'node:events'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { freePort } from '../support/free-port.ts'
import { newDirectory, type Program, run } from '../support/program.ts'
import { sendRaw } from '../support/raw-request.ts'

// Each test starts the program several times, on machines that may be busy.
vi.setConfig({ testTimeout: 60_000 })

let directory: ReturnType<typeof newDirectory>
let running: Program[] = []
beforeEach(() => {
  directory = newDirectory()
})
afterEach(async () => {
  for (const program of running) {
    program.process.kill('SIGKILL')
    await program.ended
  }
  running = []
  directory.remove()
})

function start(
  argv: readonly string[],
  env: Readonly<Record<string, string>> = {},
  input = '',
): Program {
  const program = run(directory.path, argv, env, input)
  running.push(program)
  return program
}

const cookieOf = (response: Response): string =>
  response.headers
    .getSetCookie()
    .map((line) => line.split(';')[0])
    .join('; ')

/** Signs in through the form, as a browser would. */
async function signIn(origin: string, name: string, password: string): Promise<string> {
  const form = await fetch(`${origin}/login`)
  const csrf = /name="csrf" value="([^"]+)"/.exec(await form.text())?.[1] ?? ''
  const answer = await fetch(`${origin}/login/local`, {
    method: 'POST',
    redirect: 'manual',
    headers: { Cookie: cookieOf(form), Origin: origin },
    body: new URLSearchParams({ csrf, name, password, rd: '' }),
  })
  expect(answer.status).toBe(303)
  return cookieOf(answer)
}

const rules = (host: string) => `rules: [{ host: "${host}", access: required }]\n`

describe('sallyport', () => {
  test('starts without configuration: 401 with a challenge, the printed password, then 200', async () => {
    const port = await freePort()
    const origin = `http://localhost:${port}`
    const program = start([], { PORT: String(port) })
    await program.says('shown this once')
    const refused = await fetch(`${origin}/auth`)
    expect(refused.status).toBe(401)
    expect(refused.headers.get('www-authenticate')).toBe('Bearer realm="sallyport"')
    const password = /Password: +(\S+)/.exec(program.output())?.[1] ?? ''
    const cookie = await signIn(origin, 'dev', password)
    const allowed = await fetch(`${origin}/auth`, { headers: { Cookie: cookie } })
    expect(allowed.status).toBe(200)
    const names = ['user', 'email', 'groups', 'scopes', 'preferred-username']
    expect(names.map((name) => allowed.headers.get(`x-forwarded-${name}`))).toEqual([
      'dev@sallyport.test',
      'dev@sallyport.test',
      '',
      '',
      'dev',
    ])
    expect(statSync(join(directory.path, 'data')).mode & 0o777).toBe(0o700)
    program.process.kill('SIGTERM')
    expect(await program.ended).toBe(0)

    const again = start([], { PORT: String(port) })
    await again.says('Accounts:')
    expect(again.output()).not.toContain('Password:')
    const kept = await fetch(`${origin}/auth`, { headers: { Cookie: cookie } })
    expect(kept.status).toBe(200)
  })

  test.each<[string, readonly string[], Readonly<Record<string, string>>, string]>([
    [
      'reachable from elsewhere without configuration (R15)',
      ['--listen-host', '0.0.0.0'],
      {},
      'public_url',
    ],
    ['a setting that does not exist (R144)', ['--publik-url=x'], {}, 'publik-url'],
    [
      'plain http for a public name (R144)',
      ['--public-url', 'http://auth.example.com'],
      {},
      'public_url',
    ],
    ['a port that is none (E1)', [], { PORT: '99999' }, '99999'],
  ])('refuses to start %s (GHSA-8fpg-xm3f-6cx3)', async (_, argv, env, word) => {
    const program = start(argv, env)
    expect(await program.ended).toBe(1)
    expect(program.output()).toContain(word)
    expect(program.output()).toContain('Not started')
  })

  test.each([
    ['an exception nobody catches', 'throw new Error("boom")'],
    ['a rejection nobody catches', 'Promise.reject(new Error("boom"))'],
  ])('ends with a line in the log and a code that says so after %s (R140)', async (_, fault) => {
    const code = `process.once('SIGUSR2', () => { ${fault} })`
    const program = start([], {
      PORT: String(await freePort()),
      NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(code)}`,
    })
    await program.says('shown this once')
    program.process.kill('SIGUSR2')
    expect(await program.ended).toBe(1)
    expect(program.output()).toMatch(/"fault":"Error: boom".*"event":"process\.un/)
  })

  test('says which address is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const address = other.address()
    const port = address !== null && typeof address === 'object' ? address.port : 0
    const program = start([], { PORT: String(port) })
    expect(await program.ended).toBe(1)
    expect(program.output()).toContain(`Cannot listen on 127.0.0.1 port ${port}: another program`)
    other.close()
  })

  test('refuses a database that is none, and leaves it as it is (R133)', async () => {
    const file = join(directory.path, 'data', 'sallyport.db')
    const first = start([], { PORT: String(await freePort()) })
    await first.says('shown this once')
    first.process.kill('SIGTERM')
    await first.ended
    writeFileSync(file, 'this is no database, and it is long enough to be looked at', {
      mode: 0o600,
    })
    const program = start([], { PORT: String(await freePort()) })
    expect(await program.ended).toBe(1)
    expect(program.output()).toMatch(/^Cannot open the database .*$/m)
    expect(program.output()).not.toContain('    at ')
    expect(readFileSync(file, 'utf8')).toContain('this is no database')
  })

  test('says in one line that others may read its secret (R112)', async () => {
    mkdirSync(join(directory.path, 'data'), { mode: 0o700 })
    writeFileSync(join(directory.path, 'data/edge-auth.key'), `${'k'.repeat(43)}\n`)
    chmodSync(join(directory.path, 'data/edge-auth.key'), 0o644)
    const program = start(['--edge-auth-enabled'], { PORT: String(await freePort()) })
    expect(await program.ended).toBe(1)
    expect(program.output()).toMatch(/^Cannot use the secret file ".*\/edge-auth\.key": /m)
    expect(program.output()).not.toMatch(/^ {4}at /m)
  })

  test('a command says what the service would say of its settings', async () => {
    const program = start(['users', 'list'])
    expect(await program.ended).toBe(0)
    expect(program.output()).toContain('Notice: No configuration: development mode')
  })

  test('makes no account that nobody can sign in with', async () => {
    const file = 'public_url: https://auth.example.com\nlocal_accounts: false\n'
    writeFileSync(join(directory.path, 'sallyport.yaml'), file)
    const program = start(['users', 'add', 'mia', '--generate'])
    expect(await program.ended, program.output()).toBe(1)
    expect(program.output()).toContain('set "local_accounts: true"')
    expect(program.output()).not.toContain('Password')
  })

  test.each(['users', 'clients', 'tokens', 'keys'])(
    'says how %s is written and makes no store for it',
    async (group) => {
      writeFileSync(join(directory.path, 'sallyport.yaml'), 'public_url: 7\n')
      const program = start([group, '--help'])
      expect(await program.ended, program.output()).toBe(0)
      expect(program.output()).toContain(`sallyport ${group} list`)
      expect(existsSync(join(directory.path, 'data'))).toBe(false)
    },
  )

  test('takes over a changed list at once, and keeps the old one when the new one is faulty', async () => {
    const port = await freePort()
    const file = join(directory.path, 'sallyport.yaml')
    const write = (text: string) => {
      writeFileSync(`${file}.new`, text)
      renameSync(`${file}.new`, file)
    }
    const base = `public_url: http://localhost:${port}\ndevelopment: true\nlocal_accounts: true\nlisten: { host: 127.0.0.1 }\nport: ${port}\nproxy: { dialect: direct }\n${rules(`localhost:${port}`)}`
    write(`${base}allow: { users: [alice, bob] }\n`)
    const added = start(
      ['users', 'add', 'alice', '--password-stdin'],
      {},
      'correct horse battery\n',
    )
    expect(await added.ended).toBe(0)
    const program = start([])
    await program.says('"event":"listening"')
    const origin = `http://localhost:${port}`
    const cookie = await signIn(origin, 'alice', 'correct horse battery')
    const decide = async () =>
      (await fetch(`${origin}/auth`, { headers: { Cookie: cookie } })).status
    expect(await decide()).toBe(200)

    write(`${base}allow: { users: [bob] }\n`)
    await program.says('"event":"policy.loaded"')
    expect(await decide(), program.output()).toBe(403)

    write(`${base}allow: { users: alice: }\n`)
    await program.says('"event":"policy.rejected"')
    expect(await decide(), program.output()).toBe(403)

    write(`${base}allow: { users: [alice] }\n`)
    await expect.poll(decide, { timeout: 20_000 }).toBe(200)
    const removed = start(['users', 'remove', 'alice'])
    expect(await removed.ended).toBe(0)
    expect(await decide()).toBe(401)
  })

  test('decides on a unix socket, and replaces one that a crash left behind', async () => {
    const port = await freePort()
    const socket = join(directory.path, 'decide.sock')
    writeFileSync(
      join(directory.path, 'sallyport.yaml'),
      `public_url: https://auth.example.com\nlocal_accounts: true\nallow: { anyone: true }\nlisten: { host: 127.0.0.1 }\nport: ${port}\ndecision_socket: ${socket}\nproxy: { dialect: nginx }\n${rules('app.example.com')}`,
    )
    const ask = (path: string) =>
      sendRaw({ path: socket }, [
        `GET ${path} HTTP/1.1`,
        'Host: x',
        'X-Forwarded-Method: GET',
        'X-Forwarded-Proto: https',
        'X-Forwarded-Host: app.example.com',
        'X-Forwarded-Uri: /',
      ])
    const crashed = start([])
    await crashed.says('"event":"listening"')
    expect((await ask('/auth/nginx')).status).toBe(401)
    expect((await ask('/health')).status).toBe(404)
    expect(statSync(socket).mode & 0o777).toBe(0o660)
    crashed.process.kill('SIGKILL')
    await crashed.ended

    const program = start([])
    await program.says('"event":"listening"')
    expect((await ask('/auth/nginx')).status).toBe(401)
    const second = start(['--port', String(await freePort())])
    expect(await second.ended).toBe(1)
    expect(second.output()).toContain('another program listens there')
  })

  test.each([
    ['help', 0, 'Usage: sallyport'],
    ['--version', 0, '0.1.0'],
    ['serv', 2, 'serve'],
  ])('answers %s', async (argument, code, text) => {
    const program = start([argument])
    expect(await program.ended).toBe(code)
    expect(program.output()).toContain(text)
  })
})
