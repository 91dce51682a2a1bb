// Starts what edge auth needs, when it is on: the keys that sign its tokens, and the count of its sign-ins.

import { addressKey, createCounter } from '../adapters/counter.ts'
import { createEdgeTokens } from '../adapters/edge-tokens.ts'
import { seal, unseal } from '../adapters/sealing.ts'
import type { EdgeParts } from '../app/parts.ts'
import {
  createSigningKeys,
  publicKeysOf,
  type SigningKeysPorts,
} from '../authorization-server/signing-keys.ts'
import type { Settings } from '../config/settings.ts'
import type { Clock, Log } from '../ports/runtime.ts'
import type { Store } from '../ports/store.ts'
import { seconds } from '../protocol/time.ts'
import { resolveSecret } from './authorization-secret.ts'

export type EdgePorts = Pick<SigningKeysPorts, 'makeKey'> & {
  readonly now: Clock
  readonly log: Log
}

/**
 * Undefined when edge auth is off.
 *
 * @throws SecretFileFault when its secret cannot be read or kept
 */
export async function startEdgeAuth(
  { edgeAuth, publicUrl }: Settings,
  store: Store,
  { now, log, makeKey }: EdgePorts,
): Promise<EdgeParts | undefined> {
  if (edgeAuth === undefined) return undefined
  const { commandLineLifetime, lifetime } = edgeAuth
  const keyring = createSigningKeys({
    store: store.authorization.edgeKeys,
    now,
    log,
    makeKey,
    secret: await resolveSecret(edgeAuth.secret),
    seal,
    unseal,
    tokenLifetime: seconds(Math.max(commandLineLifetime, lifetime)),
    algorithms: ['RS256'],
  })
  const tokens = createEdgeTokens({
    issuer: publicUrl.href,
    keys: async () => {
      const ring = await keyring.current()
      const [signing] = ring.keys
      if (signing === undefined) throw new Error('Cannot sign tokens of edge auth: there is no key')
      return { version: ring.version, signing, published: publicKeysOf(ring) }
    },
  })
  const starts = createCounter(10, 60)
  return { tokens, countStart: (key) => starts.count(addressKey(key)) }
}
