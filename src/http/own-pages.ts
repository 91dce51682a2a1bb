// Our own pages around a session, for people who are on the way to no application.

import type { Context } from 'hono'
import { notSignedInPage, signedInPage, signedOutPage } from '../pages/session.ts'
import { accountLabel } from './decision-reply.ts'
import {
  accountPath,
  answerPage,
  type LoginDependencies,
  linkTo,
  readVisit,
} from './login-context.ts'
import { redirect } from './reply.ts'

const ok = { status: 200 }

/** `GET /signed-out`. A provider's way back leads here too, also of a sign-out that ended no session of ours. */
async function signedOut(c: Context, deps: LoginDependencies): Promise<Response> {
  const { current } = await readVisit(c, deps)
  if (current.kind === 'session') return redirect(302, linkTo('/signed-in', undefined, deps))
  const content = { loginUrl: linkTo('/login', undefined, deps) }
  return answerPage(c, (frame) => signedOutPage(frame, content), ok, deps)
}

/** `GET /signed-in`. Sends nobody to the login: a browser that keeps no cookie would go round for ever. */
async function signedIn(c: Context, deps: LoginDependencies): Promise<Response> {
  const { current } = await readVisit(c, deps)
  const { name: cookieName } = deps.cookie
  if (current.kind !== 'session') {
    const content = { loginUrl: linkTo('/login', undefined, deps), cookieName }
    return answerPage(c, (frame) => notSignedInPage(frame, content), ok, deps)
  }
  const content = {
    account: accountLabel(current.session.identity),
    accountUrl: linkTo(accountPath, undefined, deps),
    switchUrl: linkTo('/login', undefined, deps, { prompt: 'select_account' }),
    logoutUrl: linkTo('/logout', undefined, deps),
  }
  return answerPage(c, (frame) => signedInPage(frame, content), ok, deps)
}

export const createOwnPages = (deps: LoginDependencies) => ({
  signedOut: (c: Context) => signedOut(c, deps),
  signedIn: (c: Context) => signedIn(c, deps),
})
