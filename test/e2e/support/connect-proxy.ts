// A forward proxy for programs that look up names themselves: the hosts of the stage lead to its edge, and
// nothing else leads anywhere. RFC 9110 §9.3.6.

import { createServer, type IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import type { Duplex } from 'node:stream'
import { listen } from './loopback.ts'

export type ConnectProxy = {
  /** Variables that send a program's requests through it; loopback is reached directly. */
  readonly env: Readonly<Record<string, string>>
  readonly url: string
  /** Hosts outside the stage that somebody asked for. */
  readonly refused: () => readonly string[]
  readonly close: () => Promise<void>
}

const ofStage = /^[a-z0-9.-]+\.(?:sep|far)\.test:443$/

/** @param edgePort where `https://*.sep.test` leads */
export async function startConnectProxy(edgePort: number): Promise<ConnectProxy> {
  const refused: string[] = []
  const sockets = new Set<Duplex>()
  const server = createServer((_, response) => response.writeHead(405).end())
  server.on('connect', (request: IncomingMessage, client: Duplex, head: Buffer) => {
    const target = request.url ?? ''
    if (!ofStage.test(target)) {
      refused.push(target)
      client.end('HTTP/1.1 403 Forbidden\r\n\r\n')
      return
    }
    const upstream = connect(edgePort, '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n')
      upstream.write(head)
      upstream.pipe(client).pipe(upstream)
    })
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(one)
      one.once('error', () => other.destroy())
      one.once('close', () => {
        sockets.delete(one)
        other.destroy()
      })
    }
  })
  const url = `http://127.0.0.1:${await listen(server)}`
  const loopback = 'localhost,127.0.0.1'
  return {
    url,
    env: {
      HTTPS_PROXY: url,
      https_proxy: url,
      NO_PROXY: loopback,
      no_proxy: loopback,
      NODE_USE_ENV_PROXY: '1',
    },
    refused: () => [...refused],
    close: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
