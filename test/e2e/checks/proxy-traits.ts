// What proxies do differently from each other, and the checks therefore expect of one and not of another.

import { answersOf, type Dialect } from '../../../src/protocol/dialects.ts'

/** A proxy as it is tested; every peculiarity is a sentence of its README. */
export type Edge = {
  readonly dialect: Dialect
  /** It cannot be told which headers to send along with the question, only which not. */
  readonly sendsAllHeaders?: boolean
  /** It resolves dot segments and writes paths in one way, instead of refusing others. */
  readonly cleansTargets?: (target: string) => string
  /** It does not tell that a request is a WebSocket handshake. */
  readonly hidesUpgrades?: boolean
  /** Its answer when the decision service is gone; with 500 it says no more than that, and waits long for silence. */
  readonly whenGone?: 500 | 503
}

export type Traits = {
  readonly dialect: Dialect
  /** A page load that may not pass is sent to a page of the auth host, not shown it. */
  readonly redirects: boolean
  readonly namesHeaders: boolean
  readonly cleans: boolean
  /** A request target as it leaves the edge. */
  readonly cleaned: (target: string) => string
  readonly tellsUpgrades: boolean
  readonly whenGone: 500 | 503
}

/** The traits of a proxy, the usual ones where it says nothing. */
export const edgeTraits = (edge: Edge): Traits => ({
  dialect: edge.dialect,
  redirects: answersOf[edge.dialect] === 'status-only',
  namesHeaders: edge.sendsAllHeaders !== true,
  cleans: edge.cleansTargets !== undefined,
  cleaned: edge.cleansTargets ?? ((target) => target),
  tellsUpgrades: edge.hidesUpgrades !== true,
  whenGone: edge.whenGone ?? 503,
})
