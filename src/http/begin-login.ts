// Sends a browser to a provider: flow record, flow cookie, redirect (security.md R17, R32, R33).

import type { Context } from 'hono'
import type { Demand } from '../protocol/assurance.ts'
import { later } from '../protocol/time.ts'
import { answerUnreachable, flowPurpose, formatChecks } from './callback.ts'
import { flowLifetime, formatFlowCookies } from './flow-cookie.ts'
import {
  formatTarget,
  type LoginDependencies,
  type LoginProvider,
  linkTo,
  refuseWhenLimited,
  type Target,
  type Visit,
} from './login-context.ts'
import { redirect } from './reply.ts'

const maxPendingFlows = 10_000

export type Begin = {
  readonly visit: Visit
  readonly target: Target
  readonly selectAccount: boolean
  /** What the provider is asked to show; undefined: nothing in particular. */
  readonly demand: Demand | undefined
  /** `Set-Cookie` values that go with the redirect. */
  readonly cookies: readonly string[]
}

/**
 * Begins a login. Answers the page of a provider that cannot be reached, or 429; then nothing was written.
 *
 * State, nonce, verifier and the cookie's value are independent; the store gets hashes and sealed values only.
 */
export async function beginLogin(
  c: Context,
  entry: LoginProvider,
  begin: Begin,
  deps: LoginDependencies,
): Promise<Response> {
  const limited = await refuseWhenLimited(c, deps)
  if (limited !== undefined) return limited
  const { provider, callbackPath } = entry
  const { randomToken, hashOf } = deps
  const checks = { state: randomToken(), nonce: randomToken(), codeVerifier: randomToken() }
  const started = await provider.begin(`${deps.publicUrl.href}${callbackPath}`, checks, {
    selectAccount: begin.selectAccount,
    demand: begin.demand,
  })
  if (started.kind === 'unavailable') {
    const fields = { provider: provider.id, reason: started.reason }
    const next = { label: 'action.try-again', url: linkTo('/login', begin.target, deps) } as const
    return answerUnreachable(
      c,
      provider.label,
      { next, event: { name: 'login.failed', fields } },
      deps,
    )
  }
  const now = deps.now()
  const secret = randomToken()
  const stateHash = hashOf(checks.state)
  await deps.store.loginFlows.begin(
    {
      stateHash,
      browserHash: hashOf(secret),
      provider: provider.id,
      sealed: deps.seal(formatChecks(checks), secret, flowPurpose),
      target: formatTarget(begin.target),
      createdAt: now,
      expiresAt: later(now, flowLifetime),
    },
    maxPendingFlows,
  )
  const { https } = deps.cookie
  const cookies = formatFlowCookies(begin.visit.cookies, { stateHash, secret, now }, https)
  return redirect(302, started.url.href, { cookies: [...begin.cookies, ...cookies] })
}
