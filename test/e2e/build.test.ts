// Does the built file serve by itself, with nothing beside it but the SQLite binding?

import { spawn } from 'node:child_process'
import { accessSync, constants, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { bundle } from '../build.ts'

const folder = mkdtempSync(join(tmpdir(), 'sallyport-build-'))
const built = join(folder, 'dist/sallyport.mjs')

beforeAll(async () => {
  await bundle(join(folder, 'dist'))
  mkdirSync(join(folder, 'node_modules'))
  const binding = join(import.meta.dirname, '../../node_modules/better-sqlite3')
  symlinkSync(binding, join(folder, 'node_modules/better-sqlite3'))
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (typeof address !== 'object' || address === null) throw new Error('No port is free')
  return address.port
}

async function ask(url: string): Promise<Response> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const response = await fetch(url, { redirect: 'manual' }).catch(() => undefined)
    if (response !== undefined) return response
    await sleep(25)
  }
  throw new Error(`Nothing answers at ${url}`)
}

test('bundle() makes a file that serves, challenges and ends cleanly when node_modules holds the binding only', async () => {
  const port = await freePort()
  const child = spawn(process.execPath, [built], {
    cwd: folder,
    env: { PATH: process.env['PATH'], SALLYPORT_PORT: String(port) },
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
    const response = await ask(`http://127.0.0.1:${port}/auth`)
    expect(response.status, output).toBe(401)
    expect(response.headers.get('www-authenticate')).toMatch(/^Bearer /)
  } finally {
    child.kill('SIGTERM')
  }
  expect(await ended, output).toBe(0)
})

test('bundle() makes a launcher that a shell can start', () => {
  expect(() => accessSync(built, constants.X_OK)).not.toThrow()
})
