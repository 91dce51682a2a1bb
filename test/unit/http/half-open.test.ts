import { once } from 'node:events'
import type { Server } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createHalfOpenLimit, type HalfOpenSettings } from '../../../src/http/half-open.ts'
import { createPublicServer } from '../../../src/http/listeners.ts'

async function listen(settings: Partial<HalfOpenSettings> = {}) {
  const halfOpen = createHalfOpenLimit({
    isTrusted: (address) => address === '127.0.0.9',
    keyOf: (address) => address,
    most: 2,
    ...settings,
  })
  const server = createPublicServer((_, outgoing) => void outgoing.end('ok'), halfOpen)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  return server
}

/** Opens a connection; whether it is kept, once the server has seen it. */
async function open(server: Server, localAddress = '127.0.0.1') {
  const accepted: Promise<Socket[]> = once(server, 'connection')
  const { port } = server.address() as AddressInfo
  const client = connect({ port, host: '127.0.0.1', localAddress })
  client.on('error', () => {})
  onTestFinished(() => void client.destroy())
  const [socket] = await accepted
  return { client, socket, isKept: socket?.destroyed === false }
}

const request = 'GET / HTTP/1.1\r\nHost: x\r\n'
const keptOf = (all: readonly { readonly isKept: boolean }[]) => all.map(({ isKept }) => isKept)
const openThree = async (server: Server, address?: string) => [
  await open(server, address),
  await open(server, address),
  await open(server, address),
]

describe('createHalfOpenLimit()', () => {
  test('cuts off one connection too many that has asked nothing (R122)', async () => {
    const server = await listen()
    const all = await openThree(server)
    expect(keptOf(all)).toEqual([true, true, false])
    const last = all[2]?.client
    if (last?.closed === false) await once(last, 'close')
    expect(keptOf(await openThree(server, '127.0.0.2'))).toEqual([true, true, false])
  })

  test('counts no connection over which a request has come', async () => {
    const server = await listen()
    const { client } = await open(server)
    await open(server)
    client.write(`${request}\r\n`)
    await once(client, 'data')
    expect(keptOf([await open(server), await open(server)])).toEqual([true, false])
    // A second request does not count twice.
    client.write(`${request}\r\n`)
    await once(client, 'data')
    expect((await open(server)).isKept).toBe(false)
  })

  test('counts a connection whose request is not whole', async () => {
    const server = await listen()
    const { client } = await open(server)
    await open(server)
    client.write(request)
    expect((await open(server)).isKept).toBe(false)
  })

  test('forgets a connection that ends', async () => {
    const server = await listen()
    const { client, socket } = await open(server)
    await open(server)
    client.destroy()
    if (socket?.closed === false) await once(socket, 'close')
    expect((await open(server)).isKept).toBe(true)
  })

  test('leaves proxies of ours alone', async () => {
    const server = await listen()
    expect(keptOf(await openThree(server, '127.0.0.9'))).toEqual([true, true, true])
  })

  test('counts addresses of one key together', async () => {
    const server = await listen({ keyOf: () => 'all' })
    await open(server, '127.0.0.2')
    await open(server, '127.0.0.3')
    expect((await open(server, '127.0.0.4')).isKept).toBe(false)
  })
})
