// Adds an access token to every request, for a client that cannot send one, and changes nothing else.

import { createServer } from 'node:http'
import { request } from 'node:https'
import { listen } from './loopback.ts'
import type { EdgeAddress } from './raw-client.ts'

export type HeaderProxy = {
  /** What a client takes for the server: `http://localhost:<port>`. */
  readonly origin: string
  readonly close: () => Promise<void>
}

/**
 * Listens on loopback and passes on to a host behind the edge. A request for its own name becomes one for that
 * host; a request for any other name stays one for that name.
 */
export async function startHeaderProxy(
  edge: EdgeAddress,
  host: string,
  token: string,
): Promise<HeaderProxy> {
  const own = new Set<string>()
  const server = createServer((incoming, answer) => {
    const asked = incoming.headers.host ?? ''
    const outgoing = request({
      host: '127.0.0.1',
      port: edge.port,
      ca: edge.ca,
      servername: host,
      method: incoming.method,
      path: incoming.url,
      headers: {
        ...incoming.headers,
        host: own.has(asked) ? host : asked,
        authorization: `Bearer ${token}`,
      },
    })
    outgoing.on('response', (response) => {
      answer.writeHead(response.statusCode ?? 502, response.headers)
      response.pipe(answer)
    })
    outgoing.on('error', () => answer.destroy())
    answer.on('close', () => outgoing.destroy())
    incoming.pipe(outgoing)
  })
  const port = await listen(server)
  for (const name of ['localhost', '127.0.0.1']) own.add(`${name}:${port}`)
  return {
    origin: `http://localhost:${port}`,
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
