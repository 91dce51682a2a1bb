// How many connections one address may hold on a public port without having asked anything (security.md R122).

import type { Socket } from 'node:net'

export type HalfOpenSettings = {
  /** Proxies of ours open connections for many people, and before they are needed. */
  readonly isTrusted: (address: string) => boolean
  /** What counts as one address. */
  readonly keyOf: (address: string) => string
  /** Default: 200. */
  readonly most?: number
}

export type HalfOpenLimit = {
  /** Counts a new connection until `heard` or its end; one too many is cut off. */
  readonly admit: (socket: Socket) => void
  /** The header of a request has come over this connection. From then on the server's timeouts bound it. */
  readonly heard: (socket: Socket) => void
}

/**
 * Makes the limit of one server. It keeps a note per waiting connection, of which a server has a maximum, and
 * nothing once none waits.
 */
export function createHalfOpenLimit(settings: HalfOpenSettings): HalfOpenLimit {
  const { isTrusted, keyOf, most = 200 } = settings
  const waiting = new Map<Socket, string>()
  const counts = new Map<string, number>()
  const heard = (socket: Socket): void => {
    // All that most requests pay: they come from a proxy of ours, or over a connection that was heard before.
    if (waiting.size === 0) return
    const key = waiting.get(socket)
    if (key === undefined) return
    waiting.delete(socket)
    const left = (counts.get(key) ?? 1) - 1
    if (left === 0) counts.delete(key)
    else counts.set(key, left)
  }
  return {
    heard,
    admit: (socket) => {
      const { remoteAddress } = socket
      // Without an address it is gone already, and what it sent is dropped.
      if (remoteAddress === undefined || isTrusted(remoteAddress)) return
      const key = keyOf(remoteAddress)
      const count = counts.get(key) ?? 0
      if (count >= most) {
        socket.destroy()
        return
      }
      counts.set(key, count + 1)
      waiting.set(socket, key)
      socket.once('close', () => heard(socket))
    },
  }
}
