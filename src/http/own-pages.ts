// Our own pages around a session, for people who are on the way to no application.

import type { Context } from 'hono'
import { notSignedInPage, signedInPage, signedOutPage } from '../pages/session.ts'
import { accountLabel } from './decision-reply.ts'
import { type LoginDependencies, linkTo, readVisit } from './login-context.ts'
import { page } from './reply.ts'

const signedOut = (deps: LoginDependencies): Promise<Response> => {
  const content = { loginUrl: linkTo('/login', undefined, deps) }
  return page(200, (nonce) => signedOutPage(nonce, content), { https: deps.cookie.https })
}

/** `GET /signed-in`. Sends nobody to the login: a browser that keeps no cookie would go round for ever. */
async function signedIn(c: Context, deps: LoginDependencies): Promise<Response> {
  const { current } = await readVisit(c, deps)
  const { https, name: cookieName } = deps.cookie
  if (current.kind !== 'session') {
    const content = { loginUrl: linkTo('/login', undefined, deps), cookieName }
    return page(200, (nonce) => notSignedInPage(nonce, content), { https })
  }
  const content = {
    account: accountLabel(current.session.identity),
    switchUrl: linkTo('/login', undefined, deps, { prompt: 'select_account' }),
    logoutUrl: linkTo('/logout', undefined, deps),
  }
  return page(200, (nonce) => signedInPage(nonce, content), { https })
}

export const createOwnPages = (deps: LoginDependencies) => ({
  signedOut: () => signedOut(deps),
  signedIn: (c: Context) => signedIn(c, deps),
})
