// Places on this machine that nobody else uses: free ports and scratch directories.

import { mkdtempSync, rmSync } from 'node:fs'
import type { Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../../support/free-port.ts'

/** The port a server listens on. */
export function portOf(server: Server): number {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The server has no port')
  return address.port
}

/** Starts listening on a free loopback port and answers the port. */
export async function listen(server: Server, port = 0): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  return portOf(server)
}

/** As many different free ports as asked for. */
export async function freePorts(count: number): Promise<number[]> {
  return Promise.all(Array.from({ length: count }, freePort))
}

export type Scratch = { readonly path: string; readonly remove: () => void }

/** A new empty directory of this test run. */
export function scratchDirectory(purpose: string): Scratch {
  const path = mkdtempSync(join(tmpdir(), `sallyport-${purpose}-`))
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}
