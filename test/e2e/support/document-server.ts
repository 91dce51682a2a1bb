// A web server with documents, https on loopback: where a client publishes what it is.

import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { Certificates } from './certificates.ts'
import { listen } from './loopback.ts'

export type DocumentServer = {
  readonly origin: string
  /** Publishes JSON at a path. */
  readonly publish: (path: string, document: unknown) => void
  /** Paths that were asked for, in order. */
  readonly asked: () => readonly string[]
  readonly close: () => Promise<void>
}

export async function startDocumentServer(certificates: Certificates): Promise<DocumentServer> {
  const documents = new Map<string, string>()
  const asked: string[] = []
  const tls = {
    key: readFileSync(certificates.keyFile),
    cert: readFileSync(certificates.certificateFile),
  }
  const server = createServer(tls, (request, response) => {
    const path = request.url ?? ''
    asked.push(path)
    const text = documents.get(path)
    if (text === undefined) response.writeHead(404).end()
    else response.writeHead(200, { 'Content-Type': 'application/json' }).end(text)
  })
  const origin = `https://localhost:${await listen(server)}`
  return {
    origin,
    publish: (path, document) => void documents.set(path, JSON.stringify(document)),
    asked: () => [...asked],
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
