// Stands between the edge and Sallyport's private listener: passes every byte on and keeps the questions.

import { connect, createServer, type Socket } from 'node:net'
import { type HttpMessage, parseMessage } from './http-message.ts'
import { listen } from './loopback.ts'

export type RecordingRelay = {
  readonly port: number
  /** Every decision request so far, oldest first. */
  readonly requests: readonly HttpMessage[]
  /** How many connections the edge has opened. */
  readonly connections: () => number
  readonly close: () => Promise<void>
}

function relay(from: Socket, port: number, requests: HttpMessage[]): Socket {
  const to = connect(port, '127.0.0.1')
  let text = ''
  from.on('data', (chunk) => {
    text += chunk.toString('latin1')
    for (let parsed = parseMessage(text, false); parsed; parsed = parseMessage(text, false)) {
      requests.push(parsed.message)
      text = parsed.rest
    }
  })
  from.pipe(to).pipe(from)
  // Whichever end breaks, the other learns it at once: a dead service must look dead.
  for (const [one, other] of [
    [from, to],
    [to, from],
  ] as const) {
    one.on('error', () => other.destroy())
    one.on('close', () => other.destroy())
  }
  return to
}

/** Starts one on a free loopback port, in front of `port`. */
export async function startRecordingRelay(port: number): Promise<RecordingRelay> {
  const requests: HttpMessage[] = []
  const sockets = new Set<Socket>()
  let connections = 0
  const server = createServer((socket) => {
    connections += 1
    for (const one of [socket, relay(socket, port, requests)]) {
      sockets.add(one)
      one.once('close', () => sockets.delete(one))
    }
  })
  return {
    port: await listen(server),
    requests,
    connections: () => connections,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
}
