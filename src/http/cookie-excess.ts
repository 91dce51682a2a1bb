// Does a browser send more cookies than anybody reads here? Then no sign-in can end: said before one goes on (R19).

import type { MiddlewareHandler } from 'hono'
import { maxCookieHeaderLength, maxCookies, parseCookies } from '../protocol/cookies.ts'
import { answerProblem, type LoginDependencies } from './login-context.ts'

/** Answers 400 with what helps when the cookies of a request are too many or too long, and lets all others through. */
export const refuseCookieExcess =
  (deps: LoginDependencies): MiddlewareHandler =>
  async (c, next) => {
    const cookies = parseCookies(c.req.raw.headers.get('Cookie') ?? undefined)
    if (cookies.kind !== 'refused') return next()
    const domain = deps.cookie.domain ?? deps.publicUrl.hostname
    const limits = { count: String(maxCookies), size: String(maxCookieHeaderLength / 1024) }
    return answerProblem(
      c,
      {
        status: 400,
        title: 'cookie-excess.title',
        explanation: [['cookie-excess.explanation', { ...limits, domain }]],
        event: { name: 'login.failed', fields: { reason: cookies.reason } },
      },
      deps,
    )
  }
