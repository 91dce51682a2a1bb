// Starts the authorization server when a resource or a client needs it: only then is its library loaded.

import { setTimeout as sleep } from 'node:timers/promises'
import { createClientDocuments, judgeBy } from '../adapters/client-documents.ts'
import { addressKey } from '../adapters/counter.ts'
import { createEndpointLimits, createRegistrationLimits } from '../adapters/endpoint-limits.ts'
import type { GuardedFetch } from '../adapters/outbound.ts'
import { decisionId, randomToken } from '../adapters/random.ts'
import { hashOf, seal, unseal } from '../adapters/sealing.ts'
import type { ServerPorts } from '../app/authorization.ts'
import type { Exchange } from '../app/parts.ts'
import { clientRulesOf } from '../authorization-server/client-rules.ts'
import { createRegistrationControl } from '../authorization-server/registration.ts'
import type { Settings } from '../config/settings.ts'
import type {
  AuthorizationServer,
  AuthorizationServerSettings,
} from '../ports/authorization-server.ts'
import type { Clock, Log } from '../ports/runtime.ts'
import type { Store } from '../ports/store.ts'
import { resolveAuthorizationSecret } from './authorization-secret.ts'

export type ServerParts = {
  readonly settings: Settings
  readonly store: Store
  readonly ports: ServerPorts
  readonly fetch: GuardedFetch
  /** Whether our own command line may have tokens for an origin. */
  readonly knowsOrigin: (origin: string) => boolean
  readonly now: Clock
  readonly log: Log
}

function createDocuments(settings: AuthorizationServerSettings, { store, now, log }: ServerParts) {
  const { enabled, hosts, allowLoopback } = settings.clientDocuments
  if (!enabled) return undefined
  const judge = judgeBy({ hosts, allowLoopback }, clientRulesOf(settings))
  const documents = store.authorization.clientDocuments
  return createClientDocuments({ store: documents, judge, allowLoopback, now, log })
}

function createRegistration(
  settings: AuthorizationServerSettings,
  { store, now, log }: ServerParts,
) {
  return createRegistrationControl({
    mode: settings.registration,
    rules: clientRulesOf(settings),
    store: store.authorization,
    limits: createRegistrationLimits(),
    originOf: addressKey,
    hashOf,
    now,
    log,
  })
}

/**
 * The authorization server, or undefined when nothing needs it.
 *
 * @throws SecretFileFault when its secret cannot be read or kept
 */
export async function startAuthorizationServer(
  parts: ServerParts,
): Promise<AuthorizationServer<Exchange> | undefined> {
  const choice = parts.settings.authorizationServer
  if (choice === undefined) return undefined
  const { knowsOrigin } = parts
  const settings = { ...(await resolveAuthorizationSecret(choice)), knowsOrigin }
  const { createAuthorizationServer } = await import('../authorization-server/engine.ts')
  if (settings.registration === 'open')
    parts.log.info('registration.open', { text: 'every client can register itself' })
  return createAuthorizationServer({
    settings,
    dependencies: {
      ...parts.ports,
      store: parts.store.authorization,
      now: parts.now,
      log: parts.log,
      randomToken,
      newId: decisionId,
      hashOf,
      seal,
      unseal,
      registration: createRegistration(settings, parts),
      clientDocuments: createDocuments(settings, parts),
      limits: createEndpointLimits(),
      fetch: parts.fetch,
      wait: (time) => sleep(time * 1000),
    },
  })
}
