// Opens the listeners that the settings ask for: the public port, and a port or unix socket for decisions alone.

import type { Server } from 'node:http'
import { addressKey } from '../adapters/counter.ts'
import type { App } from '../app/parts.ts'
import type { Settings } from '../config/settings.ts'
import { createHalfOpenLimit } from '../http/half-open.ts'
import {
  createDecisionServer,
  createPublicServer,
  decisionListener,
  publicListener,
} from '../http/listeners.ts'
import type { TrustedPeers } from '../http/trusted-peers.ts'
import { listenOnPort, listenOnSocket } from './listen.ts'

/**
 * Resolves when all of them listen.
 *
 * @throws ListenFault when an address cannot be listened on
 */
export async function openServers(
  settings: Pick<Settings, 'listen' | 'decision'>,
  app: App,
  peers: TrustedPeers,
): Promise<readonly Server[]> {
  const { listen, decision } = settings
  const halfOpen = createHalfOpenLimit({ isTrusted: peers.includes, keyOf: addressKey })
  const front = createPublicServer(publicListener(app.decision, app.pages), halfOpen)
  await listenOnPort(front, listen.host, listen.port)
  if (decision.kind === 'shared') return [front]
  const back = createDecisionServer(decisionListener(app.decision), decision.kind)
  if (decision.kind === 'port') await listenOnPort(back, decision.host, decision.port)
  else await listenOnSocket(back, decision.path)
  return [front, back]
}
