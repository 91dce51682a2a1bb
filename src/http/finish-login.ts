// The last step of every login: session and cookie and back to the target, or the refusal page.

import type { Context } from 'hono'
import { refusalPage } from '../pages/refusal.ts'
import { accountLabel } from './decision-reply.ts'
import { wayTo } from './hand-off.ts'
import {
  accountKey,
  answerPage,
  broughtId,
  type LoginDependencies,
  linkTo,
  type Target,
  type Visit,
} from './login-context.ts'
import { answerMissing, missingFor } from './login-demand.ts'
import { formatLoopMark, newLoopMark, readLoopMark } from './login-loop.ts'
import { redirect } from './reply.ts'
import { formatSessionCookie, formatSessionCookieRemoval } from './session-cookie.ts'
import { type ProvenIdentity, signIn } from './sign-in.ts'

export type Finish = {
  readonly visit: Visit
  readonly target: Target
  /** 302 after a GET, 303 after a POST. */
  readonly status: 302 | 303
  /** `Set-Cookie` values that go with either answer. */
  readonly cookies: readonly string[]
}

function loopMarks(finish: Finish, deps: LoginDependencies): readonly string[] {
  if (!finish.target.asked) return []
  const { https } = deps.cookie
  const hash = deps.hashOf(finish.target.url)
  const now = deps.now()
  const mark = readLoopMark(finish.visit.cookies, hash, now, https) ?? newLoopMark(hash, now, 0)
  return [formatLoopMark(mark, https)]
}

/** Signs in and answers. Rejects when the store cannot be asked; nothing is promised to the browser then. */
export async function finishLogin(
  c: Context,
  proven: ProvenIdentity,
  finish: Finish,
  deps: LoginDependencies,
): Promise<Response> {
  const { identity } = proven
  const { visit, target } = finish
  const fields = {
    provider: identity.provider,
    account: accountKey(identity),
    address: deps.clientAddress(c),
  }
  const browser = {
    previousId: broughtId(visit.current),
    userAgent: c.req.header('user-agent'),
  }
  const result = await signIn(proven, browser, {
    ...deps,
    lifetime: deps.session.lifetime,
  })
  if (result.kind === 'denied') {
    const { reason } = result
    const decisionId = deps.newDecisionId()
    deps.log.warn('login.denied', { ...fields, reason, decisionId })
    const content = {
      account: accountLabel(identity),
      reason,
      decisionId,
      switchUrl: linkTo('/login', target, deps, { prompt: 'select_account' }),
      logoutUrl: linkTo('/logout', undefined, deps),
    }
    const { cookies } = finish
    return answerPage(c, (frame) => refusalPage(frame, content), { status: 403, cookies }, deps)
  }
  deps.log.info('login.ok', fields)
  // Two cookies of one name: the leftover goes, or the new session would be a conflict at once (R18).
  const leftovers =
    visit.current.kind === 'conflict' ? formatSessionCookieRemoval(deps.cookie).slice(1) : []
  const session = formatSessionCookie(deps.cookie, result.sessionId, deps.session.lifetime)
  const cookies = [...finish.cookies, ...leftovers, session]
  const missing = missingFor(target, proven, deps)
  if (missing.length > 0) return answerMissing(c, missing, { proven, target, cookies }, deps)
  return redirect(finish.status, wayTo(target, deps), {
    cookies: [...cookies, ...loopMarks(finish, deps)],
  })
}
