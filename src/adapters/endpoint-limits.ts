// How often may the endpoints of the authorization server be asked? security.md R103, R123.
//
// Counts are per node and are lost at a restart. What is counted by client counts only what succeeded: a client's
// id is no secret, and nobody else may use up what it has.

import type { Seconds } from '../protocol/time.ts'
import { addressKey, createCounter } from './counter.ts'

const minute = 60
const hour = 3600

// Keys are kept: no one fills the memory with long names of clients that do not exist.
const longestId = 512

/** `continue`: a browser's further steps, of which an authorization has up to two, and signing out. */
export type LimitedEndpoint =
  | 'authorize'
  | 'continue'
  | 'token'
  | 'introspect'
  | 'revoke'
  | 'register'

export type Caller = {
  readonly address: string
  /** As the request names it: not authenticated yet. */
  readonly clientId: string | undefined
}

export type EndpointLimit =
  | { readonly kind: 'limited'; readonly retryAfter: Seconds }
  | {
      readonly kind: 'allowed'
      /**
       * To be called once the answer is known. `failed-authentication`: the client could not prove who it is;
       * `failed`: any other error.
       */
      readonly answered: (
        outcome: 'failed' | 'failed-authentication' | 'succeeded',
      ) => Promise<void>
    }

export type EndpointLimits = {
  /**
   * Counts a request before anything else is done with it, so that those that cannot be read count, and many at once.
   * How long to wait when it was one too many.
   */
  readonly countAddress: (
    endpoint: LimitedEndpoint,
    address: string,
  ) => Promise<Seconds | undefined>
  /** Counts a request that could be read by its client; `countAddress` has to be asked before. */
  readonly countClient: (endpoint: LimitedEndpoint, caller: Caller) => Promise<EndpointLimit>
}

type Counter = ReturnType<typeof createCounter>

const perAddress: Readonly<Record<LimitedEndpoint, number>> = {
  authorize: 60,
  continue: 120,
  token: 120,
  introspect: 600,
  revoke: 600,
  register: 60,
}
const perClient: Readonly<Partial<Record<LimitedEndpoint, number>>> = {
  token: 60,
  introspect: 600,
  revoke: 600,
}

const createAll = (points: Readonly<Partial<Record<LimitedEndpoint, number>>>) =>
  new Map<string, Counter>(
    Object.entries(points).map(([endpoint, most]) => [endpoint, createCounter(most, minute)]),
  )

/** Makes the limits of one node. Pushed and device authorization count as `authorize`. */
export function createEndpointLimits(): EndpointLimits {
  const byAddress = createAll(perAddress)
  const byClient = createAll(perClient)
  const failures = createCounter(10, minute)

  return {
    countAddress: async (endpoint, address) => byAddress.get(endpoint)?.count(addressKey(address)),
    countClient: async (endpoint, { address, clientId = '' }) => {
      const id = clientId.slice(0, longestId)
      const client = id === '' ? undefined : byClient.get(endpoint)
      const pair = JSON.stringify([id, addressKey(address)])
      const retryAfter = await failures.peek(pair)
      if (retryAfter !== undefined) return { kind: 'limited', retryAfter }
      const clientWait = await client?.count(id)
      if (clientWait !== undefined) {
        await client?.takeBack(id)
        return { kind: 'limited', retryAfter: clientWait }
      }
      return {
        kind: 'allowed',
        answered: async (outcome) => {
          if (outcome !== 'succeeded') await client?.takeBack(id)
          if (outcome === 'failed-authentication') await failures.count(pair)
        },
      }
    },
  }
}

/** How many clients may register themselves (R103): 10 an hour by an address, 100 an hour by all. */
export type RegistrationLimits = {
  /** Counts a registration; the time to wait when that was one too many. */
  readonly count: (address: string) => Promise<Seconds | undefined>
  /** Nothing was registered after all. */
  readonly takeBack: (address: string) => Promise<void>
}

export function createRegistrationLimits(): RegistrationLimits {
  const byAddress = createCounter(10, hour)
  const byAll = createCounter(100, hour)
  return {
    count: async (address) => {
      const ownWait = await byAddress.count(addressKey(address))
      if (ownWait !== undefined) return ownWait
      const wait = await byAll.count('')
      if (wait !== undefined) await byAddress.takeBack(addressKey(address))
      return wait
    },
    takeBack: async (address) => {
      await byAddress.takeBack(addressKey(address))
      await byAll.takeBack('')
    },
  }
}
