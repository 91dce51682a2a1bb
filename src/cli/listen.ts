// Opens the doors: TCP ports and the unix socket, and closes them without cutting anybody off.

import { chmodSync, existsSync, lstatSync, unlinkSync } from 'node:fs'
import type { Server } from 'node:http'
import type { ListenOptions } from 'node:net'
import { connect } from 'node:net'
import { OperatorFault } from '../ports/operator-fault.ts'

/** An address that cannot be listened on; the message says which and why. */
export class ListenFault extends OperatorFault {}

const explain = (fault: NodeJS.ErrnoException, where: string): ListenFault => {
  const reasons: Readonly<Record<string, string>> = {
    EADDRINUSE: 'another program listens there',
    EACCES: 'permission denied',
    EADDRNOTAVAIL: 'this machine does not have that address',
  }
  return new ListenFault(`Cannot listen on ${where}: ${reasons[fault.code ?? ''] ?? fault.message}`)
}

function open(server: Server, options: ListenOptions, where: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (fault: NodeJS.ErrnoException) => reject(explain(fault, where))
    server.once('error', failed)
    server.listen(options, () => {
      server.off('error', failed)
      resolve()
    })
  })
}

/** Listens on a port. `::` means every address, IPv4 too, also where IPv6 is switched off. */
export function listenOnPort(server: Server, host: string, port: number): Promise<void> {
  return open(server, host === '::' ? { port } : { host, port }, `${host} port ${port}`)
}

const isAlive = (path: string): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(path)
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })

/**
 * Listens on a unix socket that the owner and the group may use. A socket left over by a crash is replaced;
 * one that answers, or a file that is no socket, is not.
 */
export async function listenOnSocket(server: Server, path: string): Promise<void> {
  if (existsSync(path)) {
    if (!lstatSync(path).isSocket()) {
      throw new ListenFault(`Cannot listen on "${path}": a file that is no socket is there`)
    }
    if (await isAlive(path)) {
      throw new ListenFault(`Cannot listen on "${path}": another program listens there`)
    }
    unlinkSync(path)
  }
  await open(server, { path }, `"${path}"`)
  chmodSync(path, 0o660)
}

/** Stops accepting, lets what is under way finish, and cuts what has not after `patience` milliseconds (R139). */
export function closeServer(server: Server, patience: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => server.closeAllConnections(), patience)
    server.close(() => {
      clearTimeout(timer)
      resolve()
    })
    server.closeIdleConnections()
  })
}
