// Does the built file serve by itself, with nothing beside it but the SQLite binding?

import { spawn, spawnSync } from 'node:child_process'
import {
  accessSync,
  constants,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { bundle } from '../build.ts'
import { freePort } from '../support/free-port.ts'

const folder = mkdtempSync(join(tmpdir(), 'sallyport-build-'))
const built = join(folder, 'dist/sallyport.mjs')

beforeAll(async () => {
  await bundle(join(folder, 'dist'))
  mkdirSync(join(folder, 'node_modules'))
  const binding = join(import.meta.dirname, '../../node_modules/better-sqlite3')
  symlinkSync(binding, join(folder, 'node_modules/better-sqlite3'))
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

async function ask(url: string): Promise<Response> {
  for (let attempt = 0; attempt < 1200; attempt += 1) {
    const response = await fetch(url, { redirect: 'manual' }).catch(() => undefined)
    if (response !== undefined) return response
    await sleep(25)
  }
  throw new Error(`Nothing answers at ${url}`)
}

/** Starts the built file on a free port; what it has run of the packages of the authorization server when it ended. */
async function serve(
  args: readonly string[],
  use: (base: string) => Promise<void>,
): Promise<readonly string[]> {
  const coverage = mkdtempSync(join(folder, 'coverage-'))
  const [port, decisionPort] = [await freePort(), await freePort()]
  const child = spawn(process.execPath, [built, ...args], {
    cwd: folder,
    env: {
      PATH: process.env['PATH'],
      NODE_V8_COVERAGE: coverage,
      SALLYPORT_DATA_DIR: coverage,
      SALLYPORT_PORT: String(port),
      ...(args.length > 0 ? { SALLYPORT_DECISION_PORT: String(decisionPort) } : {}),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  }
  const ended = new Promise((resolve) => child.once('exit', resolve))
  try {
    await use(`http://localhost:${port}`)
  } catch (fault) {
    throw new Error(output, { cause: fault })
  } finally {
    child.kill('SIGTERM')
  }
  expect(await ended, output).toBe(0)
  return evaluatedIn(coverage)
}

type Coverage = {
  readonly result: readonly {
    readonly url: string
    readonly functions: readonly {
      readonly functionName: string
      readonly ranges: readonly { readonly count: number }[]
    }[]
  }[]
}

/** A module that may be left out is a function in the bundle, named after its file. */
function evaluatedIn(coverage: string): readonly string[] {
  const files = readdirSync(coverage).filter((name) => /^coverage-.*json$/.test(name))
  expect(files).not.toEqual([])
  return files
    .map((name): Coverage => JSON.parse(readFileSync(join(coverage, name), 'utf8')))
    .flatMap(({ result }) => result.filter(({ url }) => url.endsWith('/service.mjs')))
    .flatMap(({ functions }) => functions)
    .filter(({ functionName, ranges: [whole] }) => {
      const isOurs = /^node_modules\/(?:oidc-provider|koa)\//.test(functionName)
      return isOurs && whole !== undefined && whole.count > 0
    })
    .map(({ functionName }) => functionName)
}

test('bundle() makes a file that serves, challenges and ends cleanly when node_modules holds the binding only', async () => {
  const evaluated = await serve([], async (base) => {
    const response = await ask(`${base}/auth`)
    expect(response.status).toBe(401)
    expect(response.headers.get('www-authenticate')).toMatch(/^Bearer /)
    const metadata = await ask(`${base}/.well-known/oauth-authorization-server`)
    expect(metadata.status).toBe(404)
  })
  // Whoever wants no authorization server neither waits for its library nor keeps it in memory.
  expect(evaluated).toEqual([])
})

test('bundle() makes a file that serves as authorization server with the example for MCP', async () => {
  const example = join(import.meta.dirname, '../../deploy/mcp.example.yaml')
  const evaluated = await serve(['--config', example], async (base) => {
    const answer = await ask(`${base}/.well-known/oauth-authorization-server`)
    expect(answer.status).toBe(200)
    expect(await answer.json()).toMatchObject({
      issuer: 'http://localhost:11000',
      jwks_uri: 'http://localhost:11000/jwks',
      scopes_supported: expect.arrayContaining(['mcp:tools']),
    })
    expect(await (await ask(`${base}/jwks`)).json()).toMatchObject({
      keys: expect.arrayContaining([expect.objectContaining({ alg: 'EdDSA' })]),
    })
  })
  expect(evaluated).toEqual(
    expect.arrayContaining([
      'node_modules/oidc-provider/lib/provider.js',
      'node_modules/koa/lib/application.js',
    ]),
  )
})

test('bundle() makes a launcher that a shell can start', () => {
  expect(() => accessSync(built, constants.X_OK)).not.toThrow()
})

test.each(['20.20.2', '24.6.9'])(
  'bundle() makes a launcher that says what it wants of Node %s',
  (version) => {
    const older = `Object.defineProperty(process, 'versions', { value: { node: '${version}' } });
    delete (await import('node:module')).default.enableCompileCache`
    const { status, stderr, stdout } = spawnSync(
      process.execPath,
      ['--import', `data:text/javascript,${encodeURIComponent(older)}`, built, 'version'],
      { encoding: 'utf8' },
    )
    expect([status, stdout]).toEqual([1, ''])
    expect(stderr).toBe(`Sallyport needs Node 24.7 or newer; this is ${version}\n`)
  },
)
