// The application or MCP server behind the edge: records requests exactly as they arrive and answers by path.

import { createHash } from 'node:crypto'
import { createServer, type Socket } from 'node:net'
import { type HttpMessage, headerOf, parseMessage } from './http-message.ts'
import { listen } from './loopback.ts'

export type RecordingServer = {
  readonly port: number
  /** Every request so far, oldest first. */
  readonly requests: readonly HttpMessage[]
  /** Sends the next event on the newest stream of events, which begins with the first. */
  readonly sendEvent: () => void
  readonly close: () => Promise<void>
}

const answer = (status: string, headers: readonly string[], body: string): string =>
  [`HTTP/1.1 ${status}`, ...headers, `Content-Length: ${body.length}`, '', body].join('\r\n')

/** Begins a stream of events. @returns what sends the next one */
function startEvents(socket: Socket): () => void {
  let sent = 0
  const sendNext = () => {
    sent += 1
    socket.write(`data: ${sent}\n\n`)
  }
  socket.write('HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n')
  sendNext()
  return sendNext
}

// After the handshake every frame goes back as it came, the mask removed (RFC 6455 §5.1).
function echoFrames(socket: Socket, request: HttpMessage): void {
  const key = `${headerOf(request, 'sec-websocket-key')}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`
  const accept = createHash('sha1').update(key).digest('base64')
  socket.write(
    'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
      `Sec-WebSocket-Accept: ${accept}\r\n\r\n`,
  )
  socket.removeAllListeners('data')
  socket.on('data', (chunk) => {
    const frame = Buffer.from(String(chunk), 'latin1')
    const length = (frame[1] ?? 0) & 0x7f
    const mask = frame.subarray(2, 6)
    const text = frame.subarray(6, 6 + length).map((byte, at) => byte ^ (mask[at % 4] ?? 0))
    socket.write(Buffer.concat([Buffer.from([frame[0] ?? 0, length]), text]))
  })
}

// What the edge has to keep from the browser, which it would otherwise get twice.
const ownCors = [
  'Access-Control-Allow-Origin: *',
  'Access-Control-Allow-Credentials: true',
  'Access-Control-Expose-Headers: X-App',
]

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')

function replyTo(request: HttpMessage): string {
  const [, target = ''] = request.start.split(' ')
  const echo = JSON.stringify({ start: request.start, headers: request.headers })
  switch (target.split('?')[0]) {
    case '/broken':
      return answer('500 Internal Server Error', ['Content-Type: text/plain'], 'the app broke')
    case '/own-401':
      return answer('401 Unauthorized', ['WWW-Authenticate: Basic realm="the app"'], 'app says 401')
    case '/own-403':
      return answer('403 Forbidden', ['X-App: yes'], 'app says 403')
    case '/cookies':
      return answer('200 OK', ['Set-Cookie: a=1; Path=/', 'Set-Cookie: b=2; Priority=High'], echo)
  }
  const wantsPage = (headerOf(request, 'accept') ?? '').includes('text/html')
  return wantsPage
    ? answer(
        '200 OK',
        ['Content-Type: text/html; charset=utf-8'],
        `<!doctype html><html lang="en"><title>The app</title><pre id="request">${escaped(echo)}</pre></html>`,
      )
    : answer('200 OK', ['Content-Type: application/json', ...ownCors], echo)
}

// RFC 6455 §4.2.1: both headers, or it is an ordinary request.
const isHandshake = (request: HttpMessage): boolean =>
  headerOf(request, 'upgrade')?.toLowerCase() === 'websocket' &&
  /\bupgrade\b/i.test(headerOf(request, 'connection') ?? '')

function serve(
  socket: Socket,
  requests: HttpMessage[],
  streams: (sendNext: () => void) => void,
): void {
  let text = ''
  socket.setEncoding('latin1')
  socket.on('error', () => socket.destroy())
  socket.on('data', (chunk) => {
    text += String(chunk)
    for (;;) {
      const parsed = parseMessage(text, false)
      if (parsed === undefined) return
      text = parsed.rest
      requests.push(parsed.message)
      const accept = headerOf(parsed.message, 'accept') ?? ''
      if (accept.startsWith('text/event-stream')) return streams(startEvents(socket))
      if (isHandshake(parsed.message)) {
        return echoFrames(socket, parsed.message)
      }
      socket.write(replyTo(parsed.message), 'latin1')
    }
  })
}

/** Starts one on a free loopback port. */
export async function startRecordingServer(): Promise<RecordingServer> {
  const requests: HttpMessage[] = []
  const sockets = new Set<Socket>()
  let sendNext = () => {}
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    serve(socket, requests, (next) => {
      sendNext = next
    })
  })
  const port = await listen(server)
  return {
    port,
    requests,
    sendEvent: () => sendNext(),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
}
