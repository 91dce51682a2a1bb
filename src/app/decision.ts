// The decision endpoint, by the settings.

import type { Settings } from '../config/settings.ts'
import { createDecisionEndpoint, type DecisionEndpoint } from '../http/decision-endpoint.ts'
import { refusalPage } from '../pages/refusal.ts'
import { edgeDecisions } from './edge.ts'
import { reachOf } from './login.ts'
import { lookForOf } from './look.ts'
import type { AppParts } from './parts.ts'

// A decision that takes longer is a fault: proxies wait for it on every request (R14).
const decisionBudgetMilliseconds = 1_000

export function createDecision(settings: Settings, parts: AppParts): DecisionEndpoint {
  const { publicUrl } = settings
  const lookFor = lookForOf(settings)
  return createDecisionEndpoint(
    {
      dialect: settings.proxy.dialect,
      protectedPath: settings.protectedPath,
      sessionCookie: settings.cookie.name,
      reach: reachOf(settings),
      ...edgeDecisions(settings, parts),
      publicUrl: publicUrl.href,
      realm: settings.realm,
      identityHeaders: settings.identityHeaders,
      https: publicUrl.origin.startsWith('https:'),
      budgetMilliseconds: decisionBudgetMilliseconds,
      newNonce: () => parts.randomToken().slice(0, 22),
      refusalPage: (nonce, content, acceptLanguage) =>
        refusalPage({ ...lookFor(acceptLanguage), nonce }, content),
    },
    {
      policy: parts.policy,
      authentication: parts.authentication,
      isTrustedPeer: parts.peers.includes,
      clientAddress: parts.peers.clientAddress,
      now: parts.now,
      log: parts.log,
      newDecisionId: parts.newDecisionId,
      reportProbe: (id, report) => parts.store.probes.report(parts.hashOf(id), report, parts.now()),
    },
  )
}
