// GET /refused: the refusal page for proxies that can carry nothing but a status (nginx, HAProxy).
// It judges anew instead of believing its own URL: what it says is what the policy says now.

import { Hono } from 'hono'
import type { NotAllowed } from '../access/policy.ts'
import type { LookFor } from '../appearance/look.ts'
import { refusalPage } from '../pages/refusal.ts'
import type { Identity } from '../protocol/identity.ts'
import type { ReturnUrlResult } from '../protocol/return-url.ts'
import { accountLabel, refusalLinks } from './decision-reply.ts'
import { wayTo } from './hand-off.ts'
import type { LoginDependencies, Target } from './login-context.ts'
import { page, redirect } from './reply.ts'

export type RefusedDeps = Pick<LoginDependencies, 'reach' | 'handOffPath'> & {
  /** Without trailing slash. */
  readonly publicUrl: string
  readonly https: boolean
  /** The identity of the browser's living session. */
  readonly findIdentity: (cookieHeader: string | undefined) => Promise<Identity | undefined>
  /** Why the identity may not open the URL; undefined when it may. */
  readonly judgeVisit: (identity: Identity, url: string) => NotAllowed | undefined
  readonly parseReturnUrl: (text: string) => ReturnUrlResult
  readonly newDecisionId: () => string
  readonly lookFor: LookFor
}

// The one shape of our ids: nothing else of the URL is shown.
const idPattern = /^[a-z0-9]{8}$/

function targetOf(given: readonly string[], deps: RefusedDeps): Target {
  const accepted = given.length === 1 ? deps.parseReturnUrl(given[0] ?? '') : undefined
  return accepted?.kind === 'return-url'
    ? { url: accepted.value, origin: accepted.origin, asked: true }
    : { url: `${deps.publicUrl}/signed-in`, origin: new URL(deps.publicUrl).origin, asked: false }
}

/** `GET /refused?id=<decision id>&rd=<return URL>`, relative to the base path. */
export function createRefusedRoute(deps: RefusedDeps): Hono {
  return new Hono().get('/refused', async (c) => {
    const target = targetOf(c.req.queries('rd') ?? [], deps)
    const returnUrl = target.url
    const identity = await deps.findIdentity(c.req.header('cookie'))
    if (identity === undefined) {
      return redirect(302, `${deps.publicUrl}/login?rd=${encodeURIComponent(returnUrl)}`)
    }
    const reason = deps.judgeVisit(identity, returnUrl)
    // A host with a session of its own may have refused another login's, which has to be replaced first: else it would
    // refuse again, and send the browser here again.
    if (reason === undefined) return redirect(302, wayTo(target, deps))
    const id = c.req.query('id') ?? ''
    const decisionId = idPattern.test(id) ? id : deps.newDecisionId()
    const content = {
      account: accountLabel(identity),
      reason,
      decisionId,
      ...refusalLinks(deps.publicUrl, encodeURIComponent(returnUrl), decisionId),
    }
    const look = deps.lookFor(c.req.header('accept-language'))
    const { https } = deps
    return page(403, (nonce) => refusalPage({ ...look, nonce }, content), { https })
  })
}
