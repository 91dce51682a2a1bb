import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import type { Server } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createHalfOpenLimit } from '../../../src/http/half-open.ts'
import { createDecisionServer, createPublicServer } from '../../../src/http/listeners.ts'
import { sendRaw } from '../../support/raw-request.ts'

type Listener = Parameters<typeof createPublicServer>[0]

const answerOk: Listener = (_, outgoing) => void outgoing.end('ok')
const trustAll = { isTrusted: () => true, keyOf: (address: string) => address }
const createFrontServer = (listener: Listener) =>
  createPublicServer(listener, createHalfOpenLimit(trustAll))
const createPrivateServer = (listener: Listener) => createDecisionServer(listener, 'port')

const doors = [
  ['public', createFrontServer, 16, 10_000, 15_000],
  ['private', createPrivateServer, 64, 5_000, 5_000],
] as const

async function listenOnLoopback(server: Server): Promise<number> {
  onTestFinished(() => void server.close())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

describe.each(doors)('the %s listener', (_, create, kibibytes, headers, request) => {
  test('ends slow requests and outlasts the pools of proxies (R122)', () => {
    const server = create(answerOk)
    expect(server).toMatchObject({
      headersTimeout: headers,
      requestTimeout: request,
      maxConnections: 10_000,
      keepAliveTimeout: 125_000,
    })
  })

  test(`answers 431 to more than ${kibibytes} KiB of headers (R118)`, async () => {
    const port = await listenOnLoopback(create(answerOk))
    const send = (size: number) =>
      sendRaw({ port }, ['GET / HTTP/1.1', 'Host: x', `X: ${'a'.repeat(size)}`])
    expect((await send((kibibytes - 1) * 1024)).status).toBe(200)
    expect((await send((kibibytes + 1) * 1024)).status).toBe(431)
  })

  // Such a peer has no address any more, as if it came over a unix socket, which is trusted.
  test.each([
    ['a request', ''],
    ['one that expects an interim answer', 'Expect: 100-continue\r\n'],
    ['one with an unknown expectation', 'Expect: what\r\n'],
  ])('drops %s of a peer that reset the connection (R2)', async (_name, expectation) => {
    const asked: (string | undefined)[] = []
    const server = create((incoming, outgoing) => {
      asked.push(incoming.socket.remoteAddress)
      outgoing.end('ok')
    })
    const port = await listenOnLoopback(server)
    for (let sent = 0; sent < 5; sent++) {
      const accepted = once(server, 'connection')
      const client = connect(port, '127.0.0.1')
      client.write(`GET / HTTP/1.1\r\nHost: x\r\n${expectation}\r\n`)
      await once(client, 'connect')
      client.resetAndDestroy()
      const [socket]: Socket[] = await accepted
      if (socket?.destroyed === false) await new Promise((resolve) => socket.once('close', resolve))
    }
    // Where the request was heard before the reset, its peer was known.
    expect(asked.filter((address) => address === undefined)).toEqual([])
    expect((await sendRaw({ port }, ['GET / HTTP/1.1', 'Host: x'])).body).toContain('ok')
  })
})

test('createDecisionServer() answers a peer without address when it listens on a unix socket', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'decisions')
  const server = createDecisionServer(answerOk, 'socket')
  onTestFinished(() => void server.close())
  await new Promise<void>((resolve) => server.listen(path, resolve))
  expect((await sendRaw({ path }, ['GET / HTTP/1.1', 'Host: x'])).status).toBe(200)
})
