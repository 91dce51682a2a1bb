// A TLS client that sends exactly the bytes it is given, also those no HTTP library would send.

import { connect as connectPlain, type Socket } from 'node:net'
import { connect, type TLSSocket } from 'node:tls'
import { type HeaderLine, type HttpMessage, parseHead, parseMessage } from './http-message.ts'

/** Where the edge listens and which authority signed it. */
export type EdgeAddress = { readonly port: number; readonly ca: string }

export type RawRequest = {
  readonly host: string
  readonly method?: string
  readonly target?: string
  readonly headers?: readonly HeaderLine[]
  readonly body?: string
}

const limit = 15_000

/** Opens a connection; `serverName` is the name in the TLS handshake. */
export async function openConnection(edge: EdgeAddress, serverName: string): Promise<TLSSocket> {
  const socket = connect({
    host: '127.0.0.1',
    port: edge.port,
    servername: serverName,
    ca: edge.ca,
    ALPNProtocols: ['http/1.1'],
  })
  socket.setEncoding('latin1')
  await new Promise<void>((resolve, reject) => {
    socket.once('secureConnect', resolve)
    socket.once('error', reject)
  })
  return socket
}

/** Reads from the socket until `take` finds what it looks for in the bytes so far. */
export function readUntil<Found>(
  socket: Socket,
  take: (text: string, closed: boolean) => Found | undefined,
): Promise<Found> {
  return new Promise((resolve, reject) => {
    let text = ''
    const finish = (outcome: () => void) => {
      clearTimeout(timer)
      socket.removeAllListeners()
      // A reset after the answer is nobody's concern.
      socket.on('error', () => {})
      outcome()
    }
    const look = (closed: boolean) => {
      const found = take(text, closed)
      if (found !== undefined) finish(() => resolve(found))
      else if (closed) finish(() => reject(new Error(`The connection ended after "${text}"`)))
    }
    const timer = setTimeout(
      () => finish(() => reject(new Error(`No answer in time, only "${text}"`))),
      limit,
    )
    socket.on('data', (chunk) => {
      text += String(chunk)
      look(false)
    })
    socket.once('close', () => look(true))
    socket.once('error', (error) => finish(() => reject(error)))
  })
}

/** Sends the bytes and reads one answer. */
export async function sendBytes(
  edge: EdgeAddress,
  serverName: string,
  bytes: string,
): Promise<HttpMessage> {
  return exchange(await openConnection(edge, serverName), bytes)
}

/** Sends the bytes to a port of loopback without TLS and reads one answer. */
export function sendPlain(port: number, bytes: string): Promise<HttpMessage> {
  return exchange(connectPlain(port, '127.0.0.1').setEncoding('latin1'), bytes)
}

async function exchange(socket: Socket, bytes: string): Promise<HttpMessage> {
  socket.write(bytes, 'latin1')
  try {
    return await readUntil(socket, (text, closed) => parseMessage(text, closed)?.message)
  } finally {
    socket.destroy()
  }
}

/** The bytes of a request: Host first, then the headers in the given order. */
export function requestBytes(request: RawRequest): string {
  const { host, method = 'GET', target = '/', headers = [], body } = request
  const lines: HeaderLine[] = [['Host', host], ...headers]
  if (body !== undefined) lines.push(['Content-Length', String(body.length)])
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')
  return `${method} ${target} HTTP/1.1\r\n${head}\r\n${body ?? ''}`
}

/** Sends a request and reads its answer; redirects are not followed. */
export const send = (edge: EdgeAddress, request: RawRequest): Promise<HttpMessage> =>
  sendBytes(edge, request.host, requestBytes(request))

/** Sends a request and answers the socket and the head of the answer: for streams and upgrades. */
export async function sendAndKeepOpen(
  edge: EdgeAddress,
  request: RawRequest,
): Promise<{ readonly socket: TLSSocket; readonly head: HttpMessage; readonly rest: string }> {
  const socket = await openConnection(edge, request.host)
  socket.write(requestBytes(request), 'latin1')
  const { message, rest } = await readUntil(socket, parseHead)
  return { socket, head: message, rest }
}
