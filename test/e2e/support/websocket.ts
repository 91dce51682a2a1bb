// As much of RFC 6455 as a test needs: a handshake and one short text frame each way.

import type { TLSSocket } from 'node:tls'
import type { HeaderLine } from './http-message.ts'
import { readUntil } from './raw-client.ts'

export const handshakeHeaders: readonly HeaderLine[] = [
  ['Upgrade', 'websocket'],
  ['Connection', 'Upgrade'],
  ['Sec-WebSocket-Version', '13'],
  ['Sec-WebSocket-Key', 'dGhlIHNhbXBsZSBub25jZQ=='],
]

/** Sends a masked text frame and answers the text of the next frame. At most 125 bytes each. */
export async function exchangeText(socket: TLSSocket, text: string): Promise<string> {
  const mask = [7, 11, 13, 17]
  const payload = [...Buffer.from(text)].map((byte, at) => byte ^ (mask[at % 4] ?? 0))
  const reply = readUntil(socket, (bytes) => {
    const length = bytes.charCodeAt(1)
    return bytes.length >= 2 + length ? bytes.slice(2, 2 + length) : undefined
  })
  socket.write(Buffer.from([0x81, 0x80 | payload.length, ...mask, ...payload]))
  return reply
}
