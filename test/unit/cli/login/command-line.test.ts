// What follows `sallyport login`, `token` and `logout`, and what is said when it cannot be.

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { AuthorizationResponseError } from 'openid-client'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type LoginCommand, loginCommand } from '../../../../src/cli/login/command-line.ts'
import { parsePlace } from '../../../../src/cli/login/place.ts'
import { type Machine, stateDirectory } from '../../../../src/cli/login/ports.ts'
import { explainRefusal, findServer } from '../../../../src/cli/login/server.ts'
import { listen } from '../../../e2e/support/loopback.ts'

let home: string
let open: Server | undefined
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'sallyport-home-'))
})
afterEach(async () => {
  open?.close()
  open = undefined
  await rm(home, { recursive: true, force: true })
})

async function run(command: LoginCommand, ...rest: readonly string[]) {
  const printed: string[] = []
  const said: string[] = []
  const machine: Machine = {
    platform: 'freebsd',
    env: {},
    home,
    run: async () => undefined,
    now: () => 1_800_000_000,
    print: (line) => printed.push(line),
    printError: (line) => said.push(line),
  }
  const code = await loginCommand(command, rest, machine)
  return { code, printed, said: said.join('\n') }
}

describe('loginCommand()', () => {
  test.each<[LoginCommand, readonly string[], number, string]>([
    ['login', [], 2, 'Cannot read what follows "login"'],
    ['token', [], 2, 'Cannot read what follows "token"'],
    ['login', ['a.example', 'b.example'], 2, 'Cannot read what follows "login"'],
    ['token', ['a.example', '--device'], 2, 'Cannot read what follows "token"'],
    ['logout', ['--issuer', 'https://a.example'], 2, 'Cannot read what follows "logout"'],
    ['login', ['a.example', '--devise'], 2, '--devise'],
    ['token', ['a.example'], 1, 'run: sallyport login https://a.example'],
    ['logout', ['a.example'], 1, 'Not signed in for https://a.example'],
    ['logout', [], 1, 'Not signed in anywhere'],
    ['token', ['http://a.example'], 1, 'expected an https address'],
  ])('refuses %s %j with %i', async (command, rest, expected, words) => {
    const { code, printed, said } = await run(command, ...rest)
    expect(code).toBe(expected)
    expect(printed).toEqual([])
    expect(said).toContain(words)
  })

  test.each<LoginCommand>(['login', 'token'])(
    'refuses %s before it asks anybody when nothing can be kept',
    async (command) => {
      const asked: string[] = []
      open = createServer(({ url = '' }, response) => {
        asked.push(url)
        response.end()
      })
      const port = await listen(open)
      await writeFile(join(home, 'file'), '')
      home = join(home, 'file')
      const { code, printed, said } = await run(command, `http://127.0.0.1:${port}`)
      home = dirname(home)
      const directory = join(home, 'file/.local/state/sallyport')
      expect(said).toBe(`Cannot write "${directory}": ENOTDIR`)
      expect({ code, printed, asked }).toEqual({ code: 1, printed: [], asked: [] })
    },
  )

  test('explains itself', async () => {
    const { code, printed } = await run('token', '--help')
    expect(code).toBe(0)
    expect(printed.join()).toContain('Usage: sallyport login URL')
  })
})

describe('parsePlace()', () => {
  test.each([
    ['app.example.com/x', 'https://app.example.com/x'],
    ['https://APP.example.com:443', 'https://app.example.com/'],
    ['http://localhost:8080', 'http://localhost:8080/'],
    ['http://127.0.0.1:8080', 'http://127.0.0.1:8080/'],
    ['http://[::1]:8080', 'http://[::1]:8080/'],
  ])('reads %s', (text, expected) => {
    expect(parsePlace(text).href).toBe(expected)
  })

  test.each(['', 'http://app.example.com', 'ftp://a.example', 'https://me@a.example', 'https://'])(
    'refuses %j',
    (text) => {
      expect(() => parsePlace(text)).toThrow('Cannot read the address')
    },
  )
})

describe('findServer()', () => {
  /** A server on this machine that says this of itself. */
  async function serve(say: (issuer: string) => object): Promise<string> {
    const server = createServer(({ headers }, response) => {
      response.setHeader('Content-Type', 'application/json')
      response.end(JSON.stringify(say(`http://${headers.host}`)))
    })
    open = server
    return `http://127.0.0.1:${await listen(server)}`
  }

  const own = (issuer: string) => ({
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
  })

  test('takes what the issuer says of itself', async () => {
    const issuer = await serve(own)
    expect(await findServer(issuer)).toMatchObject({ issuer })
  })

  test.each<[string, (issuer: string) => object]>([
    ['another issuer', (issuer) => ({ ...own(issuer), issuer: 'https://evil.example' })],
    ['the issuer with a slash', (issuer) => ({ ...own(issuer), issuer: `${issuer}/` })],
    [
      'tokens from elsewhere',
      (issuer) => ({ ...own(issuer), token_endpoint: 'https://evil.example/token' }),
    ],
    [
      'a login elsewhere',
      (issuer) => ({ ...own(issuer), authorization_endpoint: 'https://evil.example/authorize' }),
    ],
    ['codes elsewhere', (issuer) => ({ ...own(issuer), device_authorization_endpoint: 'x' })],
    ['nothing', () => ({})],
  ])('trusts no document that names %s', async (_, say) => {
    await expect(findServer(await serve(say))).rejects.toThrow(/not trusted|does not say how/)
  })

  test('asks nobody over plain http elsewhere', async () => {
    await expect(findServer('http://auth.example.com')).rejects.toThrow('expected an https address')
  })
})

describe('explainRefusal()', () => {
  test.each([
    ['invalid_grant', 'The login has ended; run: sallyport login https://app.example.com'],
    ['access_denied', 'It was not allowed: you, or the rules there, said no'],
    ['server_error', 'https://auth.example.com refused: "server_error"'],
    ['__proto__', 'https://auth.example.com refused: "__proto__"'],
    ['toString', 'https://auth.example.com refused: "toString"'],
  ])('puts %s into words', (error, words) => {
    const cause = new URLSearchParams({ error })
    const fault = new AuthorizationResponseError('refused', { cause })
    const { message } = explainRefusal(fault, 'https://auth.example.com', 'https://app.example.com')
    expect(message).toBe(words)
  })
})

describe('stateDirectory()', () => {
  test.each([
    [{ XDG_STATE_HOME: '/state' }, '/state/sallyport'],
    [{ XDG_STATE_HOME: 'relative' }, '/home/me/.local/state/sallyport'],
    [{}, '/home/me/.local/state/sallyport'],
  ])('for %j is %s', (env, expected) => {
    expect(stateDirectory({ env, home: '/home/me' })).toBe(expected)
  })
})
