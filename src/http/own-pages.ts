// Our own pages around a session: signed in, signed out, and the refusal for proxies that pass a status only.

import type { Context } from 'hono'
import { refusalPage } from '../pages/refusal.ts'
import { signedInPage, signedOutPage } from '../pages/session.ts'
import { accountLabel } from './decision-reply.ts'
import { type LoginDependencies, linkTo, queryOf, readTarget, readVisit } from './login-context.ts'
import { page, redirect } from './reply.ts'

const signedOut = (deps: LoginDependencies): Promise<Response> => {
  const content = { loginUrl: linkTo('/login', undefined, deps) }
  return page(200, (nonce) => signedOutPage(nonce, content), { https: deps.cookie.https })
}

async function signedIn(c: Context, deps: LoginDependencies): Promise<Response> {
  const { current } = await readVisit(c, deps)
  if (current.kind !== 'session') return redirect(302, linkTo('/login', undefined, deps))
  const content = {
    account: accountLabel(current.session.identity),
    switchUrl: linkTo('/login', undefined, deps, { prompt: 'select_account' }),
    logoutUrl: linkTo('/logout', undefined, deps),
  }
  return page(200, (nonce) => signedInPage(nonce, content), { https: deps.cookie.https })
}

/**
 * `GET /refused?id=&rd=`: what a 403 of the decision endpoint would have said. nginx and HAProxy cannot show
 * the decision's own page, so they send the browser here. The reason is judged anew.
 */
async function refused(c: Context, deps: LoginDependencies): Promise<Response> {
  const query = queryOf(c)
  const target = readTarget(query.getAll('rd'), deps)
  const { current } = await readVisit(c, deps)
  if (current.kind !== 'session') return redirect(302, linkTo('/login', target, deps))
  const { identity } = current.session
  const id = query.get('id') ?? ''
  const content = {
    account: accountLabel(identity),
    reason: deps.judgeVisit(identity, target.url) ?? ('not-on-list' as const),
    // The id of the decision's log line; it is only ever echoed in its one shape.
    decisionId: /^[a-zA-Z0-9]{8}$/.test(id) ? id : deps.newDecisionId(),
    switchUrl: linkTo('/login', target, deps, { prompt: 'select_account' }),
    logoutUrl: linkTo('/logout', undefined, deps),
  }
  return page(403, (nonce) => refusalPage(nonce, content), { https: deps.cookie.https })
}

export const createOwnPages = (deps: LoginDependencies) => ({
  signedOut: () => signedOut(deps),
  signedIn: (c: Context) => signedIn(c, deps),
  refused: (c: Context) => refused(c, deps),
})
