// A host that serves client-id documents over TLS on this machine, under the names of client.example.

import { readFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import { join } from 'node:path'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'

const at = (name: string) => readFileSync(join(import.meta.dirname, '../fixtures/tls', name))

export type DocumentHost = {
  /** `client.example:port` */
  readonly host: string
  /** Requests that arrived: Host header and path. */
  readonly asked: string[]
  /** Answers from now on. */
  answer: (request: IncomingMessage, response: ServerResponse) => void
  readonly close: () => void
}

/** Starts the host and makes this process trust its certificate. */
export async function startDocumentHost(): Promise<DocumentHost> {
  const certificate = at('client-example.pem')
  setDefaultCACertificates([...getCACertificates('default'), certificate.toString()])
  const server = createServer({ key: at('client-example.key'), cert: certificate })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const started: DocumentHost = {
    host: `client.example:${address.port}`,
    asked: [],
    answer: (_, response) => response.writeHead(404).end(),
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  }
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    started.asked.push(`${request.headers.host}${request.url}`)
    started.answer(request, response)
  })
  return started
}

/** Answers with a document, as a well-behaved host does. */
export const documentAnswer =
  (document: unknown, headers: Readonly<Record<string, string>> = {}): DocumentHost['answer'] =>
  (_, response) => {
    response.writeHead(200, { 'Content-Type': 'application/json', ...headers })
    response.end(typeof document === 'string' ? document : JSON.stringify(document))
  }
