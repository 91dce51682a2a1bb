// GET /refused: the refusal page for proxies that can carry nothing but a status (nginx, HAProxy).
// It judges anew instead of believing its own URL: what it says is what the policy says now.

import { Hono } from 'hono'
import type { NotAllowed } from '../access/policy.ts'
import type { LookFor } from '../appearance/look.ts'
import { refusalPage } from '../pages/refusal.ts'
import type { Identity } from '../protocol/identity.ts'
import type { ReturnUrlResult } from '../protocol/return-url.ts'
import { accountLabel, refusalLinks } from './decision-reply.ts'
import { page, redirect } from './reply.ts'

export type RefusedDeps = {
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

/** `GET /refused?id=<decision id>&rd=<return URL>`, relative to the base path. */
export function createRefusedRoute(deps: RefusedDeps): Hono {
  return new Hono().get('/refused', async (c) => {
    const given = c.req.queries('rd') ?? []
    const accepted = given.length === 1 ? deps.parseReturnUrl(given[0] ?? '') : undefined
    const returnUrl =
      accepted?.kind === 'return-url' ? accepted.value : `${deps.publicUrl}/signed-in`
    const identity = await deps.findIdentity(c.req.header('cookie'))
    if (identity === undefined) {
      return redirect(302, `${deps.publicUrl}/login?rd=${encodeURIComponent(returnUrl)}`)
    }
    const reason = deps.judgeVisit(identity, returnUrl)
    if (reason === undefined) return redirect(302, returnUrl)
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
