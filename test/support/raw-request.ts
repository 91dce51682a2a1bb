// Sends bytes that no HTTP library would send, and reads the answer as it is.

import { connect } from 'node:net'

export type RawAnswer = {
  readonly status: number
  /** Lower-case name -> every value in order. */
  readonly headers: Readonly<Record<string, readonly string[]>>
  readonly body: string
}

function parseAnswer(text: string): RawAnswer {
  const end = text.indexOf('\r\n\r\n')
  const [first = '', ...lines] = text.slice(0, end).split('\r\n')
  const headers: Record<string, string[]> = {}
  for (const line of lines) {
    const colon = line.indexOf(':')
    const name = line.slice(0, colon).toLowerCase()
    headers[name] = [...(headers[name] ?? []), line.slice(colon + 1).trim()]
  }
  return { status: Number(first.split(' ')[1]), headers, body: text.slice(end + 4) }
}

type Destination =
  | {
      readonly port: number
      readonly host?: string
      /** The address that the other end sees, of this machine. */
      readonly localAddress?: string
    }
  | { readonly path: string }

/** Sends `lines` (joined with CRLF, `Connection: close` added) to a loopback port or unix socket. */
export function sendRaw(to: Destination, lines: readonly string[], body = ''): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const socket = 'path' in to ? connect(to.path) : connect({ host: '127.0.0.1', ...to })
    const chunks: Buffer[] = []
    socket.setTimeout(15_000, () => socket.destroy(new Error('No answer within 15 s')))
    socket.on('data', (chunk) => chunks.push(chunk))
    socket.on('error', reject)
    socket.on('close', () => resolve(parseAnswer(Buffer.concat(chunks).toString('latin1'))))
    const head = `${[...lines, 'Connection: close'].join('\r\n')}\r\n\r\n`
    socket.write(Buffer.from(head + body, 'latin1'))
  })
}
