import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { routeToServer } from '../../../src/app/authorization.ts'
import type { AppParts } from '../../../src/app/parts.ts'
import { createTrustedPeers } from '../../../src/http/trusted-peers.ts'
import { epochSeconds } from '../../../src/protocol/time.ts'
import { sendRaw } from '../../support/raw-request.ts'

test('routeToServer() logs what is for the server, without query and without the id of what waits', async () => {
  const lines: unknown[] = []
  const write = (event: string, fields?: object) => void lines.push({ event, ...fields })
  const authorizationServer = {
    owns: (path: string) => path.startsWith('/authorize'),
    handle: async ({ response }: { response: { end: (text: string) => void } }) =>
      response.end('server'),
  }
  const parts = {
    authorizationServer,
    log: { debug: write, info: write, warn: write, error: write, debugEnabled: false },
    now: () => epochSeconds(1_800_000_000),
    peers: createTrustedPeers([]),
  } as unknown as AppParts
  const route = routeToServer((_, response) => response.end('pages'), parts, ['auth.example.com'])
  const server = createServer(route)
  onTestFinished(() => void server.close())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const get = async (target: string, host: string) =>
    (await sendRaw({ port }, [`GET ${target} HTTP/1.1`, `Host: ${host}`])).body
  expect(await get('/authorize/canary?code=canary', 'auth.example.com')).toBe('server')
  expect(await get('/authorize/canary', 'app.example.com')).toBe('pages')
  expect(await get('/login', 'auth.example.com')).toBe('pages')
  const [line, ...more] = lines
  expect(line).toMatchObject({ event: 'request', path: '/authorize/[redacted]', status: 200 })
  expect(more).toEqual([])
  expect(JSON.stringify(lines)).not.toContain('canary')
})
