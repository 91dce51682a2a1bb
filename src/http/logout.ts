// Signing out: the record first, then the cookie, then the provider (security.md R22).

import type { Context } from 'hono'
import { logoutPage } from '../pages/session.ts'
import type { Session } from '../ports/store.ts'
import { accountIdOf } from '../protocol/account-id.ts'
import { accountLabel } from './decision-reply.ts'
import { readFormBody } from './form-body.ts'
import {
  accountKey,
  answerPage,
  answerProblem,
  broughtId,
  type LoginDependencies,
  linkTo,
  type Problem,
  readVisit,
} from './login-context.ts'
import { isFromElsewhere, matchToken } from './own-form.ts'
import { redirect } from './reply.ts'
import { formatSessionCookieRemoval } from './session-cookie.ts'
import { idTokenPurpose } from './sign-in.ts'

// Bound to the session: a form of one session ends no other, and no further cookie is needed.
const csrfTokenOf = (sessionId: string, deps: LoginDependencies): string =>
  deps.hashOf(`logout:${sessionId}`)

const providerOf = (session: Session, deps: LoginDependencies) =>
  deps.providers.find(({ provider }) => provider.id === session.identity.provider)?.provider

const badForm = (status: Problem['status'], deps: LoginDependencies): Problem => ({
  status,
  title: 'logout-form.title',
  explanation: ['logout-form.explanation'],
  next: { label: 'action.sign-out', url: linkTo('/logout', undefined, deps) },
})

/** Two session cookies with different values: nobody can say which to end, so both are taken away. */
const conflictProblem = (deps: LoginDependencies): Problem => ({
  ...badForm(400, deps),
  explanation: ['logout-form.two-cookies'],
  cookies: formatSessionCookieRemoval(deps.cookie),
})

const signedOutUrl = (deps: LoginDependencies) => linkTo('/signed-out', undefined, deps)

/** Where the browser goes next: the provider's end-session page, or our own. */
function afterLogout(session: Session, sessionId: string, deps: LoginDependencies): string {
  const { sealedIdToken } = session
  const idToken =
    sealedIdToken === undefined ? undefined : deps.unseal(sealedIdToken, sessionId, idTokenPurpose)
  const url = providerOf(session, deps)?.logoutUrl(idToken, signedOutUrl(deps))
  return url?.href ?? signedOutUrl(deps)
}

/** `GET /logout`: asks; changes nothing. */
async function ask(c: Context, deps: LoginDependencies): Promise<Response> {
  const { current } = await readVisit(c, deps)
  if (current.kind === 'conflict') return answerProblem(c, conflictProblem(deps), deps)
  if (current.kind !== 'session') return redirect(302, signedOutUrl(deps))
  const { session, id } = current
  const elsewhere = providerOf(session, deps)?.logoutOrigin()
  const content = {
    account: accountLabel(session.identity),
    action: linkTo('/logout', undefined, deps),
    csrf: csrfTokenOf(id, deps),
  }
  const formAction = elsewhere === undefined ? [] : [elsewhere]
  return answerPage(c, (frame) => logoutPage(frame, content), { status: 200, formAction }, deps)
}

/** `POST /logout`: ends the session whose token the form holds. */
async function end(c: Context, deps: LoginDependencies): Promise<Response> {
  const body = await readFormBody(c.req.raw)
  if (body.kind === 'refused') return answerProblem(c, badForm(body.status, deps), deps)
  const { current } = await readVisit(c, deps)
  if (current.kind === 'conflict') return answerProblem(c, conflictProblem(deps), deps)
  const id = broughtId(current)
  if (id === undefined) return redirect(303, signedOutUrl(deps))
  const elsewhere = isFromElsewhere(c.req.raw.headers, deps.publicUrl.origin)
  if (elsewhere || !matchToken(body.get('csrf'), csrfTokenOf(id, deps))) {
    return answerProblem(c, badForm(403, deps), deps)
  }
  await deps.store.sessions.end(deps.hashOf(id))
  const cookies = formatSessionCookieRemoval(deps.cookie)
  if (current.kind !== 'session') return redirect(303, signedOutUrl(deps), { cookies })
  const { session } = current
  const { identity } = session
  const tellApplications = await deps.noticeOfLogout?.(accountIdOf(identity))
  // Nobody waits for applications: one may be slow, or gone.
  void tellApplications?.()
  deps.log.info('logout', {
    provider: identity.provider,
    account: accountKey(identity),
    address: deps.clientAddress(c),
  })
  return redirect(303, afterLogout(session, id, deps), { cookies })
}

export const createLogout = (deps: LoginDependencies) => ({
  ask: (c: Context) => ask(c, deps),
  end: (c: Context) => end(c, deps),
})
